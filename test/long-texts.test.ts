// Texts of a megabyte that are almost something: reading them takes time in proportion. In the square of it each would take hours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHeaderText } from '../src/connect/values/header-text.ts'
import { parseBigDecimal } from '../src/java/big-decimal.ts'
import { parseJavaDouble, parseJavaFloat, parseJavaLong } from '../src/java/number-parse.ts'
import { loadProperties } from '../src/java/properties.ts'

const length = 1_000_000
/** A properties file has at most half a million characters. */
const inFile = 250_000
const digits = '1'.repeat(length)

test('a number of a million digits, or almost one', () => {
  for (const text of [`${digits}x`, `${digits}.${digits}x`, `.${digits}x`, `1e${digits}x`, `0x${digits}.x`]) {
    for (const read of [parseJavaDouble, parseJavaFloat, parseJavaLong, parseBigDecimal]) assert.equal(read(text), null)
  }
  assert.equal(parseJavaDouble(digits), Infinity)
  assert.equal(parseJavaFloat(`0.${digits}`), Math.fround(1 / 9))
})

test('blanks within a header', () => {
  assert.equal(parseHeaderText(`1${' '.repeat(length)}1`)?.schema?.type, 'STRING')
})

test('a line of backslashes, and one of blanks before a value', () => {
  const properties = loadProperties(Buffer.from(`a=x${'\\'.repeat(inFile)}y\nb${' '.repeat(inFile)}=1\n`))
  assert.equal(properties.get('a')?.length, inFile / 2 + 2)
  assert.equal(properties.get('b'), '1')
})
