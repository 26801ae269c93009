// A cursor over the batches of one fetched partition: moves in place over bytes and allocates nothing per record.
import { CorruptRecordError } from '../errors.ts'
import { type FrameLease } from '../frame-buffers.ts'
import { BatchHeader, batchHeaderBytes } from './batch-header.ts'
import { codecNames, decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { readHeaders, type RecordHeader } from './record-headers.ts'
import { readVarlong, skipHeaders } from './varint.ts'

export type TimestampType = 'CreateTime' | 'LogAppendTime' | 'NoTimestampType'

/** The records of one partition in order. Offsets `keyStart` and so on point into `bytes`; how long they stand there, the lease says. */
export interface RecordCursor {
  readonly topic: string
  readonly partition: number
  /** Moves to the next record; false at the end. Throws CorruptRecordError, again at every call, where the bytes are damaged. */
  next(): boolean
  readonly bytes: Uint8Array
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  /** -1: the key is null. */
  readonly keyStart: number
  readonly keyEnd: number
  /** -1: the value is null, a tombstone; an empty value has keyStart = keyEnd instead. */
  readonly valueStart: number
  readonly valueEnd: number
  /** The headers of the current record, in order, duplicates kept. */
  headers(): RecordHeader[]
  /** Whether `headers()` has any, without reading them. */
  readonly hasHeaders: boolean
  /** The offset after everything consumed so far, control batches and compaction gaps included. */
  readonly nextOffset: number
  /** The leader epoch of the batch last entered, -1 if unknown. */
  readonly leaderEpoch: number
  /** Records handed out so far. */
  readonly recordCount: number
  /** A second cursor over the same bytes, at the first record of `offset` or later. */
  again(offset: number): RecordCursor
  /** Of the memory of `bytes`; null: nobody writes there again. */
  readonly lease: FrameLease | null
}

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

export interface CursorOptions {
  readonly fetchOffset: number
  /** Under read_committed, what the broker named as aborted; null reads everything. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  readonly decompressedBytesMax: number
  readonly checkCrcs: boolean
  readonly lease: FrameLease | null
}

/** The shortest record: one byte each for length, attributes, timestamp, offset, key, value, header count. */
const recordBytesMin = 7

const noBytes = new Uint8Array(0)

export class BatchCursor implements RecordCursor {
  readonly topic: string
  readonly partition: number
  bytes: Uint8Array = noBytes
  offset = -1
  timestamp = -1
  timestampType: TimestampType = 'CreateTime'
  keyStart = -1
  keyEnd = -1
  valueStart = -1
  valueEnd = -1
  nextOffset: number
  leaderEpoch = -1
  /** Records and record bytes handed out, for metrics. */
  recordCount = 0
  byteCount = 0

  readonly #fetched: Uint8Array
  readonly #fetchedView: DataView
  readonly #options: CursorOptions
  readonly #header = new BatchHeader()
  readonly #aborted: AbortedTransaction[]
  readonly #abortedProducers = new Set<bigint>()
  #wanted: number
  #view: DataView
  #at = 0
  #end = 0
  #left = 0
  #batchAt = 0
  #inBatch = false
  /** Nothing is read behind the end: the memory may be another answer's by then. */
  #ended = false
  #headersAt = -1
  #peeked = false
  #damage: CorruptRecordError | null = null
  #limit = Number.MAX_SAFE_INTEGER

  constructor(topic: string, partition: number, fetched: Uint8Array, options: CursorOptions) {
    this.topic = topic
    this.partition = partition
    this.#fetched = fetched
    this.#fetchedView = new DataView(fetched.buffer, fetched.byteOffset, fetched.byteLength)
    this.#view = this.#fetchedView
    this.#options = options
    this.#wanted = options.fetchOffset
    this.nextOffset = options.fetchOffset
    this.#aborted = [...(options.abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Bytes fetched for this partition, read or not. */
  get fetchedBytes(): number {
    return this.#fetched.length
  }

  /** At most `records` more are handed out; the rest stays for a later call. */
  limit(records: number): void {
    this.#limit = records
  }

  /** Whether a record (or the report of damage) waits. Looks ahead without moving `nextOffset` over it. */
  waiting(): boolean {
    if (this.#peeked || this.#damage !== null) return true
    try {
      this.#peeked = this.#advance()
    } catch (error) {
      this.#damage = error as CorruptRecordError
      return true
    }
    return this.#peeked
  }

  next(): boolean {
    if (this.#limit === 0) return false
    if (this.#damage !== null) throw this.#damage
    if (this.#peeked) this.#peeked = false
    else if (!this.#advanceOrKeepDamage()) return false
    this.#limit--
    this.nextOffset = this.offset + 1
    this.recordCount++
    return true
  }

  get hasHeaders(): boolean {
    return this.bytes[this.#headersAt] !== 0
  }

  again(offset: number): BatchCursor {
    // The bytes were checked when they were read first.
    return new BatchCursor(this.topic, this.partition, this.#fetched, {
      ...this.#options,
      fetchOffset: offset,
      checkCrcs: false
    })
  }

  get lease(): FrameLease | null {
    return this.#options.lease
  }

  headers(): RecordHeader[] {
    return readHeaders(this.#view, this.bytes, this.#headersAt)
  }

  #advanceOrKeepDamage(): boolean {
    try {
      return this.#advance()
    } catch (error) {
      // The runtime may ask again after a retry: the same damage must be named, not skipped.
      this.#damage = error as CorruptRecordError
      throw error
    }
  }

  #advance(): boolean {
    while (!this.#ended) {
      while (this.#left > 0) {
        this.#readRecord()
        if (this.offset >= this.#wanted) return true
      }
      if (this.#inBatch) this.#leaveBatch()
      if (!this.#enterBatch()) this.#ended = true
    }
    return false
  }

  /** Reads the record at #at. Bounds: the DataView refuses what lies outside the buffer, the final comparison what lies outside the record. */
  #readRecord(): void {
    const view = this.#view
    const start = this.#at
    let at = start
    try {
      let byte = view.getUint8(at++)
      let length = (byte >>> 1) ^ -(byte & 1)
      if (byte > 127) {
        length = readVarlong(view, at - 1)
        at = readVarlong.end
      }
      const end = at + length
      if (length < recordBytesMin - 1 || end > this.#end) {
        throw new Error(`a record of ${length} bytes where ${this.#end - at} are left in the batch`)
      }
      at++
      byte = view.getUint8(at++)
      let delta = (byte >>> 1) ^ -(byte & 1)
      if (byte > 127) {
        delta = readVarlong(view, at - 1)
        at = readVarlong.end
      }
      if (this.timestampType === 'CreateTime') this.timestamp = this.#header.baseTimestamp + delta
      byte = view.getUint8(at++)
      delta = (byte >>> 1) ^ -(byte & 1)
      if (byte > 127) {
        delta = readVarlong(view, at - 1)
        at = readVarlong.end
      }
      const offset = this.#header.baseOffset + delta
      if (delta < 0 || offset > this.#header.lastOffset || offset < this.nextOffset) this.#checkOffset(offset)
      at = this.#readKeyAndValue(view, at)
      this.#headersAt = at
      byte = view.getUint8(at++)
      if (byte !== 0) at = skipHeaders(view, at - 1, end)
      if (at !== end) throw new Error(`a record that declares ${end - start} bytes but holds ${at - start}`)
      this.offset = offset
      this.#at = end
      this.#left--
      this.byteCount += end - start
    } catch (error) {
      throw this.#corrupt(this.#suspect(), error)
    }
  }

  #readKeyAndValue(view: DataView, at: number): number {
    let byte = view.getUint8(at++)
    let size = (byte >>> 1) ^ -(byte & 1)
    if (byte > 127) {
      size = readVarlong(view, at - 1)
      at = readVarlong.end
    }
    this.keyStart = size < 0 ? -1 : at
    if (size > 0) at += size
    this.keyEnd = size < 0 ? -1 : at
    byte = view.getUint8(at++)
    size = (byte >>> 1) ^ -(byte & 1)
    if (byte > 127) {
      size = readVarlong(view, at - 1)
      at = readVarlong.end
    }
    this.valueStart = size < 0 ? -1 : at
    if (size > 0) at += size
    this.valueEnd = size < 0 ? -1 : at
    return at
  }

  /** The offset the damaged record would have had, as far as that can be known. */
  #suspect(): number {
    return this.offset >= this.#header.baseOffset ? this.offset + 1 : this.#header.baseOffset
  }

  #checkOffset(offset: number): void {
    const header = this.#header
    if (offset < header.baseOffset || offset > header.lastOffset) {
      throw new Error(`offset ${offset} in a batch of ${header.baseOffset} to ${header.lastOffset}`)
    }
    // Records before the wanted offset are met again when a fetch begins inside a batch; going back within a batch is damage.
    if (this.offset >= header.baseOffset && offset <= this.offset) {
      throw new Error(`offset ${offset} follows ${this.offset} in one batch`)
    }
  }

  #leaveBatch(): void {
    if (this.#at !== this.#end) {
      throw this.#corrupt(
        this.#header.lastOffset,
        new Error(`${this.#end - this.#at} bytes are left after the ${this.#header.count} declared records`)
      )
    }
    this.#inBatch = false
    this.nextOffset = Math.max(this.nextOffset, this.#header.lastOffset + 1)
  }

  /** Enters the next batch that holds records for us; passes over control, aborted and already read ones. */
  #enterBatch(): boolean {
    const header = this.#header
    for (;;) {
      try {
        if (!header.read(this.#fetchedView, this.#batchAt)) return this.#endOfFetch()
        if (this.#options.checkCrcs) this.#checkCrc()
      } catch (error) {
        throw this.#corrupt(this.nextOffset, error)
      }
      this.#batchAt = header.end
      const skipped = this.#skipsBatch()
      if (!skipped) {
        this.#openBatch()
        return true
      }
      this.nextOffset = Math.max(this.nextOffset, header.lastOffset + 1)
    }
  }

  #endOfFetch(): false {
    // Brokers since 0.10.1 send the first batch whole, however large: a lone fragment is damage, not a small fetch.
    if (this.#batchAt === 0 && this.#fetched.length > 0) {
      throw new Error(`${this.#fetched.length} bytes that end inside the first batch`)
    }
    return false
  }

  #checkCrc(): void {
    const header = this.#header
    const computed = crc32c(this.#fetchedView, header.start + 21, header.end)
    const stored = header.storedCrc(this.#fetchedView)
    if (stored !== computed) {
      throw new Error(
        `the batch of offsets ${header.baseOffset} to ${header.lastOffset} is corrupt (stored crc = ${stored}, computed crc = ${computed})`
      )
    }
  }

  #skipsBatch(): boolean {
    const header = this.#header
    if (this.#options.abortedTransactions !== null && (header.control || header.transactional)) {
      const producerId = header.producerId(this.#fetchedView)
      for (
        let first = this.#aborted[0];
        first !== undefined && first.firstOffset <= header.lastOffset;
        first = this.#aborted[0]
      ) {
        this.#abortedProducers.add(first.producerId)
        this.#aborted.shift()
      }
      if (header.control) {
        if (this.#isAbortMarker()) this.#abortedProducers.delete(producerId)
      } else if (this.#abortedProducers.has(producerId)) return true
    }
    return header.control || header.lastOffset < this.#wanted
  }

  /** A control record's key is version and type, two bytes each; type 0 aborts, 1 commits. Control batches are never compressed. */
  #isAbortMarker(): boolean {
    const view = this.#fetchedView
    let at = this.#header.start + batchHeaderBytes
    try {
      // length, attributes, timestamp delta, offset delta, key length: the key lies behind five varints.
      for (let varints = 0; varints < 5; varints++) {
        readVarlong(view, at)
        at = readVarlong.end
      }
      return view.getInt16(at + 2) === 0
    } catch (error) {
      throw this.#corrupt(this.#header.baseOffset, error)
    }
  }

  #openBatch(): void {
    const header = this.#header
    this.leaderEpoch = header.leaderEpoch
    this.timestampType = header.logAppendTime ? 'LogAppendTime' : 'CreateTime'
    if (header.logAppendTime) this.timestamp = header.maxTimestamp
    this.offset = -1
    const recordsAt = header.start + batchHeaderBytes
    try {
      if (header.count < 0) throw new Error(`a batch that declares ${header.count} records`)
      if (header.codec === 0) this.#setRecords(this.#fetched, this.#fetchedView, recordsAt, header.end)
      else this.#unfold(this.#fetched.subarray(recordsAt, header.end))
      if (header.count * recordBytesMin > this.#end - this.#at) {
        throw new Error(`a batch that declares ${header.count} records in ${this.#end - this.#at} bytes`)
      }
    } catch (error) {
      throw this.#corrupt(header.baseOffset, error)
    }
    this.#left = header.count
    this.#inBatch = true
  }

  #unfold(compressed: Uint8Array): void {
    const codec = this.#header.codec
    let records: Uint8Array
    try {
      records = decompress(codec, compressed, this.#options.decompressedBytesMax)
    } catch (error) {
      throw new Error(`its ${codecNames[codec] ?? codec} bytes don't unfold: ${(error as Error).message}`, {
        cause: error
      })
    }
    this.#setRecords(records, new DataView(records.buffer, records.byteOffset, records.byteLength), 0, records.length)
  }

  #setRecords(bytes: Uint8Array, view: DataView, at: number, end: number): void {
    this.bytes = bytes
    this.#view = view
    this.#at = at
    this.#end = end
  }

  #corrupt(offset: number, error: unknown): CorruptRecordError {
    if (error instanceof CorruptRecordError) return error
    const found = error instanceof RangeError ? 'a record runs past the end of its batch' : (error as Error).message
    return new CorruptRecordError(this.topic, this.partition, offset, found, error)
  }
}
