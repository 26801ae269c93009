// Commands as redis-cli takes them: what is printed is read back to the very same words by redis-cli's own rules.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Command } from './encode.ts'
import { redisCliExpiry, redisCliForm } from './redis-cli-form.ts'

const command = (...args: string[]): Command => ({
  kind: 'SET',
  key: args[0] ?? '',
  args,
  statement: 0,
  expireWhenAdded: 0n
})

const rows: readonly (readonly [words: readonly string[], line: string])[] = [
  [['FX-USDGBP', '{"price":0.7943}'], `SET FX-USDGBP '{"price":0.7943}'`],
  [['a b', "it's"], `SET 'a b' "it's"`],
  [['', '\r\n\t\0\u007f'], `SET "" "\\r\\n\\t\\x00\\x7f"`],
  [['"', '\\'], `SET '"' '\\'`],
  [[`'"\\`, 'é😀\u2028'], `SET "'\\"\\\\" "é😀\\xe2\\x80\\xa8"`],
  [['\ud800', '\u202e'], 'SET ? "\\xe2\\x80\\xae"'],
  [['topic|0|17', '*'], 'SET topic|0|17 *']
] // prettier-ignore

for (const [words, line] of rows) {
  test(`redis-cli form: ${line}`, () => assert.equal(redisCliForm(command(...words)), line))
}

test('an expiry for added members stands apart', () => {
  const zadd: Command = { kind: 'ZADD', key: 'a b', args: ['a b', '1', 'x'], statement: 0, expireWhenAdded: 60n }
  assert.equal(redisCliExpiry(zadd), "EXPIRE 'a b' 60")
  assert.equal(redisCliExpiry(command('a', 'b')), null)
})

test('any words are read back as redis-cli reads them, on one line without control characters', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), words => {
      const line = redisCliForm(command(...words))
      assert.doesNotMatch(line, /\p{C}/u)
      assert.deepEqual(
        readBack(line).map(word => word.toString()),
        ['SET', ...words.map(word => word.replace(/\p{Surrogate}/gu, '?'))]
      )
    })
  )
})

/** sdssplitargs of redis-cli, for lines that end every quote. */
function readBack(line: string): Buffer[] {
  const words: Buffer[] = []
  for (const [word] of line.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\'|\\)*'|[^\s"']+/gu)) {
    if (word.startsWith("'")) words.push(Buffer.from(word.slice(1, -1).replaceAll("\\'", "'")))
    else if (word.startsWith('"')) words.push(doubleQuoted(word.slice(1, -1)))
    else words.push(Buffer.from(word))
  }
  return words
}

function doubleQuoted(inside: string): Buffer {
  const parts = [...inside.matchAll(/\\x([0-9a-f]{2})|\\(.)|([^\\]+)/gsu)]
  const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }
  return Buffer.concat(
    parts.map(([, hex, letter, text]) => {
      if (hex !== undefined) return Buffer.from([parseInt(hex, 16)])
      return Buffer.from(letter === undefined ? (text ?? '') : (letters[letter] ?? letter))
    })
  )
}
