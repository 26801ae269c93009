// String.hashCode and the hash codes of the other key types a Java map meets.

/** String.hashCode: 31 times the hash so far plus the next UTF-16 unit, in 32 bits. */
export function stringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** Long.hashCode: both halves over each other. */
export function longHash(value: bigint): number {
  return Number(BigInt.asIntN(32, value ^ (value >> 32n)))
}

/** Boolean.hashCode. */
export function booleanHash(value: boolean): number {
  return value ? 1231 : 1237
}

const view = new DataView(new ArrayBuffer(8))

/** Double.hashCode: both halves of its bits, every NaN as one. */
export function doubleHash(value: number): number {
  view.setFloat64(0, value !== value ? NaN : value)
  return view.getInt32(0) ^ view.getInt32(4)
}

/** Float.hashCode: its bits. */
export function floatHash(value: number): number {
  view.setFloat32(0, value !== value ? NaN : value)
  return view.getInt32(0)
}
