// JSON Schemas as people and pydantic write them: that hold themselves, allOf, several types, anchors, const and enum; and what doubles.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vectorValue } from '../../test/kit/connect-values.ts'
import { type Schema } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { readJson } from './json-reader.ts'
import { compileJsonSchema } from './json-schema-compile.ts'
import { jsonSchemaValue } from './json-schema-value.ts'

const compile = (schema: unknown): Schema => compileJsonSchema(JSON.stringify(schema), [])

/** A value under a schema, as plain JavaScript: objects for structs and maps, nulls left out. */
function read(schema: unknown, text: string): unknown {
  const compiled = compile(schema)
  return bare(vectorValue(jsonSchemaValue(compiled, readJson(Buffer.from(text), 'exact')), compiled))
}

function bare(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  const [[tag, content] = ['', null]] = Object.entries(value)
  if (tag === 'struct' || tag === 'map')
    return Object.fromEntries((content as [string, unknown][]).filter(([, each]) => each !== null).map(([name, each]) => [name, bare(each)])) // prettier-ignore
  if (tag === 'list') return (content as unknown[]).map(bare)
  return tag === 'i64' || tag === 'f64' ? Number(content) : content
}

const string = { type: 'string' }
const integer = { type: 'integer' }
const object = (properties: Record<string, unknown>, more: object = {}) => ({ type: 'object', properties, ...more })
const union = (index: number, value: unknown) => ({ [`io.confluent.connect.json.OneOf.field.${index}`]: value })

const list = object({ n: integer, next: { oneOf: [{ type: 'null' }, { $ref: '#' }] } })
const tree = object(
  { root: { $ref: '#/$defs/node' } },
  { $defs: { node: object({ v: string, kids: { type: 'array', items: { $ref: '#/$defs/node' } }, by: { type: 'object', 'connect.type': 'map', additionalProperties: { $ref: '#/$defs/node' } } }) } } // prettier-ignore
)
const anything = {
  $ref: '#/definitions/any',
  definitions: { any: { oneOf: [string, { type: 'number' }, { type: 'array', items: { $ref: '#/definitions/any' } }] } }
}
const nested = { $ref: '#/definitions/list', definitions: { list: { type: 'array', items: { $ref: '#/definitions/list' } } } } // prettier-ignore
const address = object({ city: string }, { required: ['city'], title: 'Address' })

