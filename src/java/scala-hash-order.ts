// The order of Scala 2.13's immutable Map: as inserted up to four keys, from five on that of a 32-way hash trie.
import { stringHash } from './string-hash.ts'

/** scala.collection.immutable.Map1 to Map4 keep the order of arrival. */
const SMALL_MAX = 4
const BITS = 5
/** 32 hash bits in steps of five: below this shift two different hashes have parted. */
const SHIFT_END = 32

type Item<K> = { key: K; index: number; hash: number }
type Hash<K> = (key: K) => number

/** Indexes into `keys` (no key twice) in the order of an immutable Map they were put into one by one. */
export function scalaMapOrder<K = string>(keys: readonly K[], hash?: Hash<K>): number[] {
  return keys.length <= SMALL_MAX ? keys.map((_, index) => index) : trieOrder(keys, hash)
}

/** The order of an immutable HashMap of any size: the trie's own, without the rule for four keys and fewer. */
export function trieOrder<K = string>(keys: readonly K[], hash: Hash<K> = key => stringHash(String(key))): number[] {
  return new TrieWalk(Int32Array.from(keys, key => improve(hash(key)))).order()
}

/** The order of `left ++ right`: two tries are merged node by node, which only shows where whole hashes are equal. */
export function concatenatedOrder<K = string>(left: readonly K[], right: readonly K[], hash?: Hash<K>): number[] {
  const all = [...left, ...right]
  // A small map on either side is added key by key.
  if (left.length <= SMALL_MAX || right.length <= SMALL_MAX) return scalaMapOrder(all, hash)
  const items = itemsOf(all, hash)
  const merged = merge(items.slice(0, left.length), items.slice(left.length), 0)
  return walk(merged, 0).map(item => item.index)
}

/** An immutable Map as keys come and go: once it has become a trie it stays one, even with four keys or fewer. */
export class ScalaMapOrder {
  #keys: readonly string[] = []
  #isTrie = false

  updated(key: string): void {
    if (this.#keys.includes(key)) return
    this.#keys = [...this.#keys, key]
    if (this.#keys.length > SMALL_MAX) this.#isTrie = true
  }

  removed(key: string): void {
    this.#keys = this.#keys.filter(other => other !== key)
  }

  /** The keys in iteration order. */
  keys(): string[] {
    const order = this.#isTrie ? trieOrder(this.#keys) : this.#keys.map((_, index) => index)
    return order.flatMap(index => this.#keys[index] ?? [])
  }
}

/** A node gives its own keys first, then its children; equal hashes stay as they came. Works on numbers alone: a map may have a million keys. */
class TrieWalk {
  readonly #hashes: Int32Array
  /** Indexes, those of one node side by side. */
  readonly #items: Int32Array
  readonly #scratch: Int32Array
  readonly #found: number[] = []

  constructor(hashes: Int32Array) {
    this.#hashes = hashes
    this.#items = hashes.map((_, index) => index)
    this.#scratch = new Int32Array(hashes.length)
  }

  order(): number[] {
    this.#node(0, this.#items.length, 0)
    return this.#found
  }

  #node(from: number, to: number, shift: number): void {
    if (shift >= SHIFT_END) {
      for (let at = from; at < to; at++) this.#found.push(this.#items[at] ?? 0)
      return
    }
    const ends = new Int32Array(1 << BITS)
    for (let at = from; at < to; at++) {
      const branch = this.#branch(at, shift)
      ends[branch] = (ends[branch] ?? 0) + 1
    }
    for (let branch = 0, end = from; branch < ends.length; branch++) ends[branch] = end += ends[branch] ?? 0
    // From the last on, so that each branch keeps the order of arrival.
    for (let at = to - 1; at >= from; at--) {
      const branch = this.#branch(at, shift)
      const place = (ends[branch] ?? 0) - 1
      ends[branch] = place
      this.#scratch[place] = this.#items[at] ?? 0
    }
    this.#items.set(this.#scratch.subarray(from, to), from)
    const endOf = (branch: number): number => ends[branch + 1] ?? to
    for (const [branch, start] of ends.entries())
      if (endOf(branch) - start === 1) this.#found.push(this.#items[start] ?? 0)
    for (const [branch, start] of ends.entries())
      if (endOf(branch) - start > 1) this.#node(start, endOf(branch), shift + BITS)
  }

  #branch(at: number, shift: number): number {
    return ((this.#hashes[this.#items[at] ?? 0] ?? 0) >>> shift) & 31
  }
}

function itemsOf<K>(keys: readonly K[], hash: Hash<K> = key => stringHash(String(key))): Item<K>[] {
  return keys.map((key, index) => ({ key, index, hash: improve(hash(key)) }))
}

/** scala.collection.Hashing.improve. */
function improve(hash: number): number {
  let h = (hash + ~(hash << 9)) | 0
  h ^= h >>> 14
  h = (h + (h << 4)) | 0
  return h ^ (h >>> 10)
}

/** A node gives its own keys first, then its children; equal hashes stay as they came. */
function walk<K>(items: Item<K>[], shift: number): Item<K>[] {
  if (shift >= SHIFT_END) return items
  const branches = split(items, shift).filter(branch => branch.length > 0)
  const own = branches.filter(branch => branch.length === 1)
  const children = branches.filter(branch => branch.length > 1)
  return [...own.flat(), ...children.flatMap(branch => walk(branch, shift + BITS))]
}

function split<K>(items: Item<K>[], shift: number): Item<K>[][] {
  const branches: Item<K>[][] = Array.from({ length: 1 << BITS }, () => [])
  for (const item of items) branches[(item.hash >>> shift) & 31]?.push(item)
  return branches
}

/** Merges two nodes; only the order among equal hashes means anything in the result. */
function merge<K>(left: Item<K>[], right: Item<K>[], shift: number): Item<K>[] {
  // Two lists of equal hashes: the right one, then what only the left one has.
  if (shift >= SHIFT_END) return [...right, ...left]
  const rights = split(right, shift)
  return split(left, shift).flatMap((ours, index) => {
    const theirs = rights[index] ?? []
    if (ours.length > 1 && theirs.length > 1) return merge(ours, theirs, shift + BITS)
    // A single key is put into the other side's node, behind what is there; of two single keys the left one leads.
    return theirs.length > 1 ? [...theirs, ...ours] : [...ours, ...theirs]
  })
}
