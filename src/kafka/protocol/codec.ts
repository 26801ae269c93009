// Kafka's wire format from tables: each message is a list of fields with the versions that carry them.

/** What a field holds. `uuid` is 32 hex digits; `id64` stays a bigint, since producer ids use all 64 bits. */
type Primitive =
  'bool' | 'int8' | 'int16' | 'int32' | 'int64' | 'id64' | 'uuid' | 'string' | 'string?' | 'bytes' | 'bytes?'
export type FieldType =
  | Primitive
  | { readonly list: FieldType | Fields }
  | { readonly list0: FieldType | Fields }
  | { readonly struct0: Fields }
/** Name, type, versions ("3+", "0-2"; all where absent), tag where it is a tagged field, which may then be absent. */
export type Field =
  | readonly [name: string, type: FieldType]
  | readonly [name: string, type: FieldType, versions: string]
  | readonly [name: string, type: FieldType, versions: string, tag: number]
export type Fields = readonly Field[]

type ItemOf<T> = T extends Fields ? MessageOf<T> : T extends FieldType ? ValueOf<T> : never
export type ValueOf<T extends FieldType> = T extends 'bool'
  ? boolean
  : T extends 'int8' | 'int16' | 'int32' | 'int64'
    ? number
    : T extends 'id64'
      ? bigint
      : T extends 'uuid' | 'string'
        ? string
        : T extends 'string?'
          ? string | null
          : T extends 'bytes'
            ? Uint8Array
            : T extends 'bytes?'
              ? Uint8Array | null
              : T extends { readonly list: infer I }
                ? ItemOf<I>[]
                : T extends { readonly list0: infer I }
                  ? ItemOf<I>[] | null
                  : T extends { readonly struct0: infer I extends Fields }
                    ? MessageOf<I> | null
                    : never
/** The plain object of a message; in requests fields that the spoken version lacks are passed over. */
export type MessageOf<F extends Fields> = { [K in F[number] as K[0]]: ValueOf<K[1]> }

export interface Api {
  readonly key: number
  /** The versions our tables describe. */
  readonly min: number
  readonly max: number
  /** The first version with compact lengths and tagged fields. */
  readonly flexible: number
  readonly request: Fields
  readonly response: Fields
}

const zeroUuid = '0'.repeat(32)
const versionRanges = new Map<string, readonly [number, number]>()

function inVersion(field: Field, version: number): boolean {
  const text = field[2]
  if (text === undefined) return true
  let range = versionRanges.get(text)
  if (range === undefined) {
    const [from, to] = text.endsWith('+') ? [text.slice(0, -1), '99'] : text.split('-')
    range = [Number(from), Number(to ?? from)]
    versionRanges.set(text, range)
  }
  return version >= range[0] && version <= range[1]
}

/** Writes one request body. Grows as needed; `bytes` is what was written. */
class Writer {
  #buffer = Buffer.allocUnsafe(512)
  #at = 0

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at)
  }

  room(size: number): number {
    if (this.#at + size > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + size))
      this.#buffer.copy(larger, 0, 0, this.#at)
      this.#buffer = larger
    }
    const at = this.#at
    this.#at += size
    return at
  }

  int8(value: number): void {
    const at = this.room(1)
    this.#buffer.writeInt8(value, at)
  }

  int16(value: number): void {
    const at = this.room(2)
    this.#buffer.writeInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.room(4)
    this.#buffer.writeInt32BE(value, at)
  }

  int64(value: bigint): void {
    const at = this.room(8)
    this.#buffer.writeBigInt64BE(value, at)
  }

  varint(value: number): void {
    while (value > 127) {
      const at = this.room(1)
      this.#buffer[at] = (value & 127) | 128
      value >>>= 7
    }
    const at = this.room(1)
    this.#buffer[at] = value
  }

  raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length)
    this.#buffer.set(bytes, at)
  }
}

