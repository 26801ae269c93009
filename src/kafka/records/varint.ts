// Zigzag varints of records, read as numbers: exact up to 2^53, rounded beyond (only absurd timestamps are that large).

/**
 * Reads the zigzag varint at `at`. Where it ended stands in `readVarlong.end` until the next call: one return
 * value more would cost an object per field.
 */
export function readVarlong(view: DataView, at: number): number {
  let low = 0
  let shift = 0
  // 28 bits fit bitwise arithmetic.
  for (; shift < 28; shift += 7) {
    const byte = view.getUint8(at++)
    low |= (byte & 127) << shift
    if (byte < 128) {
      readVarlong.end = at
      return (low >>> 1) ^ -(low & 1)
    }
  }
  let scale = 2 ** 28
  let value = low
  for (; shift < 70; shift += 7, scale *= 128) {
    const byte = view.getUint8(at++)
    value += (byte & 127) * scale
    if (byte < 128) {
      readVarlong.end = at
      return (low & 1) === 0 ? value / 2 : -(value + 1) / 2
    }
  }
  throw new Error('a varint of more than ten bytes')
}
readVarlong.end = 0

/** Walks over the headers at `at` (their count first), checking every length against `end`; returns where they end. */
export function skipHeaders(view: DataView, at: number, end: number): number {
  const count = readVarlong(view, at)
  at = readVarlong.end
  // A header takes two bytes at least.
  if (count < 0 || count * 2 > end - at) throw new Error(`a record that declares ${count} headers in ${end - at} bytes`)
  for (let header = 0; header < count; header++) {
    const keyBytes = readVarlong(view, at)
    at = readVarlong.end
    if (keyBytes < 0 || keyBytes > end - at)
      throw new Error(`a header key of ${keyBytes} bytes where ${end - at} are left`)
    at += keyBytes
    const valueBytes = readVarlong(view, at)
    at = readVarlong.end
    if (valueBytes > end - at) throw new Error(`a header value of ${valueBytes} bytes where ${end - at} are left`)
    if (valueBytes > 0) at += valueBytes
  }
  return at
}
