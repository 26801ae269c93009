// From fetched cursors to batches for the sink: records are decoded and transformed in order, under the judge, a bounded number at a time.
import { BusyError } from '../connect/errors.ts'
import { type SinkRecord, type RecordCursor, type TopicPartition, topicPartitionKey } from '../connect/record.ts'
import { type ErrorJudge } from './error-judge.ts'
import { LazyRecord, type TaskConverters } from './lazy-record.ts'
import { type TaskMetrics } from './task-metrics.ts'
import { type TransformationChain } from './transformation-chain.ts'

export interface IntakeOptions {
  readonly converters: TaskConverters
  readonly chain: TransformationChain
  readonly judge: ErrorJudge
  readonly metrics: TaskMetrics
  readonly batchRecordsMax: number
  /** A record of that topic was converted: the connector is active on it. */
  readonly onTopic: (topic: string) => void
}

export type NextOffsets = ReadonlyMap<string, TopicPartition & { readonly offset: number }>

/** A record that ends the task, once everything read before it is put. */
export interface BatchFailure extends TopicPartition {
  readonly error: unknown
}

/** What goes to the sink in one put, and how far each partition is read by it. */
export interface Batch {
  readonly records: readonly SinkRecord[]
  /** The offset to go on from by `topic-partition`; counts records that were dropped. */
  readonly next: NextOffsets
  /** The record behind the last one of the batch could not be read, and nothing behind it was; `next` of its partition is its own offset. */
  readonly failure: BatchFailure | null
}

export class RecordIntake {
  readonly #options: IntakeOptions
  #cursors: RecordCursor[] = []
  /** The record it stands at could not be converted yet, and is to be again. */
  #waiting: RecordCursor | null = null
  /** Of the raw batch at hand: how many records of each cursor are counted. A cursor may be handed out many times, each time with a few more to read. */
  readonly #counted = new Map<RecordCursor, number>()
  /** Records of the raw batch at hand, and those of them that were dropped on their way to the sink and are not counted as such yet. */
  #rawRead = 0
  #rawDropped = 0

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  get empty(): boolean {
    return this.#cursors.length === 0
  }

  add(cursors: readonly RecordCursor[]): void {
    this.#cursors.push(...cursors)
  }

  /** Forgets what was fetched of partitions that are no longer ours or were rewound. */
  drop(gone: (partition: TopicPartition) => boolean): void {
    this.#cursors = this.#cursors.filter(cursor => !gone(cursor))
    if (this.#waiting !== null && gone(this.#waiting)) this.#waiting = null
    this.#options.judge.wait.forget(gone)
  }

  /** Nothing is converted while the task is paused. */
  rest(): void {
    this.#options.judge.wait.rest()
  }

  /**
   * The next batch, at most `batchRecordsMax` read records. Cursors for which `held` is true keep their place. It ends before a record that fails the
   * task: those before it are put and committed, and are not read again. It ends, too, before one that must wait for a schema registry; rejects with
   * BusyError where that is the first.
   */
  async take(held: (partition: TopicPartition) => boolean): Promise<Batch> {
    const { batchRecordsMax, metrics } = this.#options
    const records: SinkRecord[] = []
    const next = new Map<string, TopicPartition & { offset: number }>()
    const kept: RecordCursor[] = []
    let read = 0
    let failure: BatchFailure | null = null
    let busy: BusyError | null = null
    for (const cursor of this.#cursors) {
      if (failure !== null || busy !== null || read >= batchRecordsMax || held(cursor)) {
        kept.push(cursor)
        continue
      }
      const { topic, partition } = cursor
      let done = false
      let offset = this.#waiting === cursor ? cursor.offset : cursor.nextOffset
      try {
        while (read < batchRecordsMax) {
          done = this.#waiting !== cursor && !cursor.next()
          if (done) break
          this.#waiting = null
          read += 1
          const converted = this.convert(cursor)
          const record = converted instanceof Promise ? await converted : converted
          if (record !== null) records.push(record)
          offset = cursor.nextOffset
        }
        // Behind its last record a cursor may pass control batches.
        offset = cursor.nextOffset
      } catch (error) {
        if (error instanceof BusyError) {
          busy = error
          this.#waiting = cursor
          read -= 1
        } else failure = { topic, partition, error }
      }
      if (!done) kept.push(cursor)
      next.set(topicPartitionKey(topic, partition), { topic, partition, offset })
    }
    this.#cursors = kept
    if (busy !== null && read === 0 && next.size === 1) throw busy
    metrics.recordsRead.add(read)
    metrics.recordsSent.add(records.length)
    metrics.batchSizeMax.raise(read)
    return { records, next, failure }
  }

  /** All cursors that are not held, for a sink that reads them itself. */
  takeRaw(held: (partition: TopicPartition) => boolean): readonly RecordCursor[] {
    const taken = this.#cursors.filter(cursor => !held(cursor))
    this.#cursors = this.#cursors.filter(held)
    this.#counted.clear()
    for (const cursor of taken) this.#counted.set(cursor, cursor.recordCount)
    this.#rawRead = 0
    return taken
  }

  /**
   * Of a sink that reads raw values: as `convert`, for a record that it does not read itself. Who waits for a schema registry stays at that record, which
   * is not counted as read before.
   */
  judged(cursor: RecordCursor): Promise<SinkRecord | null> | SinkRecord | null {
    this.#waiting = null
    try {
      const converted = this.convert(cursor)
      if (!(converted instanceof Promise)) return this.#came(converted)
      return converted.then(
        record => this.#came(record),
        (error: unknown) => this.#stayed(cursor, error)
      )
    } catch (error) {
      return this.#stayed(cursor, error)
    }
  }

  #came(record: SinkRecord | null): SinkRecord | null {
    if (record === null) this.#rawDropped++
    return record
  }

