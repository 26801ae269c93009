// Avro schemas that hold themselves, and those that stand for more than memory holds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import { vectorValue } from '../../test/kit/connect-values.ts'
import { Struct } from '../connect/data.ts'
import { DataError, SerializationError } from '../connect/errors.ts'
import { type AvroReader, compileAvro } from './avro-compile.ts'
import { AvroCursor } from './avro-cursor.ts'
import { avroLayout } from './avro-layout.ts'
import { parseAvroSchema } from './avro-type.ts'

function reader(schema: unknown): AvroReader {
  return compileAvro(parseAvroSchema([JSON.stringify(schema)]), { enhanced: false })
}

function read(schema: unknown, value: unknown): unknown {
  const compiled = reader(schema)
  const bytes = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true }).toBuffer(value)
  return vectorValue(compiled.read(new AvroCursor(bytes, 0)), compiled.schema)
}

const record = (name: string, fields: Record<string, unknown>): object => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type }))
})
const list = record('List', { n: 'int', next: ['null', 'List'] })

/** `levels` records, each of which names the one before twice. */
function doubled(levels: number, leaf: object): unknown {
  let schema: unknown = leaf
  for (let level = 1; level <= levels; level++) {
    const name = level === 1 ? (leaf as { name: string }).name : `D${level - 1}`
    schema = record(`D${level}`, { a: schema, b: name })
  }
  return schema
}

test('a list whose next is a list is read to its end', () => {
  const struct = (n: number, next: unknown) => ({ struct: [['n', { i32: n }], ['next', next]] }) // prettier-ignore
  assert.deepEqual(
    read(list, { n: 1, next: { List: { n: 2, next: { List: { n: 3, next: null } } } } }),
    struct(1, struct(2, struct(3, null)))
  )
})

test('trees in arrays, in maps, in other unions, and records that hold each other', () => {
  const tree = record('Tree', {
    children: { type: 'array', items: 'Tree' },
    named: { type: 'map', values: 'Tree' },
    either: ['null', 'string', 'Tree'],
    other: ['null', record('Other', { back: ['null', 'Tree'] })]
  })
  const leaf = { children: [], named: {}, either: null, other: null }
  const leafRead = { struct: [['children', { list: [] }], ['named', { map: [] }], ['either', null], ['other', null]] } // prettier-ignore
  const value = {
    children: [leaf, leaf],
    named: { x: leaf },
    either: { Tree: leaf },
    other: { Other: { back: { Tree: leaf } } }
  }
  assert.deepEqual(read(tree, value), {
    struct: [
      ['children', { list: [leafRead, leafRead] }],
      ['named', { map: [['x', leafRead]] }],
      ['either', { struct: [['string', null], ['Tree', leafRead]] }], // prettier-ignore
      ['other', { struct: [['back', leafRead]] }]
    ]
  })
})

test('what is nested deeper than JSON may be is refused, and what never ends', () => {
  const chain = (length: number): unknown => {
    let value: unknown = null
    for (let n = 0; n < length; n++) value = { n, next: value === null ? null : { List: value } }
    return value
  }
  assert.ok(read(list, chain(1000)) !== null)
  assert.throws(() => read(list, chain(1001)), /nesting deeper than 1000 levels/)
  const endless = reader(record('Endless', { again: 'Endless' }))
  assert.throws(() => endless.read(new AvroCursor(Buffer.alloc(0), 0)), SerializationError)
})

test('a default may be of the very record it stands in, unless it has no end', () => {
  const pair = (fallback: object): object => ({
    type: 'record',
    name: 'Pair',
    fields: [
      { name: 'n', type: 'int' },
      { name: 'next', type: { type: 'array', items: 'Pair' }, default: fallback }
    ]
  })
  const value = reader(pair([{ n: 7, next: [] }])).schema.field('next')?.schema.defaultValue
  assert.ok(Array.isArray(value) && value[0] instanceof Struct)
  assert.equal(value[0].schema.field('n')?.schema.type, 'INT32')
  assert.equal(value[0].getWithoutDefault('n'), 7)
  // A null becomes the default, in which there is the same null.
  const endless = {
    ...pair([]),
    fields: [
      { name: 'n', type: 'int' },
      { name: 'next', type: ['Pair', 'null'], default: { n: 7, next: null } }
    ]
  }
  assert.throws(() => reader(endless), /defaults that are nested deeper/)
})

test('a definition that is named a thousand million times is compiled once', () => {
  const compiled = reader(doubled(30, record('Leaf', { n: 'int' })))
  const a = compiled.schema.field('a')?.schema
  assert.equal(a?.fields, compiled.schema.field('b')?.schema.fields)
  assert.throws(() => compiled.read(new AvroCursor(Buffer.alloc(100), 0)), SerializationError)
  assert.equal(avroLayout(compiled), null, 'too many steps: the general way')
})

test('values that take no bytes are bounded where a schema doubles them', () => {
  const compiled = reader(doubled(30, record('Leaf', {})))
  assert.throws(() => compiled.read(new AvroCursor(Buffer.alloc(0), 0)), /more than 100000 fields that take no bytes/)
  assert.equal(avroLayout(compiled), null)
})

test('defaults that double, or lead to themselves, are bounded', () => {
  const fields = (name: string) => [
    { name: 'a', type: name, default: {} },
    { name: 'b', type: name, default: {} }
  ]
  let schema: unknown = record('D0', {})
  for (let level = 1; level <= 30; level++) {
    const [a, b] = fields(`D${level - 1}`)
    schema = { type: 'record', name: `D${level}`, fields: [{ ...a, type: schema }, b] }
  }
  assert.throws(() => reader(schema), /more than 100000 parts/)
  const endless = { type: 'record', name: 'E', fields: [{ name: 'again', type: ['E', 'null'], default: {} }] }
  assert.throws(() => reader(endless), /defaults that are nested deeper/)
})

test('so many parts a schema may have, and no more', () => {
  const symbols = (count: number) => ({ type: 'enum', name: 'E', symbols: Array.from({ length: count }, (_, n) => `S${n}`) }) // prettier-ignore
  assert.equal(reader(symbols(99_000)).schema.type, 'STRING')
  assert.throws(() => reader(symbols(100_001)), (error: unknown) => error instanceof DataError && /more than 100000 parts/.test(error.message)) // prettier-ignore
})

test('a record within itself is one step of the compiled way, whatever its depth', () => {
  const layout = avroLayout(reader(record('Row', { id: 'string', list: ['null', list], own: ['null', 'Row'] })))
  // id, list (open), its n, its next, own.
  assert.equal(layout?.codes.length, 5)
})
