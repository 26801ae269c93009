// The compiled way through schemaless JSON: one scan over the bytes finds every field; nothing is parsed that is not printed.
//
// The idea. Records of a topic look alike: the same names in the same order. So the scanner carries the shape of the last record, a flat list of
// steps (`name then leaf`, `name then object`, `object ends`), and walks the bytes against it: names are compared, not looked up, and each leaf
// leaves its position in a slot. Where the walk fails, the record's own shape is discovered by a slower scan and becomes the next expectation.
//
// What makes it safe. The scanner accepts a plain subset of what JsonConverter accepts: strict JSON, strict UTF-8, names without escapes or
// duplicates, few and flat. For everything else it answers null and the general way reads the record again, so that it alone accepts,
// refuses and words errors. A position never passes `end` unnoticed: positions only grow, and the last one is compared with it.
import { type CompiledReader, type NumberStyle, type Shape, slotKinds, type SlotKind } from '../connect/compiled.ts'
import { doubleText } from '../java/double-text.ts'
import { jsonStringText } from '../java/json-text.ts'
import { discoverShape, JsonShape, stepKinds } from './json-shape.ts'
import { isWhiteSpace, leafKinds, LeafScanner } from './json-leaf.ts'
import { decimalToNumber } from './json-reader.ts'
import { copyBytes, latin1, numberOfText, writeAscii, writeNumberWord } from './leaf-text.ts'

const shapesMax = 1000
/** Longer values meet limits of the general way (lengths of text and names). */
const valueBytesMax = 8 * 1024 * 1024
const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const open = 0x7b
const close = 0x7d
/** Whole numbers of so many characters are exact as doubles. */
const exactDigitsMax = 15

/** See the head of this file. `style` says how decimals are printed. */
export class JsonFieldReader implements CompiledReader {
  readonly #style: NumberStyle
  readonly #leaves = new LeafScanner()
  readonly #shapes = new Map<string, JsonShape>()
  #expected: JsonShape | null = null
  #bytes: Uint8Array = new Uint8Array(0)
  #length = 0

  constructor(style: NumberStyle) {
    this.#style = style
  }

