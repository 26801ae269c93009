// The cache of schemas by their bytes: so many, so large, the one longest unused goes first.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Schema } from '../connect/data.ts'
import { SchemaCache } from './schema-cache.ts'

const mebibyte = 1024 * 1024
const textOf = (name: string, length: number): Buffer => Buffer.from(`"${name.padEnd(length - 2, 'x')}"`)

test('large schemas push each other out by their size, long before there are too many', () => {
  const cache = new SchemaCache(1000)
  const schema = new Schema('INT32')
  const texts = Array.from({ length: 40 }, (_, index) => textOf(`s${index}-`, mebibyte))
  for (const text of texts) cache.add(text, 0, text.length, schema)
  const found = texts.map(text => cache.find(text, 0) !== null)
  assert.deepEqual(found, texts.map((_, index) => index >= 24)) // prettier-ignore
  const small = textOf('small', 10)
  cache.add(small, 0, small.length, schema)
  assert.equal(cache.find(small, 0)?.schema, schema)
})

test('a schema of more than a mebibyte is not remembered', () => {
  const cache = new SchemaCache(1000)
  const text = textOf('s', mebibyte + 1)
  cache.add(text, 0, text.length, new Schema('INT32'))
  assert.equal(cache.find(text, 0), null)
})
