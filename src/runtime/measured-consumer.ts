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
/** A pause that lasts longer is asked for only `endsRarelyMs` apart. */
const endsOftenMs = 60_000
const endsRarelyMs = 60_000
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

/** Monotonic milliseconds. */
interface Pause {
  readonly since: number
  /** When its end was asked for last. */
  askedAt: number
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
  /** By `topic-partition`: those that are paused. */
  readonly #paused = new Map<string, Pause>()
  #lagsAt = -Infinity
  #endsAt = -Infinity
  #asking = false
  /** Some start was not in its log: where it goes on instead is looked for before anything of it is read. */
  #hasDoubts = false
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
    if (this.#hasDoubts) await this.#lookAtDoubted()
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
      if (!this.#paused.has(key)) this.#paused.set(key, { since: now, askedAt: -Infinity })
    }
    this.#watch()
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#inner.resume(partitions)
    const long = partitions.filter(({ topic, partition }) => {
      const key = topicPartitionKey(topic, partition)
      const pause = this.#paused.get(key)
      this.#paused.delete(key)
      return pause !== undefined && this.#options.clock.monotonic() - pause.since >= longPauseMs
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

  /**
   * In the background. Only of those whose place is known, which `position` tells without a look for it: what goes wrong with such a look is for the next
   * poll to throw, and would get lost here.
   */
  #beginSoon(partitions: readonly TopicPartition[]): void {
    const assigned = this.#assigned()
    const placed = partitions.filter(partition => assigned.has(keyOf(partition)) && this.#isPlaced(partition))
    const positions = placed.map(async partition => [partition, await this.#inner.position(partition)] as const)
    void Promise.all(positions)
      .then(starts => this.#beginAt(starts))
      // A consumer that closes tells elsewhere.
      .catch(() => undefined)
  }

  async #begin(partitions: readonly TopicPartition[]): Promise<void> {
    if (this.#inner.endsOf === undefined) return
    const starts: (readonly [TopicPartition, number])[] = []
    for (const partition of partitions) starts.push([partition, await this.#inner.position(partition)])
    this.#beginAt(starts)
  }

  #beginAt(starts: readonly (readonly [TopicPartition, number])[]): void {
    if (this.#inner.endsOf === undefined) return
    const assigned = this.#assigned()
    // What was given up meanwhile is forgotten already, and nobody would forget it again.
    for (const [partition, offset] of starts) if (assigned.has(keyOf(partition))) this.#starts.begin(partition, offset)
    this.#askEnds()
    this.#watch()
  }

  async #lookAtDoubted(): Promise<void> {
    const assigned = this.#assigned()
    const moved: (readonly [TopicPartition, number])[] = []
    for (const start of this.#starts.doubted) {
      if (!assigned.has(keyOf(start)) || !this.#isPlaced(start)) continue
      const offset = await this.#inner.position(start)
      if (offset !== start.offset) moved.push([start, offset])
    }
    if (moved.length > 0) this.#beginAt(moved)
  }

  #isPlaced(partition: TopicPartition): boolean {
    return (this.#inner.lag?.(partition) ?? null) !== null
  }

  #assigned(): ReadonlySet<string> {
    return new Set(this.#inner.assignment().map(keyOf))
  }

  #forget(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#starts.forget(partition)
      this.#paused.delete(keyOf(partition))
    }
  }

  /** Asks in the background: of what begins, and of what is paused, which no fetch tells of. */
  #askEnds(): void {
    if (this.#asking || this.#inner.endsOf === undefined) return
    const now = this.#options.clock.monotonic()
    const { pending } = this.#starts
    const wanted = new Map(pending.map(one => [keyOf(one), one]))
    for (const partition of this.#inner.assignment()) {
      const pause = this.#paused.get(keyOf(partition))
      if (pause === undefined || !isDue(pause, now)) continue
      pause.askedAt = now
      wanted.set(keyOf(partition), partition)
    }
    if (wanted.size === 0) return
    this.#asking = true
    this.#endsAt = now
    const begins = pending.length === 0 ? new Map<string, number>() : this.#inner.beginsOf?.(pending)
    void Promise.all([this.#inner.endsOf([...wanted.values()]), begins]).then(([endsFound, beginsFound]) => {
      this.#asking = false
      if (this.#closed) return
      this.#starts.tell(endsFound, beginsFound ?? new Map())
      this.#hasDoubts = this.#starts.doubted.length > 0
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
      const key = keyOf(partition)
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

function keyOf({ topic, partition }: TopicPartition): string {
  return topicPartitionKey(topic, partition)
}

/** Its end is to be asked for at the next occasion. */
function isDue({ since, askedAt }: Pause, now: number): boolean {
  return now - since < endsOftenMs || now - askedAt >= endsRarelyMs
}
