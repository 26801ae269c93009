// Proves the escapes of JSON strings, and that what is escaped reads back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonStringText } from './json-text.ts'

const CASES: [text: string, json: string][] = [
  ['', '""'],
  ['plain / <b> & \u007f é \u2028 😀', '"plain / <b> & \u007f é \u2028 😀"'],
  ['"\\\n\r\t\b\f', '"\\"\\\\\\n\\r\\t\\b\\f"'],
  ['\0\x01\x1f\x0b', '"\\u0000\\u0001\\u001F\\u000B"'],
  ['a\ud800', '"a?"'],
  ['\udc00b', '"?b"'],
  ['\udc00\ud83d\ude00\ud83d', '"?😀?"']
]

test('only what must be escaped is', () => {
  for (const [text, json] of CASES) assert.equal(jsonStringText(text), json)
})

test('every well-formed text reads back', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => assert.equal(JSON.parse(jsonStringText(text)), text)))
})
