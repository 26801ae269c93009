// What Protobuf schemas import, custom options, and the settings of Confluent's converter: done as its documentation says, or refused.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { FakeRegistry, framed } from '../../test/kit/fake-registry.ts'
import { type ConnectValue, type Schema, Struct } from '../connect/data.ts'
import { silentLogger } from '../connect/log.ts'
import { type Converter } from '../connect/plugin.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { createJsonSchemaConverter } from './json-schema-converter.ts'
import { createProtobufConverter } from './protobuf-converter.ts'

const registry = await FakeRegistry.open()
after(() => registry.close())
const doors = { clock: systemClock, random: systemRandom, log: silentLogger }

type Read = { readonly schema: Schema | null; readonly value: ConnectValue }

async function read(converter: Converter, id: number, payload: Buffer): Promise<Read> {
  const bytes = framed(id, payload)
  await converter.prepare?.('t', bytes)
  return converter.toConnectData('t', bytes)
}

/** What the converter makes of a message whose fields are in `hex`. */
function converted(text: string, hex: string, settings: Readonly<Record<string, string>> = {}, references: readonly string[] = []): Promise<Read> {
  const named = references.map((reference, index) => {
    registry.addVersion(`ref-${index}`, 1, reference)
    return { name: `ref-${index}.proto`, subject: `ref-${index}`, version: 1 }
  })
  const id = registry.add(text, 'PROTOBUF', named)
  const config = new Map(Object.entries({ 'schema.registry.url': registry.url, 'max.retries': '0', ...settings }))
  return read(createProtobufConverter(config, false, doors), id, Buffer.from(`00${hex}`, 'hex'))
} // prettier-ignore

/** Structs as objects. */
function seen(value: ConnectValue): unknown {
  if (value instanceof Struct)
    return Object.fromEntries(value.schema.fields.map(field => [field.name, seen(value.at(field))]))
  return Array.isArray(value) ? value.map(each => seen(each as ConnectValue)) : value
}

const options = `import "google/protobuf/descriptor.proto";
  extend google.protobuf.FieldOptions { optional string pii = 50001; repeated string tags = 50002; Rule rule = 50003; }
  extend google.protobuf.MessageOptions { optional string owner = 50001; }
  message Rule { string name = 1; repeated Rule more = 2; }`
const annotated = `message M { option (o.owner) = "me"; int32 id = 1 [(o.pii) = "yes", (o.rule) = { name: "r", more: [{ name: "s" }] }, deprecated = true];
  string name = 2 [(o.tags) = "a", (o.tags) = "b"]; }`

test('custom options are passed over, declared in the schema or in a reference', async () => {
  const own = `syntax = "proto3"; package o; ${annotated} ${options}`
  const referring = `syntax = "proto3"; package p; import "ref-0.proto"; ${annotated}`
  for (const [text, references] of [
    [own, []],
    [referring, [`syntax = "proto3"; package o; ${options}`]]
  ] as const) {
    const { value } = await converted(text, '0805120178', {}, references)
    assert.deepEqual(seen(value), { id: 5, name: 'x' })
  }
})

test('descriptors themselves are read, as proto2: what is not set is null', async () => {
  const text =
    'syntax = "proto3"; package p; import "google/protobuf/descriptor.proto"; message M { google.protobuf.EnumValueDescriptorProto e = 1; }'
  const { value } = await converted(text, '0a030a0161')
  assert.deepEqual(seen(value), { e: { name: 'a', number: null, options: null } })
})

for (const [file, type, hex, expected] of [
  ['google/type/money.proto', 'google.type.Money', '0a0355534410051806', { currency_code: 'USD', units: 5n, nanos: 6 }],
  ['google/type/latlng.proto', 'google.type.LatLng', '09000000000000f03f', { latitude: 1, longitude: 0 }],
  ['google/type/dayofweek.proto', 'google.type.DayOfWeek', 'enum', 'TUESDAY'],
  ['google/type/month.proto', 'google.type.Month', 'enum', 'FEBRUARY'],
  ['google/type/calendar_period.proto', 'google.type.CalendarPeriod', 'enum', 'WEEK'],
  ['google/type/decimal.proto', 'google.type.Decimal', '0a03312e35', { value: '1.5' }],
  ['google/type/fraction.proto', 'google.type.Fraction', '08011002', { numerator: 1n, denominator: 2n }],
  ['google/type/localized_text.proto', 'google.type.LocalizedText', '0a0178', { text: 'x', language_code: '' }],
  ['google/type/expr.proto', 'google.type.Expr', '0a0178', { expression: 'x', title: '', description: '', location: '' }],
  ['google/type/quaternion.proto', 'google.type.Quaternion', '', { x: 0, y: 0, z: 0, w: 0 }],
  ['google/type/phone_number.proto', 'google.type.PhoneNumber', '0a0178', { kind_0: { e164_number: 'x', short_code: null }, extension: '' }],
  ['google/type/color.proto', 'google.type.Color', '22050d0000003f', { red: 0, green: 0, blue: 0, alpha: { value: 0.5 } }],
  ['google/type/interval.proto', 'google.type.Interval', '0a020801', { start_time: new Date(1000), end_time: null }],
  ['google/type/date.proto', 'google.type.Date', '08b20f10011803', new Date(Date.UTC(1970, 0, 3))],
  ['google/type/timeofday.proto', 'google.type.TimeOfDay', '0801', new Date(3_600_000)],
  ['google/type/datetime.proto', 'google.type.DateTime', '08014a030a0155', { time_offset_0: { utc_offset: null, time_zone: { id: 'U', version: '' } }, year: 1, month: 0, day: 0, hours: 0, minutes: 0, seconds: 0, nanos: 0 }],
  ['google/type/postal_address.proto', 'google.type.PostalAddress', '4a0178', { revision: 0, region_code: '', language_code: '', postal_code: '', sorting_code: '', administrative_area: '', locality: '', sublocality: '', address_lines: ['x'], recipients: [], organization: '' }],
  ['google/protobuf/any.proto', 'google.protobuf.Any', '0a0178', { type_url: 'x', value: Buffer.alloc(0) }],
  ['google/protobuf/duration.proto', 'google.protobuf.Duration', '08051006', { seconds: 5n, nanos: 6 }],
  ['google/protobuf/empty.proto', 'google.protobuf.Empty', '', {}],
  ['google/protobuf/field_mask.proto', 'google.protobuf.FieldMask', '0a0161', { paths: ['a'] }],
  ['google/protobuf/source_context.proto', 'google.protobuf.SourceContext', '0a0161', { file_name: 'a' }],
  ['google/protobuf/type.proto', 'google.protobuf.Option', '0a0161', { name: 'a', value: null }],
  ['google/protobuf/api.proto', 'google.protobuf.Mixin', '0a0161', { name: 'a', root: '' }],
  ['confluent/meta.proto', 'int32', 'enum', 2]
] as const) {
  test(`${file} is at hand, with ${type}`, async () => {
    const field = hex === 'enum' ? '0802' : `0a${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`
    const { value } = await converted(`syntax = "proto3"; package p; import "${file}"; message M { ${type} f = 1; }`, field)
    assert.ok(value instanceof Struct)
    assert.deepEqual(seen(value.get('f')), expected)
  })
} // prettier-ignore

