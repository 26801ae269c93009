// Decides about refused records by the error policy: dropped, sent to the dead letter queue, tried again, or the task fails.
import { type Logger } from '../../connect/log.ts'
import { type ErrantRecordReporter, type Metric } from '../../connect/plugin.ts'
import { type SinkRecord } from '../../connect/record.ts'
import { type RefusedError } from '../refused-error.ts'
import { type RetryBudget } from './policy.ts'

/** A record and why it is refused. */
export interface Refusal {
  readonly record: SinkRecord
  readonly error: RefusedError
}

export interface JudgeOptions {
  readonly retries: RetryBudget
  /** null: refusals never go to a dead letter queue. */
  readonly report: ErrantRecordReporter | null
  readonly refused: Metric
  readonly log: Logger
  /** A dead letter could not be sent, or nothing is tolerated: the task can't go on. */
  readonly fail: (error: Error) => void
}

export class RefusalJudge {
  readonly #options: JudgeOptions

  constructor(options: JudgeOptions) {
    this.#options = options
  }

  /** Whether records that can never pass are dropped; otherwise the first of them ends the task. */
  get drops(): boolean {
    return this.#options.report !== null || this.#options.retries.kind === 'NOOP'
  }

  /** A record that can never pass. Throws its error where the policy wants the task to fail. */
  giveUp({ record, error }: Refusal): void {
    const { report, retries, refused, log, fail } = this.#options
    if (report !== null) {
      // Commits wait for the letter, the loop does not.
      report(record, error).catch((failure: unknown) => fail(failure instanceof Error ? failure : error))
      log.warn(`${error.message} It goes to the dead letter queue.`)
    } else if (retries.kind === 'NOOP') {
      retries.dropped(error.message)
    } else {
      throw error
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
