// The Avro reader against avsc (what one encodes the other reads), the mapping to Connect schemas, and hostile bytes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import fc from 'fast-check'
import { type VectorValue, vectorSchema, vectorValue } from '../../test/kit/connect-values.ts'
import { SerializationError } from '../connect/errors.ts'
import { compileAvro, type AvroReader } from './avro-compile.ts'
import { AvroCursor } from './avro-cursor.ts'
import { parseAvroSchema } from './avro-type.ts'

// avsc refuses integers beyond 2^53 by default; this type carries them as bigint.
const longType = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(value)
    return buffer
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)
})

function reader(schema: unknown): AvroReader {
  return compileAvro(parseAvroSchema([JSON.stringify(schema)]), { enhanced: false })
}

function encoder(schema: unknown): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, { registry: { long: longType }, wrapUnions: true })
}

/** A schema, a value of it for avsc, and the value in the notation of the vectors as it should be read. */
interface Case {
  readonly schema: unknown
  readonly value: unknown
  readonly expected: VectorValue
}

const text = fc.string({ unit: 'binary', maxLength: 12 })

const primitive: fc.Arbitrary<Case> = fc.oneof(
  fc.boolean().map(value => ({ schema: 'boolean', value, expected: value })),
  fc.integer().map(value => ({ schema: 'int', value, expected: { i32: value } })),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map(value => ({ schema: 'long', value, expected: { i64: value.toString() } })),
  fc.double().map(value => ({ schema: 'double', value, expected: vectorValue(value, null) })),
  text.map(value => ({ schema: 'string', value, expected: value })),
  fc.uint8Array({ maxLength: 9 }).map(value => ({
    schema: 'bytes',
    value: Buffer.from(value),
    expected: { bytes: Buffer.from(value).toString('base64') }
  })),
  fc.nat(2).map(index => ({
    schema: { type: 'enum', name: fresh(), symbols: ['A', 'B', 'C'] },
    value: 'ABC'[index],
    expected: 'ABC'[index] ?? ''
  })),
  fc.uint8Array({ minLength: 3, maxLength: 3 }).map(value => ({
    schema: { type: 'fixed', name: fresh(), size: 3 },
    value: Buffer.from(value),
    expected: { bytes: Buffer.from(value).toString('base64') }
  }))
)

let names = 0
/** Avro names must not repeat within a schema. */
function fresh(): string {
  return `ns.T${names++}`
}

function nameOf(schema: unknown): string {
  return typeof schema === 'string'
    ? schema
    : ((schema as { name?: string; type: string }).name ?? (schema as { type: string }).type)
}

const { any } = fc.letrec<{ any: Case }>(tie => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    primitive,
    tie('any').chain(item =>
      fc.nat(3).map(count => ({
        schema: { type: 'array', items: item.schema },
        value: new Array<unknown>(count).fill(item.value),
        expected: { list: new Array<VectorValue>(count).fill(item.expected) }
      }))
    ),
    tie('any').chain(item =>
      fc.option(text).map(key => ({
        schema: { type: 'map', values: item.schema },
        value: key === null ? {} : { [key]: item.value },
        expected: { map: key === null ? [] : [[key, item.expected]] }
      }))
    ),
    tie('any').chain(item =>
      fc.boolean().map(isNull => ({
        schema: Array.isArray(item.schema) ? item.schema : ['null', item.schema],
        value: Array.isArray(item.schema) ? item.value : isNull ? null : { [nameOf(item.schema)]: item.value },
        expected: Array.isArray(item.schema) ? item.expected : isNull ? null : item.expected
      }))
    ),
    fc.array(tie('any'), { maxLength: 5 }).map(fields => ({
      schema: {
        type: 'record',
        name: fresh(),
        fields: fields.map((field, index) => ({ name: `f${index}`, type: field.schema }))
      },
      value: Object.fromEntries(fields.map((field, index) => [`f${index}`, field.value])),
      expected: { struct: fields.map((field, index) => [`f${index}`, field.expected]) }
    }))
  )
}))

test('reads what avsc writes', () => {
  fc.assert(
    fc.property(any, ({ schema, value, expected }) => {
      const bytes = encoder(schema).toBuffer(value)
      const compiled = reader(schema)
      const read = compiled.read(new AvroCursor(Buffer.concat([Buffer.from([9]), bytes]), 1))
      assert.deepEqual(vectorValue(read, compiled.schema), expected)
    }),
    { numRuns: 500 }
  )
})

test('reads floats exactly', () => {
  const compiled = reader('float')
  for (const value of [0, -0, 1.5, Math.fround(0.1), Infinity, -Infinity, NaN, 2 ** -149]) {
    assert.equal(compiled.read(new AvroCursor(encoder('float').toBuffer(value), 0)), value)
  }
})

