// Writes Kafka's protocol types into a buffer that grows and is used again: what is written is sent before the next is begun.

export class Writer {
  flexible = false
  #bytes = Buffer.alloc(64 * 1024)
  #at = 0

  /** Begins anew. */
  begin(flexible: boolean): void {
    this.flexible = flexible
    this.#at = 0
  }

  /** What was written; valid until the next `begin`. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  get length(): number {
    return this.#at
  }

  patchInt32(at: number, value: number): void {
    this.#bytes.writeInt32BE(value, at)
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    this.#room(1).writeInt8(value, this.#at - 1)
  }

  int16(value: number): void {
    this.#room(2).writeInt16BE(value, this.#at - 2)
  }

  int32(value: number): void {
    this.#room(4).writeInt32BE(value, this.#at - 4)
  }

  uint32(value: number): void {
    this.#room(4).writeUInt32BE(value, this.#at - 4)
  }

  int64(value: number): void {
    this.int32(Math.floor(value / 2 ** 32))
    this.uint32(value >>> 0)
  }

  uvarint(value: number): void {
    let left = value
    for (; left > 127; left = Math.floor(left / 128)) this.#byte((left % 128) | 128)
    this.#byte(left)
  }

  /** Zigzag. */
  varint(value: number): void {
    this.uvarint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  uuid(hex: string): void {
    this.raw(Buffer.from(hex, 'hex'))
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.#at - bytes.length)
  }

  string(text: string | null): void {
    if (text === null) return this.#length(-1, 2)
    const length = Buffer.byteLength(text)
    this.#length(length, 2)
    this.#room(length).write(text, this.#at - length, 'utf8')
  }

  blob(bytes: Uint8Array | null): void {
    this.#length(bytes?.length ?? -1, 4)
    if (bytes !== null) this.raw(bytes)
  }

  /** Bytes that lie in pieces. */
  pieces(pieces: readonly Uint8Array[], length: number): void {
    this.#length(length, 4)
    let left = length
    for (const piece of pieces) {
      this.raw(piece.length <= left ? piece : piece.subarray(0, left))
      left -= Math.min(left, piece.length)
    }
  }

  array<T>(list: readonly T[] | null, write: (item: T) => void): void {
    this.#length(list?.length ?? -1, 4)
    if (list !== null) for (const item of list) write(item)
  }

  int32s(list: readonly number[]): void {
    this.array(list, value => this.int32(value))
  }

  /** No tagged field. */
  tags(): void {
    if (this.flexible) this.uvarint(0)
  }

  #length(length: number, bytes: 2 | 4): void {
    if (this.flexible) this.uvarint(length + 1)
    else if (bytes === 2) this.int16(length)
    else this.int32(length)
  }

  #byte(value: number): void {
    this.#room(1)[this.#at - 1] = value
  }

  /** The buffer, a larger one if need be, with so many bytes more taken. */
  #room(length: number): Buffer {
    this.#at += length
    if (this.#at > this.#bytes.length) {
      const larger = Buffer.alloc(2 * this.#at)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    return this.#bytes
  }
}
