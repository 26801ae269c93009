// In which order the old sink met fields: Java's HashMap and Scala's immutable Map, remembered per list of names.
import { ConnectMap, type ConnectValue, type Schema } from '../connect/data.ts'
import { javaEntries as entriesInJavaOrder } from '../connect/values/java-map-order.ts'
import { hashMapOrder } from '../java/hash-map-order.ts'
import { scalaMapOrder, trieOrder } from '../java/scala-hash-order.ts'
import { booleanHash, doubleHash, floatHash, longHash } from '../java/string-hash.ts'

/** Lists with more names are put in order anew each time, and so many characters at most are remembered: a topic of random names must not fill the memory. */
const NAMES_MAX = 64
const WEIGHT_MAX = 8_000_000
/** What a remembered name weighs besides its characters. */
const NODE_WEIGHT = 150

interface OrderNode {
  readonly next: Map<string, OrderNode>
  order: readonly number[] | null
}

/** Remembers an order per list of names, found name by name: nothing is joined or allocated for a list seen before. */
class OrderCache {
  readonly #compute: (names: readonly string[]) => readonly number[]
  #root: OrderNode = { next: new Map(), order: null }
  #weight = 0

  constructor(compute: (names: readonly string[]) => readonly number[]) {
    this.#compute = compute
  }

  get(names: readonly string[]): readonly number[] {
    if (names.length > NAMES_MAX) return this.#compute(names)
    let node = this.#root
    for (const name of names) {
      let next = node.next.get(name)
      if (next === undefined) {
        next = { next: new Map(), order: null }
        node.next.set(name, next)
        this.#weight += NODE_WEIGHT + name.length
      }
      node = next
    }
    node.order ??= this.#compute(names)
    const { order } = node
    if (this.#weight > WEIGHT_MAX) {
      this.#root = { next: new Map(), order: null }
      this.#weight = 0
    }
    return order
  }
}

const scalaOrders = new OrderCache(names => scalaMapOrder(names))
const hashOrders = new OrderCache(names => hashMapIndexes(names, undefined))
const hashOrdersByCapacity = new Map<number, OrderCache>()

/** Names of columns, fields or keys in the order of a Scala Map: as they come up to four, from five on that of its trie. */
export function inScalaOrder<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  if (items.length <= 4) return items
  return pick(items, scalaOrders.get(items.map(nameOf)))
}

/** Named items in the order of a freshly filled `java.util.HashMap`. */
export function inHashMapOrder<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  return items.length <= 1 ? items : pick(items, hashOrders.get(items.map(nameOf)))
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
  const layout = map instanceof ConnectMap ? map.layout : null
  // Names come again and again, so their orders are remembered; other keys are rare.
  if (layout?.kind === 'linked' || (keySchema !== null && keySchema.type !== 'STRING')) {
    return entriesInJavaOrder(map, keySchema)
  }
  const entries = [...map]
  return pick(entries, hashOrderCache(layout?.capacity).get(entries.map(([key]) => keyName(key))))
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

function hashOrderCache(capacity: number | undefined): OrderCache {
  if (capacity === undefined) return hashOrders
  let cache = hashOrdersByCapacity.get(capacity)
  if (cache === undefined) {
    cache = new OrderCache(names => hashMapIndexes(names, capacity))
    hashOrdersByCapacity.set(capacity, cache)
  }
  return cache
}

function hashMapIndexes(names: readonly string[], capacity: number | undefined): readonly number[] {
  return hashMapOrder(names, capacity === undefined ? {} : { capacity })
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