const mappings: readonly [string, unknown, unknown][] = [
  [
    'record',
    { type: 'record', name: 'R', namespace: 'a.b', doc: 'd', fields: [{ name: 'x', type: 'int', doc: 'fx' }] },
    { type: 'STRUCT', name: 'a.b.R', doc: 'd', fields: [['x', { type: 'INT32', doc: 'fx' }]] }
  ],
  ['optional', ['null', 'string'], { type: 'STRING', optional: true }],
  ['optional, null last', ['long', 'null'], { type: 'INT64', optional: true }],
  ['int8', { type: 'int', 'connect.type': 'int8' }, { type: 'INT8' }],
  [
    'date',
    { type: 'int', logicalType: 'date' },
    { type: 'INT32', name: 'org.apache.kafka.connect.data.Date', version: 1 }
  ],
  [
    'time',
    { type: 'int', logicalType: 'time-millis' },
    { type: 'INT32', name: 'org.apache.kafka.connect.data.Time', version: 1 }
  ],
  [
    'timestamp',
    { type: 'long', logicalType: 'timestamp-millis' },
    { type: 'INT64', name: 'org.apache.kafka.connect.data.Timestamp', version: 1 }
  ],
  ['micros are plain', { type: 'long', logicalType: 'timestamp-micros' }, { type: 'INT64' }],
  ['uuid is plain', { type: 'string', logicalType: 'uuid' }, { type: 'STRING' }],
  [
    'decimal',
    { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 },
    {
      type: 'BYTES',
      name: 'org.apache.kafka.connect.data.Decimal',
      version: 1,
      params: [
        ['scale', '2'],
        ['connect.decimal.precision', '10']
      ]
    }
  ],
  [
    'enum',
    { type: 'enum', name: 'E', symbols: ['A', 'B'] },
    {
      type: 'STRING',
      name: 'E',
      params: [
        ['io.confluent.connect.avro.Enum', 'E'],
        ['io.confluent.connect.avro.Enum.A', 'A'],
        ['io.confluent.connect.avro.Enum.B', 'B']
      ]
    }
  ],
  ['fixed', { type: 'fixed', name: 'F', size: 4 }, { type: 'BYTES', name: 'F', params: [['connect.fixed.size', '4']] }],
  ['map', { type: 'map', values: 'int' }, { type: 'MAP', keys: { type: 'STRING' }, values: { type: 'INT32' } }],
  ['array', { type: 'array', items: ['null', 'int'] }, { type: 'ARRAY', values: { type: 'INT32', optional: true } }],
  [
    'union',
    ['null', 'string', 'int', { type: 'record', name: 'ns.R', fields: [] }],
    {
      type: 'STRUCT',
      optional: true,
      name: 'io.confluent.connect.avro.Union',
      fields: [
        ['string', { type: 'STRING', optional: true }],
        ['int', { type: 'INT32', optional: true }],
        ['R', { type: 'STRUCT', optional: true, name: 'ns.R', fields: [] }]
      ]
    }
  ]
]

for (const [name, avro, connect] of mappings) {
  test(`maps ${name} to its Connect schema`, () => {
    assert.deepEqual(vectorSchema(reader(avro).schema), connect)
  })
}

test('reads logical types, and defaults with every digit', () => {
  const schema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'd', type: { type: 'int', logicalType: 'date' }, default: 1 },
      { name: 'n', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }, default: '\u0004\u00d2' },
      { name: 'u', type: ['string', 'null'], default: 'x' },
      { name: 'o', type: ['null', 'string'], default: null }
    ]
  }
  const compiled = compileAvro(
    parseAvroSchema([
      JSON.stringify(schema).replace(
        '"fields":[',
        '"fields":[{"name":"big","type":"long","default":9223372036854775807},'
      )
    ]),
    { enhanced: false }
  )
  const defaults = compiled.schema.fields.map(field => [
    field.name,
    vectorValue(field.schema.defaultValue ?? null, field.schema)
  ])
  assert.deepEqual(defaults, [
    ['big', { i64: '9223372036854775807' }],
    ['d', { date: '86400000' }],
    ['n', { decimal: '1234', scale: 2 }],
    ['u', 'x'],
    ['o', null]
  ])
})

test('resolves names of references, and refuses what is nested too deep', () => {
  const address = '{"type":"record","name":"a.Address","fields":[{"name":"city","type":"string"}]}'
  const person = '{"type":"record","name":"b.Person","fields":[{"name":"home","type":"a.Address"}]}'
  const { schema } = compileAvro(parseAvroSchema([address, person]), { enhanced: false })
  assert.equal(schema.field('home')?.schema.name, 'a.Address')
  assert.throws(() => parseAvroSchema([person]), /unknown type a.Address/)
  assert.throws(
    () => parseAvroSchema([`${'{"type":"array","items":'.repeat(500)}"int"${'}'.repeat(500)}`]),
    /deeper than 200/
  )
})

/** zigzag varint */
function long(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

const bombs: readonly [string, unknown, Buffer][] = [
  [
    '2^40 items that take no bytes',
    { type: 'array', items: { type: 'record', name: 'E', fields: [] } },
    Buffer.concat([long(2n ** 40n)])
  ],
  ['a block of 2^40 items', { type: 'array', items: 'int' }, long(2n ** 40n)],
  ['a block count of -2^63', { type: 'array', items: 'int' }, Buffer.concat([long(-(2n ** 63n)), long(4n)])],
  ['a negative block size', { type: 'array', items: 'int' }, Buffer.concat([long(-2n), long(-4n)])],
  ['a string of 2^50 bytes', 'string', long(2n ** 50n)],
  ['a string of -1 bytes', 'string', long(-1n)],
  ['union branch 7 of 2', ['null', 'int'], long(7n)],
  ['union branch -1', ['null', 'int', 'string'], long(-1n)],
  ['enum symbol 9 of 1', { type: 'enum', name: 'E', symbols: ['A'] }, long(9n)],
  ['a fixed cut off', { type: 'fixed', name: 'F', size: 4 }, Buffer.from([1, 2])],
  ['a long of 11 bytes', 'long', Buffer.alloc(11, 0xff)],
  ['an int of 6 bytes', 'int', Buffer.alloc(6, 0xff)],
  ['a boolean of 2', 'boolean', Buffer.from([2])],
  ['no bytes at all', 'double', Buffer.alloc(0)]
]

for (const [name, schema, bytes] of bombs) {
  test(`refuses ${name}`, () => {
    const compiled = reader(schema)
    assert.throws(() => compiled.read(new AvroCursor(bytes, 0)), SerializationError)
  })
}
