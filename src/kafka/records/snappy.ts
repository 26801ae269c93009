// Snappy, raw and in the xerial framing Java's producers write; declared sizes are checked before anything is allocated.
import { copyLiteral, copyMatch, slackBytes, viewOf } from './word-copy.ts'

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeaderBytes = 16
// The densest element is a copy: 3 bytes for 64.
const expansionMax = 22

interface Streams {
  readonly input: Uint8Array
  readonly from: DataView
  readonly output: Uint8Array
  readonly to: DataView
}

interface Chunk {
  readonly start: number
  readonly end: number
  readonly outputBytes: number
}

/** The bytes of one snappy stream. `outputBytesMax` is the most it may grow to; anything malformed throws. */
export function decompressSnappy(input: Uint8Array, outputBytesMax: number): Uint8Array {
  const chunks = isXerial(input, 0) ? xerialChunks(input) : [rawChunk(input, 0, input.length)]
  let total = 0
  for (const chunk of chunks) {
    total += chunk.outputBytes
    if (total > outputBytesMax) {
      throw new Error(`the batch unfolds to more than ${outputBytesMax} bytes (max.decompressed.message.bytes)`)
    }
  }
  const output = Buffer.allocUnsafe(total + slackBytes)
  const streams = { input, from: viewOf(input), output, to: viewOf(output) }
  let out = 0
  for (const chunk of chunks) {
    decodeChunk(streams, chunk, out)
    out += chunk.outputBytes
  }
  return output.subarray(0, total)
}

function isXerial(input: Uint8Array, at: number): boolean {
  if (input.length - at < xerialHeaderBytes) return false
  for (let i = 0; i < xerialMagic.length; i++) if (input[at + i] !== xerialMagic[i]) return false
  return true
}

function xerialChunks(input: Uint8Array): Chunk[] {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  if (view.getInt32(12) > 1) throw new Error(`snappy framing of version ${view.getInt32(12)}, known is 1`)
  const chunks: Chunk[] = []
  let at = xerialHeaderBytes
  while (at < input.length) {
    // Concatenated streams repeat the header; Java's reader skips it too.
    if (isXerial(input, at)) {
      at += xerialHeaderBytes
      continue
    }
    if (at + 4 > input.length) throw new Error('the snappy stream ended prematurely')
    const length = view.getInt32(at)
    at += 4
    if (length < 0 || at + length > input.length)
      throw new Error(`a snappy chunk of ${length} bytes runs past the batch`)
    chunks.push(rawChunk(input, at, at + length))
    at += length
  }
  return chunks
}

/** Reads the declared size in front of a raw block and refuses what its bytes could never unfold to. */
function rawChunk(input: Uint8Array, start: number, end: number): Chunk {
  let size = 0
  let at = start
  for (let shift = 0; ; shift += 7) {
    if (at >= end || shift > 28) throw new Error('the declared size of a snappy block is malformed')
    const byte = input[at++] as number
    size += (byte & 127) * 2 ** shift
    if (byte < 128) break
  }
  if (size > (end - at) * expansionMax) throw new Error(`a snappy block of ${end - at} bytes declares ${size}`)
  return { start: at, end, outputBytes: size }
}

function decodeChunk({ input, from, output, to }: Streams, chunk: Chunk, outStart: number): void {
  const end = chunk.end
  const outEnd = outStart + chunk.outputBytes
  let at = chunk.start
  let out = outStart
  while (at < end) {
    const tag = input[at++] as number
    const kind = tag & 3
    if (kind === 0) {
      let length = tag >>> 2
      if (length >= 60) {
        const extra = length - 59
        if (at + extra > end) throw new Error('a snappy literal is cut off')
        length = 0
        for (let i = 0; i < extra; i++) length += (input[at + i] as number) * 2 ** (8 * i)
        at += extra
      }
      length++
      if (at + length > end || out + length > outEnd) throw new Error('a snappy literal runs past its block')
      copyLiteral(input, from, at, output, to, out, length)
      at += length
      out += length
      continue
    }
    const operands = kind === 3 ? 4 : kind
    if (at + operands > end) throw new Error('a snappy copy is cut off')
    let distance = input[at] as number
    let length = (tag >>> 2) + 1
    if (kind === 1) {
      length = ((tag >>> 2) & 7) + 4
      distance |= (tag >>> 5) << 8
    } else {
      distance |= (input[at + 1] as number) << 8
      if (kind === 3) distance += (input[at + 2] as number) * 65536 + (input[at + 3] as number) * 16777216
    }
    at += operands
    if (distance === 0 || distance > out - outStart) throw new Error('a snappy copy points before the start')
    if (out + length > outEnd) throw new Error('a snappy copy runs past its block')
    copyMatch(output, to, out, distance, length)
    out += length
  }
  if (out !== outEnd) throw new Error(`a snappy block ended at ${out - outStart} of ${chunk.outputBytes} bytes`)
}
