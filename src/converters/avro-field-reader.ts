// The compiled way through Avro: one walk over the binary form by the writer schema's layout; nothing is decoded that is not printed.
//
// What makes it safe. The walk accepts a plain subset of what the general way accepts; for everything else (long varints, huge decimals, items that
// take no bytes, unknown schemas) it answers null and the general way reads the record again. Lengths are compared with `end` before they are used,
// all other positions only grow, and the last one is compared with `end`: nothing of a neighbour's bytes is ever printed.
import {
  type CompiledReader,
  type HeaderPlace,
  type Needed,
  type NumberStyle,
  type Shape,
  slotKinds,
  type SlotKind
} from '../connect/compiled.ts'
import { dayMs } from '../connect/values/logical-types.ts'
import { floatText } from '../java/double-text.ts'
import { type AvroReader } from './avro-compile.ts'
import { AvroCursor } from './avro-cursor.ts'
import { type AvroLayout, avroLayout, type AvroNode, stepCodes } from './avro-layout.ts'
import { AvroWalk } from './avro-walk.ts'
import {
  copyBytes,
  decimalNumber,
  decimalText,
  numberOfText,
  realText,
  staysAsItIs,
  timeJson,
  writeAscii,
  writeBase64,
  writeDouble,
  writeNumberWord,
  writeUtf8Json,
  writeUtf8Text,
  writeWhole
} from './leaf-text.ts'
import { type RegistryLookup } from './registry-converter.ts'
import { type FetchedSchema } from './registry-schemas.ts'

const shapesMax = 1000
/** Of all shapes together. */
const shapeFieldsMax = 500_000
/** A byte of the binary form prints as no more than so many: a control character, `\u0001`, a fixed of one byte in an array, `"AA==",`. */
const growthMax = 7
/** In longer values it is worth a look how texts print. */
const lengthAsked = 4096
const textAsked = 512

/** See the head of this file. */
export class AvroFieldReader implements CompiledReader {
  readonly #style: NumberStyle
  readonly #schemas: RegistryLookup<AvroReader>
  readonly #layouts = new WeakMap<AvroReader, { readonly layout: AvroLayout | null }>()
  #shapes = 0
  #shapeFields = 0
  #lastId = -1
  #lastSchema: FetchedSchema<AvroReader> | null = null
  /** The schema of the value read last. */
  needs: Needed | null = null
  #layout: AvroLayout | null = null
  #mask = -1
  #shape: Shape | null = null
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  #end = 0
  #length = 0
  readonly #walk = new AvroWalk()

  constructor(style: NumberStyle, schemas: RegistryLookup<AvroReader>) {
    this.#style = style
    this.#schemas = schemas
  }

  read(bytes: Uint8Array, start: number, end: number, place: HeaderPlace): Shape | null {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    this.#end = end
    this.#length = end - start
    const from = this.#findLayout(bytes, start, end, place)
    const layout = this.#layout
    if (from < 0 || layout === null) return null
    const mask = this.#walk.walk(layout, bytes, from, end)
    if (mask < 0) return null
    if (mask !== this.#mask || this.#shape === null) {
      this.#shape = this.#shapeOf(layout, mask)
      this.#mask = mask
    }
    return this.#shape
  }

