// JsonConverter against what Java's own answered (test/vectors/json-read.jsonl, json-write.jsonl), and what the vectors cannot say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkVectors, type Deviations } from '../../test/kit/check-vectors.ts'
import {
  bytesOf,
  schemaOf,
  valueOf,
  type VectorBytes,
  vectorBytes,
  type VectorSchema,
  vectorSchema,
  type VectorValue,
  vectorValue
} from '../../test/kit/connect-values.ts'
import { Schema, sourceText, Struct, StructFields } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { withOwnMap } from '../connect/own-maps.ts'
import { type Converter } from '../connect/plugin.ts'
import { createJsonConverter } from './json-converter.ts'

type ReadInput = { config: Record<string, string>; bytes: VectorBytes }
type WriteInput = { config: Record<string, string>; schema: VectorSchema; value: VectorValue }

const readDeviations: Deviations = {
  'integers beyond 64 bits stay exact; Java wraps them': [
    ...['jr-00167', 'jr-00170', 'jr-00294', 'jr-00322', 'jr-00326', 'jr-00327', 'jr-00332'],
    ...['jr-02244', 'jr-02367', 'jr-02410', 'jr-02458', 'jr-02465', 'jr-02488', 'jr-02578']
  ],
  'dates beyond the years -271821 to 275760 are refused: a Date of JavaScript cannot hold them': [
    'jr-02055',
    'jr-02056',
    'jr-02168'
  ],
  'two equal structs are two keys of a Map': ['jr-01657']
}

const writeDeviations: Deviations = {
  'JavaScript has one type of number: a value is not refused for its width, and messages cannot name it': [
    ...[
      'jw-00511',
      'jw-00512',
      'jw-00514',
      'jw-00536',
      'jw-00537',
      'jw-00540',
      'jw-00562',
      'jw-00564',
      'jw-00565',
      'jw-00582'
    ],
    ...[
      'jw-00588',
      'jw-00607',
      'jw-00608',
      'jw-00609',
      'jw-00610',
      'jw-00611',
      'jw-00614',
      'jw-00635',
      'jw-00636',
      'jw-00637'
    ],
    ...[
      'jw-00658',
      'jw-00661',
      'jw-00665',
      'jw-00682',
      'jw-00704',
      'jw-00706',
      'jw-00708',
      'jw-00728',
      'jw-00729',
      'jw-00732'
    ],
    ...[
      'jw-00751',
      'jw-00752',
      'jw-00754',
      'jw-00755',
      'jw-00776',
      'jw-00777',
      'jw-00783',
      'jw-00806',
      'jw-00810',
      'jw-00826'
    ],
    'jw-00827'
  ],
  'a float32 without schema prints as the double it is': [
    ...['jw-00209', 'jw-00214', 'jw-00215', 'jw-00219', 'jw-00223', 'jw-00249', 'jw-00250']
  ],
  'number text of JDK 19, not of JDK 17': ['jw-00225', 'jw-00269']
}

function converter(config: Record<string, string>): Converter {
  return createJsonConverter(new Map(Object.entries(config)), false)
}

test('reads what Java reads, and refuses what it refuses', () => {
  checkVectors<ReadInput, unknown>(
    'json-read',
    input => {
      const data = converter(input.config).toConnectData('t', bytesOf(input.bytes))
      return { schema: vectorSchema(data.schema), value: vectorValue(data.value, data.schema) }
    },
    readDeviations
  )
})

test('writes what Java writes', () => {
  checkVectors<WriteInput, unknown>(
    'json-write',
    input => {
      const schema = schemaOf(input.schema)
      return vectorBytes(converter(input.config).fromConnectData('t', schema, valueOf(input.value, schema)))
    },
    writeDeviations
  )
})

const struct =
  '{"type":"struct","name":"R","fields":[{"field":"id","type":"int32","default":7},{"field":"at","type":"int64","optional":true}]}'

test('gives the identical schema for the same schema bytes, also when several take turns', () => {
  const json = converter({})
  const read = (schema: string, payload: string) =>
    json.toConnectData('t', Buffer.from(`{"schema":${schema},"payload":${payload}}`)).schema
  const first = read(struct, '{"id":1}')
  assert.equal(read(struct, '{"id":2}'), first)
  const other = read('{"type":"string"}', '"x"')
  assert.notEqual(other, first)
  assert.equal(read(struct, '{}'), first)
  assert.equal(read('{"type":"string"}', '"y"'), other)
})

