// The Protobuf reader against protobufjs (what one encodes the other reads), message indexes, the mapping to Connect schemas, hostile bytes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { type VectorValue, vectorSchema, vectorValue } from '../../test/kit/connect-values.ts'
import { SerializationError } from '../connect/errors.ts'
import { MessageCompiler, type MessageReader } from './protobuf-compile.ts'
import { ProtobufCursor } from './protobuf-cursor.ts'
import { type MessageFile, parseProtobuf, readMessageType } from './protobuf-schema.ts'

const settings = {
  ...{ unwrapNullables: false, unwrapRoot: true, strict: false },
  ...{ indexUnions: true, intEnums: false, optionalKeyword: false, optionalProto2: true }
}

function parse(text: string, references: readonly { name: string; text: string }[] = []): MessageFile {
  return parseProtobuf(protobuf, { type: 'PROTOBUF', text, references })
}

function first(file: MessageFile): { type: protobuf.Type; reader: MessageReader } {
  const [type] = file.messages
  assert.ok(type !== undefined)
  return { type, reader: new MessageCompiler(file, settings).reader(type) }
}

const allTypes = `syntax = "proto3"; package p;
message All {
  message Inner { int64 id = 1; }
  enum E { ZERO = 0; ONE = 1; }
  int32 a = 1; sint32 b = 2; sfixed32 c = 3; uint32 d = 4; fixed32 e = 5;
  int64 f = 6; sint64 g = 7; sfixed64 h = 8; float i = 9; double j = 10;
  bool k = 11; string l = 12; bytes m = 13; E n = 14; Inner o = 15;
  repeated int32 q = 16; repeated string r = 17; map<string, Inner> s = 18; map<int32, string> t = 19;
}`

const int32 = fc.integer()
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
const values = fc.record({
  a: int32,
  b: int32,
  c: int32,
  d: fc.nat(),
  e: fc.nat(),
  f: int64,
  g: int64,
  h: int64,
  i: fc.float({ noNaN: true }),
  j: fc.double({ noNaN: true }),
  k: fc.boolean(),
  l: fc.string({ unit: 'binary' }).filter(text => text.isWellFormed()),
  m: fc.uint8Array().map(bytes => Buffer.from(bytes)),
  n: fc.nat(1),
  o: fc.option(fc.record({ id: int64 })),
  q: fc.array(int32),
  r: fc.array(fc.string()),
  s: fc.option(fc.record({ id: int64 })),
  t: fc.option(int32)
})

test('reads what protobufjs writes, 64-bit integers to the digit', () => {
  const { type, reader } = first(parse(allTypes))
  fc.assert(
    fc.property(values, value => {
      const message = {
        ...value,
        s: value.s === null ? {} : { key: value.s },
        t: value.t === null ? {} : { [value.t]: 'x' }
      }
      const bytes = Buffer.from(type.encode(type.fromObject(message)).finish())
      const inner = (each: { id: string } | null): VectorValue =>
        each === null ? null : { struct: [['id', { i64: each.id }]] }
      const fields: [string, VectorValue][] = [
        ['a', { i32: value.a }],
        ['b', { i32: value.b }],
        ['c', { i32: value.c }],
        ['d', { i64: String(value.d) }],
        ['e', { i64: String(value.e) }],
        ['f', { i64: value.f }],
        ['g', { i64: value.g }],
        ['h', { i64: value.h }],
        ['i', { f32: (vectorValue(value.i, reader.schema.field('i')?.schema ?? null) as { f32: string }).f32 }],
        ['j', vectorValue(value.j, null)],
        ['k', value.k],
        ['l', value.l],
        ['m', { bytes: value.m.toString('base64') }],
        ['n', value.n === 0 ? 'ZERO' : 'ONE'],
        ['o', inner(value.o)],
        ['q', { list: value.q.map(each => ({ i32: each })) }],
        ['r', { list: value.r }],
        ['s', { map: value.s === null ? [] : [['key', inner(value.s)]] }],
        ['t', { map: value.t === null ? [] : [[{ i32: value.t }, 'x']] }]
      ]
      // A zero that is not written loses its sign: both zeros are the field's default.
      const withoutSign = JSON.stringify({ struct: fields }).replaceAll('"-0.0"', '"0.0"')
      assert.equal(
        JSON.stringify(vectorValue(reader.read(bytes), reader.schema)).replaceAll('"-0.0"', '"0.0"'),
        withoutSign
      )
    }),
    { numRuns: 300 }
  )
})

