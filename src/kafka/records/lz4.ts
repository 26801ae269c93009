// LZ4 frames as Kafka producers write them; the output is bounded before it is allocated.
import { copyLiteral, copyMatch, slackBytes, viewOf } from './word-copy.ts'
import { xxh32 } from './xxh32.ts'

const frameMagic = 0x184d2204
const blockSizes = [0, 0, 0, 0, 1 << 16, 1 << 18, 1 << 20, 1 << 22]

interface Frame {
  readonly blocksAt: number
  readonly blockBytesMax: number
  readonly blockChecksums: boolean
}

/** The bytes of one LZ4 frame. `outputBytesMax` is the most it may grow to; anything malformed throws. */
export function decompressLz4(input: Uint8Array, outputBytesMax: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const frame = readFrame(view)
  const output = Buffer.allocUnsafe(outputBound(view, frame, outputBytesMax) + slackBytes)
  const to = viewOf(output)
  let at = frame.blocksAt
  let out = 0
  for (;;) {
    const header = view.getUint32(at, true)
    at += 4
    if (header === 0) break
    const length = header & 0x7fffffff
    const end = at + length
    if (frame.blockChecksums && xxh32(view, at, end) !== view.getUint32(end, true)) {
      throw new Error('an LZ4 block does not match its checksum')
    }
    if (header >>> 31 === 1) {
      output.set(input.subarray(at, end), out)
      out += length
    } else {
      const before = out
      out = decodeBlock(input, view, at, end, output, to, out)
      if (out - before > frame.blockBytesMax) throw new Error('an LZ4 block is larger than its frame allows')
    }
    at = end + (frame.blockChecksums ? 4 : 0)
  }
  return output.subarray(0, out)
}

function readFrame(view: DataView): Frame {
  if (view.byteLength < 7 || view.getUint32(0, true) !== frameMagic) throw new Error('not an LZ4 frame (wrong magic)')
  const flags = view.getUint8(4)
  const descriptor = view.getUint8(5)
  if (flags >>> 6 !== 1) throw new Error(`LZ4 frame version ${flags >>> 6} instead of 1`)
  if ((flags & 3) !== 0 || (descriptor & 0x8f) !== 0) throw new Error('reserved bits of the LZ4 frame are set')
  const blockBytesMax = blockSizes[descriptor >>> 4] ?? 0
  if (blockBytesMax === 0) throw new Error(`LZ4 block size ${descriptor >>> 4} is not defined`)
  const checksumAt = 6 + ((flags & 8) === 0 ? 0 : 8)
  // Kafka's producers of 0.8.2 hashed the magic too, but those wrote message format 0 and 1, which we refuse anyway.
  if (((xxh32(view, 4, checksumAt) >>> 8) & 255) !== view.getUint8(checksumAt)) {
    throw new Error('the LZ4 frame header does not match its checksum')
  }
  return { blocksAt: checksumAt + 1, blockBytesMax, blockChecksums: (flags & 16) !== 0 }
}

/** Walks the block headers alone, so that a lying frame is refused before anything is allocated. */
function outputBound(view: DataView, frame: Frame, outputBytesMax: number): number {
  let at = frame.blocksAt
  let bound = 0
  for (;;) {
    if (at + 4 > view.byteLength) throw new Error('the LZ4 stream ended prematurely')
    const header = view.getUint32(at, true)
    if (header === 0) return bound
    const length = header & 0x7fffffff
    at += 4 + length + (frame.blockChecksums ? 4 : 0)
    if (length > frame.blockBytesMax) throw new Error(`an LZ4 block of ${length} bytes, more than its frame allows`)
    if (at > view.byteLength) throw new Error('the LZ4 stream ended prematurely')
    // A block of n bytes can't unfold to more than 255 n.
    bound += header >>> 31 === 1 ? length : Math.min(frame.blockBytesMax, length * 255)
    if (bound - frame.blockBytesMax >= outputBytesMax) {
      throw new Error(`the batch unfolds to more than ${outputBytesMax} bytes (max.decompressed.message.bytes)`)
    }
  }
}

/** Decodes one block into `output` from `out` on; returns where it ended. */
function decodeBlock(
  input: Uint8Array,
  from: DataView,
  start: number,
  end: number,
  output: Uint8Array,
  to: DataView,
  start0: number
): number {
  let at = start
  let out = start0
  const outEnd = output.length - slackBytes
  while (at < end) {
    const token = input[at++] as number
    let literals = token >>> 4
    if (literals === 15) {
      let more: number
      do {
        if (at >= end) throw new Error('an LZ4 length runs past its block')
        more = input[at++] as number
        literals += more
      } while (more === 255)
    }
    if (literals > 0) {
      if (at + literals > end || out + literals > outEnd) throw new Error('LZ4 literals run past their block')
      copyLiteral(input, from, at, output, to, out, literals)
      at += literals
      out += literals
    }
    if (at === end) return out
    if (at + 2 > end) throw new Error('an LZ4 match is cut off')
    const distance = (input[at] as number) | ((input[at + 1] as number) << 8)
    at += 2
    let length = (token & 15) + 4
    if (length === 19) {
      let more: number
      do {
        if (at >= end) throw new Error('an LZ4 length runs past its block')
        more = input[at++] as number
        length += more
      } while (more === 255)
    }
    if (distance === 0 || distance > out) throw new Error('an LZ4 match points before the start')
    if (out + length > outEnd) throw new Error('an LZ4 match runs past its block')
    copyMatch(output, to, out, distance, length)
    out += length
  }
  return out
}
