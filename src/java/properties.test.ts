// Proves the reading of properties files against what java.util.Properties answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectors } from '../../test/kit/vectors.ts'
import { loadProperties, loadPropertiesUtf8, parseProperties, PropertiesError } from './properties.ts'

type Input = { fn: string; bytes: { text?: string; base64?: string } }
type Answer = Record<string, string> | { error: { class: string; message: string } }
type Answers = { both?: Answer; latin1?: Answer; utf8?: Answer }

const vectors = readVectors<Input, Answers>('config').filter(({ input }) => input.fn === 'Properties')

function bytesOf({ bytes }: Input): Buffer {
  return bytes.text === undefined ? Buffer.from(bytes.base64 ?? '', 'base64') : Buffer.from(bytes.text)
}

function answerOf(load: (bytes: Buffer) => Map<string, string>, bytes: Buffer): Record<string, string> | 'error' {
  try {
    return Object.fromEntries(load(bytes))
  } catch (error) {
    assert.ok(error instanceof PropertiesError, String(error))
    return 'error'
  }
}

test('properties files read as Java read them, from a stream and from a reader', () => {
  assert.equal(vectors.length, 307)
  const expected = (answer: Answer | undefined): Answer | 'error' | undefined =>
    typeof answer?.['error'] === 'object' ? 'error' : answer
  for (const { id, input, expect } of vectors) {
    const bytes = bytesOf(input)
    assert.deepEqual(answerOf(loadProperties, bytes), expected(expect?.both ?? expect?.latin1), `${id} latin1`)
    assert.deepEqual(answerOf(loadPropertiesUtf8, bytes), expected(expect?.both ?? expect?.utf8), `${id} utf8`)
  }
})

test('keys keep the order of the file, a repeated one its first place and last value', () => {
  assert.deepEqual(
    [...parseProperties('b=1\na=2\nb=3')],
    [
      ['b', '3'],
      ['a', '2']
    ]
  )
})

test('a malformed escape is named with its line', () => {
  assert.throws(() => parseProperties('a=1\n\nb=\\u12g4'), {
    name: 'PropertiesError',
    message:
      'Malformed \\uxxxx encoding. Line 3 has a \\u that four hexadecimal digits do not follow; for a backslash write \\\\.'
  })
})

test('hostile files are read in linear time', () => {
  const size = 250_000
  const long = ' '.repeat(size)
  assert.equal(parseProperties(`a=${long}b\\\n${long}c`).get('a'), 'bc')
  // Looked at once for each backslash, this line would take minutes.
  assert.equal(parseProperties(`a=${'\\'.repeat(2 * size)}b`).get('a')?.length, size + 1)
  assert.equal(parseProperties(`a=${'\\\n'.repeat(size)}b`).get('a'), 'b')
  assert.equal(parseProperties(`a=b${'\n#\n!'.repeat(size / 2)}`).size, 1)
})

test('a file that would keep REST waiting is refused', () => {
  // Two million continued lines took 40 s.
  assert.throws(() => parseProperties(`a=${'b\\\n'.repeat(2_000_000)}c`), {
    name: 'PropertiesError',
    message: /^The file has 6000003 characters, at most 524288 are read\. /
  })
  assert.equal(parseProperties(`a=${'b'.repeat(524_286)}`).size, 1)
})
