// The codecs of a record batch by their number in its attributes; each one bounds its output before it allocates.
import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { decompressLz4 } from './lz4.ts'
import { decompressSnappy } from './snappy.ts'

export const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

// Deflate can't unfold a byte to more than 1032; zstd knows no such bound, so only its frame header is trusted, and only as a hint.
const deflateExpansionMax = 1032
const chunkBytesMin = 1024
const zstdHintBytesMax = 1 << 22

/** The record bytes of a batch written with codec `codec` (1 to 4). Throws on anything malformed or larger than `outputBytesMax`. */
export function decompress(codec: number, input: Uint8Array, outputBytesMax: number): Uint8Array {
  switch (codec) {
    case 1:
      return gunzip(input, outputBytesMax)
    case 2:
      return decompressSnappy(input, outputBytesMax)
    case 3:
      return decompressLz4(input, outputBytesMax)
    case 4:
      return unzstd(input, outputBytesMax)
    default:
      throw new Error(`unknown compression type ${codec}`)
  }
}

function gunzip(input: Uint8Array, outputBytesMax: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  // The trailer names the size: one chunk of just that size saves zlib from joining many. It is a hint, never trusted.
  const declared = input.length >= 18 ? view.getUint32(input.length - 4, true) + 1 : 0
  const chunkSize = clamp(declared, chunkBytesMin, Math.min(outputBytesMax, input.length * deflateExpansionMax))
  return gunzipSync(input, { maxOutputLength: outputBytesMax, chunkSize })
}

function unzstd(input: Uint8Array, outputBytesMax: number): Uint8Array {
  const declared = zstdContentBytes(input)
  if (declared > outputBytesMax) {
    throw new Error(
      `the batch declares ${declared} bytes, allowed are ${outputBytesMax} (max.decompressed.message.bytes)`
    )
  }
  const hint = declared >= 0 ? declared + 1 : input.length * 8
  return zstdDecompressSync(input, {
    maxOutputLength: outputBytesMax,
    chunkSize: clamp(hint, chunkBytesMin, Math.min(outputBytesMax, zstdHintBytesMax)),
    params: { [constants.ZSTD_d_windowLogMax]: 27 }
  })
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(value, max))
}

/** The content size in the header of a zstd frame, -1 where it names none. */
function zstdContentBytes(input: Uint8Array): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  if (input.length < 9 || view.getUint32(0, true) !== 0xfd2fb528) return -1
  const descriptor = view.getUint8(4)
  const singleSegment = (descriptor & 32) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0
  const at = 5 + (singleSegment ? 0 : 1) + dictionaryBytes
  const sizeFlag = descriptor >>> 6
  const sizeBytes = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag
  if (sizeBytes === 0 || at + sizeBytes > input.length) return -1
  if (sizeBytes === 1) return view.getUint8(at)
  if (sizeBytes === 2) return view.getUint16(at, true) + 256
  if (sizeBytes === 4) return view.getUint32(at, true)
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296
}
