// The headers of one record, built only when somebody asks.
import { readVarlong } from './varint.ts'

export interface RecordHeader {
  readonly key: string
  /** A copy-free view of the record's bytes; null where the producer wrote null. */
  readonly value: Uint8Array | null
}

/** Reads the headers whose count stands at `at`; the cursor has checked every length on the way over them. */
export function readHeaders(view: DataView, bytes: Uint8Array, at: number): RecordHeader[] {
  const headers: RecordHeader[] = []
  const count = readVarlong(view, at)
  at = readVarlong.end
  for (let index = 0; index < count; index++) {
    const keyBytes = readVarlong(view, at)
    at = readVarlong.end
    const key = Buffer.from(bytes.buffer, bytes.byteOffset + at, keyBytes).toString('utf8')
    at += keyBytes
    const valueBytes = readVarlong(view, at)
    at = readVarlong.end
    const value = valueBytes < 0 ? null : bytes.subarray(at, at + valueBytes)
    if (valueBytes > 0) at += valueBytes
    headers.push({ key, value })
  }
  return headers
}
