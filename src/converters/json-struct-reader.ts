// The compiled way through JSON with a schema: the schema's bytes are known from an earlier record, and the payload is scanned with its types in hand.
//
// What makes it safe. Beside the rules of json-field-reader.ts each leaf must stand just as its type has it: whole numbers within the range, base64
// without slack, a base64 decimal. Coercions (1.9 for an int32, "5" for a number), defaults in place of null, maps and whatever else takes a second
// thought are read by the general way.
import { type CompiledReader, type NumberStyle, type Shape, slotKinds, type SlotKind } from '../connect/compiled.ts'
import { type Schema } from '../connect/data.ts'
import { dayMs } from '../connect/values/logical-types.ts'
import { type BoundShape, bindShape, type Column, leafTypes } from './json-binding.ts'
import { leafKinds, type LeafScanner } from './json-leaf.ts'
import { floatOfText } from './json-node.ts'
import { JsonObjectWalk } from './json-object-walk.ts'
import { type JsonShape } from './json-shape.ts'
import { KnownBytes } from './known-bytes.ts'
import {
  copyBytes,
  decimalNumber,
  decimalText,
  isBase64,
  latin1,
  numberOfText,
  plainNumber,
  realText,
  timeJson,
  unescape,
  wholeOf,
  writeAscii,
  writeDouble,
  writeJsonText,
  writeNumberWord
} from './leaf-text.ts'
import { decimalToNumber } from './json-reader.ts'

/** A schema and the bytes it came as. */
export interface SchemaText {
  readonly bytes: Buffer
  readonly schema: Schema
}

/** The schema whose bytes stand at `at`; null: not seen before. */
export type SchemaAt = (bytes: Buffer, at: number) => SchemaText | null

const bindingsMax = 1000
/** Of all bindings together: each has a column for every leaf of its schema. */
const columnsMax = 500_000
/** Beginnings of one topic's records that are compared before the converter's cache is asked. */
const recentMax = 4
const slotsMin = 64
const exactDigitsMax = 15
/** A number of so many characters, without an exponent, is within the range of a float. */
const sureRealLength = 38
/** With its `e` and sign; longer ones are no leaves. */
const exponentLengthMax = 6
/** Whole numbers of so many characters fit 64 bits. */
const longDigitsMax = 18
/** Of a whole number of so many characters Java writes no exponent. */
const noExponentMax = 7
const decimalTextMax = 88
const daysMax = 100_000_000
const comma = 0x2c
const openArray = 0x5b
const closeArray = 0x5d
const open = 0x7b
const close = 0x7d
const schemaName = Buffer.from('"schema"')
const payloadName = Buffer.from('"payload"')
const longMax = 2n ** 63n - 1n
/** By leaf type, the length up to which a whole number, sign and all, is surely in range. */
const sureLengths = Uint8Array.of(0, 0, 2, 4, 9, longDigitsMax)
const wholeMax = [0, 0, 127, 32_767, 2_147_483_647] as const

/** How a record of late began, up to its payload, and the schema in that beginning. */
interface Beginning {
  readonly schema: Schema
  readonly bytes: KnownBytes
}

