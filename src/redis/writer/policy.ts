// The error policy's book: what NOOP, THROW and RETRY do with a refusal, in the words that people grep for.
import { type Logger } from '../../connect/log.ts'
import { type Clock } from '../../util/clock.ts'
import { localMillis } from '../local-time.ts'
import { type ErrorPolicySettings, type PolicyKind } from '../settings.ts'

export const sinkLogger = 'com.datamountaineer.streamreactor.connect.errors.ErrorPolicy'

/** The attempts of RETRY: `max.retries` in all, 0 is a single one, -1 without end. A success gives them all back. */
export class RetryBudget {
  readonly kind: PolicyKind
  readonly intervalMs: number
  readonly #attemptsMax: number
  readonly #clock: Clock
  readonly #log: Logger
  #attempts = 0
  #lastError = ''

  constructor(policy: ErrorPolicySettings, clock: Clock, log: Logger) {
    this.kind = policy.kind
    this.intervalMs = policy.retryIntervalMs
    this.#attemptsMax = policy.maxRetries < 0 ? Infinity : Math.max(1, policy.maxRetries)
    this.#clock = clock
    this.#log = log.named(sinkLogger)
  }

  /** An attempt failed; true where another one may follow, after `intervalMs`. */
  spend(message: string): boolean {
    this.#attempts++
    this.#lastError = message
    const left = this.#attemptsMax - this.#attempts
    // The old sink's two lines as one, so that whoever looks for either of them finds it.
    const said = `Encountered error [${message}]. Error policy set to RETRY.`
    if (left > 0) this.#log.warn(`${said} Remaining attempts [${left === Infinity ? -1 : left}]`)
    else this.#log.error(`${said} All attempts [${this.#attempts}] are spent`)
    return left > 0
  }

  /** Everything that was refused has passed or is given up. */
  restore(): void {
    if (this.#attempts === 0) return
    this.#attempts = 0
    // The old sink wrote local time with a literal Z.
    this.#log.info(`Recovered from error [${this.#lastError}] at ${localMillis(this.#clock.now())}Z`)
  }

  /** A record given up under NOOP, in the old sink's words: its two lines as one. It wrote them for each; only the first has it here. */
  dropped(message: string): void {
    this.#log.warn(
      `Encountered error. Error policy NOOP: [${message}]. Processing continuing. More are told once a minute, each at level DEBUG`
    )
  }

  /** How many it were since the first one. */
  droppedMore(counted: string, message: string): void {
    this.#log.warn(`Error policy NOOP: ${counted} dropped, the last one: [${message}]. Processing continuing.`)
  }

  /** For whoever asks for a line for each. */
  droppedEach(message: string): void {
    this.#log.debug(`Error policy NOOP: [${message}]. Processing continuing.`)
  }
}