const cases: readonly (readonly [string, unknown, string, unknown])[] = [
  ['a list that holds itself', list, '{"n":1,"next":{"n":2,"next":null}}', { n: 1, next: { n: 2 } }],
  [
    'a tree below a definition',
    tree,
    '{"root":{"v":"a","kids":[{"v":"b"}],"by":{"x":{"v":"c"}}}}',
    { root: { v: 'a', kids: [{ v: 'b' }], by: { x: { v: 'c' } } } }
  ],
  [
    'a choice within itself',
    anything,
    '["a",[1,["b"]]]',
    union(2, [union(0, 'a'), union(2, [union(1, 1), union(2, [union(0, 'b')])])])
  ],
  ['a list of such lists', nested, '[[],[[]]]', [[], [[]]]],
  [
    'allOf around a $ref, beside a default (pydantic)',
    object({ home: { allOf: [{ $ref: '#/$defs/Address' }], default: { city: 'Bonn' } } }, { $defs: { Address: address } }),
    '{}',
    { home: { city: 'Bonn' } }
  ],
  [
    'a $ref beside a default',
    object({ home: { $ref: '#/$defs/Address', default: { city: 'Bonn' } } }, { $defs: { Address: address } }),
    '{"home":{"city":"Ulm"}}',
    { home: { city: 'Ulm' } }
  ],
  [
    'allOf of several objects, at the root',
    { allOf: [object({ a: string }), object({ b: integer }), { $ref: '#/definitions/c' }], definitions: { c: object({ c: string }) } }, // prettier-ignore
    '{"a":"x","b":2,"c":"y"}',
    { a: 'x', b: 2, c: 'y' }
  ],
  [
    'allOf beside properties, below a property',
    object({ p: object({ a: string }, { allOf: [object({ b: integer }), { properties: { c: string } }] }) }),
    '{"p":{"a":"x","b":2,"c":"y"}}',
    { p: { a: 'x', b: 2, c: 'y' } }
  ],
  [
    'a choice beside properties',
    object({ a: string }, { oneOf: [object({ kind: { const: 'b' }, b: integer }), object({ kind: { const: 'c' }, c: string })] }),
    '{"a":"x","kind":"c","c":"y"}',
    { a: 'x', kind: 'c', c: 'y' }
  ],
  [
    'a choice that only says what is required',
    object({ a: string, b: string }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] }),
    '{"b":"x"}',
    { b: 'x' }
  ],
  ['several types: text', object({ v: { type: ['string', 'integer'] } }), '{"v":"x"}', { v: union(0, 'x') }],
  ['several types: a number', object({ v: { type: ['string', 'integer'] } }), '{"v":5}', { v: union(1, 5) }],
  ['several types and null', object({ v: { type: ['string', 'null', 'integer'] } }), '{"v":null}', {}],
  ['a $ref to an anchor', object({ v: { $ref: '#x' } }, { $defs: { a: { $anchor: 'x', type: 'integer' } } }), '{"v":5}', { v: 5 }],
  ['a $ref to an anchor of draft 7', object({ v: { $ref: '#x' } }, { definitions: { a: { $id: '#x', type: 'integer' } } }), '{"v":5}', { v: 5 }],
  ['a $ref to an $id', object({ v: { $ref: 'http://x/y' } }, { definitions: { a: { $id: 'http://x/y', type: 'integer' } } }), '{"v":5}', { v: 5 }],
  ['a number that is const', object({ v: { const: 5 } }), '{"v":5}', { v: 5 }],
  ['numbers of an enum', object({ v: { enum: [1, 2.5] } }), '{"v":2.5}', { v: 2.5 }],
  ['booleans of an enum', object({ v: { enum: [true, null] } }), '{"v":true}', { v: true }],
  ['an enum of many kinds', object({ v: { enum: ['a', 1, true] } }), '{"v":1}', { v: '1' }],
  ['a number in a text field', object({ v: string }), '{"v":1.50}', { v: '1.50' }],
  ['a boolean in a text field', object({ v: string }), '{"v":true}', { v: 'true' }],
  ['1.0 and 1e3 as integers', object({ v: integer, w: integer }), '{"v":1.0,"w":1e3}', { v: 1, w: 1000 }],
  ['of two objects that fit the one with its names', { oneOf: [object({ a: string }), object({ b: string })] }, '{"b":"x"}', union(1, { b: 'x' })],
  ['a choice within a choice', { oneOf: [object({ v: { oneOf: [integer, string] } }, { required: ['v'] }), integer] }, '{"v":"x"}', union(0, { v: union(1, 'x') })],
  ['a number by a branch that is no choice', { oneOf: [{ oneOf: [{ type: 'number' }, integer] }, integer] }, '5', union(1, 5)],
  ['a number by a choice where no other branch takes it', { oneOf: [{ oneOf: [string, integer] }, string] }, '5', union(0, union(1, 5))],
  ['an object by the branch that has its names, not by a choice', { oneOf: [{ oneOf: [object({ a: string }), string] }, object({ b: string })] }, '{"b":"x"}', union(1, { b: 'x' })],
  ['an object by a choice before a branch that has none of its names', { oneOf: [{ oneOf: [object({ a: string }), string] }, object({ b: string })] }, '{"a":"x"}', union(0, union(0, { a: 'x' }))]
] // prettier-ignore

for (const [name, schema, text, expected] of cases) {
  test(`reads ${name}`, () => assert.deepEqual(read(schema, text), expected))
}

