// java.math.BigDecimal as a pair (unscaled, scale): its two texts, reading, the double nearest to it, its bytes.
import { withAsciiDigits } from './number-parse.ts'

/** The value unscaled / 10^scale; 12.340 is { unscaled: 12340n, scale: 3 }. */
export type BigDecimal = { unscaled: bigint; scale: number }

/** How large a text may be before it is refused: a few bytes like `1e999999999` must not cost a gigabyte. */
export type BigDecimalLimits = { digitsMax?: number }

const SCALE_MAX = 2147483647
const SCALE_MIN = -2147483648
const DIGITS_MAX = 1_000_000

/** BigDecimal.toString: keeps the scale (`1200.00`), and goes to `1E+3` for a negative scale and to `1E-7` for small values. */
export function bigDecimalText(unscaled: bigint, scale: number): string {
  const negative = unscaled < 0n
  const digits = (negative ? -unscaled : unscaled).toString()
  const sign = negative ? '-' : ''
  const exponent = digits.length - 1 - scale
  if (scale >= 0 && exponent >= -6) return sign + plainDigits(digits, scale)
  const mantissa = digits.length === 1 ? digits : `${digits.slice(0, 1)}.${digits.slice(1)}`
  return exponent === 0 ? sign + mantissa : `${sign}${mantissa}E${exponent > 0 ? '+' : ''}${exponent}`
}

/** BigDecimal.toPlainString: never an exponent. Throws a RangeError rather than write more than `lengthMax` digits. */
export function bigDecimalPlainText(unscaled: bigint, scale: number, lengthMax = DIGITS_MAX): string {
  const negative = unscaled < 0n
  const digits = (negative ? -unscaled : unscaled).toString()
  const length = digits.length + Math.abs(scale)
  if (length > lengthMax) {
    throw new RangeError(
      `The decimal ${bigDecimalText(unscaled, scale)} takes more than ${lengthMax} digits without an exponent.`
    )
  }
  const sign = negative ? '-' : ''
  if (scale >= 0) return sign + plainDigits(digits, scale)
  return unscaled === 0n ? '0' : sign + digits + '0'.repeat(-scale)
}

/** new BigDecimal(text), or null where Java throws NumberFormatException. Throws a RangeError beyond the limit. */
export function parseBigDecimal(text: string, limits: BigDecimalLimits = {}): BigDecimal | null {
  const match = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?)0*(\d{1,10}))?$/.exec(withAsciiDigits(text))
  if (match === null) return null
  const whole = match[2] ?? ''
  const fraction = match[3] ?? match[4] ?? ''
  const digitsMax = limits.digitsMax ?? DIGITS_MAX
  const digits = whole + fraction
  if (digits.length > digitsMax) {
    throw new RangeError(`A number of ${digits.length} digits was found; at most ${digitsMax} are read.`)
  }
  const exponent = (match[5] === '-' ? -1 : 1) * Number(match[6] ?? 0)
  const scale = fraction.length - exponent
  // Java keeps exponent and scale in 32 bits and refuses what does not fit.
  if (exponent > SCALE_MAX || exponent < SCALE_MIN || scale > SCALE_MAX || scale < SCALE_MIN) return null
  const magnitude = BigInt(digits)
  return { unscaled: match[1] === '-' ? -magnitude : magnitude, scale: scale === 0 ? 0 : scale }
}

/** BigDecimal.doubleValue: the nearest double, Infinity beyond the range. */
export function bigDecimalToDouble(unscaled: bigint, scale: number): number {
  if (unscaled === 0n) return 0
  return scale === 0 ? Number(unscaled) : Number(`${unscaled}e${-scale}`)
}

/** BigDecimal.longValue: cut at the point, then the low 64 bits. A huge exponent costs nothing. */
export function bigDecimalToLong(unscaled: bigint, scale: number): bigint {
  if (scale === 0) return BigInt.asIntN(64, unscaled)
  // Ten to the 64th is a multiple of two to the 64th.
  if (scale < 0) return scale <= -64 ? 0n : BigInt.asIntN(64, unscaled * 10n ** BigInt(-scale))
  // A hexadecimal digit is worth more than a decimal one.
  const digitsMax = 2 * unscaled.toString(16).length
  return scale > digitsMax ? 0n : BigInt.asIntN(64, unscaled / 10n ** BigInt(scale))
}

/** BigInteger.toByteArray: two's complement, big-endian, as few bytes as hold the sign. */
export function bigIntegerBytes(value: bigint): Buffer {
  const magnitude = value < 0n ? -value - 1n : value
  const bits = magnitude === 0n ? 0 : magnitude.toString(2).length
  const length = Math.floor(bits / 8) + 1
  const unsigned = BigInt.asUintN(length * 8, value)
  return Buffer.from(unsigned.toString(16).padStart(length * 2, '0'), 'hex')
}

/** new BigInteger(bytes); null for no bytes at all, which Java refuses. */
export function bigIntegerFromBytes(bytes: Uint8Array): bigint | null {
  if (bytes.length === 0) return null
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`))
}

/** Digits with the point `scale` places from the right, zeros put before them where they are too few. */
function plainDigits(digits: string, scale: number): string {
  if (scale === 0) return digits
  const padded = digits.padStart(scale + 1, '0')
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}
