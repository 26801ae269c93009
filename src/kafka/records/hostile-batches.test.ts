// Bytes that mean harm: bombs, lying sizes and counts, any damage under a right checksum. All end in one named error, in bounded memory and time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { CorruptRecordError } from '../errors.ts'
import { batchHeaderBytes } from './batch-header.ts'
import { writeBatch, type RecordToWrite } from './batch-writer.ts'
import { crc32c } from './crc32c.ts'
import { BatchCursor } from './record-cursor.ts'
import { xxh32 } from './xxh32.ts'

const outputBytesMax = 1 << 20

function cursorOver(bytes: Uint8Array, fetchOffset = 0): BatchCursor {
  return new BatchCursor('t', 3, bytes, {
    fetchOffset,
    abortedTransactions: [],
    decompressedBytesMax: outputBytesMax,
    checkCrcs: true,
    lease: null
  })
}

/** Makes the length and the checksum right again. */
function sealed(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeUInt32BE(crc32c(new DataView(batch.buffer, batch.byteOffset, batch.length), 21, batch.length), 17)
  return batch
}

/** A batch that says it holds `count` records in `body`, compressed with codec `codec`. */
function batchOf(codec: number, body: Uint8Array, count = 1): Buffer {
  const batch = Buffer.concat([writeBatch([record(Buffer.from('v'))], 'none').subarray(0, batchHeaderBytes), body])
  batch.writeInt16BE(codec, 21)
  batch.writeInt32BE(Math.max(0, Math.min(count, 1_000_000) - 1), 23)
  batch.writeInt32BE(count, 57)
  return sealed(batch)
}

function record(value: Uint8Array | null): RecordToWrite {
  return {
    key: Buffer.from('key'),
    value,
    headers: [{ key: 'h', value: Buffer.from('x') }],
    timestamp: 1_700_000_000_000
  }
}

function readAll(cursor: BatchCursor): number {
  let count = 0
  while (cursor.next()) {
    cursor.headers()
    count++
  }
  return count
}

function assertRefused(bytes: Uint8Array, found: RegExp): void {
  const before = process.memoryUsage().arrayBuffers
  assert.throws(
    () => readAll(cursorOver(bytes)),
    error => error instanceof CorruptRecordError && /^t-3@0: /.test(error.message) && found.test(error.message)
  )
  const grown = process.memoryUsage().arrayBuffers - before
  assert.ok(grown < 16 * outputBytesMax, `${grown} bytes were allocated`)
}

function lz4Frame(block: Buffer): Buffer {
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0])
  head[6] = (xxh32(new DataView(head.buffer, head.byteOffset, head.length), 4, 6) >>> 8) & 255
  const size = Buffer.alloc(4)
  size.writeUInt32LE(block.length)
  return Buffer.concat([head, size, block, Buffer.alloc(4)])
}

test('a bomb of any codec is refused at the bound, before its output exists', () => {
  const zeros = Buffer.alloc(200 << 20)
  assertRefused(batchOf(1, gzipSync(zeros)), /its gzip bytes don't unfold/)
  assertRefused(batchOf(4, zstdCompressSync(zeros)), /its zstd bytes don't unfold: the batch declares 209715200 bytes/)
  // A frame that names no size: 4 MiB blocks of one repeated byte.
  assertRefused(batchOf(4, zstdWithoutSize(64)), /its zstd bytes don't unfold/)
  const runs = Buffer.concat([Buffer.from([0x1f, 0, 1, 0]), Buffer.alloc(60_000, 255), Buffer.from([0])])
  assertRefused(batchOf(3, lz4Frame(runs)), /its lz4 bytes don't unfold/)
  // A raw snappy block that declares two gigabytes.
  assertRefused(batchOf(2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0, 0x61])), /its snappy bytes don't unfold/)
})

/** RLE blocks: one byte that stands for up to 128 KiB each. */
function zstdWithoutSize(blocks: number): Buffer {
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])]
  for (let at = 0; at < blocks; at++) {
    const header = ((128 * 1024) << 3) | (1 << 1) | (at === blocks - 1 ? 1 : 0)
    parts.push(Buffer.from([header & 255, (header >>> 8) & 255, (header >>> 16) & 255, 0]))
  }
  return Buffer.concat(parts)
}

test('a zstd window of two gigabytes is refused', () => {
  // Frame header: no single segment, a window descriptor of exponent 21 (2 GiB).
  assertRefused(batchOf(4, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0])), /its zstd bytes don't unfold/)
})

test('counts and lengths that no batch can hold are refused by name', () => {
  assertRefused(batchOf(0, Buffer.alloc(7), 2 ** 31 - 1), /declares 2147483647 records in 7 bytes/)
  assertRefused(batchOf(0, Buffer.alloc(7), -5), /declares -5 records/)
  const varint10 = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])
  assertRefused(batchOf(0, Buffer.concat([varint10, Buffer.alloc(20)])), /a record of -?\d+ bytes|more than ten bytes/)
  assertRefused(batchOf(0, Buffer.concat([Buffer.alloc(11, 255), Buffer.alloc(20)])), /a varint of more than ten bytes/)
  // A record whose key declares a gigabyte: length 20, attributes, timestamp and offset 0, key length 2^30.
  const key = Buffer.from([40, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x08])
  assertRefused(batchOf(0, Buffer.concat([key, Buffer.alloc(20)])), /runs past|declares/)
  // A million headers in a record of 21 bytes.
  const headers = Buffer.from([40, 0, 0, 0, 1, 1, 0x80, 0x89, 0x7a])
  assertRefused(batchOf(0, Buffer.concat([headers, Buffer.alloc(20)])), /declares 1000000 headers in \d+ bytes/)
})

test('a control batch of garbage is passed over or refused, never handed out', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), body => {
      const batch = batchOf(0, body)
      batch.writeInt16BE(0x30, 21)
      try {
        assert.equal(readAll(cursorOver(sealed(batch))), 0)
      } catch (error) {
        assert.ok(error instanceof CorruptRecordError, String(error))
      }
    })
  )
})

test('whatever bytes change under a right checksum: records come in order or one named error does', () => {
  const values = fc.array(fc.uint8Array({ maxLength: 80 }), { minLength: 1, maxLength: 12 })
  const changes = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(values, fc.constantFrom('none', 'gzip', 'zstd' as const), changes, (list, codec, edits) => {
      const batch = writeBatch(list.map(record), codec)
      for (const [at, byte] of edits) {
        const place = 21 + (at % (batch.length - 21))
        batch[place] = byte
      }
      const cursor = cursorOver(sealed(batch))
      let last = -1
      try {
        while (cursor.next()) {
          assert.ok(
            cursor.offset > last && cursor.valueEnd <= cursor.bytes.length && cursor.keyEnd <= cursor.bytes.length
          )
          cursor.headers()
          last = cursor.offset
        }
      } catch (error) {
        assert.ok(error instanceof CorruptRecordError, String(error))
        assert.match(error.message, /^t-3@-?\d+: /)
        // Asked again, the same damage is named again.
        assert.throws(() => cursor.next(), { message: error.message })
      }
    }),
    { numRuns: 2000 }
  )
})

test('random bytes are refused or read as nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), bytes => {
      try {
        assert.equal(readAll(cursorOver(bytes)), 0)
      } catch (error) {
        assert.ok(error instanceof CorruptRecordError, String(error))
      }
    }),
    { numRuns: 2000 }
  )
})
