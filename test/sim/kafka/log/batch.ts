// Record batches of format v2: written as a broker stores them, and read where a producer sends them.
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { crc32cOf } from './crc32c.ts'

export type Codec = 'none' | 'gzip'

export interface LogRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [key: string, value: Buffer | null])[]
}

/** A batch as it lies in a log. */
export interface Batch {
  readonly base: number
  readonly last: number
  readonly epoch: number
  readonly codec: Codec
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** -1: not of a transaction. */
  readonly producerId: number
  /** How the transaction ended; its one record is for brokers and clients only. */
  readonly control: 'commit' | 'abort' | null
  /** What compaction has left of them. */
  readonly records: readonly LogRecord[]
  readonly bytes: Buffer
}

const codecs: readonly string[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** From here to the end a batch is covered by its checksum. */
const checkedFrom = 21
const headBytes = 61
const scratch = new Writer()
const whole = new Writer()

export function storedBatch(batch: Omit<Batch, 'bytes'>): Batch {
  const { base, last, codec, producerId, control, records, baseTimestamp, maxTimestamp, epoch } = batch
  scratch.begin(false)
  for (const record of records) writeRecord(record, base, baseTimestamp)
  const body = codec === 'gzip' ? gzipSync(scratch.written) : scratch.written
  whole.begin(false)
  whole.int64(base)
  whole.int32(headBytes - 12 + body.length)
  whole.int32(epoch)
  whole.int8(2)
  whole.int32(0)
  whole.int16(codecs.indexOf(codec) | (producerId >= 0 ? 16 : 0) | (control !== null ? 32 : 0))
  whole.int32(last - base)
  whole.int64(baseTimestamp)
  whole.int64(maxTimestamp)
  whole.int64(producerId)
  whole.int16(producerId >= 0 ? 0 : -1)
  whole.int32(producerId >= 0 && control === null ? base : -1)
  whole.int32(records.length)
  whole.raw(body)
  const bytes = Buffer.from(whole.written)
  bytes.writeUInt32BE(crc32cOf(bytes.subarray(checkedFrom)), 17)
  return { ...batch, bytes }
}

const parts = new Writer()

function writeRecord({ offset, timestamp, key, value, headers }: LogRecord, base: number, baseTimestamp: number): void {
  parts.begin(false)
  parts.int8(0)
  parts.varint(timestamp - baseTimestamp)
  parts.varint(offset - base)
  writeBlob(key)
  writeBlob(value)
  parts.varint(headers.length)
  for (const [name, content] of headers) {
    writeBlob(Buffer.from(name))
    writeBlob(content)
  }
  scratch.varint(parts.length)
  scratch.raw(parts.written)
}

function writeBlob(bytes: Buffer | null): void {
  parts.varint(bytes?.length ?? -1)
  if (bytes !== null) parts.raw(bytes)
}

/** What a producer sent, its offsets counted from 0; null: the bytes are no whole batch of an idle producer, or damaged. */
export function readSentBatch(bytes: Buffer): LogRecord[] | null {
  if (bytes.length < headBytes) return null
  const head = new Reader(bytes, false)
  head.int64()
  if (head.int32() !== bytes.length - 12) return null
  head.int32()
  if (head.int8() !== 2 || head.uint32() !== crc32cOf(bytes.subarray(checkedFrom))) return null
  const attributes = head.int16()
  const lastDelta = head.int32()
  const baseTimestamp = head.int64()
  const body = unpacked(bytes.subarray(headBytes), codecs[attributes & 7])
  const count = bytes.readInt32BE(57)
  if (body === null || count !== lastDelta + 1) return null
  const reader = new Reader(body, false)
  const records = Array.from({ length: count }, () => readRecord(reader, baseTimestamp))
  return reader.isAtEnd && records.every(({ offset }, index) => offset === index) ? records : null
}

/** With its place in the log; its checksum covers neither offset nor epoch. */
export function sentBatch(sent: Buffer, records: readonly LogRecord[], base: number, epoch: number): Batch {
  const bytes = Buffer.from(sent)
  const head = new Reader(bytes, false, checkedFrom)
  const codec = (head.int16() & 7) === 1 ? 'gzip' : 'none'
  const last = base + head.int32()
  const baseTimestamp = head.int64()
  const maxTimestamp = head.int64()
  bytes.writeBigInt64BE(BigInt(base), 0)
  bytes.writeInt32BE(epoch, 12)
  const placed = records.map(record => ({ ...record, offset: base + record.offset }))
  return {
    base,
    last,
    epoch,
    codec,
    baseTimestamp,
    maxTimestamp,
    producerId: -1,
    control: null,
    records: placed,
    bytes
  }
}

function unpacked(bytes: Buffer, codec: string | undefined): Buffer | null {
  if (codec === 'none') return bytes
  if (codec === 'gzip') return gunzipSync(bytes)
  return codec === 'zstd' ? zstdDecompressSync(bytes) : null
}

function readRecord(reader: Reader, baseTimestamp: number): LogRecord {
  const end = reader.varint() + reader.at
  reader.int8()
  const timestamp = baseTimestamp + reader.varint()
  const offset = reader.varint()
  const blob = (): Buffer | null => {
    const length = reader.varint()
    return length < 0 ? null : Buffer.from(reader.raw(length))
  }
  const key = blob()
  const value = blob()
  const headers = Array.from({ length: reader.varint() }, () => [blob()?.toString() ?? '', blob()] as const)
  if (reader.at !== end) throw new Error(`a record that ends at ${reader.at} and not at ${end}`)
  return { offset, timestamp, key, value, headers }
}
