// The primitives that members of a group write for each other, in Kafka's oldest encoding: big-endian, lengths in front.

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([int16(bytes.length), bytes])
}

export function blob(value: Uint8Array | null): Buffer {
  return value === null ? int32(-1) : Buffer.concat([int32(value.length), value])
}

/** Any member may have written these bytes: every length is checked against what is left. */
export class GroupReader {
  readonly #buffer: Buffer
  readonly #what: string
  #at = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#what = what
  }

  #take(size: number): number {
    const left = this.#buffer.length - this.#at
    if (size < 0 || size > left)
      throw new Error(`a member's ${this.#what} declares ${size} bytes where ${left} are left`)
    const at = this.#at
    this.#at += size
    return at
  }

  version(): number {
    const version = this.#buffer.readInt16BE(this.#take(2))
    if (version < 0) throw new Error(`a member's ${this.#what} has version ${version}`)
    return version
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4))
  }

  /** Exact up to 2^53. */
  int64(): number {
    return Number(this.#buffer.readBigInt64BE(this.#take(8)))
  }

  text(): string | null {
    const length = this.#buffer.readInt16BE(this.#take(2))
    if (length < 0) return null
    const at = this.#take(length)
    return this.#buffer.toString('utf8', at, at + length)
  }

  blob(): Uint8Array | null {
    // Some clients leave the trailing user data out altogether.
    if (this.#at === this.#buffer.length) return null
    const length = this.int32()
    if (length < 0) return null
    const at = this.#take(length)
    return this.#buffer.subarray(at, at + length)
  }

  list<T>(item: () => T): T[] {
    const count = this.int32()
    if (count > this.#buffer.length - this.#at) throw new Error(`a member's ${this.#what} declares ${count} items`)
    const items: T[] = []
    for (let index = 0; index < count; index++) items.push(item())
    return items
  }
}
