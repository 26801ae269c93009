// Text values against JSON.parse and against anything at all: a text is an object or a fault with its place, never an exception.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConnectMap, sourceText, type ConnectValue } from '../../connect/data.ts'
import { readObject, TextFault } from './read-object.ts'

/** As JSON.parse would have it: its numbers, and objects with their names in order. */
function plain(value: ConnectValue): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return (value as readonly ConnectValue[]).map(plain)
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, each]) => [name, plain(each as ConnectValue)]))
  return value
} // prettier-ignore

const objects = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }))

test('what JSON.stringify writes is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(objects, fc.constantFrom(undefined, 1, '\t'), (object, space) => {
      const text = JSON.stringify(object, null, space)
      const read = readObject(text)
      assert.ok(read instanceof ConnectMap, read instanceof TextFault ? read.what : '')
      // -0 is the integer 0 in a text of digits alone.
      assert.deepEqual(JSON.stringify(plain(read)), JSON.stringify(JSON.parse(text)))
    }),
    { numRuns: 500 }
  )
})

test('any text is an object or a fault with its place', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '"a"', '1', '-', '.5', 'e9', 'true', 'nul', '\\', '\\u00', '\ufeff', '\n', ' ', '\ud800', '00', 'NaN') // prettier-ignore
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 12 }).map(parts => `{"a":${parts.join('')}`)
  )
  fc.assert(
    fc.property(texts, text => {
      const read = readObject(text)
      if (read instanceof TextFault) assert.match(read.what, /line \d+, column \d+|the text is empty/)
      else assert.ok(read instanceof ConnectMap)
    }),
    { numRuns: 2000 }
  )
})

test('the spelling of decimals is kept where a number would print otherwise, also of a name written twice', () => {
  const read = readObject('{"a":1.50,"b":1.5,"a":2.5,"c":[1e2],"d":-00.10}')
  assert.ok(read instanceof ConnectMap)
  assert.deepEqual([sourceText(read, 'a'), sourceText(read, 'b'), sourceText(read, 'd')], ['2.5', undefined, '-0.10'])
  assert.equal(sourceText(read.get('c') as object, 0), '1e2')
  assert.deepEqual([...read.keys()], ['a', 'b', 'c', 'd'])
})

test('limits: depth, and digits of one number', () => {
  const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)
  assert.ok(readObject(nested(1000)) instanceof ConnectMap)
  assert.match((readObject(nested(1001)) as TextFault).what, /nested deeper than 1000 levels/)
  assert.match((readObject(`{"a":${'['.repeat(5_000_000)}`) as TextFault).what, /nested deeper/)
  assert.ok(readObject(`{"a":${'9'.repeat(100_000)}}`) instanceof ConnectMap)
  assert.match((readObject(`{"a":${'9'.repeat(100_001)}}`) as TextFault).what, /more than 100000 digits at line 1, column 6/)
}) // prettier-ignore
