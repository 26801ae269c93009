// Decides about refused records by the error policy: dropped, sent to the dead letter queue, tried again, or the task fails.
import { ConnectError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type ErrantRecordReporter, type Metric } from '../../connect/plugin.ts'
import { type SinkRecord } from '../../connect/record.ts'
import { SkipReport } from '../../connect/skip-report.ts'
import { type Skips } from '../../connect/skips.ts'
import { type Clock } from '../../util/clock.ts'
import { asSentence } from '../../util/sentence.ts'
import { keys } from '../config.ts'
import { RefusedError } from '../refused-error.ts'
import { type RetryBudget } from './policy.ts'

/** A record and why it is refused. */
export interface Refusal {
  readonly record: SinkRecord
  readonly error: RefusedError
}

export interface JudgeOptions {
  readonly retries: RetryBudget
  /** null: nobody but the policy hears of refusals. */
  readonly report: ErrantRecordReporter | null
  /** The topic of a dead letter queue that would take refusals, if it was asked to. */
  readonly idleLetters?: string | null
  readonly refused: Metric
  /** Of these, those that stand nowhere else. */
  readonly dropped: Metric
  readonly clock: Clock
  readonly skips: Skips
  readonly log: Logger
  /** A dead letter could not be sent: the task can't go on. */
  readonly fail: (error: Error) => void
}

export class RefusalJudge {
  readonly #options: JudgeOptions
  readonly #kept: SkipReport
  readonly #dropped: SkipReport

  constructor(options: JudgeOptions) {
    this.#options = options
    const { log, retries } = options
    this.#kept = new SkipReport(options, {
      why: 'refused, sent to the dead letter queue',
      one: (_place, reason) =>
        log.warn(`${reason} It goes to the dead letter queue. More are told once a minute, each at level DEBUG`),
      more: (counted, reason) =>
        log.warn(`${counted} were refused and go to the dead letter queue, the last one: ${reason}`)
    })
    this.#dropped = new SkipReport(options, {
      why: `refused, dropped by ${keys.errorPolicy}=NOOP`,
      one: (_place, reason) => retries.dropped(reason),
      more: (counted, reason) => retries.droppedMore(counted, reason)
    })
  }

  /** The task ends: what was given up and not told yet is told. */
  close(): void {
    this.#kept.close()
    this.#dropped.close()
  }

  /** Whether records that can never pass are given up and the task goes on; otherwise the first of them ends it. */
  get drops(): boolean {
    const verdict = this.#options.report?.verdict ?? 'told'
    return verdict === 'kept' || (verdict === 'told' && this.#options.retries.kind === 'NOOP')
  }

  /** A record that can never pass. Throws its error where the task must fail; everything before it is settled by then. */
  giveUp({ record, error }: Refusal): void {
    const { report, retries, refused, dropped, log, fail, idleLetters = null } = this.#options
    const { message } = error
    if (report?.verdict === 'kept') {
      // Commits wait for the letter, the loop does not.
      report.report(record, error).catch((failure: unknown) => fail(failure instanceof Error ? failure : error))
      if (log.enabled('DEBUG')) log.debug(`${message} It goes to the dead letter queue.`)
      this.#kept.add(record.original, () => message)
    } else {
      // The letter of a record that ends the task is a copy: the record is read again at the next start, whatever becomes of the letter.
      report?.report(record, error).catch(() => undefined)
      if (report?.verdict === 'fatal') throw notTolerated(error)
      if (retries.kind !== 'NOOP') throw idleLetters === null ? error : withLetters(error, idleLetters)
      retries.droppedEach(message)
      this.#dropped.add(record.original, () => message)
      dropped.add(1)
    }
    refused.add(1)
  }

  /** Redis refused these in one round: `again` after the interval, or `dropped`. Throws where the policy wants the task to fail. */
  judge(refusals: readonly Refusal[]): 'again' | 'dropped' {
    const { retries } = this.#options
    const [first] = refusals
    if (first !== undefined && retries.kind === 'RETRY' && retries.spend(first.error.message)) return 'again'
    for (const refusal of refusals) this.giveUp(refusal)
    return 'dropped'
  }
}

function withLetters({ message, statement, permanent, cause }: RefusedError, topic: string): RefusedError {
  const advice = `${keys.deadLetter}=true sends such records to errors.deadletterqueue.topic.name=${topic} and goes on`
  return new RefusedError(
    `${message.replace(/\.$/, '')}. ${advice}`,
    statement,
    permanent,
    cause === undefined ? {} : { cause }
  )
}

function notTolerated(error: RefusedError): ConnectError {
  return new ConnectError(
    `${asSentence(error.message)} The dead letter queue gets a copy, one more at each restart, but nothing is tolerated: set errors.tolerance=all to go on behind ` +
      `such records, or ${keys.deadLetter}=false to let ${keys.errorPolicy} decide about them. Tolerance exceeded in error handler`,
    { cause: error }
  )
}
