// Reads the Protobuf wire format from bytes: every length is checked against what is there.
import { SerializationError } from '../connect/errors.ts'

const groupDepthMax = 100

export class ProtobufCursor {
  readonly bytes: Buffer
  readonly #view: DataView
  readonly #end: number
  #at: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = start
    this.#end = end
  }

  get position(): number {
    return this.#at
  }

  atEnd(): boolean {
    return this.#at >= this.#end
  }

  /** Field number and wire type of what comes next. */
  tag(): { number: number; wire: number } {
    const tag = this.uint32()
    if (tag >>> 3 === 0) throw this.#error('a field number of 0')
    return { number: tag >>> 3, wire: tag & 7 }
  }

  /** The low 32 bits of a varint. */
  uint32(): number {
    return Number(BigInt.asUintN(32, this.varint()))
  }

  int32(): number {
    return Number(BigInt.asIntN(32, this.varint()))
  }

  sint32(): number {
    const value = this.uint32()
    return (value >>> 1) ^ -(value & 1)
  }

  /** An unsigned varint of 64 bits. */
  varint(): bigint {
    const first = this.#byte()
    if (first < 0x80) return BigInt(first)
    let result = BigInt(first & 0x7f)
    for (let shift = 7n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, result)
    }
    throw this.#error('a varint longer than 10 bytes')
  }

  sint64(): bigint {
    const value = this.varint()
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
  }

  fixed32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  sfixed32(): number {
    return this.#view.getInt32(this.#take(4), true)
  }

  fixed64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true)
  }

  sfixed64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true)
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  /** A length-delimited part: a view, not a copy. */
  blob(): Buffer {
    const length = this.varint()
    if (length > BigInt(this.#end - this.#at)) throw this.#error(`a part of ${length} bytes`)
    const start = this.#take(Number(length))
    return this.bytes.subarray(start, this.#at)
  }

  skip(wire: number, number: number, depth = 0): void {
    if (wire === 0) this.varint()
    else if (wire === 1) this.#take(8)
    else if (wire === 2) this.blob()
    else if (wire === 5) this.#take(4)
    else if (wire === 3 && depth < groupDepthMax) this.#skipGroup(number, depth + 1)
    else throw this.#error(`wire type ${wire} of field ${number}`)
  }

  #skipGroup(group: number, depth: number): void {
    for (;;) {
      const { number, wire } = this.tag()
      if (wire === 4 && number === group) return
      this.skip(wire, number, depth)
    }
  }

  #byte(): number {
    return this.bytes[this.#take(1)] ?? 0
  }

  #take(size: number): number {
    const start = this.#at
    if (size > this.#end - start) throw this.#error(`the end, ${size} bytes were expected`)
    this.#at = start + size
    return start
  }

  #error(found: string): SerializationError {
    return new SerializationError(`Malformed Protobuf at byte ${this.#at}: found ${found}`)
  }
}
