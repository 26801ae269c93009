// Every byte changed and every cut of a few records of each format: the compiled way comes to what the general way comes to, whoever stands next.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import avsc from 'avsc'
import { silentLogger } from '../src/connect/log.ts'
import { type Converter } from '../src/connect/plugin.ts'
import { createAvroConverter } from '../src/converters/avro-converter.ts'
import { createJsonConverter } from '../src/converters/json-converter.ts'
import { createStringConverter } from '../src/converters/string-converter.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { assertSame, BothWays, type RawValue } from './kit/both-ways.ts'
import { FakeRegistry, framed } from './kit/fake-registry.ts'

const registry = await FakeRegistry.open()
after(() => registry.close())
const doors = { clock: systemClock, random: systemRandom, log: silentLogger }

const json = (schemas: boolean, more: Record<string, string> = {}): Converter =>
  createJsonConverter(new Map(Object.entries({ 'schemas.enable': String(schemas), ...more })), false)
const avro = (): Converter =>
  createAvroConverter(
    new Map(Object.entries({ 'schema.registry.url': registry.url, 'max.retries': '0' })),
    false,
    doors
  )

const flat = '{"id":"a1","n":-12.50,"ok":true,"x":null,"t":"\u00e9\\n","l":[1, 2.0,"z"],"o":{"p":7}}'
const jsonSchema = {
  type: 'struct',
  fields: [
    { field: 'id', type: 'string' },
    { field: 'n', type: 'double' },
    { field: 'ok', type: 'boolean' },
    { field: 'x', type: 'int32', optional: true },
    { field: 't', type: 'string' },
    { field: 'l', type: 'array', items: { type: 'int64' } },
    { field: 'o', type: 'struct', fields: [{ field: 'p', type: 'int8' }] },
    { field: 'b', type: 'bytes' },
    { field: 'd', type: 'bytes', name: 'org.apache.kafka.connect.data.Decimal', parameters: { scale: '2' } },
    { field: 'at', type: 'int64', name: 'org.apache.kafka.connect.data.Timestamp' },
    { field: 'f', type: 'float' }
  ]
}
const typed =
  '{"id":"a1","n":12,"ok":true,"x":null,"t":"\u00e9\\n","l":[1, -20],"o":{"p":-7},"b":"AAEC","d":"AfQ=","at":1700000000000,"f":1.1}'

const avroSchema = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'n', type: ['null', 'double'] },
    { name: 'i', type: 'int' },
    { name: 'big', type: 'long' },
    { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B', 'C'] } },
    { name: 'l', type: { type: 'array', items: ['null', 'int'] } },
    { name: 'm', type: { type: 'map', values: 'string' } },
    { name: 'u', type: ['string', 'int'] },
    { name: 'o', type: ['null', { type: 'record', name: 'O', fields: [{ name: 'p', type: 'boolean' }] }] },
    { name: 'fx', type: { type: 'fixed', name: 'F', size: 3 } },
    { name: 'b', type: 'bytes' },
    { name: 'nothing', type: { type: 'array', items: { type: 'record', name: 'Empty', fields: [] } } },
    { name: 'd', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } }
  ]
}
const bare: unknown = JSON.parse(JSON.stringify(avroSchema), (_, each: unknown) =>
  each instanceof Object && 'logicalType' in each && 'type' in each ? each.type : each
)

function avroRecord(id: string, isFull: boolean): Buffer {
  const type = avsc.Type.forSchema(bare as avsc.Schema, { wrapUnions: true })
  return type.toBuffer({
    id,
    n: isFull ? { double: -1.5 } : null,
    i: -70_000,
    big: 2 ** 50,
    e: 'C',
    l: isFull ? [{ int: 5 }, null, { int: -600 }] : [],
    m: isFull ? { k: 'v', w: 'x' } : {},
    u: isFull ? { string: 'text' } : { int: 3 },
    o: isFull ? { O: { p: true } } : null,
    fx: Buffer.from('abc'),
    b: Buffer.from([0, 255]),
    nothing: [],
    d: Buffer.from([1, 244]),
    day: 19_000,
    at: 1_700_000_000_000
  })
}

const schemaId = registry.add(avroSchema)
const formats: readonly (readonly [name: string, converter: Converter, records: readonly Buffer[]])[] = [
  ['JSON without schema', json(false), [flat, '{}', ' {"a" : {"b":{}} } '].map(text => Buffer.from(text))],
  ['JSON with schema', json(true), [Buffer.from(JSON.stringify({ schema: jsonSchema }).slice(0, -1) + `,"payload":${typed}}`)]],
  ['schema.content', json(true, { 'schema.content': JSON.stringify(jsonSchema) }), [Buffer.from(typed)]],
  ['text', createStringConverter(new Map(), false), [Buffer.from(flat)]],
  ['Avro', avro(), [framed(schemaId, avroRecord('a1', true)), framed(schemaId, avroRecord('', false))]]
] // prettier-ignore

const kcqls = [
  'INSERT INTO c: SELECT * FROM t PK id',
  'INSERT INTO z SELECT * FROM t STOREAS SortedSet(score=n)',
  'INSERT INTO s SELECT id, n, o FROM t STOREAS Stream'
]
/** All that are no map and no union. */
const avroLeaves = 'INSERT INTO c: SELECT id, n, i, big, e, l, o, fx, b, d, day, at FROM t PK id'
const batch = 500

