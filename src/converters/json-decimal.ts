// Decimals of JSON that JavaScript prints just as they stand, read without making a text of them.

/** Powers of ten up to here and whole numbers of so many digits are exact as doubles: their quotient is the nearest double there is. */
const digitsMax = 15
const powersOfTen = Array.from({ length: digitsMax + 1 }, (_, exponent) => 10 ** exponent)
/** Below it JavaScript prints an exponent. */
const plainMin = 1e-6

/**
 * The number in `bytes[start, end)`, which was scanned as one with a fraction or an exponent; NaN where it is not written the way
 * JavaScript prints it: too many digits, an exponent, a zero at its end, zeros before it.
 */
export function plainDecimal(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d
  const first = isNegative ? start + 1 : start
  if (end - first > digitsMax + 1 || bytes[end - 1] === 0x30) return NaN
  if (bytes[first] === 0x30 && bytes[first + 1] !== 0x2e) return NaN
  let digits = 0
  let fraction = 0
  for (let at = first; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === 0x2e) fraction = end - at - 1
    else if (byte < 0x30 || byte > 0x39) return NaN
    else digits = digits * 10 + (byte - 0x30)
  }
  const value = digits / (powersOfTen[fraction] as number)
  if (value < plainMin) return NaN
  return isNegative ? -value : value
}
