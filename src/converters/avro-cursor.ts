// Reads Avro's binary form from bytes: every length is checked against what is there before anything is made from it.
import { SerializationError } from '../connect/errors.ts'
import { FilledIn } from './filled-in.ts'
import { decodeUtf8 } from './java-utf8.ts'

/** Items that take no bytes (nulls, empty records) may come in any number; more than this is an attack. */
const emptyItemsMax = 1_000_000
/** So may fields, where the schema doubles them. */
const emptyFieldsMax = 100_000
/** Records, lists, maps and unions within each other: as deep as JSON may be. Printing goes as deep. */
const depthMax = 1000

export class AvroCursor {
  readonly bytes: Buffer
  readonly filled = new FilledIn()
  readonly #view: DataView
  readonly #end: number
  #at: number
  #emptyItems = 0
  #emptyFields = 0
  #depth = 0

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#end = bytes.length
    this.#at = start
  }

  boolean(): boolean {
    const byte = this.#byte()
    if (byte > 1) throw this.#error(`a boolean of ${byte}`)
    return byte === 1
  }

  int(): number {
    let result = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte()
      result |= (byte & 0x7f) << shift
      if (byte < 0x80) return (result >>> 1) ^ -(result & 1)
    }
    throw this.#error('an int longer than 5 bytes')
  }

  long(): bigint {
    const start = this.#at
    const small = this.#varint()
    if (small >= 0) return BigInt(small % 2 === 0 ? small / 2 : -(small + 1) / 2)
    this.#at = start
    return this.#bigLong()
  }

  /** A length or count: small enough to be a number. */
  length(): number {
    const value = this.long()
    const number = Number(value)
    if (!Number.isSafeInteger(number)) throw this.#error(`a count of ${value}`)
    return number
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  /** A view, not a copy. */
  blob(): Buffer {
    return this.fixed(this.#size('bytes'))
  }

  fixed(size: number): Buffer {
    const start = this.#take(size)
    return this.bytes.subarray(start, start + size)
  }

  string(): string {
    return decodeUtf8(this.fixed(this.#size('string')))
  }

  index(count: number, what: string): number {
    const index = this.int()
    if (index < 0 || index >= count) throw this.#error(`${what} ${index} of ${count}`)
    return index
  }

  /** Calls `item` for every item of the blocks of an array or map. `empty`: items may take no bytes. */
  items(item: () => void, empty: boolean): void {
    this.enter(0)
    for (;;) {
      let count = this.length()
      if (count === 0) return this.leave()
      if (count < 0) {
        count = -count
        this.#size('block')
      }
      if (empty) {
        this.#emptyItems += count
        if (this.#emptyItems > emptyItemsMax) throw this.#error(`more than ${emptyItemsMax} items that take no bytes`)
      } else if (count > this.#end - this.#at) throw this.#error(`a block of ${count} items`)
      for (; count > 0; count--) item()
    }
  }

  /** Into a value that holds others, of which so many fields take no bytes; `leave` comes behind its last one. */
  enter(emptyFields: number): void {
    if (++this.#depth > depthMax) throw this.#error(`nesting deeper than ${depthMax} levels`)
    this.#emptyFields += emptyFields
    if (this.#emptyFields > emptyFieldsMax) throw this.#error(`more than ${emptyFieldsMax} fields that take no bytes`)
  }

  leave(): void {
    this.#depth--
  }

  #size(what: string): number {
    const size = this.length()
    if (size < 0 || size > this.#end - this.#at) throw this.#error(`a ${what} of ${size} bytes`)
    return size
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

  /** An unsigned varint of up to 49 bits; -1 where it is longer. */
  #varint(): number {
    let result = 0
    let factor = 1
    for (let count = 0; count < 7; count++) {
      const byte = this.#byte()
      result += (byte & 0x7f) * factor
      if (byte < 0x80) return result
      factor *= 128
    }
    return -1
  }

  #bigLong(): bigint {
    let result = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, (result >> 1n) ^ -(result & 1n))
    }
    throw this.#error('a long longer than 10 bytes')
  }

  #error(found: string): SerializationError {
    return new SerializationError(`Malformed Avro at byte ${this.#at}: found ${found}`)
  }
}
