// The grammar of JSON over bytes, as the Java converter's parser takes it: where a string, a number, a value ends. Builds nothing.
import { SerializationError } from '../connect/errors.ts'

/** Levels of nesting, digits of one number, bytes of one name: the bounds of Java's parser, which refuses what is beyond. */
export const depthMax = 1000
const numberDigitsMax = 1000
const exponentMax = 2 ** 31 - 1

const quote = 0x22
const backslash = 0x5c

/** The error of a text that is no JSON: the byte, what stands there, what was expected. Never the text itself: it may hold secrets. */
export function jsonError(bytes: Uint8Array, at: number, end: number, expected: string): SerializationError {
  const byte = at < end ? (bytes[at] as number) : -1
  const found =
    byte === -1
      ? 'the end'
      : byte > 0x20 && byte < 0x7f
        ? `'${String.fromCharCode(byte)}'`
        : `byte 0x${byte.toString(16).padStart(2, '0')}`
  return new SerializationError(`Invalid JSON at byte ${at}: found ${found}, expected ${expected}`)
}

/** The first position that holds no blank; other control characters are no blanks. */
export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
    at++
  }
  return at
}

/**
 * Scans a string from behind its opening quote. Answers the place of the closing quote;
 * `~place` where the text needs decoding (escapes, bytes beyond ASCII).
 */
export function scanString(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === quote) return at
    if (byte < 0x20 || byte === backslash || byte >= 0x80) return scanMixedString(bytes, at, end)
  }
  throw jsonError(bytes, end, end, `the closing quote of the string that begins at byte ${start - 1}`)
}

function scanMixedString(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const byte = bytes[at] as number
    if (byte === quote) return ~at
    if (byte === backslash) at = skipEscape(bytes, at, end)
    else if (byte >= 0x80) at += sequenceLength(bytes, at, end)
    else if (byte < 0x20) throw jsonError(bytes, at, end, 'an escape for this control character')
    else at++
  }
  throw jsonError(bytes, end, end, 'the closing quote of a string')
}

function skipEscape(bytes: Uint8Array, at: number, end: number): number {
  switch (bytes[at + 1]) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      if (at + 1 < end) return at + 2
      break
    case 0x75: // u
      for (let digit = at + 2; digit < at + 6; digit++) {
        if (digit >= end || hexDigit(bytes[digit] as number) < 0)
          throw jsonError(bytes, digit, end, 'a hex digit of a \\u escape')
      }
      return at + 6
    default:
      break
  }
  throw jsonError(bytes, at + 1, end, 'one of "\\/bfnrtu after a backslash')
}

export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/**
 * Length of the multi-byte sequence at `at`. Java's parser looks at lead and continuation bits only: overlong forms and code points
 * above U+10FFFF pass, encoded surrogates do not.
 */
export function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number
  const length = (lead & 0xe0) === 0xc0 ? 2 : (lead & 0xf0) === 0xe0 ? 3 : (lead & 0xf8) === 0xf0 ? 4 : 0
  if (length === 0) throw jsonError(bytes, at, end, 'a UTF-8 start byte')
  for (let index = at + 1; index < at + length; index++) {
    if (index >= end || ((bytes[index] as number) & 0xc0) !== 0x80)
      throw jsonError(bytes, index, end, 'a UTF-8 continuation byte')
  }
  if (lead === 0xed && (bytes[at + 1] as number) >= 0xa0) throw jsonError(bytes, at, end, 'no encoded surrogate')
  return length
}

/**
 * Scans a number from its first byte (`-` or a digit). Answers its end; `~end` where it has a fraction or an exponent.
 * Leading zeros pass, as in the Java converter, which allows them.
 */
export function scanNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start
  const wholeEnd = skipDigits(bytes, at, end)
  if (wholeEnd === at) throw jsonError(bytes, at, end, 'a digit')
  let digits = wholeEnd - at
  at = wholeEnd
  let decimal = false
  if (at < end && bytes[at] === 0x2e) {
    const fractionEnd = skipDigits(bytes, at + 1, end)
    if (fractionEnd === at + 1) throw jsonError(bytes, at + 1, end, 'a digit after the decimal point')
    digits += fractionEnd - at - 1
    at = fractionEnd
    decimal = true
  }
  if (at < end && ((bytes[at] as number) | 0x20) === 0x65) {
    const sign = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d ? 1 : 0
    const exponentEnd = skipDigits(bytes, at + 1 + sign, end)
    if (exponentEnd === at + 1 + sign) throw jsonError(bytes, at + 1 + sign, end, 'a digit of the exponent')
    digits += exponentEnd - at - 1 - sign
    // Java keeps the exponent and the scale in 32 bits; short exponents always fit.
    if (exponentEnd - at > 9) checkExponent(bytes, start, at + 1, exponentEnd, digits)
    at = exponentEnd
    decimal = true
  }
  if (digits > numberDigitsMax) {
    throw new SerializationError(
      `Invalid JSON at byte ${start}: found a number of ${digits} digits, expected at most ${numberDigitsMax}`
    )
  }
  return decimal ? ~at : at
}

