// How Java reads numbers: Double.parseDouble, Float.parseFloat, Long.parseLong. Null stands for NumberFormatException.

// Digits in one way only: where they could belong to either side of a dot that is not there, a text of a megabyte takes the square of its length.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?$/
const HEX = /^([+-]?)0[xX](?:([0-9a-fA-F]+)\.?|([0-9a-fA-F]*)\.([0-9a-fA-F]+))[pP]([+-]?\d+)[fFdD]?$/
const WORD = /^[+-]?(?:NaN|Infinity)$/

/** Double.parseDouble: blanks up to U+0020 around it, `1d`, `.5`, `1.`, `0x1p3`, `NaN`, `+Infinity`; null for all else, `1,5` and `-inf` too. */
export function parseJavaDouble(text: string): number | null {
  const trimmed = javaTrim(text)
  if (DECIMAL.test(trimmed)) return Number(withoutTypeSuffix(trimmed))
  if (WORD.test(trimmed)) return trimmed.endsWith('NaN') ? NaN : Number(trimmed)
  const hex = HEX.exec(trimmed)
  return hex === null ? null : hexValue(hex, 53, -1074)
}

/** Float.parseFloat: the float32 nearest to the text itself, not to the double nearest to the text. */
export function parseJavaFloat(text: string): number | null {
  const trimmed = javaTrim(text)
  const hex = HEX.exec(trimmed)
  if (hex !== null) return Math.fround(hexValue(hex, 24, -149))
  const double = parseJavaDouble(trimmed)
  if (double === null || !Number.isFinite(double)) return double
  const float = Math.fround(double)
  const other = otherNeighbour(double, float)
  // Only a double half-way between two float32 has lost on which side of the middle the text stood.
  if (other === null) return float
  const side = compareWithDouble(withoutTypeSuffix(trimmed), double)
  if (side === 0) return float
  return side > 0 ? Math.max(float, other) : Math.min(float, other)
}

/** Long.parseLong: a sign, then decimal digits of any script; null beyond 64 bits. No blanks. */
export function parseJavaLong(text: string): bigint | null {
  const ascii = withAsciiDigits(text)
  if (!/^[+-]?\d+$/.test(ascii)) return null
  const significant = ascii.replace(/^([+-]?)0+(?=\d)/, '$1')
  if (significant.length > 20) return null
  const value = BigInt(significant.startsWith('+') ? significant.slice(1) : significant)
  return BigInt.asIntN(64, value) === value ? value : null
}

/** String.trim: takes away everything up to U+0020 at both ends, and leaves U+00A0. */
export function javaTrim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** The text with the decimal digits of other scripts (Character.digit knows those of the basic plane) as 0-9. */
export function withAsciiDigits(text: string): string {
  return text.replace(/[^\0-\x7f]/g, unit => (isDigit(unit.charCodeAt(0)) ? String(digitOf(unit.charCodeAt(0))) : unit))
}

function isDigit(unit: number): boolean {
  return /^\p{Nd}$/u.test(String.fromCharCode(unit))
}

/** Unicode keeps the ten digits of a script together, zero first. */
function digitOf(unit: number): number {
  let value = 0
  while (value < 9 && isDigit(unit - value - 1)) value++
  return value
}

function withoutTypeSuffix(text: string): string {
  return /[fFdD]$/.test(text) ? text.slice(0, -1) : text
}

/** A hexadecimal floating-point text as a number of `precision` bits, rounded once, half to even. */
function hexValue(match: RegExpExecArray, precision: number, exponentMin: number): number {
  const fraction = match[4] ?? ''
  const digits = BigInt(`0x0${match[2] ?? match[3] ?? ''}${fraction}`)
  const sign = match[1] === '-' ? -1 : 1
  if (digits === 0n) return sign * 0
  const bits = digits.toString(2).length
  const exponent = Number(match[5]) - 4 * fraction.length
  if (bits + exponent > 1100) return sign * Infinity
  const cut = Math.max(bits - precision, exponentMin - exponent)
  if (cut > bits) return sign * 0
  const kept = cut > 0 ? roundedShift(digits, BigInt(cut)) : digits
  const shift = exponent + Math.max(cut, 0)
  // Two steps: 2^-1074 alone is a number, but a large mantissa may meet a power below it.
  const value = Number(kept) * 2 ** Math.max(shift, -1074)
  return sign * (shift < -1074 ? value * 2 ** (shift + 1074) : value)
}

function roundedShift(value: bigint, bits: bigint): bigint {
  const quotient = value >> bits
  const rest = value - (quotient << bits)
  const half = 1n << (bits - 1n)
  return rest > half || (rest === half && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

const floatView = new Float32Array(1)
const intView = new Int32Array(floatView.buffer)
// One unit beyond the greatest float32: rounding treats it as a number and then calls it Infinity.
const FLOAT_OVERFLOW = 2 ** 128

/** The float32 on the other side of `double`, if `double` is exactly half-way to it; else null. */
function otherNeighbour(double: number, float: number): number | null {
  if (double === float) return null
  const magnitude = Math.abs(float)
  const outward = Math.abs(double) > magnitude
  floatView[0] = magnitude
  intView[0] = (intView[0] ?? 0) + (outward ? 1 : -1)
  const neighbour = floatView[0] ?? 0
  const finite = (n: number): number => (n === Infinity ? FLOAT_OVERFLOW : n)
  const isHalfway = (finite(magnitude) + finite(neighbour)) / 2 === Math.abs(double)
  return isHalfway ? Math.sign(double) * neighbour : null
}

// A double half-way between two float32 has at most some 115 significant digits; what follows the 200th only counts as "more".
const SIGNIFICANT_MAX = 200

/** Is a decimal text above (1), below (-1) or exactly (0) a double that it was rounded to? */
function compareWithDouble(text: string, double: number): number {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) return 0
  const all = `${match[2] ?? ''}${match[3] ?? ''}`.replace(/^0+/, '')
  const rest = all.slice(SIGNIFICANT_MAX)
  const digits = all.slice(0, SIGNIFICANT_MAX) + (/[1-9]/.test(rest) ? '1' : '0')
  const droppedDigits = rest.length === 0 ? -1 : rest.length - 1
  let exponent = Number(match[4] ?? 0) - (match[3] ?? '').length + droppedDigits
  let left = BigInt(digits)
  // The double as an integer over 2^1074.
  let right = exactOver1074(Math.abs(double))
  left <<= 1074n
  for (; exponent > 0; exponent--) left *= 10n
  if (exponent < 0) right *= 10n ** BigInt(-exponent)
  const order = left > right ? 1 : left < right ? -1 : 0
  return match[1] === '-' ? -order : order
}

function exactOver1074(abs: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, abs)
  const bits = view.getBigUint64(0)
  const exponent = bits >> 52n
  const mantissa = bits & 0xfffffffffffffn
  return exponent === 0n ? mantissa : (mantissa | 0x10000000000000n) << (exponent - 1n)
}
