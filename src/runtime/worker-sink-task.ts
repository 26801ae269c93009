// The loop around a sink task: poll, convert, transform, put, commit; pause, rebalance, retry and stop in between.
//
// It follows Connect's WorkerSinkTask step by step (what is due is committed, then polled, then put), with one difference: a put
// may resolve before the target has answered. What may be committed is therefore always asked of the task (`preCommit`), and
// before partitions are given up the task is flushed, so that the next owner starts behind the last answered record.
import { BusyError, causeChain, ConnectError, PartlyPutError, RetriableError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type ErrantRecordReporter, type Config, type RawAccess, type SinkTask } from '../connect/plugin.ts'
import { type RecordCursor, type TopicPartition, topicPartitionKey } from '../connect/record.ts'
import { type Skips } from '../connect/skips.ts'
import { type Waits } from '../connect/waits.ts'
import { type Clock } from '../util/clock.ts'
import { type Random } from '../util/random.ts'
import { asSentence } from '../util/sentence.ts'
import { CommitLedger } from './commit-ledger.ts'
import { type DeadLetterQueue } from './dead-letter-queue.ts'
import { InterruptedError } from './error-judge.ts'
import { type TaskId, taskIdText } from './herder.ts'
import { causeBehind, CauseFirstError } from './java-trace.ts'
import { type Batch, type BatchFailure, type RecordIntake } from './record-intake.ts'
import { type TaskConsumer, type Topics } from './task-consumer.ts'
import { TaskCommits } from './task-commits.ts'
import { type TaskMetrics } from './task-metrics.ts'

/** What a task tells of itself. */
export interface TaskListener {
  onRunning(): void
  onPaused(): void
  onFailed(error: Error): void
  onStopped(): void
}

export interface WorkerSinkTaskOptions {
  readonly id: TaskId
  readonly config: Config
  readonly task: SinkTask
  readonly consumer: TaskConsumer
  readonly topics: Topics
  readonly intake: RecordIntake
  readonly deadLetters: DeadLetterQueue | null
  readonly reportErrantRecord: ErrantRecordReporter | null
  readonly raw: RawAccess | null
  readonly waits: Waits
  readonly skips: Skips
  readonly generalWhy: string | null
  readonly metrics: TaskMetrics
  readonly listener: TaskListener
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly commitIntervalMs: number
  readonly commitTimeoutMs: number
  /** How long letters on their way are waited for where partitions are given up; their records' offsets are held back in any case. */
  readonly lettersWaitMs: number
  readonly startPaused: boolean
  /** Lets sockets and timers have their turn between two batches. */
  readonly yieldTurn: () => Promise<void>
  /** Aborted by `stop`; the judge's retries hang on it too. */
  readonly stopping: AbortController
  /** Closes what was built for this task alone: converters, transforms, producer. */
  readonly close: () => Promise<void>
}

// Both sentences are what people grep for; the cause stands before them.
const exiting = 'Exiting WorkerSinkTask due to unrecoverable exception.'
const killed =
  'Task threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted'
const noBatch: Batch = { records: [], next: new Map(), failure: null }
const runtimeLogger = 'org.apache.kafka.connect.runtime.WorkerSinkTask'

export class WorkerSinkTask {
  readonly #options: WorkerSinkTaskOptions
  readonly #log: Logger
  readonly #ledger: CommitLedger
  readonly #commits: TaskCommits
  readonly #taskPaused = new Map<string, TopicPartition>()
  readonly #rewinds = new Map<string, TopicPartition & { offset: number }>()
  #batch: Batch | null = null
  /** The batch of a sink that reads raw values. */
  #raw: readonly RecordCursor[] | null = null
  /** The record behind the batch at hand that ends the task, once the batch is put. */
  #unreadable: BatchFailure | null = null
  /** The same batch is delivered again: all partitions stand still meanwhile. */
  #redelivering = false
  /** As many dead letters are on their way as may be. */
  #crowded = false
  #pauseWanted: boolean
  #paused = false
  /** All partitions are paused, for one of the reasons above. */
  #standing = false
  #pollTimeoutAsked: number | null = null
  #failure: Error | null = null
  #cancelled = false
  #open = false
  #wake: (() => void) | null = null

