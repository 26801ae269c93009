// How the compiled readers write their leaves: numbers, ASCII and UTF-8 text straight into a buffer, as the general way would print them.
import { type NumberStyle } from '../connect/compiled.ts'
import { Decimal, logicalNames } from '../connect/data.ts'
import { isoText, plainDecimalText, timestampFromMs } from '../connect/values/logical-types.ts'
import { bigDecimalText, bigIntegerFromBytes } from '../java/big-decimal.ts'
import { sinkDateText, sinkTimeText } from '../java/date-text.ts'
import { doubleText, floatText } from '../java/double-text.ts'
import { jsonStringText } from '../java/json-text.ts'
import { decodeUtf8 } from './java-utf8.ts'
import { plainByte, utf8Sequence } from './json-leaf.ts'

const quote = 0x22
const backslash = 0x5c
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const pad = 0x3d
/** From here on a native copy beats a loop (measured: 40-60 bytes on x64). */
const loopCopyMax = 48
/** Whole numbers below this divide exactly into two halves of 32 bits. */
const halvesMax = 1e16
const half = 1e8
/** Decimal text of no more digits names its nearest double the same way in Java and here. */
const plainDigitsMax = 15
const powersOfTen = Float64Array.from({ length: plainDigitsMax + 1 }, (_, power) => Number(`1e${power}`))
/** From here on Java writes an exponent. */
const plainDoubleMax = 1e7

/** Writes text of ASCII letters only; answers the position after it. */
export function writeAscii(text: string, out: Buffer, at: number): number {
  for (let index = 0; index < text.length; index++) out[at++] = text.charCodeAt(index)
  return at
}

/** Copies `bytes[start, end)` to `out` at `at`; answers the position after it. */
export function copyBytes(bytes: Uint8Array, start: number, end: number, out: Buffer, at: number): number {
  if (end - start > loopCopyMax) {
    out.set(bytes.subarray(start, end), at)
    return at + end - start
  }
  for (let from = start; from < end; from++) out[at++] = bytes[from] ?? 0
  return at
}

export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0)
  return text
}

/** A whole number in decimal digits. */
export function writeWhole(value: number, out: Buffer, at: number): number {
  if (value < 0) {
    out[at++] = minus
    value = -value
  }
  if (value < half) return writeDigits(value, digitsOf(value), out, at)
  if (value >= halvesMax) return writeAscii(String(value), out, at)
  const high = Math.floor(value / half)
  at = writeDigits(high, digitsOf(high), out, at)
  return writeDigits(value - high * half, 8, out, at)
}

/** `value` below 10^9, with leading zeros up to `count` digits. */
function writeDigits(value: number, count: number, out: Buffer, at: number): number {
  let rest = value | 0
  for (let index = at + count - 1; index >= at; index--) {
    const tens = (rest / 10) | 0
    out[index] = zero + rest - 10 * tens
    rest = tens
  }
  return at + count
}

function digitsOf(value: number): number {
  let count = 1
  for (let bound = 10; value >= bound; bound *= 10) count++
  return count
}

/** A double as Redis reads it back to the very same one; see `numberWord` of the sink's modes. */
export function writeNumberWord(value: number, out: Buffer, at: number): number {
  if (Object.is(value, -0)) return writeAscii('-0', out, at)
  if (Number.isFinite(value)) return writeDouble(value, 'source', false, out, at)
  return writeAscii(value > 0 ? 'inf' : '-inf', out, at)
}

/** The number that a text spells in plain digits (`-12.50`); NaN for all else, which may be a number still. */
export function numberOfText(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] === minus ? start + 1 : start
  let digits = 0
  let point = -1
  for (let at = first; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte === dot && point < 0 && digits > 0) point = at
    else if (byte >= zero && byte <= 0x39) digits++
    else return NaN
  }
  if (digits === 0 || digits > plainDigitsMax || point === end - 1) return NaN
  return plainNumber(bytes, start, end)
}

/** What `-12.50` spells, in 15 digits at most: they and the power of ten are exact then, and their quotient is rounded once, as a parser does. */
export function plainNumber(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === minus
  let value = 0
  let point = end - 1
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte === dot) point = at
    else value = 10 * value + byte - zero
  }
  value /= powersOfTen[end - 1 - point] ?? NaN
  return isNegative ? -value : value
}

/** Whether UTF-8 text goes out as it came in: well-formed and, for JSON, with nothing to escape. */
export function staysAsItIs(bytes: Uint8Array, start: number, end: number, json: boolean): boolean {
  for (let at = start; at < end;) {
    const byte = bytes[at] ?? 0
    if (byte < 0x80) {
      if (json && (byte < 0x20 || byte === quote || byte === backslash)) return false
      at++
      continue
    }
    at = utf8Sequence(bytes, at, end)
    if (at < 0) return false
  }
  return true
}

/** UTF-8 bytes as a JSON string. Bad bytes become what Java makes of them. */
export function writeUtf8Json(bytes: Uint8Array, start: number, end: number, out: Buffer, at: number): number {
  let to = at + 1
  let from = start
  // Short and plain is the rule: checked and copied in one go.
  if (end - start <= loopCopyMax) {
    for (; from < end; from++) {
      const byte = bytes[from] ?? 0
      if (plainByte[byte] !== 1) break
      out[to++] = byte
    }
  }
  if (from < end) {
    if (!staysAsItIs(bytes, from, end, true)) return writeJsonText(decodeUtf8(bytes.subarray(start, end)), out, at)
    to = copyBytes(bytes, from, end, out, to)
  }
  out[at] = quote
  out[to] = quote
  return to + 1
}

