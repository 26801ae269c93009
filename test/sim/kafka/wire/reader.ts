// Reads Kafka's protocol types in their order; "flexible" versions have compact lengths and tagged fields.

export class Reader {
  readonly bytes: Buffer
  readonly flexible: boolean
  at: number

  constructor(bytes: Buffer, flexible: boolean, at = 0) {
    this.bytes = bytes
    this.flexible = flexible
    this.at = at
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  bool(): boolean {
    return this.int8() !== 0
  }

  int8(): number {
    return this.bytes.readInt8(this.at++)
  }

  int16(): number {
    this.at += 2
    return this.bytes.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.bytes.readInt32BE(this.at - 4)
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  /** Exact to 2^53, which no offset or time of a world reaches. */
  int64(): number {
    const high = this.int32()
    return high * 2 ** 32 + this.uint32()
  }

  uvarint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes.readUInt8(this.at++)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  /** Zigzag. */
  varint(): number {
    const value = this.uvarint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  uuid(): string {
    return this.raw(16).toString('hex')
  }

  raw(length: number): Buffer {
    const end = this.at + length
    if (length < 0 || end > this.bytes.length) throw new Error(`${length} bytes at ${this.at} of ${this.bytes.length}`)
    const part = this.bytes.subarray(this.at, end)
    this.at = end
    return part
  }

  nullableString(): string | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int16()
    return length < 0 ? null : this.raw(length).toString('utf8')
  }

  string(): string {
    const text = this.nullableString()
    if (text === null) throw new Error(`null at ${this.at}, where a string must be`)
    return text
  }

  nullableBytes(): Buffer | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int32()
    return length < 0 ? null : this.raw(length)
  }

  blob(): Buffer {
    const bytes = this.nullableBytes()
    if (bytes === null) throw new Error(`null at ${this.at}, where bytes must be`)
    return bytes
  }

  nullableArray<T>(read: () => T): T[] | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int32()
    return length < 0 ? null : Array.from({ length }, read)
  }

  array<T>(read: () => T): T[] {
    const list = this.nullableArray(read)
    if (list === null) throw new Error(`null at ${this.at}, where a list must be`)
    return list
  }

  /** Passes over what stands in the tagged fields: none that a client sends is of use here. */
  tags(): void {
    if (!this.flexible) return
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint()
      this.raw(this.uvarint())
    }
  }
}