  constructor(options: WorkerSinkTaskOptions) {
    this.#options = options
    this.#log = options.log.named(runtimeLogger)
    this.#ledger = new CommitLedger(this.#log)
    this.#commits = new TaskCommits({
      ...options,
      name: String(this),
      log: this.#log,
      ledger: this.#ledger,
      rewind: (partition, offset) => this.#readAgain(partition, offset),
      onSettled: () => this.#wakeUp()
    })
    this.#pauseWanted = options.startPaused
  }

  toString(): string {
    return `WorkerSinkTask{id=${taskIdText(this.#options.id)}}`
  }

  pause(): void {
    this.#pauseWanted = true
    this.#wakeUp()
  }

  resume(): void {
    this.#pauseWanted = false
    this.#wakeUp()
  }

  /** Asks the loop to end: the last batch is settled, committed, the group left. `run` resolves then. */
  stop(): void {
    this.#options.stopping.abort()
    this.#wakeUp()
  }

  /** Gives up waiting for `stop`: nothing is committed any more, the group is left at once and the target's connection cut. */
  cancel(): void {
    this.#cancelled = true
    this.#commits.cancel()
    this.stop()
    const ignore = (): undefined => undefined
    const leave = (): Promise<void> => this.#options.consumer.close().catch(ignore)
    // Whoever gets the partitions next begins when we have left: by then nothing of ours may still be written.
    void this.#options.task.stop().then(leave, leave)
  }

  /** Runs until stopped or failed; never rejects. */
  async run(): Promise<void> {
    const { listener, task, consumer, close } = this.#options
    let failure: Error | null = null
    try {
      await this.#start()
      await this.#loop()
    } catch (error) {
      failure = asError(error)
    }
    try {
      await task.stop()
    } catch (error) {
      this.#log.warn('Could not stop task', error)
    }
    for (const end of [() => consumer.close(), close]) {
      await end().catch((error: unknown) => this.#log.warn(`${String(this)} Could not close what the task used`, error))
    }
    if (failure !== null && !this.#cancelled) {
      const cause = causeBehind(failure)
      this.#log.error(`${String(this)} failed: ${asSentence(causeChain(cause))} ${killed}`, cause)
      listener.onFailed(failure)
    } else {
      listener.onStopped()
    }
  }

  async #start(): Promise<void> {
    const { task, consumer, topics, listener, stopping } = this.#options
    if (this.#pauseWanted) {
      listener.onPaused()
      while (this.#pauseWanted && !stopping.signal.aborted) await this.#nextWakeUp()
    }
    if (stopping.signal.aborted) return
    consumer.subscribe(topics, {
      onAssigned: partitions => this.#onAssigned(partitions),
      onRevoked: partitions => this.#giveUp(partitions, true),
      onLost: partitions => this.#giveUp(partitions, false)
    })
    await task.start(this.#context())
    this.#open = true
    this.#commits.begin()
    this.#log.info(`${String(this)} Sink task finished initialization and start`)
    listener.onRunning()
  }

  async #loop(): Promise<void> {
    const { stopping, consumer } = this.#options
    let failure: Error | null = null
    try {
      while (!stopping.signal.aborted) await this.#iterate()
    } catch (error) {
      failure = asError(error)
    }
    // Also after a failure: what was answered before it is committed, as in Connect.
    const closing = await settled(consumer.release?.() ?? this.#giveUp(consumer.assignment(), true))
    this.#open = false
    failure ??= closing
    if (failure !== null) throw failure
  }

  async #iterate(): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    await this.#followTarget()
    await this.#commits.ifDue()
    this.#applyRewinds()
    this.#followLetters()
    const { intake, consumer, yieldTurn } = this.#options
    if (this.#standing || intake.empty) {
      const cursors = await consumer.poll(this.#pollTimeoutMs())
      intake.add(cursors)
      // A poll that came back at once let nobody else run: answers and timers must have their turn.
      if (cursors.length === 0) await yieldTurn()
    } else await yieldTurn()
    if (await this.#take()) await this.#deliver()
    const failed = this.#batch === null ? this.#unreadable : null
    if (failed === null || this.#options.stopping.signal.aborted) return
    throw asError(failed.error)
  }

  /** The next batch, where none is at hand and nothing stands against it. False: its first record must wait. */
  async #take(): Promise<boolean> {
    if (this.#paused || this.#crowded) return true
    const { intake, task, consumer } = this.#options
    const held = (partition: TopicPartition): boolean => this.#taskPaused.has(keyOf(partition))
    if (task.putRaw !== undefined && task.putRaw !== null) {
      if (this.#raw !== null) return true
      const cursors = intake.takeRaw(held)
      if (cursors.length > 0) this.#raw = cursors
      return true
    }
    if (this.#batch !== null || intake.empty) return true
    // A converter may have to wait long for somebody: the group's patience does not run out meanwhile.
    consumer.keepPolling()
    try {
      this.#batch = await intake.take(held)
    } catch (error) {
      if (!(error instanceof BusyError)) throw error
      this.#onPutFailed(error)
      return false
    }
    this.#unreadable = this.#batch.failure
    return true
  }

  /** Puts the batch at hand, empty ones too: a sink may use each call to look after itself. */
  async #deliver(): Promise<void> {
    const { task, metrics, clock, consumer, intake } = this.#options
    const raw = this.#raw
    const batch = this.#batch ?? noBatch
    const startedAt = clock.monotonic()
    consumer.keepPolling()
    try {
      await (raw === null ? task.put(batch.records) : intake.counting(raw, task.putRaw?.(raw)))
    } catch (error) {
      this.#onPutFailed(error)
      return
    }
    const spanMs = clock.monotonic() - startedAt
    metrics.putBatches.add(1)
    metrics.putTimeMs.add(spanMs)
    metrics.putTimeMsMax.raise(spanMs)
    this.#ledger.put(raw === null ? batch.next : intake.settleRaw(raw))
    this.#batch = null
    this.#raw = null
    if (!this.#redelivering) return
    this.#redelivering = false
    this.#followStanding()
  }

  /** The same batch comes again, or the task ends. */
  #onPutFailed(error: unknown): void {
    const cause = error instanceof PartlyPutError ? error.cause : error
    if (error instanceof PartlyPutError) this.#ledger.advance(error.taken)
    // Asked to stop, the sink left a record where it is that waited for a later try.
    if (cause instanceof InterruptedError && this.#options.stopping.signal.aborted) return
    if (!(cause instanceof RetriableError) || error instanceof PartlyPutError) throw new CauseFirstError(exiting, cause)
    const wake = (): void => this.#wakeUp()
    if (cause instanceof BusyError) {
      void cause.ready.then(wake, wake)
      // What was taken before a record that waits can be committed: that may take hours.
      if (cause.waiting !== null && this.#raw !== null)
        this.#ledger.advance(this.#options.intake.takenOf(this.#raw, cause.waiting))
    } else this.#log.error(`${String(this)} RetriableException from SinkTask:`, error)
    this.#redelivering = true
    this.#followStanding()
  }

  /** Where too many letters are on their way nothing more is read: records, and letters of them, would fill the memory. */
  #followLetters(): void {
    const { deadLetters } = this.#options
    if (deadLetters === null || deadLetters.full === this.#crowded) return
    this.#crowded = deadLetters.full
    if (this.#crowded) void deadLetters.room().then(() => this.#wakeUp())
    this.#followStanding()
  }

  // --- target state ---

  async #followTarget(): Promise<void> {
    if (this.#pauseWanted === this.#paused) return
    const { listener } = this.#options
    this.#paused = this.#pauseWanted
    this.#followStanding()
    if (this.#paused) {
      this.#log.info(`${String(this)} Paused: its partitions stay with it, nothing is read`)
      listener.onPaused()
      await this.#commits.now(undefined, false)
      this.#options.task.rest?.()
      // A raw batch at hand is put again all the same, as in Connect; what is decoded one by one is not asked for.
      if (this.#raw === null) this.#options.intake.rest()
    } else {
      this.#log.info(`${String(this)} Resumed`)
      this.#options.task.resume?.()
      this.#options.consumer.resumed?.()
      listener.onRunning()
    }
  }

  /** Partitions stand still as long as there is any reason for it. */
  #followStanding(): void {
    const { consumer } = this.#options
    const standing = this.#paused || this.#redelivering || this.#crowded
    if (standing === this.#standing) return
    this.#standing = standing
    if (standing) consumer.pause(consumer.assignment())
    else consumer.resume(consumer.assignment().filter(partition => !this.#taskPaused.has(keyOf(partition))))
  }

  // --- partitions ---

  async #onAssigned(partitions: readonly TopicPartition[]): Promise<void> {
    const { consumer, task, metrics } = this.#options
    for (const partition of partitions) {
      const position = await consumer.position(partition)
      this.#ledger.begin(partition, position)
      this.#log.debug(`${String(this)} Assigned topic partition ${keyOf(partition)} with offset ${position}`)
    }
    if (this.#standing) consumer.pause(partitions)
    metrics.partitions.set(consumer.assignment().length)
    await task.open(partitions)
    if (this.#paused) task.rest?.()
  }

  /** Revoked (`commit`) or lost. The next owner may begin as soon as this resolves. */
  async #giveUp(partitions: readonly TopicPartition[], commit: boolean): Promise<void> {
    if (!this.#open || partitions.length === 0) return
    const { task, consumer, metrics } = this.#options
    const gone = new Set(partitions.map(keyOf))
    let failure: Error | null = null
    if (commit && !this.#cancelled) {
      // What flush cannot settle is not among what preCommit then allows: committing the rest is still right.
      failure = await settled(task.flush())
      await this.#commits.now(partitions, true)
    }
    failure ??= await settled(task.close(partitions))
    this.#ledger.forget(partitions)
    for (const key of gone) {
      this.#taskPaused.delete(key)
      this.#rewinds.delete(key)
    }
    this.#dropFetched(gone)
    this.#options.deadLetters?.forget(partitions)
    metrics.partitions.set(Math.max(0, consumer.assignment().length - partitions.length))
    if (failure !== null) throw failure
  }

  /** Forgets what was fetched of these partitions, the batch at hand included. */
  #dropFetched(gone: ReadonlySet<string>): void {
    this.#options.intake.drop(partition => gone.has(keyOf(partition)))
    if (this.#raw !== null) this.#raw = this.#raw.filter(cursor => !gone.has(keyOf(cursor)))
    if (this.#unreadable !== null && gone.has(keyOf(this.#unreadable))) this.#unreadable = null
    if (this.#batch === null) return
    const { records, next, failure } = this.#batch
    this.#batch = {
      records: records.filter(record => !gone.has(keyOf(record.original))),
      next: new Map([...next].filter(([key]) => !gone.has(key))),
      failure
    }
  }

  /** Reads a partition on from another place: nothing that was fetched of it counts, nor what waits to be delivered again. */
  #readAgain(partition: TopicPartition, offset: number): void {
    this.#dropFetched(new Set([keyOf(partition)]))
    this.#options.consumer.seek(partition, offset)
  }

  #applyRewinds(): void {
    for (const [key, { topic, partition, offset }] of this.#rewinds) {
      this.#log.debug(`${String(this)} Rewind ${key} to offset ${offset}`)
      this.#readAgain({ topic, partition }, offset)
      this.#ledger.begin({ topic, partition }, offset)
    }
    this.#rewinds.clear()
  }

  // --- commits ---

  #pollTimeoutMs(): number {
    const untilCommit = this.#commits.dueInMs
    const asked = this.#pollTimeoutAsked
    // Connect clears the request after one use.
    this.#pollTimeoutAsked = null
    return asked === null ? untilCommit : Math.min(untilCommit, asked)
  }

  // --- what the sink may ask ---

  #context(): Parameters<SinkTask['start']>[0] {
    const { id, config, consumer, clock, random, log, reportErrantRecord, metrics, raw, generalWhy, waits, skips } =
      this.#options
    return {
      connector: id.connector,
      task: id.task,
      config,
      clock,
      random,
      log,
      reportErrantRecord,
      raw,
      generalWhy,
      waits,
      skips,
      assignment: () => consumer.assignment(),
      ...(consumer.ownership === undefined ? {} : { ownership: consumer.ownership }),
      seek: ({ topic, partition }, offset) => {
        this.#rewinds.set(topicPartitionKey(topic, partition), { topic, partition, offset })
        this.#wakeUp()
      },
      pause: partitions => {
        for (const partition of partitions) this.#taskPaused.set(keyOf(partition), partition)
        consumer.pause(partitions)
      },
      resume: partitions => {
        for (const partition of partitions) this.#taskPaused.delete(keyOf(partition))
        if (!this.#standing) consumer.resume(partitions)
      },
      requestCommit: () => {
        this.#commits.request()
      },
      timeout: timeoutMs => {
        if (timeoutMs > 0) this.#pollTimeoutAsked = timeoutMs
      },
      metric: (name, kind) => metrics.metric(name, kind),
      fail: error => {
        this.#fail(error)
      }
    }
  }

  #fail(error: Error): void {
    this.#failure ??= new CauseFirstError(exiting, error)
    this.#wakeUp()
  }

  /** For the dead letter queue, which is built before the task. */
  get fail(): (error: Error) => void {
    return error => this.#fail(error)
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#options.consumer.wakeup()
  }

  #nextWakeUp(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = () => {
        this.#wake = null
        resolve()
      }
    })
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return topicPartitionKey(topic, partition)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new ConnectError(String(error))
}

async function settled(work: Promise<void>): Promise<Error | null> {
  try {
    await work
    return null
  } catch (error) {
    return asError(error)
  }
}
