// The commits of one task: when they are due, what may be committed, and what became of them; failures are logged, never fatal.
import { type Logger } from '../connect/log.ts'
import { type Offsets, type SinkTask } from '../connect/plugin.ts'
import { type TopicPartition } from '../connect/record.ts'
import { type Clock } from '../util/clock.ts'
import { type CommitLedger } from './commit-ledger.ts'
import { type DeadLetterQueue } from './dead-letter-queue.ts'
import { type TaskConsumer } from './task-consumer.ts'
import { type TaskMetrics } from './task-metrics.ts'

/** A busy task comes by thousands of times in between. */
const activeEveryMs = 1000

interface CommitInFlight {
  readonly startedAt: number
  /** It was told and counted as failed: whatever the answer, it is not counted again. */
  timedOut: boolean
  /** Resolves when it has come to its end, well or not. */
  readonly ended: Promise<void>
}

export interface TaskCommitsOptions {
  /** `WorkerSinkTask{id=orders-0}`, before each line. */
  readonly name: string
  readonly log: Logger
  readonly ledger: CommitLedger
  readonly task: SinkTask
  readonly consumer: TaskConsumer
  /** Reads this partition on from `offset`; what was fetched of it is forgotten. */
  readonly rewind: (partition: TopicPartition, offset: number) => void
  readonly deadLetters: DeadLetterQueue | null
  readonly metrics: TaskMetrics
  readonly clock: Clock
  readonly commitIntervalMs: number
  readonly commitTimeoutMs: number
  /** How long a closing commit waits for letters on their way, which hold back the offsets of their records. */
  readonly lettersWaitMs: number
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
  /** What had been put at the last look. */
  #lookedPuts = 0

  constructor(options: TaskCommitsOptions) {
    this.#options = options
  }

  /** The first interval begins. */
  begin(): void {
    this.#dueAt = this.#options.clock.monotonic() + this.#options.commitIntervalMs
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
    const { clock, ledger } = this.#options
    if (ledger.puts === this.#lookedPuts) return this.#commitDueInMs
    // A burst is over before the next second's look at it.
    return Math.min(this.#commitDueInMs, Math.max(0, this.#activeAt + activeEveryMs - clock.monotonic()))
  }

  get #commitDueInMs(): number {
    const { clock, commitTimeoutMs } = this.#options
    const inFlight = this.#inFlight
    if (inFlight?.timedOut === true) return commitTimeoutMs
    const dueAt = inFlight === null ? this.#dueAt : inFlight.startedAt + commitTimeoutMs
    return Math.max(0, dueAt - clock.monotonic())
  }

  async ifDue(): Promise<void> {
    const { clock, commitIntervalMs, commitTimeoutMs, metrics } = this.#options
    const now = clock.monotonic()
    if (now - this.#activeAt >= activeEveryMs) this.#lookAtActive(now)
    const inFlight = this.#inFlight
    if (inFlight !== null) {
      if (inFlight.timedOut || now - inFlight.startedAt < commitTimeoutMs) return
      // It is still under way, and none follows it: the client may send it again at any time, and behind a later one it would set the group back.
      inFlight.timedOut = true
      this.#options.log.warn(`${this.#options.name} Commit of offsets timed out`)
      metrics.commitFailures.add(1)
      return
    }
    if (now < this.#dueAt && !this.#requested) return
    this.#requested = false
    this.#dueAt = now + commitIntervalMs
    await this.now(undefined, false)
  }

  /** Commits what the task allows of `partitions` (all, if left out); `wait`: before they are given up. Failures are logged, never fatal. */
  async now(partitions: readonly TopicPartition[] | undefined, wait: boolean): Promise<void> {
    const { task, deadLetters, metrics, lettersWaitMs } = this.#options
    if (wait) {
      await deadLetters?.drained(lettersWaitMs)
      while (this.#inFlight !== null) await this.#inFlight.ended
    } else if (this.#inFlight !== null) {
      this.#requested = true
      return
    }
    let allowed: Offsets
    try {
      allowed = await task.preCommit(this.#options.ledger.current(partitions))
    } catch (error) {
      this.#onPreCommitFailed(error, wait)
      return
    }
    const committable = this.#options.ledger.committable(
      allowed,
      partition => deadLetters?.firstUnacked(partition) ?? Infinity
    )
    const offsets = this.#options.ledger.moved(committable)
    if (this.#cancelled || offsets.size === 0) {
      metrics.commitSkips.add(1)
      this.#options.log.debug(`${this.#options.name} Skipping offset commit, no change since last commit`)
      return
    }
    const sent = this.#send(offsets)
    if (wait) await sent
  }

  #lookAtActive(now: number): void {
    this.#activeAt = now
    this.#lookedPuts = this.#options.ledger.puts
    this.#options.metrics.lookAtActive(this.#options.ledger.active)
  }

  #onPreCommitFailed(error: unknown, closing: boolean): void {
    const { metrics, rewind, ledger } = this.#options
    metrics.commitFailures.add(1)
    if (closing) {
      this.#options.log.warn(`${this.#options.name} Offset commit failed during close`, error)
      return
    }
    this.#options.log.error(`${this.#options.name} Offset commit failed, rewinding to last committed offsets`, error)
    for (const { topic, partition, offset } of ledger.rewind().values()) rewind({ topic, partition }, offset)
  }

  #send(offsets: Offsets): Promise<void> {
    const startedAt = this.#options.clock.monotonic()
    this.#sequence += 1
    this.#options.metrics.commitSequence.set(this.#sequence)
    let end = (): void => undefined
    const inFlight = { startedAt, timedOut: false, ended: new Promise<void>(resolve => (end = resolve)) }
    this.#inFlight = inFlight
    return this.#outcome(offsets, inFlight, this.#sequence).finally(() => {
      this.#inFlight = null
      end()
      this.#options.onSettled()
    })
  }

  /** Waits for the answer, however late, and says what became of the commit. */
  async #outcome(offsets: Offsets, inFlight: CommitInFlight, sequence: number): Promise<void> {
    const { name, log, consumer, clock, metrics, ledger } = this.#options
    const isStill = ledger.holding(offsets)
    let failure: unknown = null
    try {
      await consumer.commit(offsets)
    } catch (error) {
      failure = error
    }
    const spanMs = clock.monotonic() - inFlight.startedAt
    if (failure !== null) {
      if (!inFlight.timedOut) metrics.commitFailures.add(1)
      log.error(
        `${name} Commit of offsets threw an unexpected exception for sequence number ${sequence}: ${describe(offsets)}`,
        failure
      )
      return
    }
    // What was active until now counts among the peaks.
    this.#lookAtActive(clock.monotonic())
    ledger.markCommitted(offsets, isStill)
    this.#lookAtActive(clock.monotonic())
    if (inFlight.timedOut) {
      log.info(`${name} Offset commit that had timed out succeeded after ${spanMs} ms for sequence number ${sequence}`)
      return
    }
    metrics.commitCompletions.add(1)
    metrics.commitTimeMs.add(spanMs)
    metrics.commitTimeMsMax.raise(spanMs)
    log.debug(`${name} Finished offset commit successfully in ${spanMs} ms for sequence number ${sequence}`)
  }
}

function describe(offsets: Offsets): string {
  return `{${[...offsets].map(([key, { offset }]) => `${key}=${offset}`).join(', ')}}`
}
