// The dead letter queue of a task: failed records go to a topic as they were, with headers that say why; offsets wait for its acks.
import { causeChain, ConnectError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type RawHeader, type TopicPartition, topicPartitionKey } from '../connect/record.ts'
import { type Waits } from '../connect/waits.ts'
import { RecordTooLargeError } from '../kafka/errors.ts'
import { type Clock } from '../util/clock.ts'
import { asSentence } from '../util/sentence.ts'
import { type FailureSink, type RecordFailure } from './error-judge.ts'
import { javaClassOf, javaTrace } from './java-trace.ts'
import { type SecretMask } from './secret-mask.ts'
import { StuckWatch } from './stuck-watch.ts'
import { type TaskMetrics } from './task-metrics.ts'

/** Letters on their way at once; beyond it reporting waits, so that a silent broker cannot fill the memory. */
const unackedMax = 1000
const headerPrefix = '__connect.errors.'

export interface OutgoingRecord {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RawHeader[]
  /** null: the broker's or producer's time. */
  readonly timestamp: number | null
}

/** Why nothing is acknowledged at present. */
export interface ProducerTrouble {
  readonly attempts: number
  readonly reason: string
}

/** What the queue asks of a producer: `send` resolves when all replicas have the record and rejects only where it never will be there. */
export interface DeadLetterProducer {
  send(record: OutgoingRecord): Promise<void>
  /** null: none that it knows of. */
  readonly trouble: ProducerTrouble | null
  /** Records that are not acknowledged are rejected. */
  close(): Promise<void>
}

export interface DeadLetterOptions {
  readonly topic: string
  readonly contextHeaders: boolean
  readonly connector: string
  readonly task: number
  readonly producer: DeadLetterProducer
  readonly metrics: TaskMetrics
  readonly log: Logger
  readonly clock: Clock
  readonly waits: Waits
  /** Headers leave the worker. */
  readonly mask: SecretMask
  /** A letter that cannot be sent must stop the task: its record would be lost with the next commit. */
  readonly fail: (error: Error) => void
}

export class DeadLetterQueue implements FailureSink {
  readonly #options: DeadLetterOptions
  /** Offsets of records whose letter is not acknowledged, by topic-partition. */
  readonly #unacked = new Map<string, Set<number>>()
  #unackedCount = 0
  #waiters: (() => void)[] = []
  readonly #stuck: StuckWatch
  #closed = false

  constructor(options: DeadLetterOptions) {
    this.#options = options
    this.#stuck = new StuckWatch(options, () => this.#unackedCount)
  }

