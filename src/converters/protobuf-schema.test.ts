// Protobuf schemas that hold themselves, double, go on for ever or are too large; which type a name means; through the converter, as records come.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import protobuf from 'protobufjs'
import { FakeRegistry, framed } from '../../test/kit/fake-registry.ts'
import { type ConnectValue, type Schema, Struct } from '../connect/data.ts'
import { silentLogger } from '../connect/log.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { createProtobufConverter } from './protobuf-converter.ts'

const registry = await FakeRegistry.open()
after(() => registry.close())
const doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const header = 'syntax = "proto3"; package p; '

/** What the converter makes of bytes of the schema's first message. */
async function converted(text: string, payload: Uint8Array): Promise<{ schema: Schema | null; value: ConnectValue }> {
  const id = registry.add(text, 'PROTOBUF')
  const config = new Map([
    ['schema.registry.url', registry.url],
    ['max.retries', '0']
  ])
  const converter = createProtobufConverter(config, false, doors)
  const bytes = framed(id, Buffer.concat([Buffer.from([0]), payload]))
  await converter.prepare?.('t', bytes)
  return converter.toConnectData('t', bytes)
}

/** The causes of an error, the outermost first. */
function causes(error: unknown): string {
  return error instanceof Error ? `${error.message} / ${causes(error.cause)}` : ''
}

/** Structs as objects, Maps as entries. */
function seen(value: ConnectValue): unknown {
  if (value instanceof Struct)
    return Object.fromEntries(value.schema.fields.map(field => [field.name, seen(value.at(field))]))
  if (value instanceof Map)
    return { map: [...(value as ReadonlyMap<string, ConnectValue>)].map(([key, each]) => [key, seen(each)]) }
  return Array.isArray(value) ? (value as readonly ConnectValue[]).map(seen) : value
}

/** A message of `fields`, encoded by the library. */
function encoded(text: string, message: object): Uint8Array {
  const { root } = protobuf.parse(text, { keepCase: true })
  const type = root.lookupType('p.M')
  return type.encode(type.fromObject(message)).finish()
}

test('a tree is read as deep as the data', async () => {
  const text = `${header} message M { string id = 1; repeated M children = 2; M parent = 3; map<string, M> named = 4; }`
  const message = { id: 'a', children: [{ id: 'b', children: [{ id: 'c' }] }], named: { x: { id: 'd' } } }
  const empty = { children: [], parent: null, named: { map: [] } }
  const { value, schema } = await converted(text, encoded(text, message))
  assert.deepEqual(seen(value), {
    id: 'a',
    children: [{ ...empty, id: 'b', children: [{ ...empty, id: 'c' }] }],
    parent: null,
    named: { map: [['x', { ...empty, id: 'd' }]] }
  })
  assert.equal(schema?.field('parent')?.schema.field('parent')?.schema.field('id')?.schema.type, 'STRING')
  assert.ok(value instanceof Struct)
  const [child] = value.get('children') as readonly Struct[]
  assert.equal(child?.schema, schema?.field('children')?.schema.valueSchema, 'a Struct has the schema of its place')
})

test('google.protobuf.Struct, Value and ListValue are read', async () => {
  const text = `${header} import "google/protobuf/struct.proto"; message M { google.protobuf.Struct s = 1; int32 id = 2; }`
  // { a: 1.5, b: ["x", null, {}] } in field 1, and 7 in field 2
  const value = (hex: string): string => (hex.length / 2).toString(16).padStart(2, '0') + hex
  const entry = (name: string, hex: string): string =>
    `0a${value(`0a01${Buffer.from(name).toString('hex')}12${value(hex)}`)}`
  const list = `0a${value('1a0178')}0a${value('0800')}0a${value('2a00')}`
  const fields = entry('a', '11000000000000f83f') + entry('b', `32${value(list)}`)
  const { value: read } = await converted(text, Buffer.from(`0a${value(fields)}1007`, 'hex'))
  const kind = (member: string, held: unknown): unknown => {
    const members = ['null_value', 'number_value', 'string_value', 'bool_value', 'struct_value', 'list_value']
    return { kind_0: Object.fromEntries(members.map(each => [each, each === member ? held : null])) }
  }
  const items = [
    kind('string_value', 'x'),
    kind('null_value', 'NULL_VALUE'),
    kind('struct_value', { fields: { map: [] } })
  ]
  const map = [
    ['a', kind('number_value', 1.5)],
    ['b', kind('list_value', { values: items })]
  ]
  assert.deepEqual(seen(read), { s: { fields: { map } }, id: 7 })
})