test('maps messages, oneofs, enums and logical types to Connect schemas', () => {
  const file =
    parse(`syntax = "proto3"; package p; import "google/protobuf/timestamp.proto"; import "confluent/meta.proto"; import "confluent/type/decimal.proto";
    message M {
      oneof pick { string left = 1; int64 right = 2; }
      optional int32 age = 3;
      google.protobuf.Timestamp at = 4;
      confluent.type.Decimal price = 5 [(confluent.field_meta) = { params: [ { key: "scale", value: "2" } ] }];
    }`)
  const { type, reader } = first(file)
  const tag = (number: string) => ['io.confluent.connect.protobuf.Tag', number]
  assert.deepEqual(vectorSchema(reader.schema), {
    type: 'STRUCT',
    name: 'p.M',
    fields: [
      [
        'pick_0',
        {
          type: 'STRUCT',
          optional: true,
          name: 'io.confluent.connect.protobuf.Union.pick',
          fields: [
            ['left', { type: 'STRING', optional: true, params: [tag('1')] }],
            ['right', { type: 'INT64', optional: true, params: [tag('2')] }]
          ]
        }
      ],
      ['age', { type: 'INT32', optional: true, params: [tag('3')] }],
      [
        'at',
        {
          type: 'INT64',
          optional: true,
          name: 'org.apache.kafka.connect.data.Timestamp',
          version: 1,
          params: [tag('4')]
        }
      ],
      [
        'price',
        {
          type: 'BYTES',
          optional: true,
          name: 'org.apache.kafka.connect.data.Decimal',
          version: 1,
          params: [['scale', '2'], tag('5')]
        }
      ]
    ]
  })
  const bytes = type
    .encode(
      type.fromObject({
        right: 5,
        at: { seconds: 1700000000, nanos: 123456789 },
        price: { value: Buffer.from([4, 210]), scale: 2 }
      })
    )
    .finish()
  assert.deepEqual(vectorValue(reader.read(Buffer.from(bytes)), reader.schema), {
    struct: [
      [
        'pick_0',
        {
          struct: [
            ['left', null],
            ['right', { i64: '5' }]
          ]
        }
      ],
      ['age', null],
      ['at', { date: '1700000000123' }],
      ['price', { decimal: '1234', scale: 2 }]
    ]
  })
})

const indexed = 'syntax = "proto3"; package p; message A { message X {} message Y { message Z {} } } message B {}'
for (const [hex, name] of [
  ['00', '.p.A'],
  ['0200', '.p.A'],
  ['0202', '.p.B'],
  ['040000', '.p.A.X'],
  ['040002', '.p.A.Y'],
  ['06000200', '.p.A.Y.Z']
] as const) {
  test(`message indexes ${hex} lead to ${name}`, () => {
    const bytes = Buffer.from(hex, 'hex')
    const cursor = new ProtobufCursor(bytes, 0, bytes.length)
    assert.equal(readMessageType(parse(indexed), cursor).fullName, name)
    assert.ok(cursor.atEnd())
  })
}

for (const hex of ['0208', '03', '02', 'ffffffff0f', '']) {
  test(`refuses message indexes ${hex || 'that are missing'}`, () => {
    const bytes = Buffer.from(hex, 'hex')
    assert.throws(() => readMessageType(parse(indexed), new ProtobufCursor(bytes, 0, bytes.length)), SerializationError)
  })
}

test('resolves imports from references, keeping its own order of messages, and names one that is missing', () => {
  const other = { name: 'other.proto', text: 'syntax = "proto3"; package p; message Other { int32 x = 1; }' }
  const text = 'syntax = "proto3"; package p; import "other.proto"; message Mine { Other o = 1; }'
  assert.deepEqual(
    parse(text, [other]).messages.map(type => type.fullName),
    ['.p.Mine']
  )
  assert.throws(() => parse(text), /imports other.proto/)
})

test('merges a message written in pieces, takes packed and unpacked numbers, skips what it does not know', () => {
  const { reader } = first(
    parse('syntax = "proto3"; message M { I i = 1; repeated int32 n = 2; } message I { int32 a = 1; int32 b = 2; }')
  )
  const hex = ['0a020801', '0a021002', '1001', '12020203', '1a03616263', '23082a24', '2d01020304'].join('')
  assert.deepEqual(vectorValue(reader.read(Buffer.from(hex, 'hex')), reader.schema), {
    struct: [
      [
        'i',
        {
          struct: [
            ['a', { i32: 1 }],
            ['b', { i32: 2 }]
          ]
        }
      ],
      ['n', { list: [{ i32: 1 }, { i32: 2 }, { i32: 3 }] }]
    ]
  })
})

for (const [name, hex] of [
  ['a part longer than the rest', '0aff7f'],
  ['a varint of 11 bytes', '08ffffffffffffffffffff01'],
  ['field number 0', '0000'],
  ['a wrong wire type', '0d01020304'],
  ['a group without end', '1b'],
  ['an end without group', '1c'],
  ['groups 200 deep', '1b'.repeat(200)]
] as const) {
  test(`refuses ${name}`, () => {
    const { reader } = first(parse('syntax = "proto3"; message M { string s = 1; }'))
    assert.throws(() => reader.read(Buffer.from(hex, 'hex')), SerializationError)
  })
}