  #stayed(cursor: RecordCursor, error: unknown): never {
    if (error instanceof BusyError) this.#waiting = cursor
    else this.#rawDropped++
    throw error
  }

  /** Waits for the put of a raw batch and, whatever becomes of it, counts what its cursors handed out since the last one. */
  async counting(cursors: readonly RecordCursor[], put: Promise<void> | undefined): Promise<void> {
    try {
      await put
    } finally {
      this.#count(cursors)
    }
  }

  #count(cursors: readonly RecordCursor[]): void {
    const { metrics } = this.#options
    let read = 0
    for (const cursor of cursors) {
      const count = cursor.recordCount - (cursor === this.#waiting ? 1 : 0)
      read += count - (this.#counted.get(cursor) ?? 0)
      this.#counted.set(cursor, count)
    }
    this.#rawRead += read
    metrics.recordsRead.add(read)
    metrics.recordsSent.add(read - this.#rawDropped)
    this.#rawDropped = 0
  }

  /** How far a raw batch was taken that comes again for the sake of one record: its partition up to that record, the others up to where they stand. */
  takenOf(cursors: readonly RecordCursor[], waiting: TopicPartition & { readonly offset: number }): NextOffsets {
    const next = new Map<string, TopicPartition & { offset: number }>()
    const stops = topicPartitionKey(waiting.topic, waiting.partition)
    for (const { topic, partition, nextOffset, recordCount } of cursors) {
      const key = topicPartitionKey(topic, partition)
      if (recordCount > 0) next.set(key, { topic, partition, offset: nextOffset })
    }
    return next.set(stops, waiting)
  }

  /** A raw batch was put to its end: says where its cursors stand. */
  settleRaw(cursors: readonly RecordCursor[]): NextOffsets {
    const { metrics, onTopic } = this.#options
    const next = new Map<string, TopicPartition & { offset: number }>()
    for (const { topic, partition, nextOffset, recordCount } of cursors) {
      if (recordCount > 0) onTopic(topic)
      next.set(topicPartitionKey(topic, partition), { topic, partition, offset: nextOffset })
    }
    metrics.batchSizeMax.raise(this.#rawRead)
    // It would keep what was fetched from the collector.
    this.#counted.clear()
    return next
  }

  /**
   * The record at the cursor, decoded, judged and transformed; null: it is dropped.
   * A promise only where something must be fetched or settled: an await per record would halve the rate.
   * Throws (or rejects with) BusyError where a schema registry must be waited for: nothing became of the record, it is to be converted again.
   */
  convert(cursor: RecordCursor): Promise<SinkRecord | null> | SinkRecord | null {
    const { converters, judge } = this.#options
    if (judge.wait.active) judge.wait.throwIfEarly(cursor)
    const record = new LazyRecord(cursor, converters)
    const coming = record.prepare()
    if (coming !== null) return judge.wait.fetched(record.original, coming).then(() => this.#decode(record))
    return this.#decode(record)
  }

  #decode(record: LazyRecord): Promise<SinkRecord | null> | SinkRecord | null {
    try {
      return this.#attempt(record)
    } catch (error) {
      return this.#options.judge.settle(record.original, error, async () => {
        const coming = record.prepare()
        if (coming !== null) await this.#options.judge.wait.fetched(record.original, coming)
        return this.#attempt(record)
      })
    }
  }

  #attempt(record: LazyRecord): SinkRecord | null {
    record.decode()
    if (this.#options.judge.wait.active) this.#options.judge.wait.over(record.original)
    this.#options.onTopic(record.topic)
    return this.#options.chain.apply(record)
  }
}
