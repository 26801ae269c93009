// Walks a Map of Connect data in the order Java's map of the same entries has.
import { ConnectMap, type ConnectValue, type Schema } from '../data.ts'
import { hashMapOrder } from '../../java/hash-map-order.ts'
import { booleanHash, doubleHash, floatHash, longHash, stringHash } from '../../java/string-hash.ts'

/** The entries in Java's order. `keySchema` tells the width of number keys; without one an integer key is a Long, a decimal a Double. */
export function javaEntries(
  map: ReadonlyMap<ConnectValue, ConnectValue>,
  keySchema: Schema | null
): [ConnectValue, ConnectValue][] {
  const entries = [...map]
  const layout = map instanceof ConnectMap ? map.layout : null
  if (entries.length < 2 || layout?.kind === 'linked') return entries
  const keys = entries.map(([key]) => key)
  const order = hashMapOrder(keys, {
    hash: key => hashOf(key, keySchema),
    ...(layout === null ? {} : { capacity: layout.capacity })
  })
  return order.flatMap(index => entries.slice(index, index + 1))
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
