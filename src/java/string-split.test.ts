// String.split as Java does it: what stands at the end without a text is lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { javaSplit } from './string-split.ts'

for (const [text, parts] of [
  ['a:b', ['a', 'b']],
  ['a', ['a']],
  ['a:', ['a']],
  ['a::', ['a']],
  [':a', ['', 'a']],
  ['a::b', ['a', '', 'b']],
  ['', ['']],
  [':', []],
  ['::', []]
] as const) {
  test(`'${text}' has ${parts.length} parts`, () => {
    assert.deepEqual(javaSplit(text, ':'), parts)
  })
}
