// Remembers schemas by the JSON bytes they came as, so that the same bytes always give the identical Schema object.
import { type Schema } from '../connect/data.ts'
import { skipValue } from './json-scan.ts'

export interface Entry {
  readonly bytes: Buffer
  readonly length: number
  readonly schema: Schema
}

/** Larger schemas are read anew each time. */
const entryBytesMax = 1024 * 1024
/** Of all schemas together: a topic whose schemas never repeat must not fill the memory. A schema takes many times its bytes. */
const bytesMax = 16 * entryBytesMax

/** Holds at most `size` schemas, and so many bytes of them; the one longest unused goes first. */
export class SchemaCache {
  readonly #size: number
  readonly #entries = new Map<string, Entry>()
  #bytes = 0
  #last: Entry | null = null

  constructor(size: number) {
    this.#size = size
  }

  /** The schema whose bytes stand at `start`, or null. Throws where no JSON value stands there. */
  find(bytes: Buffer, start: number): Entry | null {
    // A JSON object says itself where it ends: if its bytes stand there, it is the whole value.
    const last = this.#last
    if (
      last !== null &&
      start + last.length <= bytes.length &&
      bytes.compare(last.bytes, 0, last.length, start, start + last.length) === 0
    )
      return last
    if (this.#entries.size < 2) return null
    const key = bytes.toString('latin1', start, skipValue(bytes, start, bytes.length, 1))
    const entry = this.#entries.get(key)
    if (entry === undefined) return null
    // Taken out and put in again: the Map's order is then that of use.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    this.#last = entry
    return entry
  }

  /** Remembers the schema read from `bytes[start, end)`. */
  add(bytes: Buffer, start: number, end: number, schema: Schema): void {
    if (this.#size <= 0 || end - start > entryBytesMax) return
    const length = end - start
    const key = bytes.toString('latin1', start, end)
    if (this.#entries.delete(key)) this.#bytes -= length
    while (this.#entries.size >= this.#size || (this.#entries.size > 0 && this.#bytes + length > bytesMax))
      this.#dropOldest()
    this.#bytes += length
    const entry = { bytes: Buffer.from(bytes.subarray(start, end)), length, schema }
    this.#entries.set(key, entry)
    this.#last = entry
  }

  #dropOldest(): void {
    for (const [key, { length }] of this.#entries) {
      this.#entries.delete(key)
      this.#bytes -= length
      return
    }
  }
}
