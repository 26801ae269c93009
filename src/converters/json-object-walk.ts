// Walks a JSON object's bytes against the shape of the last one, and discovers the shape anew where that fails: see json-field-reader.ts.
import { type Shape } from '../connect/compiled.ts'
import { discoverShape, JsonShape, stepKinds } from './json-shape.ts'
import { isWhiteSpace, leafKinds, LeafScanner, plainByte } from './json-leaf.ts'

const shapesMax = 1000
/** Longer values meet limits of the general way (lengths of text and names). */
const valueBytesMax = 8 * 1024 * 1024
const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const open = 0x7b
const close = 0x7d

export class JsonObjectWalk {
  readonly leaves = new LeafScanner()
  /** Behind the object read last. */
  after = 0
  readonly #form: Shape['form']
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  readonly #shapes = new Map<string, JsonShape>()
  #expected: JsonShape | null = null
  /** The one before: records often come in two shapes by turns. */
  #before: JsonShape | null = null

  constructor(form: Shape['form']) {
    this.#form = form
  }

  /** Finds the leaves of the object at `bytes[start, end)`, blanks before it; null where the general way must look. */
  read(bytes: Uint8Array, start: number, end: number): JsonShape | null {
    if (end - start > valueBytesMax) return null
    const expected = this.#expected
    if (expected !== null && this.#walk(expected, bytes, start, end)) return expected
    const before = this.#before
    if (before !== null && this.#walk(before, bytes, start, end)) return this.#expect(before)
    const found = this.#discover(bytes, start, end)
    return found === null || !this.#walk(found, bytes, start, end) ? null : this.#expect(found)
  }

  #expect(shape: JsonShape): JsonShape {
    this.#before = this.#expected
    this.#expected = shape
    return shape
  }

  #discover(bytes: Uint8Array, start: number, end: number): JsonShape | null {
    const steps = discoverShape(bytes, start, end)
    if (steps === null) return null
    const known = this.#shapes.get(steps.signature)
    if (known !== undefined) return known
    if (this.#shapes.size >= shapesMax) return null
    const shape = new JsonShape(this.#shapes.size, steps, this.#form)
    this.#shapes.set(steps.signature, shape)
    return shape
  }

  /** A position may run past `end` into other records, never past the buffer: positions only grow, and the last one is compared with `end`. */
  #walk(shape: JsonShape, bytes: Uint8Array, start: number, end: number): boolean {
    const { steps, words, wordStarts, lastMasks, nameLengths } = shape
    const { leaves } = this
    leaves.begin(bytes, end, shape.slots)
    if (bytes !== this.#bytes) this.#look(bytes)
    const view = this.#view
    const { starts, ends, kinds } = leaves
    let at = start
    while (isWhiteSpace(bytes[at])) at++
    if (bytes[at++] !== open) return false
    let slot = 0
    for (let step = 0; step < steps.length; step++) {
      const kind = steps[step]
      if (kind === stepKinds.close) {
        while (isWhiteSpace(bytes[at])) at++
        if (bytes[at++] !== close) return false
        continue
      }
      const first = wordStarts[step] ?? 0
      const last = (wordStarts[step + 1] ?? 0) - 1
      let matches = at + 4 * (last - first + 1) <= bytes.length
      if (matches) {
        let word = first
        let from = at
        for (; word < last && view.getInt32(from, true) === words[word]; word++) from += 4
        matches = word === last && (view.getInt32(from, true) & (lastMasks[step] ?? 0)) === words[last]
      }
      at = matches ? at + (nameLengths[step] ?? 0) : this.#spacedName(shape, step, at)
      if (at < 0) return false
      while (isWhiteSpace(bytes[at])) at++
      if (kind === stepKinds.open) {
        if (bytes[at++] !== open) return false
        continue
      }
      if (bytes[at] === quote) {
        // Most leaves are short plain text: found here without a call.
        let textEnd = at + 1
        while (plainByte[bytes[textEnd] ?? 0] === 1) textEnd++
        if (bytes[textEnd] === quote) {
          starts[slot] = at + 1
          ends[slot] = textEnd
          kinds[slot++] = leafKinds.plainText
          at = textEnd + 1
          continue
        }
      }
      at = leaves.scan(at, slot++)
      if (at < 0) return false
    }
    this.after = at
    return at <= end
  }

  /** The name of a step where white space stands around it; the position behind its colon, or -1. */
  #spacedName({ nameBytes, nameStarts, nameEnds, firsts }: JsonShape, step: number, start: number): number {
    const bytes = this.#bytes
    let at = start
    while (isWhiteSpace(bytes[at])) at++
    if (firsts[step] === 0) {
      if (bytes[at++] !== comma) return -1
      while (isWhiteSpace(bytes[at])) at++
    }
    if (bytes[at++] !== quote) return -1
    const nameEnd = nameEnds[step] ?? 0
    for (let name = nameStarts[step] ?? 0; name < nameEnd; name++) {
      if (bytes[at++] !== nameBytes[name]) return -1
    }
    if (bytes[at++] !== quote) return -1
    while (isWhiteSpace(bytes[at])) at++
    return bytes[at] === colon ? at + 1 : -1
  }

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}