/** UTF-8 bytes as they are, bad ones as Java decodes them. */
export function writeUtf8Text(bytes: Uint8Array, start: number, end: number, out: Buffer, at: number): number {
  if (staysAsItIs(bytes, start, end, false)) return copyBytes(bytes, start, end, out, at)
  return at + out.write(decodeUtf8(bytes.subarray(start, end)), at)
}

/** Base64 of `bytes[start, end)`, without quotes. */
export function writeBase64(bytes: Uint8Array, start: number, end: number, out: Buffer, at: number): number {
  const { buffer, byteOffset } = bytes
  return at + out.write(Buffer.from(buffer, byteOffset + start, end - start).toString('base64'), at, 'latin1')
}

/** Text as a JSON string. */
export function writeJsonText(text: string, out: Buffer, at: number): number {
  return at + out.write(jsonStringText(text), at)
}

/** The text of a checked JSON string, given what stands between its quotes. */
export function unescape(bytes: Uint8Array, start: number, end: number): string {
  const { buffer, byteOffset } = bytes
  return JSON.parse(Buffer.from(buffer, byteOffset + start - 1, end - start + 2).toString('utf8')) as string
}

/** The digits of a whole number, as many as are exact. */
export function wholeOf(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === minus
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    value = 10 * value + (bytes[at] ?? 0) - zero
  }
  return isNegative ? -value : value
}

/** A FLOAT32 or FLOAT64 as its style prints it; what is no number goes into quotes where JSON is wanted. */
export function realText(value: number, isFloat32: boolean, style: NumberStyle): string {
  if (style === 'java') return isFloat32 ? floatText(value) : doubleText(value)
  if (Object.is(value, -0)) return '-0'
  // The shortest digits of a float32 are not those of the double that holds it.
  return isFloat32 && Number.isFinite(value) ? String(Number(floatText(value))) : String(value)
}

/**
 * A FLOAT64 as its style prints it, in quotes where it is no number and `quoted` asks for it. Amounts of two decimals are by far the most frequent: two
 * doubles differ in them wherever the decimals do, so that their digits are the shortest text, and need no search for it.
 */
export function writeDouble(value: number, style: NumberStyle, quoted: boolean, out: Buffer, at: number): number {
  const abs = Math.abs(value)
  const hundredths = Math.round(abs * 100)
  if (abs >= 0.01 && abs < plainDoubleMax && hundredths / 100 === abs) {
    const whole = Math.floor(hundredths / 100)
    const rest = hundredths - 100 * whole
    if (value < 0) out[at++] = minus
    at = writeWhole(whole, out, at)
    if (rest === 0 && style === 'source') return at
    out[at++] = dot
    out[at++] = zero + Math.floor(rest / 10)
    if (rest % 10 !== 0) out[at++] = zero + (rest % 10)
    return at
  }
  const text = realText(value, false, style)
  return writeAscii(quoted && !Number.isFinite(value) ? `"${text}"` : text, out, at)
}

/** A logical date or time as JSON. */
export function timeJson(kind: 'date' | 'time' | 'timestamp', ms: number, style: NumberStyle): string {
  const time = timestampFromMs(BigInt(ms))
  if (style === 'source') return `"${isoText(time, logicalNames[kind])}"`
  if (kind === 'timestamp') return String(ms)
  return `"${kind === 'date' ? sinkDateText(time) : sinkTimeText(time)}"`
}

/** A Decimal, given the bytes of its unscaled value. */
export function decimalText(bytes: Uint8Array, scale: number, style: NumberStyle): string {
  const unscaled = bigIntegerFromBytes(bytes) ?? 0n
  return style === 'java' ? bigDecimalText(unscaled, scale) : plainDecimalText(new Decimal(unscaled, scale))
}

export function decimalNumber(bytes: Uint8Array, scale: number): number {
  return Number(bigDecimalText(bigIntegerFromBytes(bytes) ?? 0n, scale))
}

/** Whether a text is base64 as it would be written again: whole groups, padding at the end, no bits to spare. */
export function isBase64(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  if (length % 4 !== 0) return false
  let digits = length
  if (length > 0 && bytes[end - 1] === pad) digits -= bytes[end - 2] === pad ? 2 : 1
  for (let at = start; at < start + digits; at++) if (base64Value(bytes[at] ?? 0) < 0) return false
  const last = base64Value(bytes[start + digits - 1] ?? 0)
  return length === digits || (length - digits === 1 ? last % 4 === 0 : last % 16 === 0)
}

function base64Value(byte: number): number {
  if (byte >= 0x41 && byte <= 0x5a) return byte - 0x41
  if (byte >= 0x61 && byte <= 0x7a) return byte - 0x47
  if (byte >= zero && byte <= 0x39) return byte + 4
  return byte === 0x2b ? 62 : byte === 0x2f ? 63 : -1
}
