// The scanner and the reader agree on every text: both refuse it, or both end at the same byte; and the reader agrees with JSON.parse.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SerializationError } from '../connect/errors.ts'
import { JsonDecimal, type JsonNode, JsonReader } from './json-reader.ts'
import { skipSpace, skipValue } from './json-scan.ts'

function end(run: () => number): number | 'refused' {
  try {
    return run()
  } catch (error) {
    assert.ok(error instanceof SerializationError, String(error))
    return 'refused'
  }
}

function readEnd(bytes: Buffer, exact: boolean): number | 'refused' {
  return end(() => {
    const reader = new JsonReader(bytes, 0, bytes.length, exact ? 'exact' : 'number')
    reader.readValue()
    return reader.position
  })
}

function skipEnd(bytes: Buffer): number | 'refused' {
  return end(() => skipValue(bytes, skipSpace(bytes, 0, bytes.length), bytes.length))
}

/** Texts near JSON: JSON with bytes changed, cut off or put in. */
const nearJson = fc
  .tuple(
    fc.json({ maxDepth: 4 }),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom(...Buffer.from('{}[]",:\\u0e1.-+ntf \n\x00\x1f\x7f\xc3\xa9\xed\xa0\xf0\xff', 'latin1'))
      ),
      { maxLength: 3 }
    ),
    fc.nat()
  )
  .map(([text, changes, cut]) => {
    const bytes = Buffer.from(text)
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte
    return cut % 5 === 0 ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes
  })

test('skipping and reading end at the same byte, or both refuse', () => {
  fc.assert(
    fc.property(nearJson, bytes => {
      const skipped = skipEnd(bytes)
      assert.equal(readEnd(bytes, true), skipped)
      assert.equal(readEnd(bytes, false), skipped)
    }),
    { numRuns: 3000 }
  )
})

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), value => {
      const bytes = Buffer.from(JSON.stringify(value))
      assert.deepEqual(plain(new JsonReader(bytes, 0, bytes.length, 'number').readRoot()), plainValue(value))
    }),
    { numRuns: 1000 }
  )
})

/** Entries instead of objects: `__proto__` is a name like any other. */
function plain(node: JsonNode): unknown {
  if (node instanceof Map) return { entries: [...node].map(([name, value]) => [name, plain(value)]) }
  if (Array.isArray(node)) return node.map(plain)
  assert.ok(!(node instanceof JsonDecimal))
  return typeof node === 'bigint' ? Number(node) : node
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue)
  if (typeof value === 'object' && value !== null)
    return { entries: Object.entries(value).map(([name, each]) => [name, plainValue(each)]) }
  return value === 0 ? 0 : value
}

for (const [text, fits] of [
  ['1e2147483647', true],
  ['1e2147483648', false],
  ['1e-2147483647', true],
  ['1.5e-2147483647', false],
  ['1.5e2147483647', true],
  ['1e000000000000005', true],
  ['1e99999999999999999999', false]
] as const) {
  test(`${text} ${fits ? 'fits' : 'does not fit'} a decimal of Java`, () => {
    assert.equal(skipEnd(Buffer.from(text)), fits ? text.length : 'refused')
  })
}
