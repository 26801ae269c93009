// Every batch that Java's own producer wrote or that was damaged on purpose: read as Java's consumer reads it, or refused.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CorruptRecordError } from '../errors.ts'
import { BatchCursor } from './record-cursor.ts'

interface Blob {
  text?: string
  base64?: string
  length?: number
  sha256?: string
}
interface ExpectedRecord {
  offset: string
  timestamp: string
  key: Blob | null
  value: Blob | null
  headers?: [string, Blob | null][]
}
interface ExpectedBatch {
  magic: number
  baseOffset: string
  nextOffset: string
  timestampType: string
  control?: boolean
  records: ExpectedRecord[]
  recordCount: number
}
interface Vector {
  id: string
  input: { note: string; bytes: Blob }
  expect?: { batches: ExpectedBatch[] }
  error?: { class: string; message: string }
}

const vectors = readFileSync(new URL('../../../test/vectors/record-batches.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Vector)

function toBytes(blob: Blob): Uint8Array {
  return blob.text !== undefined ? Buffer.from(blob.text, 'utf8') : Buffer.from(blob.base64 ?? '', 'base64')
}

function assertBlob(actual: Uint8Array | null, expected: Blob | null, where: string): void {
  if (expected === null) return assert.equal(actual, null, where)
  assert.ok(actual !== null, where)
  if (expected.sha256 !== undefined) {
    assert.equal(actual.length, expected.length, where)
    return assert.equal(createHash('sha256').update(actual).digest('hex'), expected.sha256, where)
  }
  assert.deepEqual(Buffer.from(actual), Buffer.from(toBytes(expected)), where)
}

function cursorOver(bytes: Uint8Array, fetchOffset = 0): BatchCursor {
  return new BatchCursor('t', 3, bytes, {
    fetchOffset,
    abortedTransactions: null,
    decompressedBytesMax: 1 << 26,
    checkCrcs: true,
    lease: null
  })
}

function readAll(cursor: BatchCursor): ExpectedRecord[] {
  const records: ExpectedRecord[] = []
  while (cursor.next()) {
    records.push({
      offset: String(cursor.offset),
      timestamp: String(cursor.timestamp),
      key:
        cursor.keyStart < 0
          ? null
          : { base64: Buffer.from(cursor.bytes.subarray(cursor.keyStart, cursor.keyEnd)).toString('base64') },
      value:
        cursor.valueStart < 0
          ? null
          : { base64: Buffer.from(cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd)).toString('base64') },
      headers: cursor
        .headers()
        .map(({ key, value }) => [key, value === null ? null : { base64: Buffer.from(value).toString('base64') }])
    })
  }
  return records
}

function blobBytes(blob: Blob | null): Uint8Array | null {
  return blob === null ? null : toBytes(blob)
}

function assertReadsAs(vector: Vector, batches: ExpectedBatch[]): void {
  const cursor = cursorOver(toBytes(vector.input.bytes))
  const actual = readAll(cursor)
  const data = batches.filter(batch => batch.control !== true)
  assert.equal(
    actual.length,
    data.reduce((sum, batch) => sum + batch.recordCount, 0)
  )
  let at = 0
  for (const batch of data) {
    const shown = batch.records
    shown.forEach((record, index) => {
      // Of many records the first twelve and the last are recorded.
      const place = index === shown.length - 1 ? at + batch.recordCount - 1 : at + index
      const read = actual[place]
      assert.ok(read !== undefined)
      const where = `${vector.id} offset ${record.offset}`
      assert.equal(read.offset, record.offset, where)
      assert.equal(read.timestamp, record.timestamp, where)
      assertBlob(blobBytes(read.key), record.key, where)
      assertBlob(blobBytes(read.value), record.value, where)
      const headers = read.headers ?? []
      assert.deepEqual(
        headers.map(([key]) => key),
        (record.headers ?? []).map(([key]) => key),
        where
      )
      headers.forEach(([, value], i) => assertBlob(blobBytes(value), record.headers?.[i]?.[1] ?? null, where))
    })
    at += batch.recordCount
  }
  const last = batches.at(-1)
  if (last !== undefined) assert.equal(String(cursor.nextOffset), last.nextOffset)
}

// Java's consumer believes these damaged batches, whose checksum was made right again: it shows records under offsets
// outside their batch, or skips what a batch of "0 records" holds. We refuse: an offset that lies commits the wrong place.
const refusedByUsOnly = /offset -?\d+ (in a batch|follows)|left after the 0 declared/

test('batches of Java producers read as Java reads them, damaged ones are refused by name', async t => {
  for (const vector of vectors) {
    await t.test(`${vector.id} ${vector.input.note}`, () => {
      const oldFormat = vector.expect?.batches.some(batch => batch.magic < 2) === true
      if (vector.expect !== undefined && !oldFormat) {
        const onPurpose = /checksum right/.test(vector.input.note)
        try {
          return assertReadsAs(vector, vector.expect.batches)
        } catch (error) {
          if (onPurpose && error instanceof CorruptRecordError && refusedByUsOnly.test(error.message)) return
          throw error
        }
      }
      const pattern = oldFormat ? /^t-3@\d+: message format v[01]/ : /^t-3@\d+: /
      assert.throws(
        () => readAll(cursorOver(toBytes(vector.input.bytes))),
        error => error instanceof CorruptRecordError && pattern.test(error.message)
      )
    })
  }
})
