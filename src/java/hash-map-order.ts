// The order in which java.util.HashMap gives its keys back: buckets by hash, in each the order of arrival, after every resize Java made.
import { stringHash } from './string-hash.ts'

// What follows are java.util.HashMap's own constants, Java 8 to 18.
const CAPACITY_DEFAULT = 16
const CAPACITY_MAX = 1 << 30
const LOAD_FACTOR = 0.75
const TREEIFY_LENGTH = 8
const TREEIFY_CAPACITY_MIN = 64

/** From so many keys on their order is found without building the map. */
const MANY = 256

type Entry<K> = { key: K; hash: number }

export type HashMapOptions<K> = {
  /** The argument of `new HashMap<>(capacity)`; without it a table of 16 is made at the first put. */
  capacity?: number
  /** The key's hashCode, if keys are not strings. */
  hash?: (key: K) => number
}

/** A java.util.HashMap without its values: what order its keys have, and how large its table is. */
export class JavaHashMapOrder<K = string> {
  readonly #hash: (key: K) => number
  #table: Entry<K>[][] = []
  /** The size asked for before the first put; null asks for the default. */
  #capacityFirst: number | null
  /** For membership alone: names built to share a bucket must not make a put cost the length of it. */
  readonly #known = new Set<K>()
  #hasTreeBucket = false

  constructor(options: HashMapOptions<K> = {}) {
    this.#hash = options.hash ?? (key => stringHash(String(key)))
    this.#capacityFirst = options.capacity === undefined ? null : tableSizeFor(options.capacity)
  }

  get size(): number {
    return this.#known.size
  }

  /** The length of the table; 0 before the first put. */
  get capacity(): number {
    return this.#table.length
  }

  /** Nine and more keys in one bucket of a table of 64 or more: from there on Java keeps a tree, whose order this class does not imitate. */
  get hasTreeBucket(): boolean {
    return this.#hasTreeBucket
  }