/** `{ M next = 1; }`, so deep. */
function nested(depth: number): Buffer {
  let bytes = Buffer.alloc(0)
  for (let level = 0; level < depth; level++) {
    const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]
    bytes = Buffer.concat([Buffer.from([0x0a, ...length]), bytes])
  }
  return bytes
}

test('messages 100 deep are read, deeper ones are refused as by Java', async () => {
  const text = `${header} message M { M next = 1; }`
  let { value } = await converted(text, nested(100))
  let depth = 0
  for (; value instanceof Struct && value.get('next') !== null; value = value.get('next')) depth++
  assert.equal(depth, 100)
  await assert.rejects(converted(text, nested(101)), error => /deeper than 100 levels.*type p\.M/.test(causes(error)))
})

test('thirty messages that each name the one below twice are compiled once each', async () => {
  const levels = Array.from({ length: 30 }, (_, n) => `message M${n} { M${n + 1} a = 1; M${n + 1} b = 2; }`)
  const text = `${header} ${levels.join(' ')} message M30 { int32 n = 1; }`
  const { value, schema } = await converted(text, Buffer.from('0a0212000a00', 'hex'))
  assert.ok(value instanceof Struct)
  assert.equal(schema?.field('a')?.schema.fields, schema?.field('b')?.schema.fields)
})

test('a chain of ten thousand messages is no recursion', async () => {
  const links = Array.from({ length: 10_000 }, (_, n) => `message M${n} { M${n + 1} a = 1; }`)
  const { value } = await converted(`${header} ${links.join(' ')} message M10000 {}`, Buffer.from('0a00', 'hex'))
  assert.ok(value instanceof Struct)
})

test('types are found among thousands by a part of their package', async () => {
  const many = Array.from({ length: 4000 }, (_, n) => `message M${n} { d.M${(n + 7) % 4000} a = 1; }`)
  const { value } = await converted(`syntax = "proto3"; package a.b.c.d; ${many.join(' ')}`, Buffer.from('0a00', 'hex'))
  assert.ok(value instanceof Struct)
})

const named = /The schema of id \d+ \(subject t-value\) cannot be used: /

for (const [what, text, limit, subject] of [
  [
    'too long',
    `${header} message M { int32 a = 1; } // ${'x'.repeat(1024 * 1024)}`,
    /more than 1048576 characters/,
    named
  ],
  [
    'too many fields in one message',
    `${header} message M { ${Array.from({ length: 4100 }, (_, n) => `int32 f${n} = ${n + 1};`).join('')} }`,
    /one message of 4,000 fields is read/,
    named
  ],
  [
    'too many members of its oneofs',
    `${header} message M { ${Array.from({ length: 4100 }, (_, n) => `oneof o${n} { int32 f${n} = ${n + 1}; }`).join('')} }`,
    /one message of 4,000 fields is read/,
    named
  ],
  [
    'too many messages with many fields',
    `${header} ${Array.from({ length: 20 }, (_, m) => `message M${m} { ${Array.from({ length: 1200 }, (_, n) => `int32 f${n} = ${n + 1};`).join('')} }`).join(' ')}`,
    /or ten of 1,200/,
    named
  ],
  [
    'too many options of the file',
    `${header} ${Array.from({ length: 30_000 }, (_, n) => `option (o${n}).b = 1;`).join('')} message M {}`,
    /messages, or options, that are too large/,
    named
  ],
  [
    'too many options of an enum',
    `${header} enum E { ${Array.from({ length: 30_000 }, (_, n) => `option (o${n}).b = 1;`).join('')} A = 0; } message M {}`,
    /messages, or options, that are too large/,
    named
  ],
  [
    'enums of too many symbols',
    `${header} message M { ${Array.from({ length: 101 }, (_, n) => `E${n} f${n} = ${n + 1};`).join('')} } ${Array.from({ length: 101 }, (_, e) => `enum E${e} { ${Array.from({ length: 1000 }, (_, n) => `V${n}=${n};`).join('')} }`).join(' ')}`,
    /more than 100000 parts/,
    /The schema of id \d+ cannot be used: /
  ]
] as const) {
  test(`a schema with ${what} is its records' fault, told with its id and the limit`, async () => {
    await assert.rejects(converted(text, Buffer.alloc(0)), error => {
      const told = causes(error)
      assert.match(told, limit)
      assert.match(told, subject)
      return true
    })
  })
}

