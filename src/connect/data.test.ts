// Schemas that hold themselves, and schemas whose parts stand in them more often than anyone can count.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Schema, schemasEqual, StructFields } from './data.ts'
import { DataError } from './errors.ts'

/** A list: an object with a number, and an optional list of the same kind. */
function list(number: Schema): Schema {
  const fields = new StructFields()
  fields.fill([
    ['n', number],
    ['next', new Schema('STRUCT', { name: 'List', optional: true, fields })]
  ])
  return new Schema('STRUCT', { name: 'List', fields })
}

/** Thirty structs, each of which holds the one below twice. */
function doubled(leaf: Schema): Schema {
  let schema = leaf
  for (let level = 0; level < 30; level++) {
    schema = new Schema('STRUCT', { fields: [['a', schema], ['b', schema]] }) // prettier-ignore
  }
  return schema
}

test('schemas that hold themselves are compared to their end', () => {
  const int = new Schema('INT32')
  assert.equal(schemasEqual(list(int), list(new Schema('INT32'))), true)
  assert.equal(schemasEqual(list(int), list(new Schema('INT64'))), false)
})

test('schemas that double are compared part by part, not path by path', () => {
  assert.equal(schemasEqual(doubled(new Schema('INT32')), doubled(new Schema('INT32'))), true)
  assert.equal(schemasEqual(doubled(new Schema('INT32')), doubled(new Schema('INT64'))), false)
})

test('an array may be its own element', () => {
  const nested = new Schema('ARRAY', { optional: true })
  nested.complete({ valueSchema: nested })
  const other = new Schema('ARRAY', { optional: true })
  other.complete({ valueSchema: other })
  assert.equal(nested.valueSchema, nested)
  assert.equal(schemasEqual(nested, other), true)
})

test('a name that stands twice is refused, also where fields come later', () => {
  const int = new Schema('INT32')
  const fields = new StructFields([['a', int]])
  assert.throws(() => fields.fill([['a', int]]), DataError)
  assert.throws(() => new Schema('STRUCT', { fields: [['a', int], ['a', int]] }), /field name duplication a/) // prettier-ignore
})
