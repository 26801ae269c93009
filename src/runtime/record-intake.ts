// From fetched cursors to batches for the sink: records are decoded and transformed in order, under the judge, a bounded number at a time.
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
  }

  /**
   * The next batch, at most `batchRecordsMax` read records. Cursors for which `held` is true keep their place. It ends before a record that fails the
   * task: those before it are put and committed, and are not read again.
   */
  async take(held: (partition: TopicPartition) => boolean): Promise<Batch> {
    const { batchRecordsMax, metrics } = this.#options
    const records: SinkRecord[] = []
    const next = new Map<string, TopicPartition & { offset: number }>()
    const kept: RecordCursor[] = []
    let read = 0
    let failure: BatchFailure | null = null
    for (const cursor of this.#cursors) {
      if (failure !== null || read >= batchRecordsMax || held(cursor)) {
        kept.push(cursor)
        continue
      }
      const { topic, partition } = cursor
      let done = false
      let offset = cursor.nextOffset
      try {
        while (read < batchRecordsMax) {
          done = !cursor.next()
          if (done) break
          read += 1
          const converted = this.convert(cursor)
          const record = converted instanceof Promise ? await converted : converted
          if (record !== null) records.push(record)
          offset = cursor.nextOffset
        }
        // Behind its last record a cursor may pass control batches.
        offset = cursor.nextOffset
      } catch (error) {
        failure = { topic, partition, error }
      }
      if (!done) kept.push(cursor)
      next.set(topicPartitionKey(topic, partition), { topic, partition, offset })
    }
    this.#cursors = kept
    metrics.recordsRead.add(read)
    metrics.batchSizeMax.raise(read)
    return { records, next, failure }
  }

  /** All cursors that are not held, for a sink that reads them itself. */
  takeRaw(held: (partition: TopicPartition) => boolean): readonly RecordCursor[] {
    const taken = this.#cursors.filter(cursor => !held(cursor))
    this.#cursors = this.#cursors.filter(held)
    return taken
  }

  /** A raw batch was put: counts what its cursors handed out, and says where they stand. */
  settleRaw(cursors: readonly RecordCursor[]): NextOffsets {
    const { metrics, onTopic } = this.#options
    const next = new Map<string, TopicPartition & { offset: number }>()
    let read = 0
    for (const { topic, partition, nextOffset, recordCount } of cursors) {
      if (recordCount > 0) onTopic(topic)
      read += recordCount
      next.set(topicPartitionKey(topic, partition), { topic, partition, offset: nextOffset })
    }
    metrics.recordsRead.add(read)
    metrics.recordsSent.add(read)
    metrics.batchSizeMax.raise(read)
    return next
  }

  /**
   * The record at the cursor, decoded, judged and transformed; null: it is dropped.
   * A promise only where something must be fetched or settled: an await per record would halve the rate.
   */
  convert(cursor: RecordCursor): Promise<SinkRecord | null> | SinkRecord | null {
    const record = new LazyRecord(cursor, this.#options.converters)
    const waiting = record.prepare()
    if (waiting !== null) return waiting.then(() => this.#decode(record))
    return this.#decode(record)
  }

  #decode(record: LazyRecord): Promise<SinkRecord | null> | SinkRecord | null {
    try {
      return this.#attempt(record)
    } catch (error) {
      return this.#options.judge.settle(record.original, error, async () => {
        await record.prepare()
        return this.#attempt(record)
      })
    }
  }

  #attempt(record: LazyRecord): SinkRecord | null {
    record.decode()
    this.#options.onTopic(record.topic)
    return this.#options.chain.apply(record)
  }
}
