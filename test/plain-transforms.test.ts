// The plain contract behind transforms: the record's order and its numbers as they stood, from JSON to the command.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../src/connect/log.ts'
import { type SinkRecord } from '../src/connect/record.ts'
import { createJsonConverter } from '../src/converters/json-converter.ts'
import { transformationEntries } from '../src/transforms/transform-table.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { planOutcome } from './kit/plan-cases.ts'

const doors = { clock: systemClock, random: systemRandom, log: silentLogger }

/** A value through JsonConverter and transforms, to the commands of the plain contract. */
function plainly(json: string, steps: readonly (readonly [name: string, config: Readonly<Record<string, string>>])[], kcql: string): string {
  const { schema, value, source } = createJsonConverter(new Map([['schemas.enable', 'false']]), false).toConnectData('t', Buffer.from(json))
  const place = { topic: 't', partition: 0, timestamp: 0, timestampType: 'CreateTime' } as const
  const original = { ...place, offset: 0, rawKey: null, rawValue: null, rawHeaders: [] }
  let record: SinkRecord | null = { ...place, keySchema: null, key: null, valueSchema: schema, value, headers: [], original, valueSource: source }
  for (const [name, config] of steps) {
    const entry = transformationEntries.find(each => each.className.endsWith(`.${name}`)) ?? assert.fail(name)
    record = record === null ? null : entry.create(new Map(Object.entries(config)), doors).apply(record)
  }
  assert.ok(record !== null)
  return planOutcome('plain', kcql, { schema: record.valueSchema, value: record.value })
} // prettier-ignore

const insert = ['InsertField$Value', { 'static.field': 's', 'static.value': 'v' }] as const
const all = 'INSERT INTO p: SELECT * FROM t PK id'
const hoisted = 'INSERT INTO p: SELECT * FROM t PK f'

for (const [json, steps, kcql, expected] of [
  ['{"id":1,"p":1.50}', [insert], all, '{"id":1,"p":1.50,"s":"v"}'],
  ['{"id":1,"p":1.50,"a":-0,"b":{"z":1,"a":2}}', [insert, insert], all, '{"id":1,"p":1.50,"a":-0,"b":{"z":1,"a":2},"s":"v"}'],
  ['{"z":1,"id":2,"p":1e3}', [['ReplaceField$Value', { exclude: 'z' }]], all, '{"id":2,"p":1e3}'],
  ['{"z":1,"id":2,"p":1e3}', [['ReplaceField$Value', { renames: 'z:y' }], insert], all, '{"y":1,"id":2,"p":1e3,"s":"v"}'],
  ['{"id":2,"p":{"z":1.50,"a":-0},"b":3}', [['Flatten$Value', { delimiter: '_' }], insert], all, '{"id":2,"p_z":1.50,"p_a":-0,"b":3,"s":"v"}'],
  ['{"id":2,"z":3,"a":4}', [['MaskField$Value', { fields: 'z' }]], all, '{"id":2,"z":0,"a":4}'],
  ['{"id":2,"z":3,"a":4}', [['Cast$Value', { spec: 'z:string' }]], all, '{"id":2,"z":"3","a":4}'],
  ['{"id":2,"z":3,"a":4}', [['HeaderFrom$Value', { fields: 'z', headers: 'h', operation: 'move' }]], all, '{"id":2,"a":4}'],
  ['{"id":2,"z":0,"a":4}', [['TimestampConverter$Value', { field: 'z', 'target.type': 'string', format: 'yyyy' }]], all, '{"id":2,"z":"1970","a":4}'],
  ['1.50', [['HoistField$Value', { field: 'f' }]], hoisted, '{"f":1.50}'],
  ['-0', [['HoistField$Value', { field: 'f' }], insert], hoisted, '{"f":-0,"s":"v"}'],
  ['{"x":{"y":1.50}}', [['ExtractField$Value', { field: 'x.y', 'field.syntax.version': 'V2' }], ['HoistField$Value', { field: 'f' }]], hoisted, '{"f":1.50}'],
  ['1.50', [['Cast$Value', { spec: 'int32' }], ['HoistField$Value', { field: 'f' }]], hoisted, '{"f":1}'],
  ['{"id":1,"a":-0,"a":0}', [], all, '{"id":1,"a":0}']
] as const) {
  test(`plain: ${json} through ${steps.map(([name]) => name).join(', ')} keeps the order of the record, and its numbers`, () => {
    assert.equal(plainly(json, steps, kcql).replace(/^SET p:\S+ '(.*)'$/, '$1'), expected)
  })
} // prettier-ignore
