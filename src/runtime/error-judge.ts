// The one judge of records that fail in converters, headers and transforms: retry, log, dead letter, then tolerate or fail the task.
import {
  BusyError,
  causeChain,
  ConnectError,
  ConversionError,
  RegistryAccessError,
  RegistryAwayError,
  RetriableError
} from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type ErrantRecordReporter } from '../connect/plugin.ts'
import { type RecordOrigin } from '../connect/record.ts'
import { placeText, SkipReport } from '../connect/skip-report.ts'
import { type Skips } from '../connect/skips.ts'
import { type Waits } from '../connect/waits.ts'
import { type Clock } from '../util/clock.ts'
import { type Random } from '../util/random.ts'
import { type ConvertersInUse, type FailedAt, failureWords, tolerancePrice } from './failure-words.ts'
import { javaClassOf } from './java-trace.ts'
import { stackOf } from './log.ts'
import { RetryWait } from './retry-wait.ts'
import { RegistryWait } from './registry-wait.ts'
import { type TaskMetrics } from './task-metrics.ts'

const retryDelayMsMin = 300

/** The `errors.*` settings of a connector. */
export interface ErrorSettings {
  readonly tolerateAll: boolean
  /** -1: endless. */
  readonly retryTimeoutMs: number
  readonly retryDelayMsMax: number
  readonly logEnabled: boolean
  readonly logMessages: boolean
}

/** One failure of one record. */
export interface RecordFailure extends FailedAt {
  readonly error: Error
}

/** Where failures are put besides the log: the dead letter queue. Never throws; a letter that cannot be sent fails the task later. */
export interface FailureSink {
  /** How many of them are not there yet. */
  readonly waiting: number
  report(failure: RecordFailure): Promise<void>
}

export interface JudgeOptions {
  /** `orders-redis-0`. */
  readonly taskId: string
  readonly settings: ErrorSettings
  readonly log: Logger
  readonly clock: Clock
  readonly random: Random
  readonly metrics: TaskMetrics
  readonly deadLetters: FailureSink | null
  /** What the configuration names, for the words of a failure; null: not known. */
  readonly converters?: ConvertersInUse | null
  readonly waits: Waits
  readonly skips: Skips
  /** Aborted when the task is asked to stop: no retry waits longer. */
  readonly stopping: AbortSignal
}

/** The task was asked to stop while a record waited for a later try: it is neither skipped nor a failure, and is read again at the next start. */
export class InterruptedError extends ConnectError {}

export class ErrorJudge {
  /** For records whose schema is not here: they are not judged, they wait. */
  readonly wait: RegistryWait
  readonly #options: JudgeOptions
  /** Counts skipped records, and tells of them where no line of their own does. */
  readonly #skips: SkipReport