  put(key: K): void {
    if (this.#table.length === 0) this.#resize()
    if (this.#known.has(key)) return
    this.#known.add(key)
    const hash = spread(this.#hash(key))
    const bucket = this.#bucket(hash)
    bucket.push({ key, hash })
    // A ninth entry would make the bucket a tree; while the table is small Java doubles it instead.
    if (bucket.length > TREEIFY_LENGTH) {
      if (this.#table.length < TREEIFY_CAPACITY_MIN) this.#resize()
      else this.#hasTreeBucket = true
    }
    if (this.#known.size > threshold(this.#table.length)) this.#resize()
  }

  remove(key: K): void {
    if (!this.#known.delete(key)) return
    const bucket = this.#bucket(spread(this.#hash(key)))
    // NaN is a key like others, as for the Set above and for Double.equals.
    const at = bucket.findIndex(({ key: own }) => own === key || (Number.isNaN(own) && Number.isNaN(key)))
    bucket.splice(at, 1)
  }

  /** putAll, and what `new HashMap<>(map)` does: the table is made large enough for the keys first. */
  putAll(keys: readonly K[]): void {
    if (keys.length === 0) return
    if (this.#table.length === 0) {
      const needed = tableSizeFor(Math.floor(Math.fround(keys.length / LOAD_FACTOR) + 1))
      this.#capacityFirst = Math.max(this.#capacityFirst ?? 0, needed)
    } else {
      while (keys.length > threshold(this.#table.length) && this.#table.length < CAPACITY_MAX) this.#resize()
    }
    for (const key of keys) this.put(key)
  }

  /** `new HashMap<>(this)`: its table may be larger or smaller than this one, and the order another. */
  copy(): JavaHashMapOrder<K> {
    const copy = new JavaHashMapOrder<K>({ hash: this.#hash })
    copy.putAll(this.keys())
    return copy
  }

  /** The keys in iteration order. */
  keys(): K[] {
    return this.#table.flatMap(bucket => bucket.map(entry => entry.key))
  }

  #bucket(hash: number): Entry<K>[] {
    return this.#table[hash & (this.#table.length - 1)] ?? []
  }

  /** Makes the first table, or doubles it: entries keep their order within each half of a bucket. */
  #resize(): void {
    const old = this.#table
    if (old.length >= CAPACITY_MAX) return
    const capacity = old.length === 0 ? (this.#capacityFirst ?? CAPACITY_DEFAULT) : old.length * 2
    this.#table = Array.from({ length: capacity }, () => [])
    for (const bucket of old) {
      for (const entry of bucket) this.#bucket(entry.hash).push(entry)
    }
  }
}

/** The order of a HashMap filled by put, one key after the other: indexes into `keys`, each key at its first occurrence. */
export function hashMapOrder<K = string>(keys: readonly K[], options: HashMapOptions<K> = {}): number[] {
  if (keys.length >= MANY) return orderOfMany(keys, options)
  return orderOfFew(keys, options)
}

function orderOfFew<K>(keys: readonly K[], options: HashMapOptions<K>): number[] {
  const map = new JavaHashMapOrder<K>(options)
  for (const key of keys) map.put(key)
  return indexesOf(map.keys(), keys)
}

/**
 * The same for many keys, in three passes over numbers instead of a table of lists. Resizing keeps the order of arrival within a bucket, so that only the
 * last table counts; and above 64 buckets no long bucket makes a table grow.
 */
function orderOfMany<K>(keys: readonly K[], { capacity, hash = key => stringHash(String(key)) }: HashMapOptions<K>): number[] {
  const known = new Set<K>()
  const firsts: number[] = []
  for (const [index, key] of keys.entries()) if (known.size < known.add(key).size) firsts.push(index)
  let table = capacity === undefined ? CAPACITY_DEFAULT : tableSizeFor(capacity)
  while (firsts.length > threshold(table) && table < CAPACITY_MAX) table *= 2
  // A table far larger than what is in it was asked for: its buckets are not worth a pass.
  if (firsts.length < TREEIFY_CAPACITY_MIN || table > 8 * firsts.length) return orderOfFew(keys, { hash, ...(capacity === undefined ? {} : { capacity }) })
  const buckets = Int32Array.from(firsts, index => spread(hash(keys[index] as K)) & (table - 1))
  const starts = new Int32Array(table + 1)
  for (const bucket of buckets) starts[bucket + 1] = (starts[bucket + 1] ?? 0) + 1
  for (let bucket = 0; bucket < table; bucket++) starts[bucket + 1] = (starts[bucket + 1] ?? 0) + (starts[bucket] ?? 0)
  const order = new Array<number>(firsts.length)
  for (const [at, bucket] of buckets.entries()) {
    const place = starts[bucket] ?? 0
    starts[bucket] = place + 1
    order[place] = firsts[at] ?? 0
  }
  return order
} // prettier-ignore

/** The order after `new HashMap<>(map)`, where `map` gives its keys in the order of `keys` (a LinkedHashMap, or another HashMap). */
export function copiedHashMapOrder<K = string>(keys: readonly K[], options: HashMapOptions<K> = {}): number[] {
  const map = new JavaHashMapOrder<K>(options)
  map.putAll([...new Set(keys)])
  return indexesOf(map.keys(), keys)
}

/** The capacity that `new HashSet<>(list)` asks for. */
export function hashSetCapacity(length: number): number {
  return Math.max(Math.floor(length / LOAD_FACTOR) + 1, CAPACITY_DEFAULT)
}

function indexesOf<K>(ordered: readonly K[], keys: readonly K[]): number[] {
  const indexes = new Map<K, number>()
  keys.forEach((key, index) => {
    if (!indexes.has(key)) indexes.set(key, index)
  })
  return ordered.map(key => indexes.get(key) ?? -1)
}

/** HashMap mixes the upper half of a hash into the lower, because small tables look only at that. */
function spread(hash: number): number {
  return hash ^ (hash >>> 16)
}

/** The next power of two; 1 for 0. */
function tableSizeFor(capacity: number): number {
  return capacity <= 1 ? 1 : Math.min(CAPACITY_MAX, 2 ** (32 - Math.clz32(capacity - 1)))
}

function threshold(capacity: number): number {
  return Math.floor(capacity * LOAD_FACTOR)
}
