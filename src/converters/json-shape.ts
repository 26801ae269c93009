// The shape of a JSON object: its names at every level as a flat list of steps, found by a slow scan, followed by the fast one.
import { type Shape, type ShapeField } from '../connect/compiled.ts'
import { isWhiteSpace, LeafScanner, utf8Sequence } from './json-leaf.ts'

/** A step of the walk: a name with a leaf, a name with an object that opens, the end of an object. */
export const stepKinds = { leaf: 0, open: 1, close: 2 } as const

const namesMax = 64
const leavesMax = 512
const depthMax = 16
/** Longer names are rare, and shapes are kept. */
const nameBytesMax = 1024

/** What a slow scan finds. `signature` names the shape uniquely. */
export interface DiscoveredShape {
  readonly fields: readonly ShapeField[]
  readonly signature: string
  readonly slots: number
}

/** A shape laid out for walking: by step, what it is, where its name's bytes lie, and whether it is the first of its object. */
export class JsonShape implements Shape {
  readonly id: number
  readonly fields: readonly ShapeField[]
  readonly slots: number
  readonly form: Shape['form']
  readonly steps: Uint8Array
  readonly firsts: Uint8Array
  readonly nameBytes: Uint8Array
  readonly nameStarts: Int32Array
  readonly nameEnds: Int32Array
  /** Each name as it stands without white space (comma before, quotes, colon behind), in 32-bit words: four bytes are compared at once. */
  readonly words: Int32Array
  /** Where a step's words begin; those of the next step end them. */
  readonly wordStarts: Int32Array
  /** Which bits of a step's last word count. */
  readonly lastMasks: Int32Array
  readonly nameLengths: Int32Array

  constructor(id: number, found: DiscoveredShape, form: Shape['form']) {
    this.id = id
    this.form = form
    this.fields = found.fields
    this.slots = found.slots
    const steps: { kind: number; first: number; name: string }[] = []
    layOut(found.fields, steps)
    this.steps = Uint8Array.from(steps, step => step.kind)
    this.firsts = Uint8Array.from(steps, step => step.first)
    const names = steps.map(step => Buffer.from(step.name))
    this.nameBytes = Buffer.concat(names)
    this.nameEnds = new Int32Array(names.length)
    this.nameStarts = new Int32Array(names.length)
    let end = 0
    names.forEach((name, index) => {
      this.nameStarts[index] = end
      end += name.length
      this.nameEnds[index] = end
    })
    const standing = steps.map(standingName)
    this.nameLengths = Int32Array.from(standing, bytes => bytes.length)
    this.lastMasks = Int32Array.from(standing, bytes =>
      bytes.length % 4 === 0 ? -1 : (1 << (8 * (bytes.length % 4))) - 1
    )
    const words = standing.map(asWords)
    this.words = Int32Array.from(words.flat())
    this.wordStarts = new Int32Array(steps.length + 1)
    words.forEach((each, step) => (this.wordStarts[step + 1] = (this.wordStarts[step] ?? 0) + each.length))
  }
}

/** A step's name as it stands without white space; nothing where an object ends. */
function standingName({ kind, first, name }: { kind: number; first: number; name: string }): Buffer {
  return Buffer.from(kind === stepKinds.close ? '' : `${first === 1 ? '' : ','}"${name}":`)
}

function asWords(bytes: Buffer): number[] {
  const padded = Buffer.alloc(Math.ceil(bytes.length / 4) * 4)
  bytes.copy(padded)
  return Array.from({ length: padded.length / 4 }, (_, word) => padded.readInt32LE(4 * word))
}

function layOut(fields: readonly ShapeField[], steps: { kind: number; first: number; name: string }[]): void {
  fields.forEach((field, index) => {
    const first = index === 0 ? 1 : 0
    steps.push({ kind: field.fields === null ? stepKinds.leaf : stepKinds.open, first, name: field.name })
    if (field.fields !== null) layOut(field.fields, steps)
  })
  steps.push({ kind: stepKinds.close, first: 0, name: '' })
}

/** Finds the shape of the object at `bytes[start, end)`; null where it is not a plain object as the head of json-field-reader.ts says. */
export function discoverShape(bytes: Uint8Array, start: number, end: number): DiscoveredShape | null {
  return new Discovery(bytes, end).run(start)
}

class Discovery {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #leaves = new LeafScanner()
  #slots = 0
  #at = 0

  constructor(bytes: Uint8Array, end: number) {
    this.#bytes = bytes
    this.#end = end
    this.#leaves.begin(bytes, end, 1)
  }

  run(start: number): DiscoveredShape | null {
    this.#at = start
    this.#skipWhiteSpace()
    if (this.#take(0x7b) === false) return null
    const fields = this.#object(0)
    if (fields === null || this.#at > this.#end) return null
    return { fields, signature: signature(fields), slots: this.#slots }
  }

  /** From after the opening brace to after the closing one. */
  #object(depth: number): ShapeField[] | null {
    const fields: ShapeField[] = []
    const names = new Set<string>()
    this.#skipWhiteSpace()
    if (this.#take(0x7d)) return fields
    for (;;) {
      this.#skipWhiteSpace()
      const name = this.#name()
      if (name === null || names.has(name) || names.size === namesMax) return null
      names.add(name)
      this.#skipWhiteSpace()
      if (!this.#take(0x3a)) return null
      this.#skipWhiteSpace()
      const field = this.#field(name, depth)
      if (field === null) return null
      fields.push(field)
      this.#skipWhiteSpace()
      if (this.#take(0x7d)) return fields
      if (!this.#take(0x2c)) return null
    }
  }

  #field(name: string, depth: number): ShapeField | null {
    if (this.#take(0x7b)) {
      const fields = depth === depthMax ? null : this.#object(depth + 1)
      return fields === null ? null : { name, slot: -1, fields }
    }
    this.#at = this.#leaves.scan(this.#at, 0)
    if (this.#at < 0 || this.#slots === leavesMax) return null
    return { name, slot: this.#slots++, fields: null }
  }

  /** A name without escapes; null where it has any, or is not strict UTF-8. */
  #name(): string | null {
    if (!this.#take(0x22)) return null
    const start = this.#at
    let at = start
    while (at < this.#end) {
      const byte = this.#bytes[at] ?? 0
      if (byte === 0x22) {
        if (at - start > nameBytesMax) return null
        this.#at = at + 1
        const { buffer, byteOffset } = this.#bytes
        return Buffer.from(buffer, byteOffset + start, at - start).toString('utf8')
      }
      if (byte === 0x5c || byte < 0x20) return null
      at = byte < 0x80 ? at + 1 : utf8Sequence(this.#bytes, at, this.#end)
      if (at < 0) return null
    }
    return null
  }

  #take(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false
    this.#at++
    return true
  }

  #skipWhiteSpace(): void {
    while (isWhiteSpace(this.#bytes[this.#at])) this.#at++
  }
}

/** No name holds a control character (see `#name`), so that these marks make every shape's signature its own. */
function signature(fields: readonly ShapeField[]): string {
  return fields
    .map(field => (field.fields === null ? field.name : `${field.name}\u0001${signature(field.fields)}\u0002`))
    .join('\u0003')
}
