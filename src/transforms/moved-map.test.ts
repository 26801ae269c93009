// What transforms make of records that share a shape is what they make of the same Maps one by one: entries, order, texts and errors.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConnectMap, type ConnectValue, setSourceText, sourceText } from '../connect/data.ts'
import { silentLogger } from '../connect/log.ts'
import { type SinkRecord } from '../connect/record.ts'
import { layoutOf, Shape, ShapedMap } from '../connect/shaped-map.ts'
import { javaEntries } from '../connect/values/java-map-order.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { transformationEntries } from './transform-table.ts'

type Step = readonly [name: string, config: Readonly<Record<string, string>>]

const steps: readonly Step[] = [
  ['ReplaceField$Value', { exclude: 'a,Aa' }],
  ['ReplaceField$Value', { include: 'b,BB,f1' }],
  ['ReplaceField$Value', { renames: 'a:b,f2:z,BB:Aa' }],
  ['InsertField$Value', { 'timestamp.field': 'at', 'topic.field': 'a' }],
  ['InsertField$Value', { 'static.field': 'f3', 'static.value': 'x', 'offset.field': 'BB' }],
  ['TimestampConverter$Value', { field: 'f1', 'target.type': 'string', format: 'yyyy' }],
  ['Cast$Value', { spec: 'a:string,f2:int32,zz:string' }],
  ['MaskField$Value', { fields: 'b,f3,zz' }],
  ['HeaderFrom$Value', { fields: 'a,zz', headers: 'h,i', operation: 'move' }],
  ['HeaderFrom$Value', { fields: 'b', headers: 'h', operation: 'copy' }],
  ['Flatten$Value', {}],
  ['HoistField$Value', { field: 'top' }],
  ['ValueToKey', { fields: 'b,a' }]
]

const doors = { clock: systemClock, random: systemRandom, log: silentLogger }

function created([name, config]: Step) {
  const entry = transformationEntries.find(({ className }) => className.endsWith(`.${name}`))
  assert.ok(entry !== undefined, name)
  return entry.create(new Map(Object.entries(config)), doors)
}

type Entry = readonly [name: string, value: ConnectValue]

const leaf = fc.oneof(fc.bigInt(-5n, 5n), fc.constantFrom(1.5, 2.5), fc.constantFrom('text', '7', null, true))
// More than twelve names make Java's table grow; Aa and BB share a bucket.
const shapeOf = fc.uniqueArray(fc.constantFrom('a', 'b', 'Aa', 'BB', ...Array.from({ length: 14 }, (_, n) => `f${n}`)))
const recordsOf = fc
  .array(shapeOf, { minLength: 1, maxLength: 2 })
  .chain(shapes =>
    fc.array(
      fc.tuple(
        fc.constantFrom(...shapes),
        fc.array(leaf, { minLength: 20, maxLength: 20 }),
        fc.boolean(),
        fc.boolean()
      ),
      { minLength: 1, maxLength: 6 }
    )
  )

function record(value: ConnectValue, timestamp: number | null): SinkRecord {
  const place = { topic: 't', partition: 0, timestamp: 5, timestampType: 'CreateTime' } as const
  return {
    ...place,
    timestamp,
    keySchema: null,
    key: null,
    valueSchema: null,
    value,
    headers: [],
    original: { ...place, offset: 3, rawKey: null, rawValue: null, rawHeaders: [] }
  }
}

function plain(value: ConnectValue): unknown {
  if (!(value instanceof Map)) return value
  const map = value as ReadonlyMap<ConnectValue, ConnectValue>
  const java = javaEntries(map, null).map(([key]) => key)
  return {
    java,
    layout: layoutOf(map),
    entries: [...map].map(([key, each]) => [key, plain(each), sourceText(map, key)])
  }
}

function outcome(transforms: readonly ReturnType<typeof created>[], given: SinkRecord): unknown {
  try {
    let current: SinkRecord | null = given
    for (const transform of transforms) current = current === null ? null : transform.apply(current)
    return current === null ? null : [plain(current.key), plain(current.value), current.headers]
  } catch (error) {
    return String(error)
  }
}

function withText<M extends ReadonlyMap<ConnectValue, ConnectValue>>(map: M): M {
  for (const [name, value] of map) if (value === 1.5) setSourceText(map, name, '1.50')
  return map
}

test('transforms answer alike for records that share a shape and for others', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 4 }), recordsOf, (chain, records) => {
      const transforms = chain.map(created)
      const shapes = new Map<readonly string[], Shape>()
      for (const [names, values, isLinked, hasTimestamp] of records) {
        const layout = isLinked ? ({ kind: 'linked' } as const) : null
        const entries = names.map((name, index): Entry => [name, values[index] ?? null])
        const shape = shapes.get(names) ?? new Shape(names, null)
        shapes.set(names, shape)
        const known = layout === null ? shape : new Shape(names, layout)
        const map = layout === null ? new Map<ConnectValue, ConnectValue>(entries) : new ConnectMap(layout, entries)
        const shaped = new ShapedMap(
          known,
          entries.map(([, value]) => value)
        )
        const timestamp = hasTimestamp ? 1_700_000_000_000 : null
        assert.deepEqual(
          outcome(transforms, record(withText(shaped), timestamp)),
          outcome(transforms, record(withText(map), timestamp))
        )
      }
    }),
    { numRuns: 2000 }
  )
})