  async report(failure: RecordFailure): Promise<void> {
    const { record } = failure
    const { metrics, producer, topic, fail } = this.#options
    const key = topicPartitionKey(record.topic, record.partition)
    const offsets = this.#unacked.get(key) ?? new Set<number>()
    this.#unacked.set(key, offsets)
    // A second letter of one record (retried batch) is kept apart by nothing: one ack settles both, the topic holds both.
    offsets.add(record.offset)
    this.#change(1, false)
    let acked = false
    metrics.deadLetterRequests.add(1)
    try {
      await producer.send(this.#letter(failure))
      acked = true
      offsets.delete(record.offset)
    } catch (error) {
      // Nobody waits for it any more: the offset was held back, whoever reads the partition next meets the record again.
      if (this.#closed || this.#unacked.get(key) !== offsets) return
      metrics.deadLetterFailures.add(1)
      const lost = new ConnectError(
        `Could not send the record ${key}@${record.offset} to the dead letter queue ${topic}: ${asSentence(causeChain(error))} ` +
          `Its offset is not committed. ${remedyFor(error)}`,
        { cause: error }
      )
      fail(lost)
      throw lost
    } finally {
      this.#change(-1, acked)
    }
  }

  /** The lowest offset of the partition whose letter is not acknowledged; Infinity where there is none. */
  firstUnacked(partition: TopicPartition): number {
    let first = Infinity
    for (const offset of this.#unacked.get(topicPartitionKey(partition.topic, partition.partition)) ?? []) {
      if (offset < first) first = offset
    }
    return first
  }

  /** These partitions were given up: what is on its way of them holds nothing back when they come again, perhaps further on. */
  forget(partitions: readonly TopicPartition[]): void {
    const given = partitions.map(({ topic, partition }) => topicPartitionKey(topic, partition))
    this.#tellUnacked(given)
    for (const key of given) this.#unacked.delete(key)
  }

  /** Whether such a letter will be in the topic nobody knows: what is sure is that its record was not committed. */
  #tellUnacked(given: readonly string[]): void {
    let count = 0
    let first = ''
    let last = ''
    for (const key of given) {
      const offsets = [...(this.#unacked.get(key) ?? [])].sort((one, other) => one - other)
      if (offsets.length === 0) continue
      count += offsets.length
      if (first === '') first = `${key}@${offsets[0]}`
      last = `${key}@${offsets.at(-1)}`
    }
    if (count === 0) return
    const { connector, task, topic, log } = this.#options
    const which = count === 1 ? `record ${first}` : `records ${first} to ${last}`
    log.warn(
      `Task ${connector}-${task} gives up partitions of which ${count} letter(s) are not acknowledged by the dead letter queue ${topic} (${which}): ` +
        'their offsets are not committed, so the records are read again and their letters written again: some may then stand there twice'
    )
  }

  /** Letters that are not acknowledged. */
  get waiting(): number {
    return this.#unackedCount
  }

  /** As many letters are on their way as may be: no more records are to be read. */
  get full(): boolean {
    return this.#unackedCount >= unackedMax
  }

  /** Resolves when it is no longer full. */
  async room(): Promise<void> {
    while (this.full && !this.#closed) await this.#nextChange()
  }

  /** Resolves when no letter is on its way, or after `timeoutMs`; a letter that failed has failed the task already. */
  async drained(timeoutMs: number): Promise<void> {
    const over = new AbortController()
    const timer = this.#options.clock.setTimer(timeoutMs, () => {
      over.abort()
      this.#wakeAll()
    })
    while (this.#unackedCount > 0 && !this.#closed && !over.signal.aborted) await this.#nextChange()
    timer.clear()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#stuck.close()
    this.#wakeAll()
    await this.#options.producer.close()
  }

  #change(by: 1 | -1, acked: boolean): void {
    this.#unackedCount += by
    this.#options.metrics.deadLettersWaiting.set(this.#unackedCount)
    this.#stuck.look(acked)
    if (by === -1) this.#wakeAll()
  }

  #wakeAll(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }

  #nextChange(): Promise<void> {
    return new Promise(resolve => this.#waiters.push(resolve))
  }

  #letter(failure: RecordFailure): OutgoingRecord {
    const { record } = failure
    return {
      topic: this.#options.topic,
      key: record.rawKey,
      value: record.rawValue,
      headers: this.#options.contextHeaders
        ? [...record.rawHeaders, ...this.#contextHeaders(failure)]
        : record.rawHeaders,
      timestamp: record.timestampType === 'NoTimestampType' ? null : record.timestamp
    }
  }

  #contextHeaders(failure: RecordFailure): RawHeader[] {
    const { record, error } = failure
    const { mask } = this.#options
    const texts: [string, string | null][] = [
      ['topic', record.topic],
      ['partition', String(record.partition)],
      ['offset', String(record.offset)],
      ['connector.name', this.#options.connector],
      ['task.id', String(this.#options.task)],
      ['stage', failure.stage],
      ['class.name', failure.executingClass],
      ['exception.class.name', javaClassOf(error)],
      ['exception.message', error.message === '' ? null : mask.text(error.message)],
      ['exception.stacktrace', mask.text(javaTrace(error))]
    ]
    return texts.map(([key, text]) => ({ key: headerPrefix + key, value: text === null ? null : Buffer.from(text) }))
  }
}

function remedyFor(error: unknown): string {
  return error instanceof RecordTooLargeError
    ? "Write a larger producer.override.max.request.size into the connector's configuration, and max.message.bytes of that topic: a restart alone meets the same record"
    : 'Check the topic and the rights of the producer, then restart the task'
}
