// Proves number text, reading, casts and decimals against what Java answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectors, type Vector } from '../../test/kit/vectors.ts'
import {
  bigDecimalPlainText,
  bigDecimalText,
  bigDecimalToDouble,
  bigIntegerBytes,
  bigIntegerFromBytes,
  parseBigDecimal
} from './big-decimal.ts'
import { doubleText, floatText } from './double-text.ts'
import * as narrow from './number-narrow.ts'
import { parseJavaDouble, parseJavaFloat, parseJavaLong } from './number-parse.ts'
import { stringHash } from './string-hash.ts'

type Input = { fn: string; bits?: string; text?: string; unscaled?: string; scale?: number }
type NumberVector = Vector<Input, unknown> & { jdk19?: string }

const vectors: NumberVector[] = readVectors<Input, unknown>('number-text')

function doubleOf(bits: string): number {
  return Buffer.from(bits, 'hex').readDoubleBE()
}

function floatOf(bits: string): number {
  return Buffer.from(bits, 'hex').readFloatBE()
}

function doubleBits(n: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(n)
  return bytes.toString('hex')
}

function floatBits(n: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatBE(n)
  return bytes.toString('hex')
}

function decimalAnswer(unscaled: bigint, scale: number, expect: Record<string, unknown>): Record<string, unknown> {
  const text = bigDecimalText(unscaled, scale)
  if (!('plain' in expect)) return { text }
  return {
    text,
    plain: bigDecimalPlainText(unscaled, scale),
    double: bigDecimalToDouble(unscaled, scale),
    bytes: bigIntegerBytes(unscaled).toString('base64')
  }
}

/** Java 17 wrote the float and double texts here; only the numbers they stand for are compared. */
function narrowDoubleAnswer(n: number): Record<string, unknown> {
  return {
    byte: narrow.doubleToByte(n),
    short: narrow.doubleToShort(n),
    int: narrow.doubleToInt(n),
    long: narrow.doubleToLong(n).toString(),
    float: floatBits(Math.fround(n))
  }
}

function narrowLongAnswer(n: bigint): Record<string, unknown> {
  const int = narrow.longToInt(n)
  return {
    byte: narrow.intToByte(int),
    short: narrow.intToShort(int),
    int,
    float: narrow.longToFloat(n),
    double: Number(n)
  }
}

// These two computed texts take the odd one of two equally near decimals. The specification says the even one, and so print
// Java 17 (`expect`) and Jackson's copy of the JDK 19 algorithm; ours follows them.
const JDK19_TIE_WRONG = new Set(['num-00109', 'num-01876'])

function javaText(vector: NumberVector): unknown {
  return JDK19_TIE_WRONG.has(vector.id) ? vector.expect : (vector.jdk19 ?? vector.expect)
}

/** What ours answers, and what is expected of it; null where Java threw NumberFormatException. */
function check(vector: NumberVector): void {
  const { fn, bits = '', text = '' } = vector.input
  const expect = vector.error === undefined ? vector.expect : null
  const fields = (expect ?? {}) as Record<string, unknown>
  const bitsOrNull = (n: number | null, toBits: (n: number) => string): string | null => (n === null ? null : toBits(n))
  switch (fn) {
    case 'Double.toString':
      return assert.equal(doubleText(doubleOf(bits)), javaText(vector))
    case 'Float.toString':
      return assert.equal(floatText(floatOf(bits)), javaText(vector))
    case 'Double.parseDouble':
      return assert.equal(bitsOrNull(parseJavaDouble(text), doubleBits), expect)
    case 'Float.parseFloat':
      return assert.equal(bitsOrNull(parseJavaFloat(text), floatBits), expect)
    case 'Long.parseLong':
      return assert.equal(parseJavaLong(text)?.toString() ?? null, expect)
    case 'String.hashCode':
      return assert.equal(stringHash(text), expect)
    case 'narrow double': {
      const numbers = narrowDoubleAnswer(doubleOf(bits))
      return assert.deepEqual({ ...fields, ...numbers }, fields)
    }
    case 'narrow long': {
      const floats = {
        float: parseJavaFloat(String(fields['float'])),
        double: parseJavaDouble(String(fields['double']))
      }
      return assert.deepEqual(narrowLongAnswer(BigInt(text)), { ...fields, ...floats })
    }
    case 'BigDecimal': {
      const unscaled = BigInt(vector.input.unscaled ?? '0')
      const bytes = fields['bytes']
      if (typeof bytes === 'string') assert.equal(bigIntegerFromBytes(Buffer.from(bytes, 'base64')), unscaled)
      // The recorded text of the double is Java 17's: the number behind it counts.
      const double = parseJavaDouble(String(fields['double']))
      return assert.deepEqual(
        decimalAnswer(unscaled, vector.input.scale ?? 0, fields),
        'double' in fields ? { ...fields, double } : fields
      )
    }
    case 'new BigDecimal': {
      const parsed = parseBigDecimal(text)
      if (parsed === null) return assert.equal(null, expect)
      const { unscaled, scale } = parsed
      return assert.deepEqual({ unscaled: unscaled.toString(), scale, text: bigDecimalText(unscaled, scale) }, expect)
    }
    default:
      return assert.fail(`no function for ${fn}`)
  }
}

for (const fn of new Set(vectors.map(vector => vector.input.fn))) {
  test(`${fn} answers as Java did`, () => {
    for (const vector of vectors) {
      if (vector.input.fn !== fn) continue
      try {
        check(vector)
      } catch (error) {
        throw new Error(`${vector.id} ${JSON.stringify(vector.input)}`, { cause: error })
      }
    }
  })
}

test('digits without end that are no number are told so in linear time', () => {
  // Each way to divide them between both sides of a dot that is not there would be tried.
  const digits = '1'.repeat(1_000_000)
  for (const text of [`${digits}x`, `-${digits}..`, `${digits}e`, `.${digits}x`, `0x${digits}x`]) {
    assert.deepEqual([parseJavaDouble(text), parseJavaFloat(text), parseBigDecimal(text)], [null, null, null])
  }
})
