// A record whose bytes name little stands for no more than memory holds: in every reader, with the limit told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import protobuf from 'protobufjs'
import { type ConnectValue } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { compileAvro } from './avro-compile.ts'
import { AvroCursor } from './avro-cursor.ts'
import { parseAvroSchema } from './avro-type.ts'
import { createJsonConverter } from './json-converter.ts'
import { readJson } from './json-reader.ts'
import { compileJsonSchema } from './json-schema-compile.ts'
import { jsonSchemaValue } from './json-schema-value.ts'
import { MessageCompiler } from './protobuf-compile.ts'
import { parseProtobuf } from './protobuf-schema.ts'

const names = Array.from({ length: 100 }, (_, n) => `f${n}`)
const long = 'x'.repeat(1_000_000)
const manyFields = /more than 1000000 fields and branches of its schema that its bytes do not name/
const manyCharacters = /more than 67108864 characters of its schema's defaults/

/** A converter lives longer than one record: what one record left out is not the next one's. */
type Read = (count: number) => ConnectValue

function envelope(fields: readonly object[], item: string): Read {
  const schema = JSON.stringify({ type: 'array', items: { type: 'struct', fields } })
  const converter = createJsonConverter(new Map(), false)
  return count => {
    const payload = `[${Array.from({ length: count }, () => item).join()}]`
    return converter.toConnectData('t', Buffer.from(`{"schema":${schema},"payload":${payload}}`)).value
  }
}

function jsonSchema(items: object, item: string): Read {
  const schema = compileJsonSchema(JSON.stringify({ type: 'array', items }), [])
  return count =>
    jsonSchemaValue(schema, readJson(Buffer.from(`[${Array.from({ length: count }, () => item).join()}]`), 'exact'))
}

const settings = {
  ...{ unwrapNullables: false, unwrapRoot: true, strict: false },
  ...{ indexUnions: true, intEnums: false, optionalKeyword: false, optionalProto2: false }
}

/** An array of records whose bytes are each the item. */
function avro(items: object, item: string): Read {
  const reader = compileAvro(parseAvroSchema([JSON.stringify({ type: 'array', items })]), { enhanced: false })
  return count => {
    // A block of so many: twice their number, as Avro writes whole numbers.
    const head: number[] = []
    let rest = 2 * count
    for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128)
    return reader.read(new AvroCursor(Buffer.concat([Buffer.from([...head, rest]), Buffer.from(`${item.repeat(count)}00`, 'hex')]), 0))
  }
} // prettier-ignore

/** Each item as the bytes of field 1. */
function proto(text: string, item: string): Read {
  const file = parseProtobuf(protobuf, { type: 'PROTOBUF', text, references: [] })
  const [type] = file.messages
  assert.ok(type !== undefined)
  const reader = new MessageCompiler(file, settings).reader(type)
  return count => reader.read(Buffer.from(item.repeat(count), 'hex'))
}

const optional = names.map(field => ({ field, type: 'string', optional: true }))
const defaults = [{ field: 'd', type: 'string', optional: true, default: long }]
const held = [{ field: 'd', type: 'array', optional: true, items: { type: 'string' }, default: [long] }]
const properties = Object.fromEntries(names.map(name => [name, { type: 'string' }]))
const protoFields = names.map((name, n) => `int32 ${name} = ${n + 1};`).join('')

for (const [name, read, most, limit] of [
  ['JSON with its schema', envelope(optional, '{}'), 10_000, manyFields],
  ['JSON with its schema, defaults for what is missing', envelope(defaults, '{}'), 67, manyCharacters],
  ['JSON with its schema, defaults for null', envelope(defaults, '{"d":null}'), 67, manyCharacters],
  ['JSON with its schema, defaults within defaults', envelope(held, '{}'), 67, manyCharacters],
  ['JSON Schema', jsonSchema({ type: 'object', properties }, '{}'), 10_000, manyFields],
  ['JSON Schema, choices of many', jsonSchema({ oneOf: [{ type: 'string' }, ...names.map(() => ({ type: 'integer' }))] }, '"a"'), 10_000, manyFields],
  ['JSON Schema, defaults within defaults', jsonSchema({ type: 'object', properties: { o: { type: 'object', properties: { d: { type: 'string', default: long } }, default: {} } } }, '{}'), 67, manyCharacters],
  ['JSON Schema, defaults', jsonSchema({ type: 'object', properties: { d: { type: 'string', default: long } } }, '{}'), 67, manyCharacters],
  ['Avro, unions of many', avro(['int', 'string', ...names.slice(0, 99).map(name => ({ type: 'enum', name, symbols: ['A'] }))], '0002'), 10_000, manyFields],
  ['Avro, defaults for null', avro({ type: 'record', name: 'R', fields: [{ name: 'd', type: ['string', 'null'], default: long }] }, '02'), 67, manyCharacters],
  ['Avro, symbols', avro({ type: 'enum', name: 'E', symbols: [long] }, '00'), 67, manyCharacters],
  ['Protobuf, symbols', proto(`syntax = "proto3"; message M { repeated E list = 1; } enum E { ${long.slice(0, 500_000)} = 0; }`, '0800'), 134, manyCharacters],
  ['Protobuf', proto(`syntax = "proto3"; message M { repeated I list = 1; } message I { ${protoFields} }`, '0a00'), 10_000, manyFields],
  ['Protobuf, oneofs of many', proto(`syntax = "proto3"; message M { repeated I list = 1; } message I { oneof o { ${protoFields} int32 last = 101; } }`, '0a020801'), 10_000, manyFields],
  ['Protobuf, defaults', proto(`syntax = "proto2"; message M { repeated I list = 1; } message I { optional string d = 1 [default = "${long}"]; }`, '0a00'), 67, manyCharacters]
] as const) {
  test(`${name}: so much may be left out of a record, and no more`, () => {
    for (let record = 0; record < 2; record++) assert.ok(read(most - 1) !== null)
    assert.throws(() => read(most + 1), (error: unknown) => error instanceof DataError && limit.test(error.message))
    assert.ok(read(most - 1) !== null)
  })
} // prettier-ignore

test('what bytes name counts nothing', () => {
  const fields = names.slice(0, 10)
  const item = `{${fields.map(name => `"${name}":null`).join()}}`
  const read = envelope(fields.map(field => ({ field, type: 'string', optional: true })), item) // prettier-ignore
  assert.ok(Array.isArray(read(110_000)))
})
