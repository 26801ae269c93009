// Walks a value in Avro's binary form by its schema's layout, and notes in slots where its leaves lie. It accepts a plain subset of what the general
// way accepts, as the head of avro-field-reader.ts says.
import { slotKinds } from '../connect/compiled.ts'
import { unnamedFieldsMax } from './filled-in.ts'
import { type AvroLayout, type AvroNode, stepCodes } from './avro-layout.ts'

const slotsMin = 64
const decimalBytesMax = 64
const daysMax = 100_000_000
const timestampMsMax = 8_640_000_000_000_000
/** Values within values that are passed over. The general way goes deeper. */
const depthMax = 200
/** Fields that take no bytes, of records that are passed over. The general way has a bound for them that lies higher. */
const emptyFieldsMax = 10_000

/** The slots of one value; the last one is for whatever is only passed over. */
export class AvroWalk {
  kinds = new Uint8Array(slotsMin)
  starts = new Int32Array(slotsMin)
  ends = new Int32Array(slotsMin)
  /** Whole numbers of up to 49 bits, indexes of enums; NaN for longer ones, which are decoded when they are printed. */
  values = new Float64Array(slotsMin)
  odd = false
  #emptyFields = 0
  /** Of unions, those not written. */
  #emptyBranches = 0

  get scratch(): number {
    return this.kinds.length - 1
  }

  /** Makes room for the slots of a layout. */
  reserve(slots: number): void {
    if (slots < this.kinds.length) return
    this.kinds = new Uint8Array(2 * slots)
    this.starts = new Int32Array(2 * slots)
    this.ends = new Int32Array(2 * slots)
    this.values = new Float64Array(2 * slots)
  }

  /** The mask of optional records that are null; -1 where the bytes are not plainly a value. */
  walk(layout: AvroLayout, bytes: Uint8Array, from: number, end: number): number {
    const { codes, nullAt, hasDefault, nodes, lasts, bits } = layout
    const { kinds, starts, ends } = this
    this.odd = false
    this.#emptyFields = 0
    this.#emptyBranches = 0
    let mask = 0
    let at = from
    for (let step = 0; step < codes.length; step++) {
      const code = codes[step] ?? 0
      const nullBranch = nullAt[step] ?? -1
      if (nullBranch >= 0) {
        const branch = bytes[at++]
        if (branch !== 0 && branch !== 2) return -1
        if (branch >> 1 === nullBranch) {
          if (hasDefault[step] === 1) return -1
          kinds[step] = slotKinds.null
          this.odd = true
          if (code === stepCodes.open) {
            mask |= bits[step] ?? 0
            const last = lasts[step] ?? step
            kinds.fill(slotKinds.null, step, last + 1)
            step = last
          }
          continue
        }
      }
      if (code === stepCodes.text) {
        // Most fields are short texts: their length is one byte, found here without a call.
        const size = bytes[at] ?? 0
        if (size < 0x80 && size % 2 === 0) {
          const textStart = at + 1
          at = textStart + (size >> 1)
          if (at > end) return -1
          kinds[step] = slotKinds.text
          starts[step] = textStart
          ends[step] = at
          continue
        }
      }
      if (code < stepCodes.array) at = this.scalar(code, nodes[step], step, bytes, at, end)
      else if (code !== stepCodes.open) at = this.#container(nodes[step], step, bytes, at, end)
      if (at < 0) return -1
    }
    return at <= end ? mask : -1
  }

  /** The position after a scalar, which is noted in `slot`; -1 where the general way must look. */
  scalar(code: number, node: AvroNode | undefined, slot: number, bytes: Uint8Array, at: number, end: number): number {
    this.starts[slot] = at
    switch (code) {
      case stepCodes.boolean: {
        const byte = bytes[at] ?? 0
        this.kinds[slot] = slotKinds.boolean
        this.values[slot] = byte
        return byte > 1 ? -1 : at + 1
      }
      case stepCodes.int:
        this.kinds[slot] = slotKinds.number
        return this.#int(slot, bytes, at)
      case stepCodes.long:
        this.kinds[slot] = slotKinds.number
        return this.long(slot, bytes, at)
      case stepCodes.float:
        this.kinds[slot] = slotKinds.number
        return at + 4
      case stepCodes.double:
        this.kinds[slot] = slotKinds.number
        return at + 8
      case stepCodes.text:
      case stepCodes.bytes:
        this.kinds[slot] = slotKinds.text
        return this.#block(slot, bytes, at, end)
      case stepCodes.fixed:
        this.kinds[slot] = slotKinds.text
        return this.#fixed(slot, at, node?.size ?? 0, end)
      case stepCodes.enum: {
        this.kinds[slot] = slotKinds.text
        const after = this.#int(slot, bytes, at)
        const index = this.values[slot] ?? -1
        return index >= 0 && index < (node?.size ?? 0) ? after : -1
      }
      case stepCodes.decimal:
        this.kinds[slot] = slotKinds.number
        return this.#decimal(slot, this.#block(slot, bytes, at, end))
      case stepCodes.fixedDecimal:
        this.kinds[slot] = slotKinds.number
        return this.#decimal(slot, this.#fixed(slot, at, node?.size ?? 0, end))
      default:
        return this.#time(code, slot, bytes, at)
    }
  }

