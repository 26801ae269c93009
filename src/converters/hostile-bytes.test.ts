// Any bytes end in a value or in an error of ours: no converter falls over, whatever was put on the topic.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { ConnectError, DataError } from '../connect/errors.ts'
import { compileAvro } from './avro-compile.ts'
import { AvroCursor } from './avro-cursor.ts'
import { parseAvroSchema } from './avro-type.ts'
import { createJsonConverter } from './json-converter.ts'
import { compileJsonSchema } from './json-schema-compile.ts'
import { MessageCompiler } from './protobuf-compile.ts'
import { parseProtobuf } from './protobuf-schema.ts'
import { createSimpleHeaderConverter } from './simple-header-converter.ts'

const avroSchema = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'a', type: ['null', 'long'] },
    { name: 'b', type: { type: 'array', items: { type: 'map', values: 'string' } } },
    { name: 'c', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'd', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'e', type: { type: 'int', logicalType: 'date' } },
    { name: 'f', type: ['int', 'string', { type: 'enum', name: 'E', symbols: ['A'] }] }
  ]
}
const avro = compileAvro(parseAvroSchema([JSON.stringify(avroSchema)]), { enhanced: false })

const proto = parseProtobuf(protobuf, {
  type: 'PROTOBUF',
  references: [],
  text: `syntax = "proto3"; import "google/protobuf/timestamp.proto"; import "confluent/type/decimal.proto"; import "google/type/date.proto";
    message M { oneof o { string s = 1; I i = 2; } map<string, I> m = 3; repeated int64 n = 4; google.protobuf.Timestamp t = 5;
      confluent.type.Decimal d = 6; google.type.Date e = 7; I j = 8; } message I { int32 a = 1; }`
})
const [message] = proto.messages
assert.ok(message !== undefined)
const reader = new MessageCompiler(proto, {
  ...{ unwrapNullables: false, unwrapRoot: true, indexUnions: true, intEnums: false },
  ...{ optionalKeyword: false, optionalProto2: true, strict: false }
}).reader(message)

const schemaless = createJsonConverter(new Map([['schemas.enable', 'false']]), false)
const enveloped = createJsonConverter(new Map(), false)
const headers = createSimpleHeaderConverter(new Map(), false)

/** Small bytes make tags, counts and branches that lead somewhere; random ones rarely do. */
const bytes = fc
  .array(fc.oneof(fc.nat(20), fc.nat(255), fc.constantFrom(0x80, 0xff)), { maxLength: 60 })
  .map(list => Buffer.from(list))

function endsWell(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error
  }
}

test('Avro', () =>
  fc.assert(
    fc.property(bytes, each => endsWell(() => avro.read(new AvroCursor(each, 0)))),
    { numRuns: 5000 }
  ))

test('Protobuf', () =>
  fc.assert(
    fc.property(bytes, each => endsWell(() => reader.read(each))),
    { numRuns: 5000 }
  ))

test('JSON', () =>
  fc.assert(
    fc.property(bytes, each => {
      endsWell(() => schemaless.toConnectData('t', each))
      endsWell(() => enveloped.toConnectData('t', each))
    }),
    { numRuns: 3000 }
  ))

const schemaText = fc.json({ maxDepth: 5 })
const types = ['struct', 'map', 'array', 'int32', 'string', 'bytes', 'object', 'record', 'enum', 'fixed', 'null', 'int']
/** Objects with the names that schemas use. */
const schemaLike = fc.letrec<{ node: unknown }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...types),
    fc.dictionary(
      fc.constantFrom(
        'type',
        'fields',
        'items',
        'keys',
        'values',
        'name',
        'field',
        'optional',
        'default',
        'symbols',
        'size',
        'properties',
        'oneOf',
        '$ref',
        'logicalType',
        'scale',
        'parameters'
      ),
      fc.oneof(
        tie('node'),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.constantFrom(...types),
        fc.integer(),
        fc.constant(null)
      ),
      { maxKeys: 6 }
    )
  )
})).node

test('schemas that are none', () =>
  fc.assert(
    fc.property(
      fc.oneof(
        schemaText,
        schemaLike.map(each => JSON.stringify(each))
      ),
      text => {
        endsWell(() => enveloped.toConnectData('t', Buffer.from(`{"schema":${text},"payload":{}}`)))
        endsWell(() => compileAvro(parseAvroSchema([text]), { enhanced: false }))
        endsWell(() => compileJsonSchema(text, []))
      }
    ),
    { numRuns: 3000 }
  ))

test('.proto texts that are none', () => {
  for (const text of [
    '',
    'message',
    'syntax = "proto9";',
    'message A { B b = 1; }',
    'message A { string a = 0; }',
    '}',
    'import "/etc/passwd";'
  ]) {
    endsWell(() => parseProtobuf(protobuf, { type: 'PROTOBUF', text, references: [] }))
  }
})

test('header text', () => {
  const text = fc.string({
    unit: fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"',
      '\\',
      ' ',
      '1',
      'e',
      '-',
      'null',
      'true',
      '2023-11-14',
      'x'
    )
  })
  fc.assert(
    fc.property(text, each => {
      // Unlike values, no header is ever refused.
      assert.ok(headers.toConnectHeader('t', 'h', Buffer.from(each)))
    }),
    { numRuns: 3000 }
  )
})

for (const [name, text] of [
  ['10,000 open brackets', '['.repeat(10_000)],
  ['a million names', `{${Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(',')}}`],
  ['a string of 8 MiB', `"${'x'.repeat(8 * 1024 * 1024)}"`],
  ['10,000 brackets in a header', '['.repeat(10_000)]
] as const) {
  test(`${name} end in a value or a DataError`, () => {
    const run = name.endsWith('header')
      ? () => headers.toConnectHeader('t', 'h', Buffer.from(text))
      : () => schemaless.toConnectData('t', Buffer.from(text))
    try {
      run()
    } catch (error) {
      assert.ok(error instanceof DataError)
    }
  })
}
