// The log of one partition: batches in order, transactions, and the offsets that fence what readers may see.
import { type Batch, type Codec, type LogRecord, sentBatch, storedBatch } from './batch.ts'
import { Epochs } from './epochs.ts'

export interface RecordToAppend {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: LogRecord['headers']
  readonly timestamp: number
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly first: number
  /** Of its marker. */
  readonly last: number
}

export interface Slice {
  readonly pieces: readonly Buffer[]
  readonly bytes: number
}

const nothing: Slice = { pieces: [], bytes: 0 }

export class Log {
  readonly epochs = new Epochs()
  batches: Batch[] = []
  readonly #open = new Map<number, number>()
  #aborted: AbortedTransaction[] = []
  begin = 0
  end = 0

  /** Up to here all transactions have ended. */
  get lastStable(): number {
    return Math.max(this.begin, Math.min(this.end, ...this.#open.values()))
  }

  append(records: readonly RecordToAppend[], epoch: number, codec: Codec, producerId = -1): number[] {
    if (records.length === 0) return []
    const base = this.end
    const stored = records.map((record, index) => ({ headers: [], ...record, offset: base + index }))
    if (producerId >= 0 && !this.#open.has(producerId)) this.#open.set(producerId, base)
    this.#push(stored, epoch, codec, producerId, null)
    return stored.map(({ offset }) => offset)
  }

  /** A producer's batch, as it is but for its place. */
  appendSent(records: readonly LogRecord[], sent: Buffer, epoch: number): number[] {
    const batch = sentBatch(sent, records, this.end, epoch)
    this.batches.push(batch)
    this.end = batch.last + 1
    return batch.records.map(({ offset }) => offset)
  }

  /** Writes the marker that ends the transaction of this producer. */
  endTransaction(producerId: number, how: 'commit' | 'abort', epoch: number, timestamp: number): void {
    const first = this.#open.get(producerId)
    if (first === undefined) return
    this.#open.delete(producerId)
    if (how === 'abort') this.#aborted.push({ producerId, first, last: this.end })
    const key = Buffer.from([0, 0, 0, how === 'commit' ? 1 : 0])
    const record = { key, value: Buffer.alloc(6), headers: [], timestamp, offset: this.end }
    this.#push([record], epoch, 'none', producerId, how)
  }

  get openProducers(): readonly number[] {
    return [...this.#open.keys()]
  }

  /** Batches from the one that holds `from` to `limit` (not included), cut at `bytesMax` wherever that is behind the first; with `whole` the first comes however large it is. */
  slice(from: number, limit: number, bytesMax: number, whole: boolean): Slice {
    const first = this.#indexOf(from)
    const head = this.batches[first]
    if (head === undefined || head.base >= limit) return nothing
    // Since version 3 of the request brokers give nothing rather than a part of the first batch.
    if (!whole && head.bytes.length > bytesMax) return nothing
    const most = whole ? Math.max(bytesMax, head.bytes.length) : bytesMax
    const pieces: Buffer[] = []
    let bytes = 0
    for (let index = first; index < this.batches.length && bytes < most; index++) {
      const batch = this.batches[index] as Batch
      if (batch.base >= limit) break
      pieces.push(batch.bytes)
      bytes += batch.bytes.length
    }
    return bytes === 0 ? nothing : { pieces, bytes: Math.min(bytes, most) }
  }

  /** How many bytes wait from there on. */
  bytesFrom(from: number, limit: number, enough: number): number {
    let bytes = 0
    for (let index = this.#indexOf(from); index < this.batches.length && bytes < enough; index++) {
      const batch = this.batches[index] as Batch
      if (batch.base >= limit) break
      bytes += batch.bytes.length
    }
    return bytes
  }

  abortedIn(from: number, limit: number): AbortedTransaction[] {
    return this.#aborted.filter(({ first, last }) => last >= from && first < limit)
  }

  /** The first record of that time or later. */
  atTime(timestamp: number): LogRecord | null {
    for (const { maxTimestamp, records } of this.batches) {
      if (maxTimestamp < timestamp) continue
      const found = records.find(record => record.timestamp >= timestamp && record.offset >= this.begin)
      if (found !== undefined) return found
    }
    return null
  }

  /** The first of the youngest records. */
  youngest(): LogRecord | null {
    let best: LogRecord | null = null
    for (const record of this.records()) if (best === null || record.timestamp > best.timestamp) best = record
    return best
  }

  /** What readers may see, and what they may not since it was aborted. */
  records(): LogRecord[] {
    return this.#recordsOf(() => true)
  }

  #recordsOf(isWanted: (batch: Batch) => boolean): LogRecord[] {
    return this.batches
      .filter(batch => batch.control === null && isWanted(batch))
      .flatMap(({ records }) => records.filter(({ offset }) => offset >= this.begin))
  }

  /** What readers of committed records see. */
  committedRecords(): LogRecord[] {
    return this.#recordsOf(batch => !this.isHidden(batch))
  }

  /** Of a transaction that was aborted or is open. */
  isHidden({ producerId, base }: Batch): boolean {
    return (
      (this.#open.get(producerId) ?? Infinity) <= base ||
      this.#aborted.some(each => each.producerId === producerId && each.first <= base && base < each.last)
    )
  }

  /** All before is gone, as after its retention time. */
  retain(begin: number): void {
    this.begin = Math.min(Math.max(begin, this.begin), this.end)
    this.batches = this.batches.filter(({ last }) => last >= this.begin)
    this.epochs.retain(this.begin)
  }

  /** An election took a leader that lacked the rest. */
  truncate(end: number): void {
    const keep = this.batches.filter(({ last }) => last < end)
    this.batches = keep
    this.end = Math.min(this.end, Math.max(this.begin, (keep.at(-1)?.last ?? this.begin - 1) + 1))
    this.epochs.truncate(this.end)
    this.#aborted = this.#aborted.filter(({ last }) => last < this.end)
    this.#findOpen()
  }

  /** Reads which transactions have no marker, as brokers do with a log they take over. */
  #findOpen(): void {
    this.#open.clear()
    for (const { producerId, control, base } of this.batches) {
      if (producerId < 0) continue
      if (control !== null) this.#open.delete(producerId)
      else if (!this.#open.has(producerId)) this.#open.set(producerId, base)
    }
  }

  #push(records: LogRecord[], epoch: number, codec: Codec, producerId: number, control: Batch['control']): void {
    const last = this.end + records.length - 1
    const times = records.map(({ timestamp }) => timestamp)
    const [baseTimestamp = 0] = times
    const maxTimestamp = Math.max(...times)
    this.batches.push(
      storedBatch({ base: this.end, last, epoch, codec, baseTimestamp, maxTimestamp, producerId, control, records })
    )
    this.end = last + 1
  }

  /** Of the first batch that ends at `offset` or later. */
  #indexOf(offset: number): number {
    let low = 0
    let high = this.batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.batches[middle] as Batch).last < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
