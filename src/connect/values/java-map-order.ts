// Walks a Map of Connect data in the order Java's map of the same entries has.
import { type ConnectValue, type Schema } from '../data.ts'
import { arrivedEntries, layoutOf } from '../shaped-map.ts'
import { copiedHashMapOrder, hashMapOrder } from '../../java/hash-map-order.ts'
import { rememberedHashMapOrder } from '../../java/order-cache.ts'
import { booleanHash, doubleHash, floatHash, longHash, stringHash } from '../../java/string-hash.ts'

/** The entries in Java's order. `keySchema` tells the width of number keys; without one an integer key is a Long, a decimal a Double. */
export function javaEntries(
  map: ReadonlyMap<ConnectValue, ConnectValue>,
  keySchema: Schema | null
): [ConnectValue, ConnectValue][] {
  const entries = arrivedEntries(map)
  const layout = layoutOf(map)
  if (entries.length < 2 || layout?.kind === 'linked') return entries
  const order = orderOf(
    entries.map(([key]) => key),
    layout?.capacity,
    keySchema
  )
  return order.map(index => entries[index]).filter(entry => entry !== undefined)
}

/** The entries as `new HashMap<>(map)` of a map in their order has them. */
export function copiedEntries<T>(map: ReadonlyMap<string, T>): readonly (readonly [key: string, value: T])[] {
  const entries = [...map]
  const order = copiedHashMapOrder(entries.map(([key]) => key))
  return order.map(index => entries[index]).filter(entry => entry !== undefined)
}

function orderOf(
  keys: readonly ConnectValue[],
  capacity: number | undefined,
  keySchema: Schema | null
): readonly number[] {
  if (keys.every(key => typeof key === 'string')) return rememberedHashMapOrder(keys, capacity)
  const hash = (key: ConnectValue): number => hashOf(key, keySchema)
  return hashMapOrder(keys, capacity === undefined ? { hash } : { hash, capacity })
}

/** Java's hashCode of a key; keys that JSON cannot make (bytes, structs) have no order worth keeping. */
function hashOf(key: ConnectValue, schema: Schema | null): number {
  switch (typeof key) {
    case 'string':
      return stringHash(key)
    case 'bigint':
      return longHash(key)
    case 'boolean':
      return booleanHash(key)
    case 'number':
      return schema === null || schema.type === 'FLOAT64'
        ? doubleHash(key)
        : schema.type === 'FLOAT32'
          ? floatHash(key)
          : key
    default:
      return key instanceof Date ? longHash(BigInt(key.getTime())) : 0
  }
}