test('holds no more schemas than schemas.cache.size', () => {
  const json = converter({ 'schemas.cache.size': '2' })
  const read = (type: string) =>
    json.toConnectData('t', Buffer.from(`{"schema":{"type":"${type}","optional":true},"payload":null}`)).schema
  const first = read('int8')
  const second = read('int16')
  assert.equal(read('int8'), first)
  read('int32')
  assert.equal(read('int8'), first, 'used last, it stays')
  assert.notEqual(read('int16'), second, 'longest unused, it went')
})

test('takes schema and payload in either order, with escaped names, and the last of a name given twice', () => {
  const json = converter({})
  const read = (text: string) => json.toConnectData('t', Buffer.from(text)).value
  assert.equal(read('{"payload":5,"schema":{"type":"int32"}}'), 5)
  assert.equal(read('{"\\u0073chema":{"type":"int32"},"payload":5}'), 5)
  assert.equal(read('{"schema":{"type":"string"},"schema":{"type":"int32"},"payload":4,"payload":5}'), 5)
})

test('remembers how a decimal stood in the source, where a number would print it otherwise', () => {
  const { value } = converter({ 'schemas.enable': 'false' }).toConnectData(
    't',
    Buffer.from('{"a":1.50,"b":1.5,"c":[1e3],"d":1.10,"d":2.5}')
  )
  assert.ok(value instanceof Map)
  assert.equal(sourceText(value, 'a'), '1.50')
  assert.equal(sourceText(value, 'b'), undefined)
  assert.equal(sourceText(value.get('c') as object, 0), '1e3')
  assert.equal(sourceText(value, 'd'), '2.5', 'not the text of the value that was overwritten')
  const inEnvelope = converter({}).toConnectData('t', Buffer.from('{"schema":null,"payload":{"a":4830.0}}')).value
  assert.equal(sourceText(inEnvelope as object, 'a'), '4830.0')
})

test('keeps names like __proto__ as plain keys', () => {
  const { value } = converter({ 'schemas.enable': 'false' }).toConnectData(
    't',
    Buffer.from('{"__proto__":{"x":1},"constructor":2}')
  )
  assert.deepEqual(
    withOwnMap(value),
    new Map<string, unknown>([
      ['__proto__', new Map([['x', 1n]])],
      ['constructor', 2n]
    ])
  )
  assert.equal(Object.hasOwn(Object.prototype, 'x'), false)
})

test('an error names the byte and says nothing of the text around it', () => {
  const json = converter({ 'schemas.enable': 'false' })
  assert.throws(
    () => json.toConnectData('t', Buffer.from('{"password":"hunter2" "x"}')),
    (error: unknown) =>
      error instanceof DataError &&
      error.cause instanceof Error &&
      error.cause.message === `Invalid JSON at byte 22: found '"', expected a comma or } in the object`
  )
})

test('a byte string of any length or cut ends in a value or an error, never out of bounds', () => {
  const text = Buffer.from(' {"k\\u00e9y":[1.5e3,-0,"\\\\é😀",true,null,{"a":{}}]} ')
  const json = converter({ 'schemas.enable': 'false' })
  for (let end = 2; end < text.length - 2; end++) {
    // The byte behind the view would complete the text, were it read.
    assert.throws(() => json.toConnectData('t', text.subarray(0, end)), DataError, `cut at ${end}`)
  }
  json.toConnectData('t', text)
})

test('a schema that holds itself, or doubles, has no envelope; its values without one have', () => {
  const fields = new StructFields()
  const list = new Schema('STRUCT', { optional: true, fields })
  fields.fill([['next', list]])
  const value = new Struct(list, [new Struct(list)])
  assert.throws(() => converter({}).fromConnectData('t', list, value), /set schemas.enable=false/)
  const plain = converter({ 'schemas.enable': 'false' }).fromConnectData('t', list, value)
  assert.equal(Buffer.from(plain ?? []).toString(), '{"next":{"next":null}}')
  let doubled = new Schema('STRUCT', { optional: true })
  for (let level = 0; level < 30; level++)
    doubled = new Schema('STRUCT', { optional: true, fields: [['a', doubled], ['b', doubled]] }) // prettier-ignore
  assert.throws(() => converter({}).fromConnectData('t', doubled, null), /more than 100000 parts/)
})
