// Numbers as Redis 7.0 reads and writes them: whole ones strictly, scores as C's strtod and "%.17g" do.
import { UnknownToStandIn } from './unknown.ts'

const int64Max = 2n ** 63n - 1n

/** null where Redis would not take it for a whole number of 64 bits. Beyond 2^53 it is only near. */
export function integerOf(word: string): number | null {
  const isNegative = word.startsWith('-')
  const first = isNegative ? 1 : 0
  const length = word.length - first
  if (length === 0 || length > 19) return null
  for (let at = first; at < word.length; at++) {
    const code = word.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return null
  }
  if (word.charCodeAt(first) === 0x30 && word !== '0') return null
  if (length === 19 && BigInt(word) > int64Max) return null
  return Number(word)
}

const infinities: ReadonlyMap<string, number> = new Map([
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity]
])

/** A score or coordinate; null where Redis does not take it for a number. */
export function floatOf(word: string): number | null {
  const infinity = infinities.get(word.toLowerCase())
  if (infinity !== undefined) return infinity
  if (!isDecimal(word)) return null
  const value = Number(word)
  // What has no place among the doubles is refused, too small as well as too large.
  if (!Number.isFinite(value)) return null
  if (value === 0 && hasDigit(word)) return null
  return value
}

/** `[+-] digits [. digits] [e [+-] digits]`, with a digit before the exponent. */
function isDecimal(word: string): boolean {
  let at = isSign(word.charCodeAt(0)) ? 1 : 0
  if (word.charCodeAt(at) === 0x30 && (word.charCodeAt(at + 1) | 0x20) === 0x78)
    throw new UnknownToStandIn(`the hexadecimal number ${word}`)
  const whole = digitsEnd(word, at)
  let digits = whole - at
  at = whole
  if (word.charCodeAt(at) === 0x2e) {
    const end = digitsEnd(word, at + 1)
    digits += end - at - 1
    at = end
  }
  if (digits === 0) return false
  if ((word.charCodeAt(at) | 0x20) === 0x65) {
    const start = isSign(word.charCodeAt(at + 1)) ? at + 2 : at + 1
    at = digitsEnd(word, start)
    if (at === start) return false
  }
  return at === word.length
}

function isSign(code: number): boolean {
  return code === 0x2b || code === 0x2d
}

function digitsEnd(word: string, from: number): number {
  let at = from
  while (word.charCodeAt(at) >= 0x30 && word.charCodeAt(at) <= 0x39) at++
  return at
}

/** A digit before the exponent that is not 0. */
function hasDigit(word: string): boolean {
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at)
    if ((code | 0x20) === 0x65) return false
    if (code >= 0x31 && code <= 0x39) return true
  }
  return false
}

/** As "%.17g" of C. */
export function scoreText(score: number): string {
  if (score === 0) return Object.is(score, -0) ? '-0' : '0'
  if (!Number.isFinite(score)) return score > 0 ? 'inf' : '-inf'
  if (Number.isInteger(score) && Math.abs(score) < 1e15) return String(score)
  const [mantissa = '', exponentText = ''] = seventeenDigits(score).split('e')
  const exponent = Number(exponentText)
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = withoutZeros(mantissa.slice(sign.length).replace('.', ''))
  if (exponent < -4 || exponent >= 17) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const power = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${digits[0] ?? '0'}${fraction}e${exponent < 0 ? '-' : '+'}${power}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const fraction = digits.slice(exponent + 1)
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** JavaScript takes the larger of two that are as near, C the even one. */
function seventeenDigits(score: number): string {
  const rounded = score.toExponential(16)
  const [exact = '', exponent = ''] = score.toExponential(60).split('e')
  const beyond = exact.slice(exact.indexOf('.') + 17)
  if (beyond.charCodeAt(0) !== 0x35 || withoutZeros(beyond) !== '5') return rounded
  const shorter = exact.slice(0, exact.indexOf('.') + 17)
  return (shorter.charCodeAt(shorter.length - 1) & 1) === 0 ? `${shorter}e${exponent}` : rounded
}

function withoutZeros(digits: string): string {
  let end = digits.length
  while (end > 1 && digits.charCodeAt(end - 1) === 0x30) end--
  return digits.slice(0, end)
}