for (const [name, schema, text] of [
  ['an object in a text field', object({ v: string }), '{"v":{}}'],
  ['a list in a text field', object({ v: string }), '{"v":[]}'],
  ['a text in an integer field', object({ v: integer }), '{"v":"5"}'],
  ['a fraction in an integer field', object({ v: integer }), '{"v":1.5}'],
  ['a text in a number field', object({ v: { type: 'number' } }), '{"v":"x"}'],
  ['a text in a boolean field', object({ v: { type: 'boolean' } }), '{"v":"true"}'],
  ['a text for a list', object({ v: { type: 'array', items: string } }), '{"v":"x"}'],
  ['a list for an object', object({ v: object({}) }), '{"v":[]}']
] as const) {
  test(`refuses ${name}: nothing becomes null or 0`, () =>
    assert.throws(() => read(schema, text), (error: unknown) => error instanceof DataError && /^Invalid value for /.test(error.message))) // prettier-ignore
}

/** Thirty definitions, each of which names the one below twice. */
function doubled(form: (ref: object) => object, leaf: object): { $ref: string; definitions: object } {
  const definitions: Record<string, object> = { d0: leaf }
  for (let level = 1; level <= 30; level++) definitions[`d${level}`] = form({ $ref: `#/definitions/d${level - 1}` })
  return { $ref: '#/definitions/d30', definitions }
}

for (const [name, form] of [
  ['properties', ref => object({ a: ref, b: ref })],
  ['allOf', ref => ({ allOf: [ref, ref] })],
  ['oneOf', ref => ({ oneOf: [ref, { type: 'array', items: ref }] })],
  ['a choice beside properties', ref => object({ a: ref }, { anyOf: [object({ b: ref }), object({ b: ref })] })]
] as const satisfies readonly (readonly [string, (ref: object) => object])[]) {
  test(`a definition that is named a thousand million times by ${name} is compiled once`, () => {
    assert.ok(compile(doubled(form, object({ n: integer }))) !== null)
  })
}

test('choices that fit only at their end are not tried again at every level', () => {
  const node = { oneOf: [object({ a: { $ref: '#/definitions/n' }, x: integer }, { required: ['a', 'x'] }), object({ a: { $ref: '#/definitions/n' }, y: integer }, { required: ['a'] }), string] } // prettier-ignore
  const schema = { $ref: '#/definitions/n', definitions: { n: node } }
  const text = `${'{"a":'.repeat(60)}"end"${'}'.repeat(60)}`
  assert.ok(JSON.stringify(read(schema, text)).includes('end'))
})

for (const [name, leaf, text] of [
  ['a number that fits none', string, '5'],
  ['an object that fits none', object({ n: integer }, { required: ['n'] }), '{}'],
  ['a text that fits', string, '"x"']
] as const) {
  test(`choices of choices try ${name} once each`, () => {
    const schema = doubled(ref => ({ oneOf: [ref, ref] }), leaf)
    if (name === 'a text that fits') assert.ok(JSON.stringify(read(schema, text)).includes('"x"'))
    else assert.throws(() => read(schema, text), /Did not find matching oneof field/)
    const held = object({ v: { $ref: schema.$ref } }, { default: { v: JSON.parse(text) as unknown } })
    const withDefault = compile(object({ w: held }, { definitions: schema.definitions })).field('w')?.schema
      .defaultValue
    assert.equal(withDefault !== undefined, name === 'a text that fits')
  })
}

test('a choice that is a branch of its own is read by its other branches', () => {
  const schema = { $ref: '#/definitions/u', definitions: { u: { oneOf: [{ $ref: '#/definitions/u' }, string] } } }
  assert.deepEqual(read(schema, '"x"'), union(1, 'x'))
  assert.throws(() => read(schema, '5'), /Did not find matching oneof field/)
})

test('defaults that double, or have no end, are bounded', () => {
  assert.throws(() => compile(doubled(ref => object({ a: { ...ref, default: {} }, b: { ...ref, default: {} } }), object({}))), /more than 100000 parts/) // prettier-ignore
  assert.throws(() => compile(object({ next: { $ref: '#', default: {} } })), /hold themselves/)
})

