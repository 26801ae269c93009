// Proves the orders of java.util.HashMap and of Scala's immutable Map against what both answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectors } from '../../test/kit/vectors.ts'
import { copiedHashMapOrder, hashMapOrder, hashSetCapacity, JavaHashMapOrder } from './hash-map-order.ts'
import { concatenatedOrder, ScalaMapOrder, scalaMapOrder, trieOrder } from './scala-hash-order.ts'
import { booleanHash, doubleHash, floatHash, longHash } from './string-hash.ts'

type Input = { keys?: string[]; ops?: [string, string][] }
type Orders = Record<string, number[]>
type OpsAnswer = { order: string[]; copy?: string[] }

/** Nine and more names built to collide, in a table of 64 or more: Java keeps such a bucket as a tree, and its order is not imitated. */
const SKIPPED_TREE_BUCKETS = new Set(
  `330 334 336 337 339 340 341 342 343 344 347 352 356 357 358 388 395 396 397 398 413 414 415 418 424 430 431 432 433 434
  436 437 438 455 471 483`
    .split(/\s+/)
    .map(number => `hash-00${number}`)
)

/** The maps behind an answer, the answering one last: a source with a tree spoils its copy's order too. */
const MAPS_OF_JAVA: Record<string, (keys: string[]) => JavaHashMapOrder[]> = {
  put: keys => [filled(keys)],
  copy: keys => [filled(keys), filled(keys).copy()],
  reinsert: keys => [filled(keys), filled(filled(keys).keys())],
  fromLinked: keys => [putAll(keys)],
  hashSet: keys => [filled(keys, hashSetCapacity(keys.length))],
  sized: keys => [filled(keys, keys.length)]
}

function filled(keys: string[], capacity?: number): JavaHashMapOrder {
  const map = new JavaHashMapOrder(capacity === undefined ? {} : { capacity })
  for (const key of keys) map.put(key)
  return map
}

function putAll(keys: string[]): JavaHashMapOrder {
  const map = new JavaHashMapOrder()
  map.putAll(keys)
  return map
}

for (const [way, mapsOf] of Object.entries(MAPS_OF_JAVA)) {
  test(`HashMap: ${way}`, () => {
    let compared = 0
    for (const { id, input, expect } of readVectors<Input, Orders>('hash-order')) {
      if (input.keys === undefined || expect === undefined) continue
      const { keys } = input
      const maps = mapsOf(keys)
      if (maps.some(map => map.hasTreeBucket)) {
        assert.ok(SKIPPED_TREE_BUCKETS.has(id), `${id} has a tree bucket`)
        continue
      }
      const order = maps
        .at(-1)
        ?.keys()
        .map(key => keys.indexOf(key))
      assert.deepEqual(order, expect[way] ?? expect['put'], id)
      compared++
    }
    assert.ok(compared >= 220, `${compared} compared`)
  })
}

test('HashMap: the short forms agree with the class', () => {
  for (const { input } of readVectors<Input, Orders>('hash-order')) {
    const keys = input.keys ?? []
    const names = (order: number[]): (string | undefined)[] => order.map(index => keys[index])
    assert.deepEqual(names(hashMapOrder(keys)), filled(keys).keys())
    assert.deepEqual(names(copiedHashMapOrder(keys)), putAll(keys).keys())
  }
})

test('HashMap: putAll into an empty one makes the table that a copy has', () => {
  // Seen on Java 17: `new HashMap<>()` then putAll gives updated, ip, billing; put one by one gives ip, updated, billing.
  assert.deepEqual(putAll(['ip', 'updated', 'billing']).keys(), ['updated', 'ip', 'billing'])
  const used = filled(['x'])
  used.remove('x')
  used.putAll(['ip', 'updated', 'billing'])
  assert.deepEqual(used.keys(), ['ip', 'updated', 'billing'])
})

test('HashMap: a hundred thousand names of one hash cost no more than others', () => {
  const names = Array.from({ length: 100_000 }, (_, index) =>
    index.toString(2).padStart(17, '0').replaceAll('0', 'Aa').replaceAll('1', 'BB')
  )
  assert.deepEqual(hashMapOrder(names).length, names.length)
})

test('HashMap: a NaN key is itself', () => {
  const map = new JavaHashMapOrder<number>({ hash: doubleHash })
  for (const key of [NaN, 1, NaN]) map.put(key)
  assert.equal(map.size, 2)
  map.remove(NaN)
  assert.deepEqual(map.keys(), [1])
  map.put(0)
  map.remove(-0)
  assert.deepEqual(map.keys(), [1])
})

