// What a transform puts into a field that it was not read from must fit that field, as in Kafka: else the record is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConnectValue, Schema, Struct } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { silentLogger } from '../connect/log.ts'
import { type SinkRecord } from '../connect/record.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { transformationEntries } from './transform-table.ts'

const doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const int = new Schema('INT32')
const text = new Schema('STRING')
const inner = (type: Schema): Schema => new Schema('STRUCT', { optional: true, fields: [['x', type]] })
const schema = new Schema('STRUCT', {
  fields: [
    ['n', int],
    ['m', new Schema('INT32')],
    ['s', text],
    ['o', new Schema('INT32', { optional: true })],
    ['ints', inner(int)],
    ['same', inner(new Schema('INT32'))],
    ['texts', inner(text)]
  ]
})

function applied(name: string, config: Readonly<Record<string, string>>, value: ConnectValue, of = schema): ConnectValue {
  const place = { topic: 't', partition: 0, timestamp: null, timestampType: 'CreateTime' } as const
  const original = { ...place, timestamp: 0, offset: 0, rawKey: null, rawValue: null, rawHeaders: [] }
  const record: SinkRecord = { ...place, keySchema: null, key: null, valueSchema: of, value, headers: [], original }
  const entry = transformationEntries.find(each => each.className.endsWith(`.${name}`)) ?? assert.fail(name)
  return entry.create(new Map(Object.entries(config)), doors).apply(record)?.value ?? null
} // prettier-ignore

const struct = new Struct(schema, [
  ...[1, 2, 'text', null],
  ...['ints', 'same', 'texts'].map(name => {
    const of = schema.field(name)?.schema ?? assert.fail(name)
    return new Struct(of, [name === 'texts' ? 'x' : 5])
  })
])

for (const [from, to, refusal] of [
  ['n', 'm', null],
  ['s', 'n', /Invalid Java object for schema with type INT32: class java\.lang\.String for field: "n"/],
  ['n', 's', /Invalid Java object for schema with type STRING: class java\.lang\.\w+ for field: "s"/],
  ['o', 'n', /null used for required field: "n"/],
  ['n', 'o', null],
  ['ints', 'same', null],
  ['ints', 'texts', /Struct schemas do not match/]
] as const) {
  test(`ReplaceField renames ${from}, which it leaves out, onto ${to}: ${refusal === null ? 'it fits' : 'refused'}`, () => {
    const rename = (): ConnectValue =>
      applied('ReplaceField$Value', { exclude: from, renames: `${from}:${to}` }, struct)
    if (refusal === null) {
      const result = rename()
      assert.ok(result instanceof Struct)
      assert.equal(result.get(to), struct.get(from))
    } else assert.throws(rename, error => error instanceof DataError && refusal.test(error.message))
  })
}

test('ReplaceField onto a field that stays beside it is a name twice', () => {
  assert.throws(() => applied('ReplaceField$Value', { renames: 'n:s' }, struct), /field name duplication s/)
})

test('HoistField refuses null under a schema that wants a value', () => {
  assert.throws(() => applied('HoistField$Value', { field: 'f' }, null, int), /null used for required field: "f"/)
})
