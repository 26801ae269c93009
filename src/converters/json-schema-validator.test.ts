// json.fail.invalid.schema: what is not valid is told; neither a schema nor a document can hold the thread.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DataError } from '../connect/errors.ts'
import { jsonSchemaValidator } from './json-schema-validator.ts'

async function fault(schema: unknown, value: unknown): Promise<string | null> {
  const find = await jsonSchemaValidator({ type: 'JSON', text: JSON.stringify(schema), references: [] })
  return find(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
}

test('says what is wrong with a document, through definitions that hold themselves', async () => {
  const list = { type: 'object', properties: { n: { type: 'integer' }, next: { $ref: '#' } }, required: ['n'] }
  assert.equal(await fault(list, { n: 1, next: { n: 2 } }), null)
  assert.equal(await fault(list, { n: 1, next: { n: 'x' } }), '/next/n must be integer')
})

test('names that look like keywords, and data that looks like a schema, are left as they are', async () => {
  const schema = {
    properties: { $ref: { type: 'string' }, default: { $ref: '#/$defs/n' }, enum: { const: { $ref: '#/nowhere' } } },
    $defs: { n: { type: 'integer' } }
  }
  assert.equal(await fault(schema, { $ref: 'x', default: 1, enum: { $ref: '#/nowhere' } }), null)
  assert.equal(await fault(schema, { default: 'x' }), '/default must be integer')
  assert.equal(await fault(schema, { enum: {} }), '/enum must be equal to constant')
})

test('definitions that double are not followed for ever', async () => {
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const $defs: Record<string, object> = { d0: keyword === 'allOf' ? {} : { type: 'string' } }
    for (let level = 1; level <= 30; level++)
      $defs[`d${level}`] = { [keyword]: [{ $ref: `#/$defs/d${level - 1}` }, { $ref: `#/$defs/d${level - 1}` }] }
    assert.match((await fault({ $ref: '#/$defs/d30', $defs }, 5)) ?? '', /more than 100100 steps/)
  }
})

test('a choice of many definitions that hold the choice again is checked to its end', async () => {
  const names = Array.from({ length: 30 }, (_, n) => `k${n}`)
  const $defs: Record<string, object> = { any: { oneOf: names.map(name => ({ $ref: `#/$defs/${name}` })) } }
  for (const name of names)
    $defs[name] = {
      type: 'object',
      properties: { [name]: { type: 'array', items: { $ref: '#/$defs/any' } } },
      required: [name],
      additionalProperties: false
    }
  const leaves = Array.from({ length: 800 }, (_, n) => ({ [`k${n % 30}`]: [] }))
  assert.equal(await fault({ $ref: '#/$defs/any', $defs }, { k0: leaves }), null)
})

test('unique items are found in linear time', async () => {
  const schema = { type: 'array', uniqueItems: true }
  const items = Array.from({ length: 200_000 }, (_, n) => `{"b":1,"a":${n}}`)
  assert.equal(await fault(schema, `[${items.join()}]`), null)
  assert.match((await fault(schema, `[${items.join()},{"a":0,"b":1}]`)) ?? '', /must NOT have duplicate items/)
})

test('a schema of too many parts is refused before it is compiled', async () => {
  const properties = Object.fromEntries(Array.from({ length: 20_001 }, (_, n) => [`f${n}`, { type: 'string' }]))
  await assert.rejects(fault({ properties }, {}), (error: unknown) => error instanceof DataError && /more than 20000 parts/.test(error.message)) // prettier-ignore
})

test('a document without end is an error, not the end of the task', async () => {
  const list = { properties: { next: { $ref: '#' } } }
  const depth = 200_000
  await assert.rejects(async () => {
    const reason = await fault(list, `${'{"next":'.repeat(depth)}{}${'}'.repeat(depth)}`)
    if (reason !== null) throw new DataError(reason)
  })
})

test('a pattern is searched for as Java searches, and one that would try for ever is told', async () => {
  assert.equal(await fault({ type: 'string', pattern: '^(?!x)a+$' }, '"aaa"'), null)
  assert.match((await fault({ type: 'string', pattern: '^(?!x)a+$' }, '"b"')) ?? '', /the value must match pattern/)
  assert.match(
    (await fault({ type: 'string', pattern: '^(a+)+$' }, `"${'a'.repeat(41)}!"`)) ?? '',
    /must match pattern/
  )
  assert.match(
    (await fault({ type: 'string', pattern: '^(a+)+(?!b)$' }, `"${'a'.repeat(200)}!"`)) ?? '',
    /needs more than 70100 steps on the text aaa/
  )
  assert.match((await fault({ patternProperties: { '^(a|a)*$': false } }, { aa: 1 })) ?? '', /false/)
  await assert.rejects(fault({ type: 'string', pattern: '(' }, '"a"'), /Invalid JSON Schema/)
})

test('each part is held to its own pattern', async () => {
  const schema = {
    properties: { zip: { pattern: '^[0-9]{5}$' }, country: { pattern: '^[A-Z]{2}$' } },
    patternProperties: { '^x-': { type: 'integer' }, '^y-': { type: 'string' } }
  }
  assert.equal(await fault(schema, { zip: '12345', country: 'DE', 'x-a': 1, 'y-a': 'b' }), null)
  assert.match((await fault(schema, { zip: '12345', country: '99999' })) ?? '', /country must match pattern/)
  assert.match((await fault(schema, { 'y-a': 1 })) ?? '', /y-a must be string/)
})

test('long texts are searched to their end', async () => {
  const lines = 'a line of text\n'.repeat(10_000)
  for (const pattern of ['^[^<>]*$', '^(?!.*<script)[\\s\\S]*$', '.{0,30000}']) {
    assert.equal(await fault({ pattern }, JSON.stringify(lines)), null, pattern)
  }
  assert.match((await fault({ pattern: '^[^<>]*$' }, JSON.stringify(`${lines}<`))) ?? '', /must match pattern/)
})