  #int(slot: number, bytes: Uint8Array, at: number): number {
    let byte = bytes[at++] ?? 0
    let bits = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[at++] ?? 0
      if (shift === 28 && byte > 0x0f) return -1
      bits |= (byte & 0x7f) << shift
    }
    this.values[slot] = (bits >>> 1) ^ -(bits & 1)
    return at
  }

  long(slot: number, bytes: Uint8Array, at: number): number {
    let byte = bytes[at++] ?? 0
    if (byte < 0x80) {
      this.values[slot] = (byte >>> 1) ^ -(byte & 1)
      return at
    }
    let bits = byte & 0x7f
    let factor = 128
    let count = 1
    while (byte >= 0x80) {
      if (++count > 10) return -1
      byte = bytes[at++] ?? 0
      bits += (byte & 0x7f) * factor
      factor *= 128
    }
    this.values[slot] = count > 7 ? NaN : bits % 2 === 0 ? bits / 2 : -(bits + 1) / 2
    return at
  }

  /** Bytes behind their length. */
  #block(slot: number, bytes: Uint8Array, at: number, end: number): number {
    const start = this.long(slot, bytes, at)
    const size = this.values[slot] ?? -1
    return start < 0 || !(size >= 0) ? -1 : this.#fixed(slot, start, size, end)
  }

  #fixed(slot: number, start: number, size: number, end: number): number {
    if (size > end - start) return -1
    this.starts[slot] = start
    this.ends[slot] = start + size
    return start + size
  }

  #decimal(slot: number, after: number): number {
    const length = (this.ends[slot] ?? 0) - (this.starts[slot] ?? 0)
    return after >= 0 && length > 0 && length <= decimalBytesMax ? after : -1
  }

  #time(code: number, slot: number, bytes: Uint8Array, at: number): number {
    this.kinds[slot] = slotKinds.time
    this.odd = true
    const after = code === stepCodes.timestamp ? this.long(slot, bytes, at) : this.#int(slot, bytes, at)
    const value = this.values[slot] ?? NaN
    const most = code === stepCodes.timestamp ? timestampMsMax : code === stepCodes.date ? daysMax : Infinity
    return Math.abs(value) <= most ? after : -1
  }

  #container(node: AvroNode | undefined, slot: number, bytes: Uint8Array, at: number, end: number): number {
    this.odd = true
    this.kinds[slot] = node?.code === stepCodes.array ? slotKinds.array : slotKinds.other
    this.starts[slot] = at
    if (node === undefined) return -1
    return this.#skip(node, bytes, at, end, 0)
  }

  /** Checks a value (but for whether it is null) and answers the position after it. */
  #skip(node: AvroNode, bytes: Uint8Array, at: number, end: number, depth: number): number {
    if (depth > depthMax || at > end || node.long) return -1
    switch (node.form) {
      case 'scalar':
        return this.scalar(node.code, node, this.scratch, bytes, at, end)
      case 'null':
        return at
      case 'record':
        this.#emptyFields += node.emptyFields.count
        if (this.#emptyFields > emptyFieldsMax) return -1
        for (const part of node.parts) {
          at = this.#skipOptional(part, bytes, at, end, depth)
          if (at < 0) return -1
        }
        return at
      case 'union': {
        const branch = bytes[at++] ?? 0
        const part = node.parts[branch >> 1]
        this.#emptyBranches += node.parts.length
        if (this.#emptyBranches > unnamedFieldsMax) return -1
        return branch >= 0x80 || branch % 2 === 1 || part === undefined
          ? -1
          : this.#skip(part, bytes, at, end, depth + 1)
      }
      default:
        return this.#skipBlocks(node, bytes, at, end, depth)
    }
  }

  #skipOptional(node: AvroNode, bytes: Uint8Array, at: number, end: number, depth: number): number {
    if (node.nullAt < 0) return this.#skip(node, bytes, at, end, depth + 1)
    const branch = bytes[at++]
    if (branch !== 0 && branch !== 2) return -1
    return branch >> 1 === node.nullAt ? at : this.#skip(node, bytes, at, end, depth + 1)
  }

  #skipBlocks({ form, parts }: AvroNode, bytes: Uint8Array, at: number, end: number, depth: number): number {
    const [part] = parts
    const { scratch } = this
    if (part === undefined) return -1
    // Of items that take no bytes there may be any number: the general way has a bound for them.
    const isEmpty = form === 'array' && part.empty
    for (;;) {
      at = this.long(scratch, bytes, at)
      const count = this.values[scratch] ?? NaN
      if (at < 0 || at > end || Number.isNaN(count)) return -1
      if (count === 0) return at
      if (isEmpty) return -1
      if (count < 0) {
        at = this.long(scratch, bytes, at)
        const size = this.values[scratch] ?? -1
        if (at < 0 || !(size >= 0 && size <= end - at)) return -1
      }
      if (Math.abs(count) > end - at) return -1
      for (let left = Math.abs(count); left > 0; left--) {
        if (form === 'map') at = this.#block(scratch, bytes, at, end)
        if (at >= 0) at = this.#skipOptional(part, bytes, at, end, depth)
        if (at < 0 || at > end) return -1
      }
    }
  }
}
