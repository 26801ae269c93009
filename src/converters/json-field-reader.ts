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
import { leafKinds, type LeafScanner } from './json-leaf.ts'
import { JsonObjectWalk } from './json-object-walk.ts'
import { decimalToNumber } from './json-reader.ts'
import {
  copyBytes,
  latin1,
  numberOfText,
  plainNumber,
  unescape,
  wholeOf,
  writeAscii,
  writeJsonText,
  writeNumberWord
} from './leaf-text.ts'

const comma = 0x2c
const openArray = 0x5b
const closeArray = 0x5d
/** Whole numbers of so many characters are exact as doubles. */
const exactDigitsMax = 15

/** See the head of this file. `style` says how decimals are printed; under `text` the value is a text that holds one JSON object and nothing else. */
export class JsonFieldReader implements CompiledReader {
  /** Names and values stand in the bytes. */
  readonly needs = null
  readonly #style: NumberStyle
  readonly #form: 'map' | 'text'
  readonly #walk: JsonObjectWalk
  readonly #leaves: LeafScanner
  #bytes: Uint8Array = new Uint8Array(0)
  #length = 0

  constructor(style: NumberStyle, form: 'map' | 'text') {
    this.#style = style
    this.#form = form
    this.#walk = new JsonObjectWalk(form)
    this.#leaves = this.#walk.leaves
  }

  read(bytes: Uint8Array, start: number, end: number): Shape | null {
    this.#bytes = bytes
    this.#length = end - start
    const shape = this.#walk.read(bytes, start, end)
    if (shape === null) return null
    // What stands behind the object is the general way's matter.
    const { after } = this.#walk
    return after === end || this.#leaves.skipWhiteSpace(after) >= end ? shape : null
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
      case leafKinds.array:
        return slotKinds.array
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
    if (kind === leafKinds.escapedText) return writeJsonText(unescape(this.#bytes, start, end), out, at)
    if (kind === leafKinds.array) return this.#arrayJson(start, out, at)
    return copyBytes(this.#bytes, start, end, out, at)
  }

  /** The array that begins at `from`; its grammar was checked by `read`. */
  #arrayJson(from: number, out: Buffer, at: number): number {
    const leaves = this.#leaves
    const { scratch } = leaves
    const bytes = this.#bytes
    out[at++] = openArray
    let next = leaves.skipWhiteSpace(from + 1)
    while (bytes[next] !== closeArray) {
      next = leaves.skipWhiteSpace(leaves.scan(next, scratch))
      at = this.writeJson(scratch, out, at)
      if (bytes[next] !== comma) break
      out[at++] = comma
      next = leaves.skipWhiteSpace(next + 1)
    }
    out[at++] = closeArray
    return at
  }

  writeText(slot: number, out: Buffer, at: number): number {
    const leaves = this.#leaves
    const kind = leaves.kinds[slot]
    const start = leaves.starts[slot] ?? 0
    const end = leaves.ends[slot] ?? 0
    if (kind === leafKinds.decimal && this.#style === 'java') return writeAscii(this.#doubleText(start, end), out, at)
    if (kind === leafKinds.escapedText) {
      // A lone surrogate goes out as `?`, as Java's encoder does.
      return at + out.write(unescape(this.#bytes, start, end).replace(/\p{Surrogate}/gu, '?'), at)
    }
    return copyBytes(this.#bytes, start, end, out, at)
  }

  number(slot: number): number {
    const start = this.#leaves.starts[slot] ?? 0
    const end = this.#leaves.ends[slot] ?? 0
    switch (this.#leaves.kinds[slot]) {
      case leafKinds.whole:
        if (end - start <= exactDigitsMax) return wholeOf(this.#bytes, start, end)
        return Number(latin1(this.#bytes, start, end))
      case leafKinds.number:
        return plainNumber(this.#bytes, start, end)
      case leafKinds.decimal: {
        const text = latin1(this.#bytes, start, end)
        // JsonConverter reads through BigDecimal, which has no negative zero; a text is read as a double.
        return this.#form === 'text' ? Number(text) : decimalToNumber(text)
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
    if (leaves.kinds[slot] === leafKinds.whole && end - start <= exactDigitsMax)
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
    return number === 0 ? '0.0' : doubleText(number)
  }
}

/** The old sink prints a double beyond the range as quoted text. */
function quoteInfinite(text: string): string {
  return text.endsWith('y') ? `"${text}"` : text
}