/** The body of a request in `version`; `message` must hold every field the version carries. */
export function encode(
  fields: Fields,
  message: Readonly<Record<string, unknown>>,
  version: number,
  flexible: boolean
): Buffer {
  const writer = new Writer()
  writeFields(writer, fields, message, version, flexible)
  return writer.bytes
}

function writeFields(
  w: Writer,
  fields: Fields,
  message: Readonly<Record<string, unknown>>,
  version: number,
  flexible: boolean
): void {
  for (const field of fields) {
    if (inVersion(field, version) && field[3] === undefined)
      writeValue(w, field[1], message[field[0]], version, flexible)
  }
  // No request of ours needs a tagged field.
  if (flexible) w.varint(0)
}

function writeLength(w: Writer, length: number, flexible: boolean, short: boolean): void {
  if (flexible) w.varint(length + 1)
  else if (short) w.int16(length)
  else w.int32(length)
}

function writeValue(w: Writer, type: FieldType, value: unknown, version: number, flexible: boolean): void {
  if (typeof type === 'object') return writeCompound(w, type, value, version, flexible)
  switch (type) {
    case 'bool':
      return w.int8(value === true ? 1 : 0)
    case 'int8':
      return w.int8(value as number)
    case 'int16':
      return w.int16(value as number)
    case 'int32':
      return w.int32(value as number)
    case 'int64':
      return w.int64(BigInt(value as number))
    case 'id64':
      return w.int64(value as bigint)
    case 'uuid':
      return w.raw(Buffer.from(value as string, 'hex'))
    case 'string':
    case 'string?': {
      if (value === null || value === undefined) return writeLength(w, -1, flexible, true)
      const bytes = Buffer.from(value as string, 'utf8')
      writeLength(w, bytes.length, flexible, true)
      return w.raw(bytes)
    }
    case 'bytes':
    case 'bytes?': {
      if (value === null || value === undefined) return writeLength(w, -1, flexible, false)
      const bytes = value as Uint8Array
      writeLength(w, bytes.length, flexible, false)
      return w.raw(bytes)
    }
  }
}

function writeCompound(
  w: Writer,
  type: Exclude<FieldType, Primitive>,
  value: unknown,
  version: number,
  flexible: boolean
): void {
  if ('struct0' in type) {
    w.int8(value === null ? -1 : 1)
    if (value !== null) writeFields(w, type.struct0, value as Record<string, unknown>, version, flexible)
    return
  }
  const item = 'list' in type ? type.list : type.list0
  const items = value as readonly unknown[] | null
  writeLength(w, items === null ? -1 : items.length, flexible, false)
  for (const entry of items ?? []) {
    if (isFields(item)) writeFields(w, item, entry as Record<string, unknown>, version, flexible)
    else writeValue(w, item, entry, version, flexible)
  }
}

function isFields(item: FieldType | Fields): item is Fields {
  return Array.isArray(item)
}

/** Reads one response body; every length is checked against what is left before anything is made of it. */
class Reader {
  readonly #buffer: Buffer
  #at: number

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer
    this.#at = at
  }

  get left(): number {
    return this.#buffer.length - this.#at
  }

  /** Moves over `size` bytes and returns where they began. */
  take(size: number): number {
    if (size < 0 || size > this.left)
      throw new Error(`an answer that declares ${size} bytes where ${this.left} are left`)
    const at = this.#at
    this.#at += size
    return at
  }

  int8(): number {
    return this.#buffer.readInt8(this.take(1))
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.take(2))
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.take(4))
  }

  int64(): number {
    const at = this.take(8)
    return this.#buffer.readInt32BE(at) * 4294967296 + this.#buffer.readUInt32BE(at + 4)
  }

  id64(): bigint {
    return this.#buffer.readBigInt64BE(this.take(8))
  }

  varint(): number {
    let value = 0
    for (let scale = 1, bytes = 0; bytes < 5; scale *= 128, bytes++) {
      const byte = this.#buffer.readUInt8(this.take(1))
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new Error('an answer with a length of more than five bytes')
  }

  hex(size: number): string {
    const at = this.take(size)
    return this.#buffer.toString('hex', at, at + size)
  }

  text(size: number): string {
    const at = this.take(size)
    return this.#buffer.toString('utf8', at, at + size)
  }

  bytes(size: number): Buffer {
    const at = this.take(size)
    return this.#buffer.subarray(at, at + size)
  }
}

