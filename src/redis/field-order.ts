// In which order the old sink met fields: Java's HashMap and Scala's immutable Map, remembered per list of names.
import { type ConnectValue, type Schema } from '../connect/data.ts'
import { arrivedEntries, layoutOf } from '../connect/shaped-map.ts'
import { javaEntries as entriesInJavaOrder } from '../connect/values/java-map-order.ts'
import { OrderCache, rememberedHashMapOrder } from '../java/order-cache.ts'
import { scalaMapOrder, trieOrder } from '../java/scala-hash-order.ts'
import { booleanHash, doubleHash, floatHash, longHash } from '../java/string-hash.ts'

const scalaOrders = new OrderCache(names => scalaMapOrder(names))

/** Names of columns, fields or keys in the order of a Scala Map: as they come up to four, from five on that of its trie. */
export function inScalaOrder<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  if (items.length <= 4) return items
  return pick(items, scalaOrders.get(items.map(nameOf)))
}

/** Named items in the order of a freshly filled `java.util.HashMap`. */
export function inHashMapOrder<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  return items.length <= 1 ? items : pick(items, rememberedHashMapOrder(items.map(nameOf)))
}

/** The trie's order even for four items and fewer: Scala's Map keeps it only from five on, but what five had may be asked for. */
export function inTrieOrder<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  return pick(items, trieOrder(items.map(nameOf)))
}

/** A Map's key as a field's name; anything but text is rare here. */
export function keyName(key: ConnectValue): string {
  if (typeof key === 'string') return key
  return key === null || typeof key !== 'object' ? String(key) : JSON.stringify(key)
}

/** The entries of a Map as Java would walk it. `schema` is that of its keys, null where they are plain strings. */
export function javaEntries(
  map: ReadonlyMap<ConnectValue, ConnectValue>,
  keySchema: Schema | null
): readonly (readonly [ConnectValue, ConnectValue])[] {
  if (map.size <= 1) return [...map]
  const layout = layoutOf(map)
  // Names come again and again, so their orders are remembered; other keys are rare.
  if (layout?.kind === 'linked' || (keySchema !== null && keySchema.type !== 'STRING')) {
    return entriesInJavaOrder(map, keySchema)
  }
  const entries = arrivedEntries(map)
  const names = entries.map(([key]) => keyName(key))
  return pick(entries, rememberedHashMapOrder(names, layout?.capacity))
}

/** Entries of a MAP inside a Struct as the old sink printed them: Java's order, from five entries on that of a Scala Map of the same keys. */
export function printedEntries(
  map: ReadonlyMap<ConnectValue, ConnectValue>,
  keySchema: Schema | null
): readonly (readonly [ConnectValue, ConnectValue])[] {
  const entries = javaEntries(map, keySchema)
  if (entries.length <= 4) return entries
  if (keySchema === null || keySchema.type === 'STRING') return inScalaOrder(entries, ([key]) => keyName(key))
  const keys = entries.map(([key]) => key)
  return pick(
    entries,
    scalaMapOrder(keys, key => scalaHash(key, keySchema))
  )
}

/** Scala's `##`, by which its Map hashes: a whole number of any type is its int, else its long; a double that a float holds is that float. */
function scalaHash(key: ConnectValue, schema: Schema): number {
  if (typeof key === 'boolean') return booleanHash(key)
  if (key instanceof Date) return longHash(BigInt(key.getTime()))
  if (typeof key === 'bigint') return wholeHash(key)
  // A byte array's hash is its address in Java: no order to keep.
  if (typeof key !== 'number') return 0
  if (Number.isInteger(key) && BigInt.asIntN(64, BigInt(key)) === BigInt(key)) return wholeHash(BigInt(key))
  return schema.type === 'FLOAT32' || Math.fround(key) === key ? floatHash(key) : doubleHash(key)
}

function wholeHash(key: bigint): number {
  return BigInt.asIntN(32, key) === key ? Number(key) : longHash(key)
}

function pick<T>(items: readonly T[], order: readonly number[]): readonly T[] {
  const picked: T[] = []
  for (const index of order) {
    const item = items[index]
    if (item !== undefined) picked.push(item)
  }
  return picked
}