/** See the head of this file. `fixed` is the schema of `schema.content`: values are bare payloads then. */
export class JsonStructReader implements CompiledReader {
  /** The schema stands in the bytes, or in the configuration. */
  readonly needs = null
  readonly #style: NumberStyle
  readonly #schemaAt: SchemaAt
  readonly #walk = new JsonObjectWalk('map')
  readonly #leaves: LeafScanner
  readonly #bindings = new WeakMap<Schema, Map<JsonShape, BoundShape | null>>()
  #bindingCount = 0
  #columnCount = 0
  #schema: Schema | null
  /** The newest first. */
  #recent: readonly Beginning[] = []
  readonly #isFixed: boolean
  #payload: JsonShape | null = null
  #bound: BoundShape | null = null
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(this.#bytes.buffer)
  #source: Uint8Array = this.#bytes
  #length = 0
  #extraRoom = 0
  #kinds = new Uint8Array(slotsMin)
  odd = false

  constructor(style: NumberStyle, fixed: Schema | null, schemaAt: SchemaAt) {
    this.#style = style
    this.#schema = fixed
    this.#isFixed = fixed !== null
    this.#schemaAt = schemaAt
    this.#leaves = this.#walk.leaves
  }

  read(bytes: Uint8Array, start: number, end: number): Shape | null {
    if (bytes !== this.#source) {
      this.#source = bytes
      this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    this.#length = end - start
    const from = this.#isFixed ? start : this.#payloadStart(start, end)
    if (from < 0) return null
    const payload = this.#walk.read(bytes, from, end)
    if (payload === null || !this.#ends(this.#walk.after, end)) return null
    const bound = this.#bind(payload)
    return bound === null || !this.#check(bound) ? null : bound
  }

  /** From the envelope's start to its payload; the schema is found on the way. -1 where the general way must look. */
  #payloadStart(start: number, end: number): number {
    const [last] = this.#recent
    if (last !== undefined && this.#begins(last, start, end)) return start + last.bytes.length
    const found = this.#recent.find(each => this.#begins(each, start, end)) ?? this.#readBeginning(start, end)
    if (found === null) return -1
    this.#recent = [found, ...this.#recent.filter(each => each !== found)].slice(0, recentMax)
    this.#schema = found.schema
    this.#payload = null
    return start + found.bytes.length
  }

  /** What stands in the same bytes was read from them before, and reads the same. */
  #begins({ bytes }: Beginning, start: number, end: number): boolean {
    return start + bytes.length <= end && bytes.stand(this.#bytes, this.#view, start)
  }

  #readBeginning(start: number, end: number): Beginning | null {
    const leaves = this.#leaves
    leaves.begin(this.#bytes, end, 1)
    let at = leaves.skipWhiteSpace(start)
    if (this.#bytes[at] !== open) return null
    at = this.#member(schemaName, at + 1)
    if (at < 0 || at > end) return null
    // A JSON object says itself where it ends: if the bytes of a schema stand there, they are the whole of it.
    const found = this.#schemaAt(this.#bytes.subarray(start, end), at - start)
    if (found === null) return null
    at = leaves.skipWhiteSpace(at + found.bytes.length)
    if (this.#bytes[at] !== comma) return null
    at = this.#member(payloadName, at + 1)
    if (at < 0 || at > end) return null
    return { schema: found.schema, bytes: new KnownBytes(Buffer.from(this.#bytes.subarray(start, at))) }
  }

  /** Behind a member's name and colon. */
  #member(name: Buffer, at: number): number {
    const bytes = this.#bytes
    at = this.#leaves.skipWhiteSpace(at)
    for (let index = 0; index < name.length; index++) if (bytes[at++] !== name[index]) return -1
    at = this.#leaves.skipWhiteSpace(at)
    return bytes[at] === 0x3a ? this.#leaves.skipWhiteSpace(at + 1) : -1
  }

  /** Behind the payload the envelope closes, and nothing follows: that would be the general way's matter. */
  #ends(at: number, end: number): boolean {
    const leaves = this.#leaves
    if (this.#isFixed) return at === end || leaves.skipWhiteSpace(at) >= end
    const last = leaves.skipWhiteSpace(at)
    if (last >= end || this.#bytes[last] !== close) return false
    return last + 1 === end || leaves.skipWhiteSpace(last + 1) >= end
  }

  #bind(payload: JsonShape): BoundShape | null {
    if (payload === this.#payload) return this.#bound
    const schema = this.#schema
    if (schema === null) return null
    let known = this.#bindings.get(schema)
    if (known === undefined) {
      known = new Map()
      this.#bindings.set(schema, known)
    }
    let bound = known.get(payload)
    if (bound === undefined) {
      if (this.#bindingCount === bindingsMax || this.#columnCount > columnsMax) return null
      bound = bindShape(this.#bindingCount++, schema, payload)
      this.#columnCount += bound?.slots ?? 0
      known.set(payload, bound)
    }
    this.#payload = payload
    this.#bound = bound
    if (bound !== null && bound.slots >= this.#kinds.length) this.#kinds = new Uint8Array(2 * bound.slots)
    return bound
  }

  // --- types ---

  #check({ types, sources, columns }: BoundShape): boolean {
    this.odd = false
    this.#extraRoom = 0
    const leaves = this.#leaves
    for (let slot = 0; slot < types.length; slot++) {
      const type = types[slot] ?? leafTypes.none
      const leaf = sources[slot] ?? -1
      const leafKind = leaf < 0 ? leafKinds.null : leaves.kinds[leaf]
      // Nearly all leaves are one of these two: seen here without a call.
      if (leafKind === leafKinds.plainText && type === leafTypes.text) {
        this.#kinds[slot] = slotKinds.text
        continue
      }
      if (
        leafKind === leafKinds.whole &&
        (leaves.ends[leaf] ?? 0) - (leaves.starts[leaf] ?? 0) <= (sureLengths[type] ?? 0)
      ) {
        this.#kinds[slot] = slotKinds.number
        continue
      }
      const kind = this.#kindOf(type, leaf, columns[slot])
      if (kind < 0) return false
      if (kind !== slotKinds.boolean && kind !== slotKinds.number && kind !== slotKinds.text) this.odd = true
      this.#kinds[slot] = kind
    }
    return true
  }

  /** The slot's kind; -1 where the leaf does not stand just as its type has it. */
  #kindOf(type: number, leaf: number, column: Column | undefined): number {
    const leaves = this.#leaves
    const kind = leaf < 0 ? leafKinds.null : leaves.kinds[leaf]
    if (kind === leafKinds.null) return column?.nullable === true ? slotKinds.null : -1
    if (type === leafTypes.array) return kind === leafKinds.array && this.#checkElements(leaf, column) ? slotKinds.array : -1
    return this.#scalarKind(type, leaf, kind ?? leafKinds.other, column)
  } // prettier-ignore

  #scalarKind(type: number, leaf: number, kind: number, column: Column | undefined): number {
    const leaves = this.#leaves
    const start = leaves.starts[leaf] ?? 0
    const end = leaves.ends[leaf] ?? 0
    switch (type) {
      case leafTypes.boolean:
        return kind === leafKinds.true || kind === leafKinds.false ? slotKinds.boolean : -1
      case leafTypes.int8:
      case leafTypes.int16:
      case leafTypes.int32:
        return kind === leafKinds.whole && this.#isInt(wholeMax[type] ?? 0, start, end) ? slotKinds.number : -1
      case leafTypes.int64:
        return kind === leafKinds.whole && this.#isLong(start, end) ? slotKinds.number : -1
      case leafTypes.float32:
      case leafTypes.float64:
        // Of a number with few digits this may be longer than its text.
        this.#extraRoom += 26
        return this.#isFiniteReal(type, kind, start, end) ? slotKinds.number : -1
      case leafTypes.text:
        return kind === leafKinds.plainText || kind === leafKinds.escapedText ? slotKinds.text : -1
      case leafTypes.bytes:
        return kind === leafKinds.plainText && isBase64(this.#bytes, start, end) ? slotKinds.text : -1
      case leafTypes.decimal: {
        this.#extraRoom += 200 + Math.min(1000, Math.abs(column?.scale ?? 0))
        const fits = end > start && end - start <= decimalTextMax
        return fits && kind === leafKinds.plainText && isBase64(this.#bytes, start, end) ? slotKinds.number : -1
      }
      default:
        return kind === leafKinds.whole ? this.#timeKind(type, start, end) : -1
    }
  } // prettier-ignore

  /** What would become an infinity is the general way's matter. */
  #isFiniteReal(type: number, kind: number, start: number, end: number): boolean {
    if (kind === leafKinds.number) return true
    if (kind !== leafKinds.whole && kind !== leafKinds.decimal) return false
    const isSure = end - start <= sureRealLength && (kind === leafKinds.whole || !hasExponent(this.#bytes, end))
    return isSure || Number.isFinite(this.#real(type, start, end))
  }

  #isInt(most: number, start: number, end: number): boolean {
    if (end - start > exactDigitsMax) return false
    const value = wholeOf(this.#bytes, start, end)
    return value <= most && value >= -most - 1
  }

  #isLong(start: number, end: number): boolean {
    if (end - start <= longDigitsMax) return true
    if (end - start > longDigitsMax + 2) return false
    const value = BigInt(latin1(this.#bytes, start, end))
    return value <= longMax && value >= -longMax - 1n
  }

  #timeKind(type: number, start: number, end: number): number {
    this.#extraRoom += 32
    const value = end - start <= exactDigitsMax ? wholeOf(this.#bytes, start, end) : NaN
    if (Number.isNaN(value)) return -1
    if (type === leafTypes.date && Math.abs(value) > daysMax) return -1
    if (type === leafTypes.time && (value < 0 || value > dayMs)) return -1
    return type === leafTypes.none ? -1 : slotKinds.time
  }

  #checkElements(leaf: number, column: Column | undefined): boolean {
    const leaves = this.#leaves
    const { scratch } = leaves
    let at = leaves.skipWhiteSpace((leaves.starts[leaf] ?? 0) + 1)
    while (this.#bytes[at] !== closeArray) {
      at = leaves.skipWhiteSpace(leaves.scan(at, scratch))
      const kind = leaves.kinds[scratch] ?? leafKinds.other
      if (kind === leafKinds.null) {
        if (column?.elementNullable !== true) return false
      } else if (this.#scalarKind(column?.elementType ?? leafTypes.none, scratch, kind, column) < 0) return false
      if (this.#bytes[at] !== comma) break
      at = leaves.skipWhiteSpace(at + 1)
    }
    return true
  }

  // --- printing ---

  kind(slot: number): SlotKind {
    return (this.#kinds[slot] ?? slotKinds.other) as SlotKind
  }

  writeJson(slot: number, out: Buffer, at: number): number {
    const bound = this.#bound
    const leaf = bound?.sources[slot] ?? -1
    if (this.#kinds[slot] === slotKinds.null || bound === null) return writeAscii('null', out, at)
    if (this.#kinds[slot] !== slotKinds.array) return this.#json(bound.types[slot] ?? 0, leaf, bound.columns[slot], out, at)
    const leaves = this.#leaves
    const { scratch } = leaves
    const type = bound.columns[slot]?.elementType ?? leafTypes.none
    out[at++] = openArray
    let next = leaves.skipWhiteSpace((leaves.starts[leaf] ?? 0) + 1)
    while (this.#bytes[next] !== closeArray) {
      next = leaves.skipWhiteSpace(leaves.scan(next, scratch))
      const isNull = leaves.kinds[scratch] === leafKinds.null
      at = isNull ? writeAscii('null', out, at) : this.#json(type, scratch, undefined, out, at)
      if (this.#bytes[next] !== comma) break
      out[at++] = comma
      next = leaves.skipWhiteSpace(next + 1)
    }
    out[at++] = closeArray
    return at
  } // prettier-ignore

  #json(type: number, leaf: number, column: Column | undefined, out: Buffer, at: number): number {
    const leaves = this.#leaves
    const start = leaves.starts[leaf] ?? 0
    const end = leaves.ends[leaf] ?? 0
    switch (type) {
      case leafTypes.text:
        if (leaves.kinds[leaf] === leafKinds.escapedText) return writeJsonText(unescape(this.#bytes, start, end), out, at)
        return copyBytes(this.#bytes, start - 1, end + 1, out, at)
      case leafTypes.bytes:
        return copyBytes(this.#bytes, start - 1, end + 1, out, at)
      case leafTypes.float32:
      case leafTypes.float64: {
        const plain = type === leafTypes.float64 ? this.#plainReal(leaf, start, end, out, at) : -1
        if (plain >= 0) return plain
        const value = this.#real(type, start, end)
        if (type === leafTypes.float64) return writeDouble(value, this.#style, true, out, at)
        const text = realText(value, type === leafTypes.float32, this.#style)
        return writeAscii(Number.isFinite(value) ? text : `"${text}"`, out, at)
      }
      case leafTypes.date:
        return writeAscii(timeJson('date', dayMs * wholeOf(this.#bytes, start, end), this.#style), out, at)
      case leafTypes.time:
        return writeAscii(timeJson('time', wholeOf(this.#bytes, start, end), this.#style), out, at)
      case leafTypes.timestamp:
        return writeAscii(timeJson('timestamp', wholeOf(this.#bytes, start, end), this.#style), out, at)
      default:
        return this.#text(type, leaf, column, out, at)
    }
  } // prettier-ignore

  writeText(slot: number, out: Buffer, at: number): number {
    const bound = this.#bound
    return bound === null ? at : this.#text(bound.types[slot] ?? 0, bound.sources[slot] ?? -1, bound.columns[slot], out, at)
  } // prettier-ignore

  #text(type: number, leaf: number, column: Column | undefined, out: Buffer, at: number): number {
    const leaves = this.#leaves
    const start = leaves.starts[leaf] ?? 0
    const end = leaves.ends[leaf] ?? 0
    switch (type) {
      case leafTypes.text:
        if (leaves.kinds[leaf] !== leafKinds.escapedText) return copyBytes(this.#bytes, start, end, out, at)
        return at + out.write(unescape(this.#bytes, start, end).replace(/\p{Surrogate}/gu, '?'), at)
      case leafTypes.float32:
      case leafTypes.float64:
        return writeAscii(realText(this.#real(type, start, end), type === leafTypes.float32, this.#style), out, at)
      case leafTypes.decimal:
        return writeAscii(decimalText(this.#decimalBytes(start, end), column?.scale ?? 0, this.#style), out, at)
      default:
        return copyBytes(this.#bytes, start, end, out, at)
    }
  }

  number(slot: number): number {
    const bound = this.#bound
    const leaf = bound?.sources[slot] ?? -1
    const kind = this.#kinds[slot]
    if (bound === null || leaf < 0 || kind === slotKinds.null || kind === slotKinds.array) return NaN
    const start = this.#leaves.starts[leaf] ?? 0
    const end = this.#leaves.ends[leaf] ?? 0
    switch (bound.types[slot]) {
      case leafTypes.boolean:
      case leafTypes.bytes:
        return NaN
      case leafTypes.text:
        return this.#leaves.kinds[leaf] === leafKinds.plainText ? numberOfText(this.#bytes, start, end) : NaN
      case leafTypes.float32:
        // Java took a float's text, 1.1, and not the double beside it.
        return Number(realText(this.#real(leafTypes.float32, start, end), true, 'java'))
      case leafTypes.float64:
        return this.#leaves.kinds[leaf] === leafKinds.number
          ? plainNumber(this.#bytes, start, end)
          : this.#real(leafTypes.float64, start, end)
      case leafTypes.decimal:
        return decimalNumber(this.#decimalBytes(start, end), bound.columns[slot]?.scale ?? 0)
      case leafTypes.date:
        return dayMs * wholeOf(this.#bytes, start, end)
      case leafTypes.int64:
        if (end - start > exactDigitsMax) return Number(latin1(this.#bytes, start, end))
        return wholeOf(this.#bytes, start, end)
      default:
        return wholeOf(this.#bytes, start, end)
    }
  }

  writeNumber(slot: number, out: Buffer, at: number): number {
    return writeNumberWord(this.number(slot), out, at)
  }

  room(): number {
    const leaves = this.#leaves
    return (leaves.escapes ? 7 * this.#length : this.#length) + 26 * leaves.decimals + this.#extraRoom + 64 + 4 * (this.#bound?.slots ?? 0)
  } // prettier-ignore

  /** A double whose text is plain to see from its source; -1 for all others. */
  #plainReal(leaf: number, start: number, end: number, out: Buffer, at: number): number {
    if (this.#style !== 'java') return -1
    const kind = this.#leaves.kinds[leaf]
    if (kind === leafKinds.number) return copyBytes(this.#bytes, start, end, out, at)
    if (kind !== leafKinds.whole || end - start > noExponentMax) return -1
    return writeAscii('.0', out, copyBytes(this.#bytes, start, end, out, at))
  }

  #real(type: number, start: number, end: number): number {
    const text = latin1(this.#bytes, start, end)
    return type === leafTypes.float32 ? floatOfText(text) : decimalToNumber(text)
  }

  #decimalBytes(start: number, end: number): Buffer {
    return Buffer.from(latin1(this.#bytes, start, end), 'base64')
  }
}

function hasExponent(bytes: Uint8Array, end: number): boolean {
  for (let at = end - 2; at >= end - exponentLengthMax; at--) if (bytes[at] === 0x65 || bytes[at] === 0x45) return true
  return false
}
