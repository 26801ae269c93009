// The order of copied maps, held to a model of java.util.HashMap that does every step as Java does it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ConnectMap, type ConnectValue } from '../connect/data.ts'
import { javaEntries } from '../connect/values/java-map-order.ts'
import { JavaHashMapOrder } from '../java/hash-map-order.ts'
import { copyToHashMap, refilled } from './hash-map-copy.ts'

// Words of few letters share buckets, and "Aa" and "BB" share a hash.
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'Aa', 'BB'), maxLength: 3 }),
  fc.string({ maxLength: 12 })
)
const names = fc.uniqueArray(name, { maxLength: 60 })

type Step =
  | { readonly kind: 'copy' | 'put' | 'remove'; readonly names: readonly string[] }
  | { readonly kind: 'replace'; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly kind: 'exclude'; readonly names: readonly string[] }

const few = fc.uniqueArray(name, { maxLength: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('copy' as const, 'put' as const, 'remove' as const), names: few }),
  fc.record({ kind: fc.constant('exclude' as const), names: few }),
  fc.record({ kind: fc.constant('replace' as const), from: few, to: few })
)

/** What a transform does: `new HashMap<>(m)` with puts and removals, or an empty one of that capacity, filled in the order of the loop. */
function javaStep(map: JavaHashMapOrder, step: Step): JavaHashMapOrder {
  if (step.kind === 'exclude' || step.kind === 'replace') {
    const result = new JavaHashMapOrder({ capacity: map.size })
    for (const key of map.keys()) {
      const to = renamed(step, key)
      if (to !== null) result.put(to)
    }
    return result
  }
  const result = map.copy()
  for (const each of step.names) {
    if (step.kind === 'put') result.put(each)
    if (step.kind === 'remove') result.remove(each)
  }
  return result
}

function ourStep(map: ReadonlyMap<ConnectValue, ConnectValue>, step: Step): ConnectMap {
  if (step.kind === 'exclude' || step.kind === 'replace') {
    return refilled(map, map.size, step.kind === 'replace', key => renamed(step, key as string))
  }
  const result = copyToHashMap(map)
  for (const each of step.names) {
    if (step.kind === 'put') result.set(each, null)
    if (step.kind === 'remove') result.delete(each)
  }
  return result
}

function renamed(step: Step, key: string): string | null {
  if (step.kind === 'exclude') return step.names.includes(key) ? null : key
  if (step.kind !== 'replace') return key
  const at = step.from.indexOf(key)
  return at < 0 ? key : (step.to[at] ?? key)
}

/** The order of the record: what stays keeps its place, what comes later stands behind it. */
function recordStep(keys: readonly string[], step: Step): readonly string[] {
  switch (step.kind) {
    case 'exclude':
    case 'replace':
      return [...new Set(keys.map(key => renamed(step, key)).filter(key => key !== null))]
    case 'put':
      return [...new Set([...keys, ...step.names])]
    case 'remove':
      return keys.filter(key => !step.names.includes(key))
    case 'copy':
      return keys
  }
}

test('the Map itself keeps the order of the record, whatever Java does', () => {
  fc.assert(
    fc.property(names, fc.array(step, { maxLength: 4 }), (keys, steps) => {
      let expected: readonly string[] = keys
      let ours: ReadonlyMap<ConnectValue, ConnectValue> = new Map(keys.map(key => [key, null]))
      for (const each of steps) {
        expected = recordStep(expected, each)
        ours = ourStep(ours, each)
      }
      assert.deepEqual([...ours.keys()], expected)
    }),
    { numRuns: 1000 }
  )
})

test('copies, puts, removals and renames leave the order that Java has', () => {
  fc.assert(
    fc.property(names, fc.array(step, { maxLength: 4 }), (keys, steps) => {
      let java = new JavaHashMapOrder()
      for (const key of keys) java.put(key)
      let ours: ReadonlyMap<ConnectValue, ConnectValue> = new Map(keys.map(key => [key, null]))
      for (const each of steps) {
        java = javaStep(java, each)
        ours = ourStep(ours, each)
      }
      if (java.hasTreeBucket) return
      assert.deepEqual(
        javaEntries(ours, null).map(([key]) => key),
        java.keys()
      )
    }),
    { numRuns: 3000 }
  )
})
