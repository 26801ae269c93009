// Scans one JSON leaf (text, number, literal, array) in place and remembers where it lies and what it is.

/** What a leaf is. A `whole` number and a `number` (with a point, as Java prints it) print the same under every contract; a `decimal` may have to be printed anew. */
export const leafKinds = {
  null: 0,
  false: 1,
  true: 2,
  whole: 3,
  number: 4,
  decimal: 5,
  plainText: 6,
  escapedText: 7,
  /** Of scalars and arrays of them. */
  array: 8,
  other: 9
} as const

const quote = 0x22
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const backslash = 0x5c
/** Longer numbers are rare and have rules of their own (a bound of 1,000 digits): the general way reads them. */
const digitsMax = 300
/** Up to here decimal text and the nearest double name each other, so that the text is already the shortest. */
const exactDigitsMax = 15
const wholeDigitsMax = 7
const depthMax = 32

/** One comparison for the bytes that are none: this is asked between all tokens. */
export function isWhiteSpace(byte: number | undefined): boolean {
  return byte !== undefined && byte <= 0x20 && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)
}

/** 1: a byte that stands for itself inside a text (ASCII, no control, no quote, no backslash). One look-up a byte is the fastest loop measured. */
export const plainByte = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash ? 1 : 0
)

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= 0x39
}

/**
 * The leaves of one value: `begin`, then `scan` from left to right. Slot arrays grow once and are reused.
 * For text, `starts` and `ends` lie inside the quotes. `scan` answers the position after the leaf, or -1 where it is not sure.
 */
export class LeafScanner {
  starts = new Int32Array(64)
  ends = new Int32Array(64)
  kinds = new Uint8Array(64)
  /** Of the value begun last: whether a text has escapes, and how many numbers may print otherwise. */
  escapes = false
  decimals = 0
  /** Whether a leaf is null or an array. */
  odd = false
  #bytes: Uint8Array = new Uint8Array(0)
  #end = 0

  begin(bytes: Uint8Array, end: number, slots: number): void {
    this.#bytes = bytes
    this.#end = end
    this.escapes = false
    this.decimals = 0
    this.odd = false
    // One more than asked for: scalars inside arrays are scanned into the slot after the last.
    if (slots >= this.kinds.length) {
      this.starts = new Int32Array(2 * slots)
      this.ends = new Int32Array(2 * slots)
      this.kinds = new Uint8Array(2 * slots)
    }
  }

  scan(at: number, slot: number): number {
    const bytes = this.#bytes
    const first = bytes[at]
    this.starts[slot] = at
    if (first === quote) {
      this.starts[slot] = at + 1
      const after = this.#text(at + 1)
      this.kinds[slot] = this.#escaped ? leafKinds.escapedText : leafKinds.plainText
      this.ends[slot] = after - 1
      return after
    }
    let after: number
    if (first === minus || isDigit(first)) {
      after = this.#number(at)
      this.kinds[slot] = this.#numberKind
      if (this.#numberKind === leafKinds.decimal) this.decimals++
    } else if (first === 0x5b) {
      this.#holdsObject = false
      after = this.#array(at + 1, 0)
      this.odd = true
      this.kinds[slot] = this.#holdsObject ? leafKinds.other : leafKinds.array
      // Its scalars were noted in the slot after the last, which this one may be.
      this.starts[slot] = at
    } else if (first === 0x74) {
      after = bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65 ? at + 4 : -1
      this.kinds[slot] = leafKinds.true
    } else if (first === 0x66) {
      const rest = bytes[at + 1] === 0x61 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x73 && bytes[at + 4] === 0x65
      after = rest ? at + 5 : -1
      this.kinds[slot] = leafKinds.false
    } else if (first === 0x6e) {
      after = bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c ? at + 4 : -1
      this.kinds[slot] = leafKinds.null
      this.odd = true
    } else {
      return -1
    }
    this.ends[slot] = after
    return after
  }

  #escaped = false
  #numberKind: number = leafKinds.whole
  #holdsObject = false

  /** The slot after the last one, for leaves that are passed over. */
  get scratch(): number {
    return this.kinds.length - 1
  }

  /** From inside the opening quote to after the closing one; -1 for controls, bad escapes, bad UTF-8. */
  #text(at: number): number {
    const bytes = this.#bytes
    const end = this.#end
    this.#escaped = false
    while (at < end) {
      const byte = bytes[at] ?? 0
      if (plainByte[byte] === 1) {
        at++
        continue
      }
      if (byte === quote) return at + 1
      if (byte === backslash) {
        this.#escaped = true
        this.escapes = true
        at = this.#escape(at + 1)
        if (at < 0) return -1
      } else if (byte >= 0x80) {
        at = utf8Sequence(bytes, at, end)
        if (at < 0) return -1
      } else {
        return -1
      }
    }
    return -1
  }