/** `digitsMax` bounds the digits of the fraction, which the scale counts too. */
function checkExponent(bytes: Uint8Array, start: number, from: number, end: number, digitsMax: number): void {
  let exponent = 0
  for (let at = from; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30
    if (digit >= 0) exponent = Math.min(exponent * 10 + digit, 2 ** 40)
  }
  if (exponent >= exponentMax - digitsMax && !exponentFits(bytes, start, from, exponent)) {
    throw jsonError(bytes, start, end, 'a number whose exponent fits 32 bits')
  }
}

function exponentFits(bytes: Uint8Array, start: number, from: number, magnitude: number): boolean {
  const point = bytes.subarray(start, from).indexOf(0x2e)
  const fraction = point < 0 ? 0 : from - 1 - (start + point + 1)
  const exponent = bytes[from] === 0x2d ? -magnitude : magnitude
  const scale = fraction - exponent
  return magnitude <= exponentMax && scale <= exponentMax && scale >= -exponentMax - 1
}

function skipDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at++
  return at
}

/** Scans `true`, `false` or `null` from its first byte; answers its end. What follows must not go on like a word. */
export function scanWord(bytes: Uint8Array, start: number, end: number, word: string): number {
  for (let index = 0; index < word.length; index++) {
    if (start + index >= end || bytes[start + index] !== word.charCodeAt(index)) {
      throw jsonError(bytes, start, end, `a value ("${word}"?)`)
    }
  }
  const at = start + word.length
  if (at < end && isWordByte(bytes[at] as number)) throw jsonError(bytes, at, end, `the end of "${word}"`)
  return at
}

function isWordByte(byte: number): boolean {
  const letter = byte | 0x20
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (letter >= 0x61 && letter <= 0x7a) ||
    byte === 0x5f ||
    byte === 0x24 ||
    byte >= 0x80
  )
}

/** Skips one value that begins at `start` (no blank), checking it wholly; answers its end. */
export function skipValue(bytes: Uint8Array, start: number, end: number, depth = 0): number {
  if (start >= end) throw jsonError(bytes, start, end, 'a value')
  switch (bytes[start]) {
    case quote:
      return skipString(bytes, start, end)
    case 0x7b:
      return skipObject(bytes, start, end, depth + 1)
    case 0x5b:
      return skipArray(bytes, start, end, depth + 1)
    case 0x74:
      return scanWord(bytes, start, end, 'true')
    case 0x66:
      return scanWord(bytes, start, end, 'false')
    case 0x6e:
      return scanWord(bytes, start, end, 'null')
    default:
      return skipNumber(bytes, start, end)
  }
}

function skipString(bytes: Uint8Array, start: number, end: number): number {
  const close = scanString(bytes, start + 1, end)
  return (close < 0 ? ~close : close) + 1
}

function skipNumber(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] as number
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) throw jsonError(bytes, start, end, 'a value')
  const close = scanNumber(bytes, start, end)
  return close < 0 ? ~close : close
}

export function checkDepth(at: number, depth: number): void {
  if (depth > depthMax) {
    throw new SerializationError(`Invalid JSON at byte ${at}: found nesting deeper than ${depthMax} levels`)
  }
}

function skipObject(bytes: Uint8Array, start: number, end: number, depth: number): number {
  checkDepth(start, depth)
  let at = skipSpace(bytes, start + 1, end)
  if (bytes[at] === 0x7d && at < end) return at + 1
  for (;;) {
    if (at >= end || bytes[at] !== quote) throw jsonError(bytes, at, end, 'a name in double quotes')
    at = skipSpace(bytes, skipString(bytes, at, end), end)
    if (at >= end || bytes[at] !== 0x3a) throw jsonError(bytes, at, end, 'a colon after the name')
    at = skipSpace(bytes, skipValue(bytes, skipSpace(bytes, at + 1, end), end, depth), end)
    if (at < end && bytes[at] === 0x7d) return at + 1
    if (at >= end || bytes[at] !== 0x2c) throw jsonError(bytes, at, end, 'a comma or } in the object')
    at = skipSpace(bytes, at + 1, end)
  }
}

function skipArray(bytes: Uint8Array, start: number, end: number, depth: number): number {
  checkDepth(start, depth)
  let at = skipSpace(bytes, start + 1, end)
  if (bytes[at] === 0x5d && at < end) return at + 1
  for (;;) {
    at = skipSpace(bytes, skipValue(bytes, at, end, depth), end)
    if (at < end && bytes[at] === 0x5d) return at + 1
    if (at >= end || bytes[at] !== 0x2c) throw jsonError(bytes, at, end, 'a comma or ] in the array')
    at = skipSpace(bytes, at + 1, end)
  }
}
