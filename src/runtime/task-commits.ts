// The commits of one task: when they are due, what may be committed, and what became of them; failures are logged, never fatal.
import { type Logger } from '../connect/log.ts'
import { type Offsets, type SinkTask } from '../connect/plugin.ts'
import { type TopicPartition, topicPartitionKey } from '../connect/record.ts'
import { type Clock } from '../util/clock.ts'
import { type CommitLedger } from './commit-ledger.ts'
import { type DeadLetterQueue } from './dead-letter-queue.ts'
import { type RecordIntake } from './record-intake.ts'
import { type TaskConsumer } from './task-consumer.ts'
import { type TaskMetrics } from './task-metrics.ts'

/** A busy task comes by thousands of times in between. */
const activeEveryMs = 1000

interface CommitInFlight {
  readonly sequence: number
  readonly startedAt: number
}

export interface TaskCommitsOptions {
  /** `WorkerSinkTask{id=orders-0}`, before each line. */
  readonly name: string
  readonly log: Logger
  readonly ledger: CommitLedger
  readonly task: SinkTask
  readonly consumer: TaskConsumer
  readonly intake: RecordIntake
  readonly deadLetters: DeadLetterQueue | null
  readonly metrics: TaskMetrics
  readonly clock: Clock
  readonly commitIntervalMs: number
  readonly commitTimeoutMs: number
  /** A commit came to its end, well or not. */
  readonly onSettled: () => void
}

export class TaskCommits {
  readonly #options: TaskCommitsOptions
  #requested = false
  #dueAt = 0
  #sequence = 0
  #inFlight: CommitInFlight | null = null
  #cancelled = false
  #activeAt = -Infinity

  constructor(options: TaskCommitsOptions) {
    this.#options = options
  }

  /** The first interval begins. */
  begin(): void {
    this.#dueAt = this.#options.clock.now() + this.#options.commitIntervalMs
  }

  /** The next look commits, whatever the interval says. */
  request(): void {
    this.#requested = true
  }

  /** Nothing is committed any more. */
  cancel(): void {
    this.#cancelled = true
  }

  /**
   * How long the loop may wait before it looks again. While a commit is under way none is due, whatever the interval says: its end wakes the loop.
   * A loop that did not wait would keep the broker's answer from being read.
   */
  get dueInMs(): number {
    const { clock, commitTimeoutMs } = this.#options
    const dueAt = this.#inFlight === null ? this.#dueAt : this.#inFlight.startedAt + commitTimeoutMs
    return Math.max(0, dueAt - clock.now())
  }

  async ifDue(): Promise<void> {
    const { clock, commitIntervalMs, commitTimeoutMs, metrics } = this.#options
    const now = clock.now()
    if (now - this.#activeAt >= activeEveryMs) this.#lookAtActive(now)
    const inFlight = this.#inFlight
    if (inFlight !== null && now - inFlight.startedAt >= commitTimeoutMs) {
      this.#options.log.warn(`${this.#options.name} Commit of offsets timed out`)
      metrics.commitFailures.add(1)
      this.#inFlight = null
    }
    if (this.#inFlight !== null || (now < this.#dueAt && !this.#requested)) return
    this.#requested = false
    this.#dueAt = now + commitIntervalMs
    await this.now(undefined, false)
  }

  /** Commits what the task allows of `partitions` (all, if left out); `wait`: before they are given up. Failures are logged, never fatal. */
  async now(partitions: readonly TopicPartition[] | undefined, wait: boolean): Promise<void> {
    const { task, deadLetters, metrics } = this.#options
    if (wait) await deadLetters?.drained()
    let allowed: Offsets
    try {
      allowed = await task.preCommit(this.#options.ledger.current(partitions))
    } catch (error) {
      this.#onPreCommitFailed(error, wait)
      return
    }
    const offsets = this.#options.ledger.committable(
      allowed,
      partition => deadLetters?.firstUnacked(partition) ?? Infinity
    )
    if (this.#cancelled || offsets.size === 0 || this.#options.ledger.unchanged(offsets)) {
      metrics.commitSkips.add(1)
      this.#options.log.debug(`${this.#options.name} Skipping offset commit, no change since last commit`)
      return
    }
    const sent = this.#send(offsets)
    if (wait) await sent
  }

  #lookAtActive(now: number): void {
    this.#activeAt = now
    this.#options.metrics.lookAtActive(this.#options.ledger.active)
  }

  #onPreCommitFailed(error: unknown, closing: boolean): void {
    const { consumer, intake, metrics } = this.#options
    metrics.commitFailures.add(1)
    if (closing) {
      this.#options.log.warn(`${this.#options.name} Offset commit failed during close`, error)
      return
    }
    this.#options.log.error(`${this.#options.name} Offset commit failed, rewinding to last committed offsets`, error)
    const last = this.#options.ledger.rewind()
    for (const [key, { topic, partition, offset }] of last) {
      intake.drop(other => topicPartitionKey(other.topic, other.partition) === key)
      consumer.seek({ topic, partition }, offset)
    }
  }

  async #send(offsets: Offsets): Promise<void> {
    const { consumer, clock, metrics } = this.#options
    this.#sequence += 1
    const sequence = this.#sequence
    const startedAt = clock.now()
    this.#inFlight = { sequence, startedAt }
    metrics.commitSequence.set(sequence)
    try {
      await consumer.commit(offsets)
      // What was active until now counts among the peaks.
      this.#lookAtActive(clock.now())
      this.#options.ledger.markCommitted(offsets)
      this.#lookAtActive(clock.now())
      const spanMs = clock.now() - startedAt
      metrics.commitCompletions.add(1)
      metrics.commitTimeMs.add(spanMs)
      metrics.commitTimeMsMax.raise(spanMs)
      this.#options.log.debug(
        `${this.#options.name} Finished offset commit successfully in ${spanMs} ms for sequence number ${sequence}`
      )
    } catch (error) {
      metrics.commitFailures.add(1)
      this.#options.log.error(
        `${this.#options.name} Commit of offsets threw an unexpected exception for sequence number ${sequence}: ${describe(offsets)}`,
        error
      )
    }
    if (this.#inFlight.sequence === sequence) this.#inFlight = null
    this.#options.onSettled()
  }
}

function describe(offsets: Offsets): string {
  return `{${[...offsets].map(([key, { offset }]) => `${key}=${offset}`).join(', ')}}`
}
