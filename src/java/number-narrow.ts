// Java's narrowing casts: (long) (int) (short) (byte) of a double, and the same of a long.

const INT_MAX = 2147483647
const INT_MIN = -2147483648
const LONG_MAX = 9223372036854775807n
const LONG_MIN = -9223372036854775808n

/** (int) of a double: cut towards zero, held at the ends of the range, NaN is 0. */
export function doubleToInt(n: number): number {
  if (n >= INT_MAX) return INT_MAX
  if (n <= INT_MIN) return INT_MIN
  return n | 0
}

/** (long) of a double, by the same rule. */
export function doubleToLong(n: number): bigint {
  if (n >= 2 ** 63) return LONG_MAX
  if (n <= -(2 ** 63)) return LONG_MIN
  return n !== n ? 0n : BigInt(Math.trunc(n))
}

/** (short) of a double: Java goes through int, so 1e300 is -1. */
export function doubleToShort(n: number): number {
  return intToShort(doubleToInt(n))
}

/** (byte) of a double, through int too. */
export function doubleToByte(n: number): number {
  return intToByte(doubleToInt(n))
}

/** (short) of an int: the low 16 bits. */
export function intToShort(n: number): number {
  return (n << 16) >> 16
}

/** (byte) of an int: the low 8 bits. */
export function intToByte(n: number): number {
  return (n << 24) >> 24
}

/** (int) of a long: the low 32 bits. For (short) and (byte) go on from there. */
export function longToInt(n: bigint): number {
  return Number(BigInt.asIntN(32, n))
}

/** A BigInteger's longValue(), and what long arithmetic leaves: the low 64 bits. */
export function wrapLong(n: bigint): bigint {
  return BigInt.asIntN(64, n)
}

/** (float) of a long, rounded once. */
export function longToFloat(n: bigint): number {
  if (n > -(2n ** 53n) && n < 2n ** 53n) return Math.fround(Number(n))
  // Through a double it would be rounded twice: keep 53 bits, the last one saying whether anything was cut off.
  const kept = n >> 11n
  const sticky = (n & 2047n) === 0n ? kept : kept | 1n
  return Math.fround(Number(sticky)) * 2048
}
