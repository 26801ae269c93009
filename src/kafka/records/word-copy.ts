// Short copies inside decompressed data, eight bytes at a time: a call of copyWithin costs more than most of them are long.

/** Copies may write that many bytes beyond their end, so outputs are allocated with as many to spare. */
export const slackBytes = 16
/** From here on one call of the engine's own copy is cheaper. */
const longBytes = 96

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Copies `length` bytes of `input` to `out`; what follows them in `output`, up to the slack, may be overwritten. */
export function copyLiteral(
  input: Uint8Array,
  from: DataView,
  at: number,
  output: Uint8Array,
  to: DataView,
  out: number,
  length: number
): void {
  if (length > longBytes) output.set(input.subarray(at, at + length), out)
  else if (at + length + 8 <= from.byteLength) {
    for (const end = out + length; out < end; out += 8, at += 8) {
      to.setInt32(out, from.getInt32(at, true), true)
      to.setInt32(out + 4, from.getInt32(at + 4, true), true)
    }
  } else for (let i = 0; i < length; i++) output[out + i] = input[at + i] as number
}

/** Repeats `length` bytes from `distance` before `out`; they may reach into what is being written. What follows, up to the slack, may be overwritten. */
export function copyMatch(output: Uint8Array, to: DataView, out: number, distance: number, length: number): void {
  let from = out - distance
  const end = out + length
  if (distance < 8) {
    // So near a match repeats what it has just written, byte by byte.
    for (; out < end; out++, from++) output[out] = output[from] as number
  } else if (length > longBytes && distance >= length) output.copyWithin(out, from, from + length)
  else {
    for (; out < end; out += 8, from += 8) {
      to.setInt32(out, to.getInt32(from, true), true)
      to.setInt32(out + 4, to.getInt32(from + 4, true), true)
    }
  }
}