const union =
  'syntax = "proto3"; message M { optional int32 n = 1; oneof pick { string left = 2; int64 right = 3; } E e = 4; repeated E es = 5; map<string, E> by = 6; int32 id = 7; } enum E { A = 0; B = 5; }'
const fields = '120178' + '2005' + '2a020005' + '32050a01611005'
const proto2 =
  'syntax = "proto2"; message M { optional int32 n = 1 [default = 7]; required int32 r = 2; optional E e = 3 [default = B]; optional string s = 4; } enum E { A = 0; B = 5; }'

for (const [setting, text, hex, expected] of [
  ['', union, fields, { pick_0: { left: 'x', right: null }, n: null, e: 'B', es: ['A', 'B'], by: new Map([['a', 'B']]), id: 0 }],
  ['generate.index.for.unions=false', union, fields, { pick: { left: 'x', right: null }, n: null, e: 'B', es: ['A', 'B'], by: new Map([['a', 'B']]), id: 0 }],
  ['int.for.enums=true', union, fields, { pick_0: { left: 'x', right: null }, n: null, e: 5, es: [0, 5], by: new Map([['a', 5]]), id: 0 }],
  ['int.for.enums=true', union, '2009', { pick_0: null, n: null, e: 9, es: [], by: new Map(), id: 0 }],
  ['', union, '2009', { pick_0: null, n: null, e: 'UNKNOWN_ENUM_VALUE_E_9', es: [], by: new Map(), id: 0 }],
  ['', proto2, '', { n: null, r: 0, e: null, s: null }],
  ['', proto2, '08001800', { n: 0, r: 0, e: 'A', s: null }],
  ['optional.for.proto2=false', proto2, '', { n: 7, r: 0, e: 'B', s: '' }],
  ['generalized.sum.type.support=true', union, '', { pick_0: null, n: null, e: 'A', es: [], by: new Map(), id: 0 }]
] as const) {
  test(`${setting === '' ? 'without settings' : setting}: ${text === union ? 'proto3' : 'proto2'} ${hex}`, async () => {
    const [key = '', value = ''] = setting.split('=')
    const { value: message } = await converted(text, hex, key === '' ? {} : { [key]: value })
    assert.deepEqual(seen(message), expected)
  })
} // prettier-ignore

test('optional.for.nullables and wrapper.for.nullables: of scalars only those marked optional are optional', async () => {
  for (const [settings, expected] of [
    [{}, []],
    [{ 'optional.for.nullables': 'true' }, ['id']],
    [{ 'wrapper.for.nullables': 'true' }, ['id']]
  ] as const) {
    const { schema } = await converted(union, '', settings)
    const required = schema?.fields.filter(field => !field.schema.optional).map(({ name }) => name)
    assert.deepEqual(required, expected)
    assert.ok(schema?.field('pick_0')?.schema.fields.every(field => field.schema.optional))
  }
})

test('JSON Schema: generalized.sum.type.support names the fields of a oneOf as Confluent does', async () => {
  const id = registry.add({ type: 'object', properties: { u: { oneOf: [{ type: 'string' }, { type: 'integer' }] } } }, 'JSON')
  for (const [setting, name] of [
    ['false', 'io.confluent.connect.json.OneOf.field.1'],
    ['true', 'connect_union_field_1']
  ] as const) {
    const config = new Map(Object.entries({ 'schema.registry.url': registry.url, 'generalized.sum.type.support': setting }))
    const { value } = await read(createJsonSchemaConverter(config, false, doors), id, Buffer.from('{"u":5}'))
    assert.ok(value instanceof Struct)
    const held = value.get('u')
    assert.equal(held instanceof Struct ? held.get(name) : null, 5n)
  }
}) // prettier-ignore