  read(bytes: Uint8Array, start: number, end: number): Shape | null {
    if (end - start > valueBytesMax) return null
    this.#bytes = bytes
    this.#length = end - start
    const expected = this.#expected
    if (expected !== null && this.#walk(expected, bytes, start, end)) return expected
    const found = this.#discover(bytes, start, end)
    if (found === null || !this.#walk(found, bytes, start, end)) return null
    this.#expected = found
    return found
  }

  #discover(bytes: Uint8Array, start: number, end: number): JsonShape | null {
    const steps = discoverShape(bytes, start, end)
    if (steps === null) return null
    const known = this.#shapes.get(steps.signature)
    if (known !== undefined) return known
    if (this.#shapes.size >= shapesMax) return null
    const shape = new JsonShape(this.#shapes.size, steps, 'map')
    this.#shapes.set(steps.signature, shape)
    return shape
  }

  #walk(shape: JsonShape, bytes: Uint8Array, start: number, end: number): boolean {
    const { steps, nameBytes, nameStarts, nameEnds, firsts } = shape
    const leaves = this.#leaves
    leaves.begin(bytes, end, shape.slots)
    let at = start
    while (isWhiteSpace(bytes[at])) at++
    if (bytes[at++] !== open) return false
    let slot = 0
    for (let step = 0; step < steps.length; step++) {
      while (isWhiteSpace(bytes[at])) at++
      const kind = steps[step]
      if (kind === stepKinds.close) {
        if (bytes[at++] !== close) return false
        continue
      }
      if (firsts[step] === 0) {
        if (bytes[at++] !== comma) return false
        while (isWhiteSpace(bytes[at])) at++
      }
      if (bytes[at++] !== quote) return false
      const nameEnd = nameEnds[step] ?? 0
      for (let name = nameStarts[step] ?? 0; name < nameEnd; name++) {
        if (bytes[at++] !== nameBytes[name]) return false
      }
      if (bytes[at++] !== quote) return false
      while (isWhiteSpace(bytes[at])) at++
      if (bytes[at++] !== colon) return false
      while (isWhiteSpace(bytes[at])) at++
      if (kind === stepKinds.open) {
        if (bytes[at++] !== open) return false
        continue
      }
      at = leaves.scan(at, slot++)
      if (at < 0) return false
    }
    return at <= end
  }

  get odd(): boolean {
    return this.#leaves.odd
  }

  kind(slot: number): SlotKind {
    switch (this.#leaves.kinds[slot] ?? leafKinds.other) {
      case leafKinds.null:
        return slotKinds.null
      case leafKinds.true:
      case leafKinds.false:
        return slotKinds.boolean
      case leafKinds.plainText:
      case leafKinds.escapedText:
        return slotKinds.text
      case leafKinds.other:
        return slotKinds.other
      default:
        return slotKinds.number
    }
  }

  writeJson(slot: number, out: Buffer, at: number): number {
    const leaves = this.#leaves
    const kind = leaves.kinds[slot]
    const start = leaves.starts[slot] ?? 0
    const end = leaves.ends[slot] ?? 0
    if (kind === leafKinds.plainText) return copyBytes(this.#bytes, start - 1, end + 1, out, at)
    if (kind === leafKinds.decimal && this.#style === 'java') {
      return writeAscii(quoteInfinite(this.#doubleText(start, end)), out, at)
    }
    if (kind === leafKinds.escapedText) return at + out.write(jsonStringText(this.#unescape(start, end)), at)
    return copyBytes(this.#bytes, start, end, out, at)
  }

  writeText(slot: number, out: Buffer, at: number): number {
    const leaves = this.#leaves
    const kind = leaves.kinds[slot]
    const start = leaves.starts[slot] ?? 0
    const end = leaves.ends[slot] ?? 0
    if (kind === leafKinds.decimal && this.#style === 'java') return writeAscii(this.#doubleText(start, end), out, at)
    if (kind === leafKinds.escapedText) {
      // A lone surrogate goes out as `?`, as Java's encoder does.
      return at + out.write(this.#unescape(start, end).replace(/\p{Surrogate}/gu, '?'), at)
    }
    return copyBytes(this.#bytes, start, end, out, at)
  }

  number(slot: number): number {
    const start = this.#leaves.starts[slot] ?? 0
    const end = this.#leaves.ends[slot] ?? 0
    switch (this.#leaves.kinds[slot]) {
      case leafKinds.number:
      case leafKinds.decimal: {
        const whole = end - start <= exactDigitsMax ? wholeOf(this.#bytes, start, end) : NaN
        return Number.isNaN(whole) ? decimalToNumber(latin1(this.#bytes, start, end)) : whole
      }
      case leafKinds.plainText:
        return numberOfText(this.#bytes, start, end)
      default:
        return NaN
    }
  }

  writeNumber(slot: number, out: Buffer, at: number): number {
    const leaves = this.#leaves
    const start = leaves.starts[slot] ?? 0
    const end = leaves.ends[slot] ?? 0
    // Digits alone, few enough to be exact, stand as they are.
    if (leaves.kinds[slot] === leafKinds.number && end - start <= exactDigitsMax && !leaves.isFraction(start, end))
      return copyBytes(this.#bytes, start, end, out, at)
    return writeNumberWord(this.number(slot), out, at)
  }

  /** A leaf prints as many bytes as it has, but for re-printed doubles (26 at most) and escapes that grow six-fold. */
  room(): number {
    const leaves = this.#leaves
    return leaves.escapes ? 7 * this.#length + 64 : this.#length + 26 * leaves.decimals + 64
  }

  #doubleText(start: number, end: number): string {
    const number = Number(latin1(this.#bytes, start, end))
    // JsonConverter reads through BigDecimal, which has no negative zero.
    return number === 0 ? '0.0' : doubleText(number)
  }

  #unescape(start: number, end: number): string {
    const { buffer, byteOffset } = this.#bytes
    return JSON.parse(Buffer.from(buffer, byteOffset + start - 1, end - start + 2).toString('utf8')) as string
  }
}

/** The old sink prints a double beyond the range as quoted text. */
function quoteInfinite(text: string): string {
  return text.endsWith('y') ? `"${text}"` : text
}

/** Digits as a number; NaN where there is a point or an exponent. */
function wholeOf(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return NaN
    value = 10 * value + digit
  }
  return isNegative ? -value : value
}
