// A task's consumer with its numbers kept: bytes and records fetched, and how far each partition lags behind its end.
import { type Metric, type Offsets, type Ownership } from '../connect/plugin.ts'
import { type TopicPartition, topicPartitionKey } from '../connect/record.ts'
import { type Clock } from '../util/clock.ts'
import { type FetchedCursor, type RebalanceListener, type TaskConsumer, type Topics } from './task-consumer.ts'
import { type TaskMetrics } from './task-metrics.ts'

/** A lag is looked up so often; a busy task polls thousands of times in between. */
const lagEveryMs = 1000

export class MeasuredConsumer implements TaskConsumer {
  readonly ownership?: Ownership
  readonly release?: () => Promise<void>
  readonly #inner: TaskConsumer
  readonly #metrics: TaskMetrics
  readonly #clock: Clock
  readonly #bytes: Metric
  readonly #lagMax: Metric
  /** Those whose bytes are counted: with max.poll.records one cursor is handed out many times. */
  readonly #counted = new WeakSet<FetchedCursor>()
  /** By `topic-partition`: those that are told now. */
  readonly #lags = new Map<string, Metric>()
  #lagsAt = -Infinity

  constructor(inner: TaskConsumer, metrics: TaskMetrics, clock: Clock) {
    this.#inner = inner
    if (inner.ownership !== undefined) this.ownership = inner.ownership
    if (inner.release !== undefined) this.release = () => inner.release?.() ?? Promise.resolve()
    this.#metrics = metrics
    this.#clock = clock
    this.#bytes = metrics.metric('bytes-consumed-total', 'counter')
    this.#lagMax = metrics.metric('records-lag-max', 'gauge')
  }

  subscribe(topics: Topics, listener: RebalanceListener): void {
    this.#inner.subscribe(topics, listener)
  }

  async poll(timeoutMs: number): Promise<readonly FetchedCursor[]> {
    const cursors = await this.#inner.poll(timeoutMs)
    for (const cursor of cursors) {
      if (this.#counted.has(cursor)) continue
      this.#counted.add(cursor)
      this.#bytes.add(cursor.fetchedBytes ?? 0)
    }
    const now = this.#clock.monotonic()
    if (now - this.#lagsAt >= lagEveryMs) {
      this.#lagsAt = now
      this.#tellLags()
    }
    return cursors
  }

  wakeup(): void {
    this.#inner.wakeup()
  }

  keepPolling(): void {
    this.#inner.keepPolling()
  }

  assignment(): readonly TopicPartition[] {
    return this.#inner.assignment()
  }

  position(partition: TopicPartition): Promise<number> | number {
    return this.#inner.position(partition)
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#inner.seek(partition, offset)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#inner.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#inner.resume(partitions)
  }

  commit(offsets: Offsets): Promise<void> {
    return this.#inner.commit(offsets)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #tellLags(): void {
    const gone = new Map(this.#lags)
    let max = 0
    for (const partition of this.#inner.assignment()) {
      const lag = this.#inner.lag?.(partition) ?? null
      if (lag === null) continue
      const key = topicPartitionKey(partition.topic, partition.partition)
      const gauge = gone.get(key) ?? this.#metrics.partitionGauge('records-lag', partition.topic, partition.partition)
      gone.delete(key)
      this.#lags.set(key, gauge)
      gauge.set(lag)
      max = Math.max(max, lag)
    }
    for (const [key, gauge] of gone) {
      gauge.set(NaN)
      this.#lags.delete(key)
    }
    this.#lagMax.set(max)
  }
}
