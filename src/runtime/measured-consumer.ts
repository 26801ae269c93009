// A task's consumer with its numbers kept: bytes fetched, how far each partition lags behind its end, and where reading goes on.
import { type Logger } from '../connect/log.ts'
import { type Metric, type Offsets, type Ownership } from '../connect/plugin.ts'
import { type TopicPartition, topicPartitionKey } from '../connect/record.ts'
import { type Clock, type Timer } from '../util/clock.ts'
import { ReadingStarts } from './reading-starts.ts'
import { type FetchedCursor, type RebalanceListener, type TaskConsumer, type Topics } from './task-consumer.ts'
import { type TaskMetrics } from './task-metrics.ts'

/** A lag is looked up so often; a busy task polls thousands of times in between. */
const lagEveryMs = 1000
/** The end of a partition that is paused is asked for so often. */
const endsEveryMs = 5000
/** A pause as long as that is worth a line when it is over. */
const longPauseMs = 5000

export interface MeasuredOptions {
  readonly metrics: TaskMetrics
  readonly clock: Clock
  readonly log: Logger
  /** Who reads, as `WorkerSinkTask{id=orders-0}`. */
  readonly name: string
  /** The first offset that was handed to the sink and is not settled; Infinity: there is none. */
  readonly firstUnsettled: (partition: TopicPartition) => number
}

export class MeasuredConsumer implements TaskConsumer {
  readonly ownership?: Ownership
  readonly release?: () => Promise<void>
  readonly #inner: TaskConsumer
  readonly #options: MeasuredOptions
  readonly #bytes: Metric
  readonly #lagMax: Metric
  /** Those whose bytes are counted: with max.poll.records one cursor is handed out many times. */
  readonly #counted = new WeakSet<FetchedCursor>()
  readonly #starts: ReadingStarts
  /** By `topic-partition`: those that are told now. */
  readonly #lags = new Map<string, Metric>()
  /** By `topic-partition`: since when they are paused. */
  readonly #paused = new Map<string, number>()
  #lagsAt = -Infinity
  #endsAt = -Infinity
  #asking = false
  #timer: Timer | null = null
  #closed = false

  constructor(inner: TaskConsumer, options: MeasuredOptions) {
    const { metrics, log, name } = options
    this.#inner = inner
    if (inner.ownership !== undefined) this.ownership = inner.ownership
    if (inner.release !== undefined) this.release = () => inner.release?.() ?? Promise.resolve()
    this.#options = options
    this.#starts = new ReadingStarts(log, name)
    this.#bytes = metrics.metric('bytes-consumed-total', 'counter')
    this.#lagMax = metrics.metric('records-lag-max', 'gauge')
  }

  subscribe(topics: Topics, listener: RebalanceListener): void {
    this.#inner.subscribe(topics, {
      onAssigned: async partitions => {
        await listener.onAssigned(partitions)
        await this.#begin(partitions)
      },
      onRevoked: async partitions => {
        this.#forget(partitions)
        await listener.onRevoked(partitions)
      },
      onLost: async partitions => {
        this.#forget(partitions)
        await listener.onLost(partitions)
      }
    })
  }

  async poll(timeoutMs: number): Promise<readonly FetchedCursor[]> {
    const cursors = await this.#inner.poll(timeoutMs)
    for (const cursor of cursors) {
      if (this.#counted.has(cursor)) continue
      this.#counted.add(cursor)
      this.#bytes.add(cursor.fetchedBytes ?? 0)
    }
    const now = this.#options.clock.monotonic()
    if (now - this.#lagsAt >= lagEveryMs) this.#tellLags()
    // What was just read is told even where no poll follows for long.
    if (cursors.length > 0) this.#watch()
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
    const now = this.#options.clock.monotonic()
    for (const { topic, partition } of partitions) {
      const key = topicPartitionKey(topic, partition)
      if (!this.#paused.has(key)) this.#paused.set(key, now)
    }
    this.#watch()
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#inner.resume(partitions)
    const long = partitions.filter(({ topic, partition }) => {
      const key = topicPartitionKey(topic, partition)
      const since = this.#paused.get(key)
      this.#paused.delete(key)
      return since !== undefined && this.#options.clock.monotonic() - since >= longPauseMs
    })
    if (long.length > 0) this.#beginSoon(long)
  }

  resumed(): void {
    this.#beginSoon(this.#inner.assignment())
  }

  commit(offsets: Offsets): Promise<void> {
    return this.#inner.commit(offsets)
  }

  close(): Promise<void> {
    this.#closed = true
    this.#timer?.clear()
    return this.#inner.close()
  }

  // --- where reading goes on ---

  #beginSoon(partitions: readonly TopicPartition[]): void {
    // A consumer that closes, or has lost one of them, tells elsewhere.
    void this.#begin(partitions).catch(() => undefined)
  }

  async #begin(partitions: readonly TopicPartition[]): Promise<void> {
    if (this.#inner.endsOf === undefined) return
    for (const partition of partitions) this.#starts.begin(partition, await this.#inner.position(partition))
    this.#askEnds()
    this.#watch()
  }

  #forget(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#starts.forget(partition)
      this.#paused.delete(topicPartitionKey(partition.topic, partition.partition))
    }
  }

  /** Asks in the background: of what begins, and of what is paused, which no fetch tells of. */
  #askEnds(): void {
    const { clock } = this.#options
    const paused = this.#inner
      .assignment()
      .filter(({ topic, partition }) => this.#paused.has(topicPartitionKey(topic, partition)))
    const wanted = new Map(
      [...paused, ...this.#starts.pending].map(one => [topicPartitionKey(one.topic, one.partition), one])
    )
    if (wanted.size === 0 || this.#asking || this.#inner.endsOf === undefined) return
    this.#asking = true
    this.#endsAt = clock.monotonic()
    void this.#inner.endsOf([...wanted.values()]).then(ends => {
      this.#asking = false
      if (this.#closed) return
      this.#starts.tell(ends)
      this.#tellLags()
    })
  }

  // --- lags ---

  /** Looks again as long as something may change without a poll that returns. */
  #watch(): void {
    const { clock } = this.#options
    if (this.#timer !== null || this.#closed) return
    this.#timer = clock.setTimer(lagEveryMs, () => {
      this.#timer = null
      if (clock.monotonic() - this.#endsAt >= endsEveryMs) this.#askEnds()
      const isBehind = this.#tellLags() > 0
      if (isBehind || this.#paused.size > 0 || this.#starts.pending.length > 0) this.#watch()
    })
  }

  #lagOf(partition: TopicPartition): number | null {
    const read = this.#inner.lag?.(partition) ?? null
    const first = this.#options.firstUnsettled(partition)
    if (read === null || first === Infinity) return read
    // What was handed to the sink and waits for its target is not where it should be either.
    return Math.max(read, (this.#inner.endOffset?.(partition) ?? -1) - first)
  }

  /** The largest of them. */
  #tellLags(): number {
    const { metrics, clock } = this.#options
    this.#lagsAt = clock.monotonic()
    const gone = new Map(this.#lags)
    let max = 0
    for (const partition of this.#inner.assignment()) {
      const lag = this.#lagOf(partition)
      if (lag === null) continue
      const key = topicPartitionKey(partition.topic, partition.partition)
      const gauge = gone.get(key) ?? metrics.partitionGauge('records-lag', partition.topic, partition.partition)
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
    return max
  }
}