test('so many parts a schema may have, and no more', () => {
  const properties = (count: number) => object(Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, string]))) // prettier-ignore
  assert.equal(compile(properties(30_000)).fields.length, 30_000)
  assert.throws(() => compile(properties(100_000)), /more than 100000 parts/)
})

for (const [name, property, missing, given] of [
  ['a choice with null', { anyOf: [string, { type: 'null' }], default: 'x' }, { v: 'x' }, { v: 'y' }],
  ['a choice', { oneOf: [integer, string], default: 'x' }, { v: union(1, 'x') }, { v: union(1, 'y') }],
  ['several types', { type: ['integer', 'string'], default: 'x' }, { v: union(1, 'x') }, { v: union(1, 'y') }],
  ['a choice whose branch has one', { anyOf: [{ ...string, default: 'z' }, { type: 'null' }], default: 'x' }, { v: 'x' }, { v: 'y' }],
  ['a choice of which it is none', { anyOf: [integer, { type: 'null' }], default: 'x' }, {}, null]
] as const) {
  test(`a default beside ${name} is that of a missing field where values are taken strictly; Java drops it`, () => {
    const strict = { defaults: 'missing', strict: true } as const
    const schema = compileJsonSchema(JSON.stringify(object({ v: property })), [], strict)
    const of = (text: string) => bare(vectorValue(jsonSchemaValue(schema, readJson(Buffer.from(text), 'exact'), strict), schema))
    assert.deepEqual(of('{}'), missing)
    assert.deepEqual(of('{"v":null}'), {})
    if (given !== null) assert.deepEqual(of('{"v":"y"}'), given)
    if (name !== 'a choice whose branch has one') assert.deepEqual(read(object({ v: property }), '{}'), {})
  })
} // prettier-ignore

test('the symbols of an enum, and parameters, are read once however many places name them', () => {
  const symbols = Array.from({ length: 2000 }, (_, n) => `S${n}`)
  const given = { 'connect.parameters': Object.fromEntries(symbols.map(symbol => [symbol, 'x'])) }
  const places = Array.from({ length: 200 }, (_, n) => [`f${n}`, { type: 'string', $ref: '#/$defs/e' }] as const)
  for (const [more, size] of [
    [{}, 2001],
    [given, 4001]
  ] as const) {
    const $defs = { e: { type: 'string', enum: symbols, ...more } }
    const { fields } = compile(object(Object.fromEntries(places), { $defs }))
    for (const { schema } of fields) {
      assert.equal(schema.params?.size, size)
      // A Map of its own would be one with all entries.
      assert.ok(!(schema.params instanceof Map) || schema.params === fields[0]?.schema.params)
    }
    assert.equal(fields[7]?.schema.params?.get('io.confluent.connect.json.Enum.S1999'), 'S1999')
  }
})

test('symbols of enums count among the parts of a schema', () => {
  const properties = (count: number) => object(Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, { enum: Array.from({ length: 1000 }, (_, at) => `s${at}`) }]))) // prettier-ignore
  assert.equal(compile(properties(98)).fields.length, 98)
  assert.throws(() => compile(properties(101)), /more than 100000 parts/)
})

test('a choice of many branches that is named in many places is read once', () => {
  const branches = Array.from({ length: 400 }, (_, n) => object({ [`b${n}`]: string, any: { $ref: '#/$defs/any' } }))
  const fields = Array.from({ length: 400 }, (_, n) => [`f${n}`, { $ref: '#/$defs/any' }] as const)
  const schema = compile(object(Object.fromEntries(fields), { $defs: { any: { oneOf: branches } } }))
  assert.equal(schema.field('f0')?.schema.fields, schema.field('f399')?.schema.fields)
})

test('a value is as deep as JSON may be, each choice a level', () => {
  const deep = (levels: number) => `${'{"n":1,"next":'.repeat(levels)}null${'}'.repeat(levels)}`
  assert.ok(read(list, deep(900)) !== null)
  const chosen = `${'['.repeat(600)}${']'.repeat(600)}`
  assert.throws(() => read(anything, chosen), /nested deeper than 1000 levels/)
})