/** Bytes before `from` are met with fewer changes. */
function* corrupt(record: Buffer, from: number): Iterable<Buffer> {
  for (let at = 0; at < record.length; at++) {
    yield record.subarray(0, at)
    yield Buffer.concat([record.subarray(0, at), record.subarray(at + 1)])
    const byte = record[at] ?? 0
    const others = [0, 1, 0x22, 0x2c, 0x30, 0x5b, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xc3, 0xed, 0xff, byte + 1, byte - 1]
    for (let bit = 0; bit < 8; bit++) others.push(byte ^ (1 << bit))
    for (const other of new Set(at < from ? [0, 0x22, byte ^ 1] : others)) {
      const copy = Buffer.from(record)
      copy[at] = other
      yield copy
    }
  }
}

for (const [name, converter, records] of formats) {
  test(`every byte changed, every cut: ${name}`, async t => {
    const ways = new BothWays(converter)
    const good = records[0] ?? Buffer.alloc(0)
    try {
      for (const contract of ['old', 'plain'] as const) {
        // What differs between the contracts is how leaves print: a statement of each is enough for that.
        const all = name === 'Avro' ? [avroLeaves, ...kcqls] : kcqls
        for (const kcql of contract === 'old' ? all : all.slice(0, 1)) {
          // The good one first, so that the compiled way knows shape and schema; and a good neighbour behind every bad one.
          const values: RawValue[] = [{ bytes: good }]
          for (const record of records)
            for (const bytes of corrupt(record, record.indexOf('"payload"'))) values.push({ bytes }, { bytes: good })
          for (let from = 0; from < values.length; from += batch) {
            const outcome = await assertSame(ways, contract, kcql, [
              { bytes: good },
              ...values.slice(from, from + batch)
            ])
            assert.ok(outcome !== null)
          }
        }
      }
    } finally {
      ways.close()
      await converter.close?.()
    }
    t.diagnostic(`${ways.compiledRecords} records went the compiled way`)
    assert.ok(ways.compiledRecords > 1000, 'the compiled way was hardly tried')
  })
}

const varint = (value: bigint): Buffer => {
  const bytes: number[] = []
  for (let left = value < 0n ? -2n * value - 1n : 2n * value; ; left >>= 7n) {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0))
    if (left <= 0x7fn) return Buffer.from(bytes)
  }
}

test('lengths and counts of Avro that lie never reach a neighbour', async () => {
  const id = registry.add({
    type: 'record',
    name: 'L',
    fields: [
      { name: 's', type: 'string' },
      { name: 'l', type: { type: 'array', items: 'int' } },
      { name: 'm', type: { type: 'map', values: 'int' } },
      { name: 'z', type: { type: 'array', items: { type: 'record', name: 'Empty', fields: [] } } }
    ]
  })
  const converter = avro()
  const ways = new BothWays(converter)
  const lies = [
    -1n,
    1n,
    2n,
    5n,
    100n,
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 40n,
    2n ** 53n,
    2n ** 62n,
    -(2n ** 31n),
    -(2n ** 63n)
  ]
  const text = Buffer.concat([varint(2n), Buffer.from('ab')])
  const none = varint(0n)
  const values: RawValue[] = []
  for (const lie of lies) {
    for (const payload of [
      [varint(lie), Buffer.from('ab'), none, none, none],
      [text, varint(lie), varint(7n), none, none, none],
      [text, varint(-1n), varint(lie), varint(7n), none, none, none],
      [text, none, varint(lie), text, varint(7n), none, none],
      [text, none, varint(1n), varint(lie), Buffer.from('k'), varint(7n), none, none],
      [text, none, none, varint(lie), none],
      [text, none, none, varint(-3n), varint(lie), none],
      [text, Buffer.from([0x80, 0x00]), none, none],
      [text, Buffer.alloc(11, 0x80), none, none]
    ]) {
      values.push({ bytes: framed(id, Buffer.concat(payload)) })
      values.push({ bytes: framed(id, Buffer.concat([text, varint(1n), varint(1n), none, none, none])) })
    }
  }
  try {
    for (const kcql of ['INSERT INTO c: SELECT * FROM t PK s', 'INSERT INTO c: SELECT s FROM t PK s']) {
      await assertSame(ways, 'old', kcql, values)
    }
  } finally {
    ways.close()
    await converter.close?.()
  }
  assert.ok(ways.compiledRecords >= values.length / 2)
})

test('a schema id in a header, and a GUID in place of an id, are found or left to the general way', async () => {
  const payload = avroRecord('a1', true)
  const frame = framed(schemaId, Buffer.alloc(0))
  // A payload that begins like a frame of a known schema: only the header says that it is none.
  const otherId = registry.add({ type: 'record', name: 'H', fields: ['a', 'b', 'c', 'd', 'id'].map(name => ({ name, type: name === 'id' ? 'int' : 'string' })) })
  const header = (id: number) => [{ key: '__value_schema_id', value: framed(id, Buffer.alloc(0)) }]
  const values: RawValue[] = [
    { bytes: framed(schemaId, payload) },
    { bytes: payload, headers: header(schemaId) },
    { bytes: framed(schemaId, payload), headers: [{ key: 'other', value: null }] },
    { bytes: Buffer.from([0, 0, 0, 0, 1 << 1]), headers: header(otherId) },
    { bytes: Buffer.concat([frame, Buffer.alloc(20)]), headers: header(otherId) },
    { bytes: Buffer.concat([Buffer.from([1]), Buffer.alloc(16, 7), payload]) },
    { bytes: framed(999_999, payload) },
    { bytes: framed(schemaId, payload) }
  ]
  const converter = avro()
  const ways = new BothWays(converter)
  try {
    await assertSame(ways, 'old', 'INSERT INTO c: SELECT id FROM t PK id', values)
  } finally {
    ways.close()
    await converter.close?.()
  }
  assert.ok(ways.compiledRecords >= 4, `${ways.compiledRecords} went the compiled way`)
}) // prettier-ignore