  /** Where the payload begins, its layout chosen; -1 where the general way must look. */
  #findLayout(bytes: Uint8Array, start: number, end: number, place: HeaderPlace): number {
    if (!place.hasHeaders && end - start >= 5 && bytes[start] === 0) {
      const id = this.#view.getInt32(start + 1)
      if (id !== this.#lastId || this.#lastSchema === null) {
        this.#lastSchema = null
        this.#use(this.#schemas.find({ id }))
        this.#lastId = id
      }
      return start + 5
    }
    const framed = this.#schemas.frame(bytes.subarray(start, end), () => place.headers())
    if (framed === null) return -1
    this.#lastSchema = null
    this.#use(this.#schemas.find(framed.key))
    this.#lastSchema = null
    return start + framed.start
  }

  #use(schema: FetchedSchema<AvroReader> | null): void {
    this.#lastSchema = schema
    this.needs = schema
    this.#shape = null
    this.#layout = null
    if (schema === null) return
    let known = this.#layouts.get(schema.compiled)
    if (known === undefined) {
      known = { layout: avroLayout(schema.compiled) }
      this.#layouts.set(schema.compiled, known)
    }
    this.#layout = known.layout
    this.#walk.reserve(known.layout?.codes.length ?? 0)
  }

  #shapeOf(layout: AvroLayout, mask: number): Shape | null {
    const known = layout.shape(mask)
    if (known !== null) return known
    if (this.#shapes === shapesMax || this.#shapeFields > shapeFieldsMax) return null
    this.#shapeFields += layout.codes.length
    return layout.addShape(mask, this.#shapes++)
  }

  get odd(): boolean {
    return this.#walk.odd
  }

  kind(slot: number): SlotKind {
    return (this.#walk.kinds[slot] ?? slotKinds.other) as SlotKind
  }

  writeJson(slot: number, out: Buffer, at: number): number {
    const layout = this.#layout
    if (layout?.codes[slot] === stepCodes.text && this.#walk.kinds[slot] === slotKinds.text)
      return writeUtf8Json(this.#bytes, this.#walk.starts[slot] ?? 0, this.#walk.ends[slot] ?? 0, out, at)
    const node = layout?.nodes[slot]
    return node === undefined ? at : this.#json(node, slot, out, at)
  }

  #json(node: AvroNode, slot: number, out: Buffer, at: number): number {
    if (this.#walk.kinds[slot] === slotKinds.null) return writeAscii('null', out, at)
    const start = this.#walk.starts[slot] ?? 0
    const end = this.#walk.ends[slot] ?? 0
    switch (node.code) {
      case stepCodes.text:
        return writeUtf8Json(this.#bytes, start, end, out, at)
      case stepCodes.bytes:
      case stepCodes.fixed:
        return writeAscii('"', out, writeBase64(this.#bytes, start, end, out, writeAscii('"', out, at)))
      case stepCodes.enum: {
        const symbol = node.symbols[this.#walk.values[slot] ?? -1]?.json
        return symbol === undefined ? at : copyBytes(symbol, 0, symbol.length, out, at)
      }
      case stepCodes.float: {
        const text = this.#floatText(start)
        // JSON has no NaN: such numbers stand in quotes.
        return writeAscii(text.endsWith('N') || text.endsWith('y') ? `"${text}"` : text, out, at)
      }
      case stepCodes.double:
        return writeDouble(this.#view.getFloat64(start, true), this.#style, true, out, at)
      case stepCodes.date:
        return writeAscii(timeJson('date', this.number(slot), this.#style), out, at)
      case stepCodes.time:
        return writeAscii(timeJson('time', this.number(slot), this.#style), out, at)
      case stepCodes.timestamp:
        return writeAscii(timeJson('timestamp', this.number(slot), this.#style), out, at)
      case stepCodes.array:
        return this.#arrayJson(node, start, out, at)
      default:
        return this.#text(node, slot, out, at)
    }
  }

  writeText(slot: number, out: Buffer, at: number): number {
    return this.#text(this.#layout?.nodes[slot], slot, out, at)
  }

  #text(node: AvroNode | undefined, slot: number, out: Buffer, at: number): number {
    const start = this.#walk.starts[slot] ?? 0
    const end = this.#walk.ends[slot] ?? 0
    switch (node?.code) {
      case stepCodes.boolean:
        return writeAscii(this.#walk.values[slot] === 1 ? 'true' : 'false', out, at)
      case stepCodes.int:
        return writeWhole(this.#walk.values[slot] ?? 0, out, at)
      case stepCodes.long: {
        const value = this.#walk.values[slot] ?? 0
        return Number.isNaN(value) ? writeAscii(String(this.#bigLong(start)), out, at) : writeWhole(value, out, at)
      }
      case stepCodes.float:
        return writeAscii(this.#floatText(start), out, at)
      case stepCodes.double:
        return writeDouble(this.#view.getFloat64(start, true), this.#style, false, out, at)
      case stepCodes.text:
        return writeUtf8Text(this.#bytes, start, end, out, at)
      case stepCodes.bytes:
      case stepCodes.fixed:
        return writeBase64(this.#bytes, start, end, out, at)
      case stepCodes.enum: {
        const symbol = node.symbols[this.#walk.values[slot] ?? -1]?.bare
        return symbol === undefined ? at : copyBytes(symbol, 0, symbol.length, out, at)
      }
      case stepCodes.decimal:
      case stepCodes.fixedDecimal:
        return writeAscii(decimalText(this.#blob(slot), node.scale, this.#style), out, at)
      default:
        return at
    }
  }

  number(slot: number): number {
    const value = this.#walk.values[slot] ?? NaN
    const start = this.#walk.starts[slot] ?? 0
    const node = this.#layout?.nodes[slot]
    if (node === undefined || this.#walk.kinds[slot] === slotKinds.null) return NaN
    switch (node.code) {
      case stepCodes.int:
      case stepCodes.time:
      case stepCodes.timestamp:
        return value
      case stepCodes.long:
        return Number.isNaN(value) ? Number(this.#bigLong(start)) : value
      case stepCodes.date:
        return value * dayMs
      case stepCodes.float:
        // Java took a float's text, 1.1, and not the double beside it.
        return Number(floatText(this.#view.getFloat32(start, true)))
      case stepCodes.double:
        return this.#view.getFloat64(start, true)
      case stepCodes.text:
        return numberOfText(this.#bytes, start, this.#walk.ends[slot] ?? 0)
      case stepCodes.decimal:
      case stepCodes.fixedDecimal:
        return decimalNumber(this.#blob(slot), node.scale)
      default:
        return NaN
    }
  }

  writeNumber(slot: number, out: Buffer, at: number): number {
    const number = this.number(slot)
    return Number.isSafeInteger(number) && number !== 0 ? writeWhole(number, out, at) : writeNumberWord(number, out, at)
  }

  room(): number {
    const layout = this.#layout
    if (layout === null) return 0
    const room = growthMax * this.#length + layout.extraRoom
    return this.#length <= lengthAsked ? room : room - this.#roomSaved(layout)
  }

  #roomSaved({ codes }: AvroLayout): number {
    let saved = 0
    for (let step = 0; step < codes.length; step++) {
      if (codes[step] !== stepCodes.text || this.#walk.kinds[step] !== slotKinds.text) continue
      const start = this.#walk.starts[step] ?? 0
      const end = this.#walk.ends[step] ?? 0
      if (end - start > textAsked && staysAsItIs(this.#bytes, start, end, true))
        saved += (growthMax - 1) * (end - start)
    }
    return saved
  }

  #bigLong(start: number): bigint {
    return new AvroCursor(this.#bytes.subarray(0, this.#end), start).long()
  }

  #floatText(start: number): string {
    return realText(this.#view.getFloat32(start, true), true, this.#style)
  }

  #blob(slot: number): Uint8Array {
    return this.#bytes.subarray(this.#walk.starts[slot] ?? 0, this.#walk.ends[slot] ?? 0)
  }

  /** `read` has walked it already, so that every position is good. */
  #arrayJson({ parts }: AvroNode, at: number, out: Buffer, to: number): number {
    const [item] = parts
    const bytes = this.#bytes
    const { scratch } = this.#walk
    const first = to + 1
    out[to++] = 0x5b
    if (item === undefined) return to
    for (;;) {
      at = this.#walk.long(scratch, bytes, at)
      const count = this.#walk.values[scratch] ?? 0
      if (count === 0) break
      if (count < 0) at = this.#walk.long(scratch, bytes, at)
      for (let left = Math.abs(count); left > 0; left--) {
        if (to > first) out[to++] = 0x2c
        const isNull = item.nullAt >= 0 && (bytes[at++] ?? 0) >> 1 === item.nullAt
        if (isNull) this.#walk.kinds[scratch] = slotKinds.null
        else at = this.#walk.scalar(item.code, item, scratch, bytes, at, this.#end)
        to = this.#json(item, scratch, out, to)
      }
    }
    out[to++] = 0x5d
    return to
  }
}
