// The hash by which Java's producer spreads keys over partitions; equal keys must meet on the same one whoever writes.

/** Java's Utils.murmur2, as a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { length } = bytes
  const whole = length & ~3
  let hash = 0x9747b28c ^ length
  for (let at = 0; at < whole; at += 4) {
    let part = Math.imul(view.getInt32(at, true), 0x5bd1e995)
    part = Math.imul(part ^ (part >>> 24), 0x5bd1e995)
    hash = Math.imul(hash, 0x5bd1e995) ^ part
  }
  const left = length - whole
  if (left === 3) hash ^= view.getUint8(whole + 2) << 16
  if (left >= 2) hash ^= view.getUint8(whole + 1) << 8
  if (left >= 1) hash = Math.imul(hash ^ view.getUint8(whole), 0x5bd1e995)
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995)
  return hash ^ (hash >>> 15)
}

/** The partition of a key among `partitions`, as Java's built-in partitioner chooses it. */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
