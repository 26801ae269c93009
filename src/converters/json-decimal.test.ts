// Decimals read digit by digit are the doubles that JavaScript reads, and stand as it prints them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { scanNumber } from './json-scan.ts'
import { plainDecimal } from './json-decimal.ts'

const decimal = fc.oneof(
  fc
    .tuple(fc.constantFrom('', '-'), fc.bigInt(0n, 10n ** 17n), fc.nat(17))
    .map(([sign, digits, places]) => {
      const text = digits.toString().padStart(places + 1, '0')
      return `${sign}${text.slice(0, text.length - places)}.${text.slice(text.length - places)}0`.replace(/0$/, '')
    })
    .filter(text => !text.endsWith('.')),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('0.0', '-0.0', '1.0', '00.5', '0.000001', '0.0000001', '1e5', '1.5E2', '999999999999999.9')
)

test('is the number of the text where that stands as it is printed, else NaN', () => {
  fc.assert(
    fc.property(decimal, text => {
      const bytes = Buffer.from(text)
      if (scanNumber(bytes, 0, bytes.length) >= 0) return
      const value = plainDecimal(bytes, 0, bytes.length)
      if (Number.isNaN(value)) return
      assert.ok(Object.is(value, Number(text)), text)
      assert.equal(String(value), text)
    }),
    { numRuns: 20_000 }
  )
})

test('takes the decimals of everyday', () => {
  for (const value of [0.5, -0.5, 1.25, 4830.5, -71.05, 0.000001, 123456789.123456, 99999999999999.5]) {
    const bytes = Buffer.from(String(value))
    assert.equal(plainDecimal(bytes, 0, bytes.length), value)
  }
})
