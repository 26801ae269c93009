// Writes record batches (message format v2) as producers do.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { batchHeaderBytes, batchPrefixBytes } from './batch-header.ts'
import { crc32c } from './crc32c.ts'

export interface RecordToWrite {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** The codecs written here, by their number in a batch's attributes. */
export const writtenCodecs = { none: 0, gzip: 1, zstd: 4 } as const
export type WrittenCodec = keyof typeof writtenCodecs

/** One batch of all `records`; the broker gives it its offsets. */
export function writeBatch(records: readonly RecordToWrite[], codec: WrittenCodec): Buffer {
  const [first] = records
  if (first === undefined) throw new Error('a batch without records')
  const plain = Buffer.concat(records.flatMap((record, index) => recordParts(record, index, first.timestamp)))
  const body = codec === 'none' ? plain : codec === 'gzip' ? gzipSync(plain) : zstdCompressSync(plain)
  const batch = Buffer.allocUnsafe(batchHeaderBytes + body.length)
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - batchPrefixBytes, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(writtenCodecs[codec], 21)
  batch.writeInt32BE(records.length - 1, 23)
  batch.writeBigInt64BE(BigInt(first.timestamp), 27)
  batch.writeBigInt64BE(BigInt(records.reduce((max, { timestamp }) => Math.max(max, timestamp), first.timestamp)), 35)
  // Neither producer id nor epoch nor sequence: the batch is not idempotent.
  batch.writeBigInt64BE(-1n, 43)
  batch.writeInt16BE(-1, 51)
  batch.writeInt32BE(-1, 53)
  batch.writeInt32BE(records.length, 57)
  batch.set(body, batchHeaderBytes)
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength)
  batch.writeUInt32BE(crc32c(view, 21, batch.length), 17)
  return batch
}

/** More than a record of these parts can take in a batch. */
export function recordBytesMax({ key, value, headers }: Omit<RecordToWrite, 'timestamp'>): number {
  let bytes = 32 + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) bytes += 10 + Buffer.byteLength(header.key) + (header.value?.length ?? 0)
  return bytes
}

function recordParts({ key, value, headers, timestamp }: RecordToWrite, index: number, base: number): Uint8Array[] {
  // Attributes, of which none is defined yet.
  const parts: Uint8Array[] = [Buffer.from([0]), varint(timestamp - base), varint(index)]
  pushBlob(parts, key)
  pushBlob(parts, value)
  parts.push(varint(headers.length))
  for (const header of headers) {
    pushBlob(parts, Buffer.from(header.key, 'utf8'))
    pushBlob(parts, header.value)
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return [varint(length), ...parts]
}

function pushBlob(parts: Uint8Array[], bytes: Uint8Array | null): void {
  if (bytes === null) parts.push(varint(-1))
  else parts.push(varint(bytes.length), bytes)
}

/** Zigzag, seven bits a byte; exact for every number up to 2^52. */
function varint(value: number): Uint8Array {
  let left = value < 0 ? -2 * value - 1 : 2 * value
  const bytes: number[] = []
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
  bytes.push(left)
  return Buffer.from(bytes)
}