  constructor(options: JudgeOptions) {
    this.#options = options
    const log = options.log.named('org.apache.kafka.connect.runtime.WorkerSinkTask')
    this.wait = new RegistryWait(options)
    const isLost = options.deadLetters === null
    const rest = isLost ? 'It stands nowhere else' : 'It goes to the dead letter queue'
    const all = `Task ${options.taskId} skipped`
    this.#skips = new SkipReport(options, {
      why: isLost ? 'errors.tolerance=all' : 'errors.tolerance=all, sent to the dead letter queue',
      one: (_place, reason) =>
        log.warn(`${all} a record (errors.tolerance=all). ${rest}; more are told once a minute. ${reason}`),
      more: (counted, reason) =>
        log.warn(`${all} ${counted} (errors.tolerance=all). ${this.#whereabouts()}. The last one: ${reason}`)
    })
  }

  /** The task ends: what was skipped and not told yet is told. */
  close(): void {
    this.#skips.close()
  }

  /**
   * Decides on a record whose conversion threw `error`: tries `again` while it is retriable and time is left, then reports.
   * Answers what a later attempt answered, or null: the record is skipped. Throws where nothing is tolerated, and what no record is to blame for: BusyError
   * where its schema must be waited for.
   */
  async settle<T>(record: RecordOrigin, error: unknown, again: () => Promise<T>): Promise<T | null> {
    const { metrics, settings } = this.#options
    this.#throwIfBlameless(record, error)
    const retried = isRetriable(error) ? await this.#retry(record, error, again) : { failure: error }
    if ('answer' in retried) return retried.answer
    const { failure } = retried
    if (!isRetriable(failure)) metrics.recordFailures.add(1)
    // Commits wait for the letter, the loop does not.
    const failed = toFailure(record, failure)
    void this.#report(failed).catch(() => undefined)
    metrics.recordsSkipped.add(1)
    if (settings.logEnabled) this.#skips.count(record)
    else this.#skips.add(record, () => this.#skipWords(failed))
    return null
  }

  /** Tries again while that is asked for and time is left; what failed last, where no try went well. */
  async #retry<T>(
    record: RecordOrigin,
    error: unknown,
    again: () => Promise<T>
  ): Promise<{ answer: T } | { failure: unknown }> {
    const { clock, settings, metrics, stopping } = this.#options
    const deadline = settings.retryTimeoutMs < 0 ? Infinity : clock.monotonic() + settings.retryTimeoutMs
    const wait = error instanceof ConversionError ? new RetryWait(this.#options, record, error) : null
    let failure = error
    try {
      for (let attempt = 1; isRetriable(failure); attempt += 1) {
        metrics.recordFailures.add(1)
        if (clock.monotonic() >= deadline) break
        await this.#backOff(attempt, deadline)
        if (stopping.aborted) throw new InterruptedError('The task was asked to stop', { cause: failure })
        metrics.retries.add(1)
        try {
          const answer = await again()
          wait?.taken()
          return { answer }
        } catch (next) {
          failure = next
          this.#throwIfBlameless(record, failure)
          if (failure instanceof ConversionError) wait?.failed(failure)
        }
      }
    } finally {
      wait?.givenUp()
    }
    return { failure }
  }

  /** Of skipped records, at the moment. */
  #whereabouts(): string {
    const { deadLetters } = this.#options
    if (deadLetters === null) return 'They stand nowhere else'
    if (deadLetters.waiting === 0) return 'They stand in the dead letter queue'
    return `They go to the dead letter queue, which has not acknowledged ${deadLetters.waiting} letter(s)`
  }

  /** Whoever asked for no lines about records gets no text that may hold their data, as a transform's own words may. */
  #skipWords(failed: RecordFailure): string {
    return `${this.#words(failed, false)} (${javaClassOf(failed.error)}; errors.log.enable=true tells each with its cause)`
  }

  /** A registry that is away or lets us not in says nothing about the record: tolerance does not come into it, and no letter is written. */
  #throwIfBlameless(record: RecordOrigin, failure: unknown): void {
    if (failure instanceof BusyError) throw failure
    const cause = failure instanceof ConversionError ? failure.cause : failure
    if (cause instanceof RegistryAwayError) this.wait.away(record, cause)
    this.wait.over(record)
    if (!(cause instanceof RegistryAccessError)) return
    this.#options.metrics.recordFailures.add(1)
    throw new ConnectError(`Task ${this.#options.taskId} can't read record ${placeText(record)}: ${cause.message}`, {
      cause
    })
  }

  /** What becomes of records that the sink refuses: see ErrantRecordReporter. null: nobody is to hear of them. */
  get reporter(): ErrantRecordReporter | null {
    const { settings, deadLetters } = this.#options
    if (deadLetters === null && !settings.logEnabled) return null
    const verdict = deadLetters === null ? 'told' : settings.tolerateAll ? 'kept' : 'fatal'
    return { verdict, report: (record, error) => this.#reportRefused(record.original, error, verdict === 'kept') }
  }

  async #reportRefused(record: RecordOrigin, error: Error, kept: boolean): Promise<void> {
    const { metrics } = this.#options
    metrics.recordFailures.add(1)
    if (kept) metrics.recordsSkipped.add(1)
    await this.#tell({
      record,
      stage: 'TASK_PUT',
      executingClass: 'org.apache.kafka.connect.sink.SinkTask',
      part: null,
      met: null,
      error
    })
  }

  #report(failure: RecordFailure): Promise<void> {
    const sent = this.#tell(failure)
    if (this.#options.settings.tolerateAll) return sent
    // The task ends with this error; the letter's own fate shows when commits wait for it.
    sent.catch(() => undefined)
    // What went wrong, then what to do; Connect's sentence, which people grep for, stands last.
    const words = `${this.#words(failure, true)}. ${tolerancePrice(this.#options.deadLetters !== null)}. Tolerance exceeded in error handler`
    throw new ConnectError(words, { cause: failure.error })
  }

  // Log line and dead letter come also where the task then fails: Connect writes both before it gives up.
  #tell(failure: RecordFailure): Promise<void> {
    const { settings, deadLetters, metrics } = this.#options
    metrics.recordErrors.add(1)
    metrics.lastErrorTimestamp.set(this.#options.clock.now())
    if (settings.logEnabled) this.#logFailure(failure)
    return deadLetters === null ? Promise.resolve() : deadLetters.report(failure)
  }

  #logFailure(failure: RecordFailure): void {
    const { settings, log, taskId, metrics } = this.#options
    const { topic, partition, offset, timestamp, timestampType } = failure.record
    const where = settings.logMessages
      ? `, where consumed record is {topic='${topic}', partition=${partition}, offset=${offset}, timestamp=${timestamp}, timestampType=${timestampType}}`
      : ''
    log.error(
      `Error encountered in task ${taskId}. Executing stage '${failure.stage}' with class '${failure.executingClass}'${where}. ${this.#words(failure, true)}`,
      failure.error
    )
    if (log.enabled('DEBUG')) log.debug(stackOf(failure.error))
    metrics.errorsLogged.add(1)
  }

  #words(failure: RecordFailure, withCause: boolean): string {
    return failureWords(failure, this.#options.converters ?? null, withCause ? causeChain(failure.error) : null)
  }

  #backOff(attempt: number, deadline: number): Promise<void> {
    const { clock, random, settings, stopping } = this.#options
    const doubled = retryDelayMsMin * 2 ** (attempt - 1)
    const delay = doubled > settings.retryDelayMsMax ? Math.floor(random.next() * settings.retryDelayMsMax) : doubled
    return clock.sleep(Math.max(0, Math.min(delay, deadline - clock.monotonic())), stopping)
  }
}

function isRetriable(error: unknown): boolean {
  return error instanceof RetriableError || (error instanceof ConversionError && error.cause instanceof RetriableError)
}

/** The failure behind what was thrown: the marker of the runtime is taken off, so that users see the converter's own error. */
function toFailure(record: RecordOrigin, error: unknown): RecordFailure {
  // Whatever else is thrown in this place is a fault of ours, and fails the task as such.
  if (!(error instanceof ConversionError)) throw asError(error)
  const { stage, executingClass, part, met, cause } = error
  return { record, stage, executingClass, part, met, error: asError(cause) }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new ConnectError(String(error))
}