test('HashMap: keys that are no strings go by their own hash codes', () => {
  // Answers of Java 17 for Integer, Long, Boolean, Double and Float keys.
  const ordered = <K>(keys: K[], hash: (key: K) => number): (K | undefined)[] =>
    hashMapOrder(keys, { hash }).map(index => keys[index])
  assert.deepEqual(
    ordered([100, -1, 7, 16, 70000, -70000, 33], key => key),
    [-1, 16, 70000, 33, 100, 7, -70000]
  )
  assert.deepEqual(ordered([5000000000n, -1n, 7n, 4294967296n, -(2n ** 63n), -5000000000n], longHash), [
    -1n,
    -(2n ** 63n),
    4294967296n,
    5000000000n,
    7n,
    -5000000000n
  ])
  assert.deepEqual(ordered([true, false], booleanHash), [false, true])
  assert.deepEqual(ordered([1.5, NaN, 1e300, 100.25, 3], doubleHash), [1e300, 1.5, NaN, 3, 100.25])
  assert.deepEqual([1.5, -0, 0, NaN, 1e300].map(doubleHash), [1073217536, -2147483648, 0, 2146959360, -164130400])
  assert.deepEqual(
    [1.5, -0, NaN, 1e30, 3].map(floatHash),
    [1069547520, -2147483648, 2143289344, 1900671690, 1077936128]
  )
})

test('HashMap: puts and removes', () => {
  for (const { id, input, expect } of readVectors<Input, OpsAnswer>('hash-order')) {
    if (input.ops === undefined) continue
    const map = new JavaHashMapOrder()
    for (const [op, key] of input.ops) {
      if (op === 'put') map.put(key)
      else map.remove(key)
    }
    if (map.hasTreeBucket) {
      assert.ok(SKIPPED_TREE_BUCKETS.has(id), `${id} has a tree bucket`)
      continue
    }
    assert.deepEqual(map.keys(), expect?.order, id)
    assert.deepEqual(map.copy().keys(), expect?.copy ?? expect?.order, id)
  }
})

test('Scala Map: one by one, by a builder, and two halves joined', () => {
  for (const { id, input, expect } of readVectors<Input, Orders>('scala-order')) {
    if (input.keys === undefined || expect === undefined) continue
    const { updated, builder = updated, concat = updated } = expect
    assert.deepEqual(scalaMapOrder(input.keys), updated, id)
    assert.deepEqual(scalaMapOrder(input.keys), builder, id)
    const half = Math.floor(input.keys.length / 2)
    assert.deepEqual(concatenatedOrder(input.keys.slice(0, half), input.keys.slice(half)), concat, id)
  }
})

test('Scala Map: the trie order of four keys and fewer', () => {
  // Grouping by topic builds the trie whatever its size: id, name, z, b, c parts as the recorded five do.
  assert.deepEqual(trieOrder(['name', 'id', 'z', 'b', 'c']), [0, 1, 3, 4, 2])
  assert.deepEqual(trieOrder(['z', 'c', 'b']), [2, 1, 0])
  assert.deepEqual(scalaMapOrder(['z', 'c', 'b']), [0, 1, 2])
  // Whole-number keys are their own hash codes.
  assert.deepEqual(
    scalaMapOrder([3, 1], key => key),
    [0, 1]
  )
})

test('Scala Map: keys that come and go', () => {
  for (const { id, input, expect } of readVectors<Input, OpsAnswer>('scala-order')) {
    if (input.ops === undefined) continue
    const map = new ScalaMapOrder()
    for (const [op, key] of input.ops) {
      if (op === 'updated') map.updated(key)
      else map.removed(key)
    }
    assert.deepEqual(map.keys(), expect?.order, id)
  }
})

test('many keys have the order of the maps themselves, also of names that share their hash', () => {
  const shared = ['Aa', 'BB']
  for (const count of [256, 300, 3000, 12_000]) {
    const keys = Array.from({ length: count }, (_, index) => `${shared[index % 2]}${shared[(index >> 1) % 2]}-${index % (count - 7)}`) // prettier-ignore
    const distinct = [...new Set(keys)]
    for (const capacity of [undefined, 1, count, 4 * count, 1 << 16]) {
      const map = filled(keys, capacity)
      const order = hashMapOrder(keys, capacity === undefined ? {} : { capacity })
      assert.deepEqual(order.map(index => keys[index]), map.keys()) // prettier-ignore
    }
    const trie = new ScalaMapOrder()
    const few = distinct.slice(0, 300)
    for (const key of few) trie.updated(key)
    assert.deepEqual(trieOrder(few).map(index => few[index]), trie.keys()) // prettier-ignore
    // Merging two tries walks them in the older, slower way: where no hash is shared, both come to the same.
    const plain = Array.from({ length: count }, (_, index) => `k${index}`)
    assert.deepEqual(concatenatedOrder(plain.slice(0, 100), plain.slice(100)), trieOrder(plain))
  }
})
