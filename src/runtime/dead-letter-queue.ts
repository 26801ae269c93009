// The dead letter queue of a task: failed records go to a topic as they were, with headers that say why; offsets wait for its acks.
import { ConnectError } from '../connect/errors.ts'
import { type RawHeader, type TopicPartition, topicPartitionKey } from '../connect/record.ts'
import { type FailureSink, type RecordFailure } from './error-judge.ts'
import { javaClassOf, javaTrace } from './java-trace.ts'
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

/** What the queue asks of a producer: `send` resolves when all replicas have the record and rejects only where it never will be there. */
export interface DeadLetterProducer {
  send(record: OutgoingRecord): Promise<void>
  close(): Promise<void>
}

export interface DeadLetterOptions {
  readonly topic: string
  readonly contextHeaders: boolean
  readonly connector: string
  readonly task: number
  readonly producer: DeadLetterProducer
  readonly metrics: TaskMetrics
  /** A letter that cannot be sent must stop the task: its record would be lost with the next commit. */
  readonly fail: (error: Error) => void
}

export class DeadLetterQueue implements FailureSink {
  readonly #options: DeadLetterOptions
  /** Offsets of records whose letter is not acknowledged, by topic-partition. */
  readonly #unacked = new Map<string, Set<number>>()
  #unackedCount = 0
  #waiters: (() => void)[] = []

  constructor(options: DeadLetterOptions) {
    this.#options = options
  }

  async report(failure: RecordFailure): Promise<void> {
    const { record } = failure
    const key = topicPartitionKey(record.topic, record.partition)
    const offsets = this.#unacked.get(key) ?? new Set<number>()
    this.#unacked.set(key, offsets)
    // A second letter of one record (retried batch) is kept apart by nothing: one ack settles both, the topic holds both.
    offsets.add(record.offset)
    this.#unackedCount += 1
    this.#options.metrics.deadLetterRequests.add(1)
    try {
      await this.#options.producer.send(this.#letter(failure))
      offsets.delete(record.offset)
    } catch (error) {
      this.#options.metrics.deadLetterFailures.add(1)
      const lost = new ConnectError(
        `Could not send the record ${key}@${record.offset} to the dead letter queue ${this.#options.topic}; ` +
          'its offset is not committed. Check the topic and the rights of the producer, then restart the task',
        { cause: error }
      )
      this.#options.fail(lost)
      throw lost
    } finally {
      this.#unackedCount -= 1
      const waiters = this.#waiters
      this.#waiters = []
      for (const wake of waiters) wake()
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

  /** Waits while too many letters are on their way. */
  async room(): Promise<void> {
    while (this.#unackedCount >= unackedMax) await this.#nextChange()
  }

  /** Resolves when no letter is on its way; a letter that failed has failed the task already. */
  async drained(): Promise<void> {
    while (this.#unackedCount > 0) await this.#nextChange()
  }

  async close(): Promise<void> {
    await this.#options.producer.close()
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
    const texts: [string, string | null][] = [
      ['topic', record.topic],
      ['partition', String(record.partition)],
      ['offset', String(record.offset)],
      ['connector.name', this.#options.connector],
      ['task.id', String(this.#options.task)],
      ['stage', failure.stage],
      ['class.name', failure.executingClass],
      ['exception.class.name', javaClassOf(error)],
      ['exception.message', error.message === '' ? null : error.message],
      ['exception.stacktrace', javaTrace(error)]
    ]
    return texts.map(([key, text]) => ({ key: headerPrefix + key, value: text === null ? null : Buffer.from(text) }))
  }
}