for (const [what, text, type] of [
  ['the type beside the message', 'message M { message A { message X { int64 n = 1; } } X x = 1; } message X { string n = 1; }', 'STRING'],
  ['the type in the message', 'message X { string n = 1; } message M { message X { int64 n = 1; } X x = 1; }', 'INT64'],
  ['the type by its whole name', 'message X { string n = 1; } message M { message X { int64 n = 1; } .p.X x = 1; }', 'STRING'],
  ['the type by a part of its name', 'message X { string n = 1; } message M { message X { int64 n = 1; } p.X x = 1; }', 'STRING'],
  ['the type, not the field of its name', 'message x { string n = 1; } message M { x x = 1; }', 'STRING']
] as const) {
  test(`a name means ${what}`, async () => {
    // Indexes count from the first message: it is M in all of them.
    const ordered = text.startsWith('message M') ? text : text.replace(/^(message \w \{.*?\} )(.*)$/, '$2 $1')
    const { schema } = await converted(`${header} ${ordered}`, Buffer.alloc(0))
    assert.equal(schema?.name, 'p.M')
    assert.equal(schema?.field('x')?.schema.field('n')?.schema.type, type)
  })
} // prettier-ignore

test('an enum counts once, however many fields are of it, and each has its symbols and its own number', async () => {
  const fields = Array.from({ length: 1000 }, (_, n) => `E f${n} = ${n + 1};`).join('')
  const symbols = Array.from({ length: 1000 }, (_, n) => `V${n} = ${n};`).join('')
  const { schema } = await converted(`${header} message M { ${fields} } enum E { ${symbols} }`, Buffer.alloc(0))
  for (const n of [0, 999]) {
    const params = schema?.field(`f${n}`)?.schema.params
    assert.equal(params?.size, 1002)
    assert.equal(params.get('io.confluent.connect.protobuf.Enum.V999'), '999')
    assert.equal(params.get('io.confluent.connect.protobuf.Tag'), String(n + 1))
  }
})

test('a type that is nowhere is named, where a message with it is read', async () => {
  const text = `${header} message M { int32 id = 1; } message N { q.Gone gone = 1; }`
  assert.deepEqual(seen((await converted(text, Buffer.from('0805', 'hex'))).value), { id: 5 })
  const broken = `${header} message N { q.Gone gone = 1; }`
  await assert.rejects(converted(broken, Buffer.alloc(0)), error =>
    /no type q\.Gone, which p\.N\.gone is to be of/.test(causes(error))
  )
})

test('fields that extensions add are none of the message', async () => {
  const text =
    'syntax = "proto2"; package p; message M { optional int32 id = 1; extensions 100 to 199; } extend M { optional string nick = 100; }'
  const { schema } = await converted(text, Buffer.from('a2060178', 'hex'))
  assert.deepEqual(
    schema?.fields.map(({ name }) => name),
    ['id']
  )
})
