// The fixed header of a record batch (message format v2), read in place.

/** Bytes in front of the first record of a batch. */
export const batchHeaderBytes = 61
/** Bytes of a batch in front of what its length counts. */
export const batchPrefixBytes = 12
const magicAt = 16
const magicV2 = 2
/** The smallest batch of any format, as Java checks it. */
const batchLengthMin = 14

/** A whole number of 64 bits as a JavaScript number; rounded beyond 2^53. */
export function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * 4294967296 + view.getUint32(at + 4)
}

/** The batch that begins at `at`: read once, then asked field by field. */
export class BatchHeader {
  start = 0
  end = 0
  baseOffset = 0
  lastOffset = 0
  leaderEpoch = -1
  attributes = 0
  baseTimestamp = 0
  maxTimestamp = 0
  count = 0

  get codec(): number {
    return this.attributes & 7
  }

  get logAppendTime(): boolean {
    return (this.attributes & 8) !== 0
  }

  get transactional(): boolean {
    return (this.attributes & 16) !== 0
  }

  get control(): boolean {
    return (this.attributes & 32) !== 0
  }

  /**
   * Reads the header at `at`. False: the bytes end inside this batch, as the tail of a fetch may.
   * Throws where it can't be a batch of format v2; the sentence says what was found.
   */
  read(view: DataView, at: number): boolean {
    const left = view.byteLength - at
    if (left <= magicAt) return false
    const length = view.getInt32(at + 8)
    if (length < batchLengthMin)
      throw new Error(`a batch of ${length} bytes is less than any batch has (${batchLengthMin})`)
    const magic = view.getInt8(at + magicAt)
    if (magic < 0 || magic > magicV2) throw new Error(`a batch of unknown message format ${magic}`)
    if (left < batchPrefixBytes + length) return false
    if (magic < magicV2) {
      throw new Error(
        `message format v${magic} of brokers before 0.11 is not supported; rewrite the topic with a current producer, ` +
          'or move the offset behind these records'
      )
    }
    if (batchPrefixBytes + length < batchHeaderBytes)
      throw new Error(`a batch of ${length} bytes is shorter than its header`)
    this.start = at
    this.end = at + batchPrefixBytes + length
    this.baseOffset = readInt64(view, at)
    this.leaderEpoch = view.getInt32(at + 12)
    this.attributes = view.getInt16(at + 21)
    const lastOffsetDelta = view.getInt32(at + 23)
    this.lastOffset = this.baseOffset + lastOffsetDelta
    this.baseTimestamp = readInt64(view, at + 27)
    this.maxTimestamp = readInt64(view, at + 35)
    this.count = view.getInt32(at + 57)
    if (this.baseOffset < 0 || lastOffsetDelta < 0 || this.lastOffset > Number.MAX_SAFE_INTEGER) {
      throw new Error(`a batch of offsets ${this.baseOffset} to ${this.lastOffset}`)
    }
    return true
  }

  /** Kept as BigInt, since ids use all 64 bits; asked once per transactional batch at most. */
  producerId(view: DataView): bigint {
    return view.getBigInt64(this.start + 43)
  }

  storedCrc(view: DataView): number {
    return view.getUint32(this.start + 17)
  }
}

export interface EpochStart {
  readonly epoch: number
  /** The base offset of the first batch of that leader. */
  readonly from: number
}

/** What a fetch may ask for next: the offset after the last whole batch in `bytes`, and where each leader's batches begin in it. Stops before damage. */
export function endOfBatches(bytes: Uint8Array, fetchOffset: number): { nextOffset: number; epochs: EpochStart[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const header = new BatchHeader()
  const epochs: EpochStart[] = []
  let nextOffset = fetchOffset
  try {
    for (let at = 0; header.read(view, at); at = header.end) {
      nextOffset = Math.max(nextOffset, header.lastOffset + 1)
      if (header.leaderEpoch !== epochs.at(-1)?.epoch)
        epochs.push({ epoch: header.leaderEpoch, from: header.baseOffset })
    }
  } catch {
    // The cursor meets the same damage with its offset in hand and reports it there.
  }
  return { nextOffset, epochs }
}
