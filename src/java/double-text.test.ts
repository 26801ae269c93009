// Holds doubleText and floatText to the JDK 19 specification, worked out in exact arithmetic over generated numbers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { doubleText, floatText } from './double-text.ts'
import { parseJavaDouble, parseJavaFloat } from './number-parse.ts'

/** A positive binary number mantissa * 2^exponent, as IEEE 754 stores it. */
type Binary = { mantissa: bigint; exponent: number; isPowerOfTwo: boolean }

/** All quantities scaled by 2^1076 * 10^400: integers for every double. */
const TWO = 1076
const TEN = 10n ** 400n

function scaled(mantissa: bigint, exponent: number): bigint {
  return (mantissa << BigInt(exponent + TWO)) * TEN
}

/** The specification read literally: of the shortest decimals (at least two digits) that round to x, the nearest, then the even one. */
function specifiedText(x: Binary): string {
  const value = scaled(x.mantissa * 4n, x.exponent - 2)
  const halfUp = scaled(2n, x.exponent - 2)
  const halfDown = x.isPowerOfTwo ? halfUp / 2n : halfUp
  const even = (x.mantissa & 1n) === 0n
  const inRange = (decimal: bigint): boolean => {
    const low = decimal - (value - halfDown)
    const high = value + halfUp - decimal
    return even ? low >= 0n && high >= 0n : low > 0n && high > 0n
  }
  const whole = value / (TEN << BigInt(TWO))
  let power = whole > 0n ? whole.toString().length - 1 : -((TEN << BigInt(TWO)) / value).toString().length
  if (unit(power + 1) <= value) power++
  for (let digits = 2; ; digits++) {
    const step = unit(power - digits + 1)
    const lower = value / step
    const found = [lower, lower + 1n].filter(n => inRange(n * step))
    if (found.length === 0) continue
    const distance = (n: bigint): bigint => (n * step > value ? n * step - value : value - n * step)
    const [first = 0n, second = first] = found
    const order = distance(first) - distance(second)
    const best = order < 0n || (order === 0n && first % 2n === 0n) ? first : second
    return javaForm(best.toString(), power - digits + 1)
  }
}

function unit(power: number): bigint {
  return (power >= 0 ? TEN * 10n ** BigInt(power) : TEN / 10n ** BigInt(-power)) << BigInt(TWO)
}

function javaForm(digits: string, exponent: number): string {
  const point = digits.length + exponent
  const cut = digits.replace(/0+$/, '')
  if (point > -3 && point <= 7) {
    const padded = point <= 0 ? '0'.repeat(1 - point) + cut : cut.padEnd(point, '0')
    const whole = point <= 0 ? 1 : point
    return `${padded.slice(0, whole)}.${padded.slice(whole) || '0'}`
  }
  return `${cut.slice(0, 1)}.${cut.slice(1) || '0'}E${point - 1}`
}

const view = new DataView(new ArrayBuffer(8))

function binaryOfDouble(n: number): Binary {
  view.setFloat64(0, n)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  if (biased === 0) return { mantissa: fraction, exponent: -1074, isPowerOfTwo: false }
  return {
    mantissa: fraction | 0x10000000000000n,
    exponent: biased - 1075,
    isPowerOfTwo: fraction === 0n && biased > 1
  }
}

function binaryOfFloat(n: number): Binary {
  view.setFloat32(0, n)
  const bits = view.getUint32(0)
  const biased = (bits >>> 23) & 0xff
  const fraction = bits & 0x7fffff
  if (biased === 0) return { mantissa: BigInt(fraction), exponent: -149, isPowerOfTwo: false }
  return { mantissa: BigInt(fraction | 0x800000), exponent: biased - 150, isPowerOfTwo: fraction === 0 && biased > 1 }
}

const anyDouble = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, min: -1e8, max: 1e8 }),
  fc.integer({ min: -1074, max: 1023 }).map(power => 2 ** power),
  fc.tuple(fc.bigInt(0n, 2n ** 53n - 1n), fc.integer({ min: -4, max: 4 })).map(([m, e]) => Number(m) * 2 ** e),
  fc.integer({ min: 1, max: 500 }).map(units => units * 2 ** -1074)
)
const anyFloat = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -149, max: 127 }).map(power => 2 ** power),
  fc
    .tuple(fc.integer({ min: 2 ** 23, max: 2 ** 24 - 1 }), fc.integer({ min: -14, max: 8 }))
    .map(([m, e]) => m * 2 ** e),
  fc.integer({ min: 1, max: 500 }).map(units => units * 2 ** -149)
)

test('a double prints as the specification says and reads back', () => {
  fc.assert(
    fc.property(anyDouble, n => {
      const text = doubleText(n)
      assert.ok(Object.is(parseJavaDouble(text), n), text)
      if (n !== 0) assert.equal(text, (n < 0 ? '-' : '') + specifiedText(binaryOfDouble(Math.abs(n))))
    }),
    { numRuns: 2000 }
  )
})

test('a float prints as the specification says and reads back', () => {
  fc.assert(
    fc.property(anyFloat, n => {
      const text = floatText(n)
      assert.ok(Object.is(parseJavaFloat(text), n), text)
      if (n !== 0) assert.equal(text, (n < 0 ? '-' : '') + specifiedText(binaryOfFloat(Math.abs(n))))
    }),
    { numRuns: 3000 }
  )
})

test('what has no digits prints as Java names it', () => {
  const texts = [NaN, Infinity, -Infinity, 0, -0].map(n => [doubleText(n), floatText(n)])
  assert.deepEqual(texts, [
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['-Infinity', '-Infinity'],
    ['0.0', '0.0'],
    ['-0.0', '-0.0']
  ])
})

test('equally near decimals: the even one', () => {
  assert.deepEqual([2097152.25, 2097152.75, 1234567.75].map(floatText), ['2097152.2', '2097152.8', '1234567.8'])
  assert.equal(doubleText(1125899906842624.25), '1.1258999068426242E15')
})