/** The message in `buffer` from `at` on. Fields that `version` lacks get their neutral value. */
export function decode<F extends Fields>(
  fields: F,
  buffer: Buffer,
  at: number,
  version: number,
  flexible: boolean
): MessageOf<F> {
  return readFields(new Reader(buffer, at), fields, version, flexible) as MessageOf<F>
}

function readFields(r: Reader, fields: Fields, version: number, flexible: boolean): Record<string, unknown> {
  const message: Record<string, unknown> = {}
  for (const field of fields) {
    const present = inVersion(field, version) && field[3] === undefined
    message[field[0]] = present ? readValue(r, field[1], version, flexible) : neutral(field[1])
  }
  if (flexible) readTagged(r, fields, message, version)
  return message
}

function readTagged(r: Reader, fields: Fields, message: Record<string, unknown>, version: number): void {
  for (let count = r.varint(); count > 0; count--) {
    const tag = r.varint()
    const size = r.varint()
    const field = fields.find(candidate => candidate[3] === tag && inVersion(candidate, version))
    const bytes = r.bytes(size)
    if (field === undefined) continue
    const type = field[1]
    const inner = new Reader(bytes, 0)
    // A tagged struct that is present carries no marker of its own.
    message[field[0]] =
      typeof type === 'object' && 'struct0' in type
        ? readFields(inner, type.struct0, version, true)
        : readValue(inner, type, version, true)
  }
}

function neutral(type: FieldType): unknown {
  if (typeof type === 'object') return 'list' in type ? [] : null
  switch (type) {
    case 'bool':
      return false
    case 'int8':
    case 'int16':
    case 'int32':
      return type === 'int32' ? -1 : 0
    case 'int64':
      return -1
    case 'id64':
      return -1n
    case 'uuid':
      return zeroUuid
    case 'string':
      return ''
    case 'bytes':
      return Buffer.alloc(0)
    case 'string?':
    case 'bytes?':
      return null
  }
}

function readLength(r: Reader, flexible: boolean, short: boolean): number {
  if (flexible) return r.varint() - 1
  return short ? r.int16() : r.int32()
}

function readValue(r: Reader, type: FieldType, version: number, flexible: boolean): unknown {
  if (typeof type === 'object') return readCompound(r, type, version, flexible)
  switch (type) {
    case 'bool':
      return r.int8() !== 0
    case 'int8':
      return r.int8()
    case 'int16':
      return r.int16()
    case 'int32':
      return r.int32()
    case 'int64':
      return r.int64()
    case 'id64':
      return r.id64()
    case 'uuid':
      return r.hex(16)
    case 'string':
    case 'string?': {
      const length = readLength(r, flexible, true)
      return length < 0 ? (type === 'string' ? '' : null) : r.text(length)
    }
    case 'bytes':
    case 'bytes?': {
      const length = readLength(r, flexible, false)
      return length < 0 ? (type === 'bytes' ? Buffer.alloc(0) : null) : r.bytes(length)
    }
  }
}

function readCompound(r: Reader, type: Exclude<FieldType, Primitive>, version: number, flexible: boolean): unknown {
  if ('struct0' in type) return r.int8() < 0 ? null : readFields(r, type.struct0, version, flexible)
  const length = readLength(r, flexible, false)
  if (length < 0) return 'list' in type ? [] : null
  // Each item takes a byte at least, so a lying count can't make us loop or allocate beyond the answer itself.
  if (length > r.left) throw new Error(`an answer that declares ${length} items in ${r.left} bytes`)
  const item = 'list' in type ? type.list : type.list0
  const items: unknown[] = []
  for (let index = 0; index < length; index++) {
    items.push(isFields(item) ? readFields(r, item, version, flexible) : readValue(r, item, version, flexible))
  }
  return items
}