  #escape(at: number): number {
    const bytes = this.#bytes
    switch (bytes[at]) {
      case quote:
      case backslash:
      case 0x2f:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        return at + 1
      case 0x75:
        for (let digit = 1; digit <= 4; digit++) if (!isHexDigit(bytes[at + digit])) return -1
        return at + 5
      default:
        return -1
    }
  }

  /** A strict JSON number. It is a `decimal` where Java would print it in other letters than it stands in, or where that is not plain to see. */
  #number(at: number): number {
    const bytes = this.#bytes
    const negative = bytes[at] === minus
    if (negative) at++
    const wholeStart = at
    while (isDigit(bytes[at])) at++
    const wholeDigits = at - wholeStart
    if (wholeDigits === 0 || wholeDigits > digitsMax) return -1
    const leadsWithZero = bytes[wholeStart] === zero
    if (leadsWithZero && wholeDigits > 1) return -1
    const next = bytes[at]
    if (next !== dot && next !== 0x65 && next !== 0x45) {
      this.#numberKind = leafKinds.whole
      return negative && leadsWithZero ? -1 : at
    }
    this.#numberKind = leafKinds.decimal
    if (next === dot) {
      const fractionStart = ++at
      while (isDigit(bytes[at])) at++
      const fractionDigits = at - fractionStart
      if (fractionDigits === 0 || fractionDigits > digitsMax) return -1
      if (bytes[at] !== 0x65 && bytes[at] !== 0x45) {
        if (isJavaText(bytes, negative, leadsWithZero, wholeDigits, fractionStart, at))
          this.#numberKind = leafKinds.number
        return at
      }
    }
    at++
    if (bytes[at] === minus || bytes[at] === 0x2b) at++
    const exponentStart = at
    while (isDigit(bytes[at])) at++
    const exponentDigits = at - exponentStart
    return exponentDigits === 0 || exponentDigits > 4 ? -1 : at
  }

  /** An array, from after its bracket to after its end; only checked, never printed from here. */
  #array(at: number, depth: number): number {
    const bytes = this.#bytes
    at = this.skipWhiteSpace(at)
    if (bytes[at] === 0x5d) return at + 1
    for (;;) {
      at = this.#value(this.skipWhiteSpace(at), depth + 1)
      if (at < 0) return -1
      at = this.skipWhiteSpace(at)
      const byte = bytes[at++]
      if (byte === 0x5d) return at
      if (byte !== 0x2c) return -1
    }
  }

  #object(at: number, depth: number): number {
    const bytes = this.#bytes
    this.#holdsObject = true
    at = this.skipWhiteSpace(at)
    if (bytes[at] === 0x7d) return at + 1
    for (;;) {
      at = this.skipWhiteSpace(at)
      if (bytes[at] !== quote) return -1
      at = this.#text(at + 1)
      if (at < 0) return -1
      at = this.skipWhiteSpace(at)
      if (bytes[at++] !== 0x3a) return -1
      at = this.#value(this.skipWhiteSpace(at), depth + 1)
      if (at < 0) return -1
      at = this.skipWhiteSpace(at)
      const byte = bytes[at++]
      if (byte === 0x7d) return at
      if (byte !== 0x2c) return -1
    }
  }

  #value(at: number, depth: number): number {
    if (depth > depthMax || at >= this.#end) return -1
    const first = this.#bytes[at]
    if (first === quote) return this.#text(at + 1)
    if (first === 0x5b) return this.#array(at + 1, depth)
    if (first === 0x7b) return this.#object(at + 1, depth)
    // A scalar inside an array: the slot after the last is free to be written.
    return this.scan(at, this.scratch)
  }

  skipWhiteSpace(at: number): number {
    while (isWhiteSpace(this.#bytes[at])) at++
    return at
  }
}

function isHexDigit(byte: number | undefined): boolean {
  return byte !== undefined && (isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66))
}

/** `true` where a decimal without exponent stands just as Java's Double.toString prints it: see `exactDigitsMax`; 10^-3 <= |x| < 10^7, or 0.0. */
function isJavaText(
  bytes: Uint8Array,
  negative: boolean,
  wholeIsZero: boolean,
  wholeDigits: number,
  fractionStart: number,
  end: number
): boolean {
  const fractionDigits = end - fractionStart
  if (wholeDigits > wholeDigitsMax || wholeDigits + fractionDigits > exactDigitsMax) return false
  if (fractionDigits > 1 && bytes[end - 1] === zero) return false
  if (!wholeIsZero) return true
  if (fractionDigits === 1 && bytes[fractionStart] === zero) return !negative
  return bytes[fractionStart] !== zero || bytes[fractionStart + 1] !== zero || bytes[fractionStart + 2] !== zero
}

/** The position after one well-formed multi-byte sequence, or -1: overlong forms and surrogates have rules of their own in the general way. */
export function utf8Sequence(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] ?? 0
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0
  if (length === 0 || at + length > end) return -1
  const second = bytes[at + 1] ?? 0
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > high) return -1
  for (let index = 2; index < length; index++) if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return -1
  return at + length
}
