// The orders of fields against the recorded orders of Java and Scala, through the plans themselves, and the memory they may take.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caseConfig, caseRecord, f32, f64, i32, i64, map, str, text, type Typed } from '../../test/kit/plan-cases.ts'
import { readVectors } from '../../test/kit/vectors.ts'
import { ConnectMap, Schema, Struct, type ConnectValue } from '../connect/data.ts'
import { JavaHashMapOrder } from '../java/hash-map-order.ts'
import { parseSinkSettings } from './config-read.ts'
import { inHashMapOrder, inScalaOrder, inTrieOrder, javaEntries, printedEntries } from './field-order.ts'
import { compilePlans } from './plan.ts'

interface Input {
  readonly keys?: readonly string[]
}
type Orders = Readonly<Record<string, readonly number[]>>

const old = compilePlans(parseSinkSettings(caseConfig('old', 'SELECT * FROM t')))

/** The names in the JSON of a record with these fields: JSON.parse would put names like "1" first. */
function namesWritten(value: Typed): string[] {
  const json = old.run(caseRecord(value)).commands[0]?.args[1] ?? ''
  return [...json.matchAll(/("(?:[^"\\]|\\.)*"):1[,}]/g)].map(([, name = '']) => JSON.parse(name) as string)
}

const isPrintable = (name: string): boolean => name.isWellFormed()

test('SELECT *: objects without schema come in the recorded order of a HashMap', () => {
  let compared = 0
  for (const { id, input, expect } of readVectors<Input, Orders>('hash-order')) {
    const { keys = [] } = input
    const put = expect?.['put']
    if (put === undefined || keys.length === 0 || !keys.every(isPrintable) || hasTreeBucket(keys)) continue
    const hashed = put.map(index => keys[index] ?? '')
    const entries = new Map<ConnectValue, ConnectValue>(keys.map(key => [key, 1n]))
    // Nested, the HashMap's own order shows at any size.
    assert.deepEqual(namesWritten({ schema: null, value: new Map([['o', entries]]) }), hashed, id)
    if (hashed.length <= 4) assert.deepEqual(namesWritten({ schema: null, value: entries }), hashed, id)
    compared++
  }
  assert.ok(compared >= 200, `${compared} compared`)
}) // prettier-ignore

test('SELECT *: Structs and texts come in the recorded order of a Scala Map', () => {
  let compared = 0
  for (const { id, input, expect } of readVectors<Input, Orders>('scala-order')) {
    const { keys } = input
    const updated = expect?.['updated']
    if (keys === undefined || updated === undefined || !keys.every(isPrintable)) continue
    const expected = updated.map(index => keys[index])
    const schema = new Schema('STRUCT', { fields: keys.map(key => [key, new Schema('INT64')]) })
    const value = new Struct(
      schema,
      keys.map(() => 1n)
    )
    assert.deepEqual(namesWritten({ schema, value }), expected, id)
    assert.deepEqual(namesWritten(text(`{${keys.map(key => `${JSON.stringify(key)}:1`).join(',')}}`)), expected, id)
    compared++
  }
  assert.ok(compared >= 200, `${compared} compared`)
})

test('MAP keys that are no text: Java’s order of their hash codes, from five on Scala’s, where whole numbers of all types hash alike', () => {
  const ones = (keys: readonly Typed[]): Typed => map([keys[0] ?? str(''), i32(1)], ...keys.slice(1).map(key => [key, i32(1)] as const))
  const keysOf = (value: Typed, order: typeof javaEntries): ConnectValue[] => {
    const { schema } = value
    return order(value.value as ReadonlyMap<ConnectValue, ConnectValue>, schema?.keySchema ?? null).map(([key]) => key)
  }
  // Answers of Java 17 and Scala 2.13 for Integer, Long and Double keys.
  assert.deepEqual(keysOf(ones([100, -1, 7, 16, 70000, -70000, 33].map(i32)), javaEntries), [-1, 16, 70000, 33, 100, 7, -70000])
  const five = [100, -1, 7, 16, 33]
  const asInts = keysOf(ones(five.map(i32)), printedEntries)
  assert.deepEqual(asInts, [33, 7, -1, 16, 100])
  assert.deepEqual(keysOf(ones(five.map(BigInt).map(i64)), printedEntries).map(Number), asInts)
  assert.deepEqual(keysOf(ones(five.map(f64)), printedEntries), asInts)
  assert.deepEqual(keysOf(ones(five.map(f32)), printedEntries), asInts)
}) // prettier-ignore

test('a list of names is put in order once, and random names do not stay', () => {
  const names = Array.from({ length: 60 }, (_, index) => `name${index}`)
  const nameOf = (name: string): string => name
  assert.deepEqual(inScalaOrder(names, nameOf), inTrieOrder(names, nameOf))
  assert.deepEqual(inScalaOrder(names, nameOf), inScalaOrder(names, nameOf))
  for (let round = 0; round < 2000; round++) {
    const fresh = names.map(name => `${name}-${round}`)
    assert.deepEqual(inScalaOrder(fresh, nameOf), inTrieOrder(fresh, nameOf))
  }
  assert.deepEqual(inHashMapOrder([], nameOf), [])
  assert.deepEqual(inScalaOrder(['b', 'a'], nameOf), ['b', 'a'])
})

test('a copied or linked Map keeps its layout on every level', () => {
  const copied = new ConnectMap({ kind: 'hash', capacity: 4 }, [['ip', 1n], ['updated', 1n], ['billing', 1n]])
  assert.deepEqual(namesWritten({ schema: null, value: new Map([['o', copied]]) }), ['updated', 'ip', 'billing'])
  assert.deepEqual(namesWritten({ schema: null, value: new ConnectMap({ kind: 'linked' }, [['z', 1n], ['a', 1n]]) }), ['z', 'a'])
}) // prettier-ignore

function hasTreeBucket(keys: readonly string[]): boolean {
  const order = new JavaHashMapOrder()
  for (const key of keys) order.put(key)
  return order.hasTreeBucket
}
