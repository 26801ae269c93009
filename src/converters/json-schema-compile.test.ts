// JSON Schema to Connect schemas and values: types, optional fields, choices, references, and what has no Connect schema.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vectorSchema, vectorValue } from '../../test/kit/connect-values.ts'
import { DataError } from '../connect/errors.ts'
import { readJson } from './json-reader.ts'
import { compileJsonSchema } from './json-schema-compile.ts'
import { jsonSchemaValue } from './json-schema-value.ts'

const person = {
  title: 'Person',
  type: 'object',
  required: ['name', 'n'],
  properties: {
    name: { type: 'string', 'connect.index': 1 },
    n: { type: 'integer', 'connect.index': 0 },
    small: { type: 'integer', 'connect.type': 'int8', default: 7 },
    score: { type: ['number', 'null'] },
    tags: { type: 'array', items: { type: 'string' } },
    extra: { type: 'object', 'connect.type': 'map', additionalProperties: { $ref: '#/definitions/flag' } },
    maybe: { oneOf: [{ type: 'null' }, { type: 'boolean' }] },
    either: { oneOf: [{ type: 'integer' }, { type: 'string' }] },
    at: {
      type: 'integer',
      title: 'org.apache.kafka.connect.data.Timestamp',
      'connect.type': 'int64',
      'connect.version': 1
    },
    price: {
      type: 'number',
      title: 'org.apache.kafka.connect.data.Decimal',
      'connect.type': 'bytes',
      'connect.parameters': { scale: '2' }
    }
  },
  definitions: { flag: { type: 'boolean' } }
}

test('maps a schema and reads a document by it', () => {
  const schema = compileJsonSchema(JSON.stringify(person), [])
  assert.deepEqual(vectorSchema(schema), {
    type: 'STRUCT',
    name: 'Person',
    fields: [
      ['n', { type: 'INT64' }],
      ['name', { type: 'STRING' }],
      ['small', { type: 'INT8', optional: true, default: { i8: 7 } }],
      ['score', { type: 'FLOAT64', optional: true }],
      ['tags', { type: 'ARRAY', optional: true, values: { type: 'STRING' } }],
      ['extra', { type: 'MAP', optional: true, keys: { type: 'STRING' }, values: { type: 'BOOLEAN' } }],
      ['maybe', { type: 'BOOLEAN', optional: true }],
      [
        'either',
        {
          type: 'STRUCT',
          optional: true,
          name: 'io.confluent.connect.json.OneOf',
          fields: [
            ['io.confluent.connect.json.OneOf.field.0', { type: 'INT64', optional: true }],
            ['io.confluent.connect.json.OneOf.field.1', { type: 'STRING', optional: true }]
          ]
        }
      ],
      ['at', { type: 'INT64', optional: true, name: 'org.apache.kafka.connect.data.Timestamp', version: 1 }],
      [
        'price',
        { type: 'BYTES', optional: true, name: 'org.apache.kafka.connect.data.Decimal', params: [['scale', '2']] }
      ]
    ]
  })
  const text =
    '{"name":"Ann","n":9223372036854775807,"score":1.5,"tags":["a"],"extra":{"x":true},"either":"s","at":5,"price":12.34,"unknown":1}'
  assert.deepEqual(vectorValue(jsonSchemaValue(schema, readJson(Buffer.from(text), 'exact')), schema), {
    struct: [
      ['n', { i64: '9223372036854775807' }],
      ['name', 'Ann'],
      ['small', { i8: 7 }],
      ['score', { f64: '1.5' }],
      ['tags', { list: ['a'] }],
      ['extra', { map: [['x', true]] }],
      ['maybe', null],
      [
        'either',
        {
          struct: [
            ['io.confluent.connect.json.OneOf.field.0', null],
            ['io.confluent.connect.json.OneOf.field.1', 's']
          ]
        }
      ],
      ['at', { date: '5' }],
      ['price', { decimal: '1234', scale: 2 }]
    ]
  })
  assert.throws(
    () => jsonSchemaValue(schema, readJson(Buffer.from('{"name":"Ann"}'), 'exact')),
    /Invalid null value for required INT64 field/
  )
})

test('follows references by name, and fetches nothing', () => {
  const schema = (ref: string) => JSON.stringify({ type: 'object', properties: { a: { $ref: ref } } })
  const other = { name: 'other.json', text: '{"definitions":{"x/y":{"type":"string"}},"type":"integer"}' }
  assert.equal(compileJsonSchema(schema('other.json'), [other]).field('a')?.schema.type, 'INT64')
  assert.equal(compileJsonSchema(schema('other.json#/definitions/x~1y'), [other]).field('a')?.schema.type, 'STRING')
  assert.throws(() => compileJsonSchema(schema('http://169.254.169.254/'), []), /none of its references/)
})

for (const [name, schema] of [
  ['whose $ref leads to itself', { $ref: '#/definitions/a', definitions: { a: { $ref: '#/definitions/a' } } }],
  ['whose $ref leads nowhere', { $ref: '#/definitions/b' }],
  ['without a type', {}],
  ['of types that exclude each other', { allOf: [{ type: 'string' }, { type: 'integer' }] }],
  ['whose choice leads to itself', { oneOf: [{ $ref: '#' }, { type: 'null' }] }],
  ['that is no object', 5]
] as const) {
  test(`refuses a schema ${name}`, () => {
    assert.throws(() => compileJsonSchema(JSON.stringify(schema), []), DataError)
  })
}
