// Redis being away: how long it is ridden out, how its tries are spaced, and what is said meanwhile: a line when it begins, one a minute, one when it ends.
import { ConnectError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Clock } from '../../util/clock.ts'
import { type Random } from '../../util/random.ts'
import { type RetryBudget } from './policy.ts'

const backoffMsMin = 50
const backoffMsMax = 2000
const remindMs = 60_000
/** An outage that begins so soon after the last one is the same trouble: its tries go on where they were, and unless it has another reason it is told in the minute's line. */
const flapMs = 10_000
/** Other reasons told within one trouble, at the most. */
const reasonsToldMax = 8

/** How long to wait before try `attempt`, the first being 1: doubled each time. */
export function backoffMs(attempt: number): number {
  return Math.min(backoffMsMin * 2 ** Math.min(Math.max(attempt, 1) - 1, 10), backoffMsMax)
}

export interface OutageOptions {
  /** `host:port`. */
  readonly address: string
  /** null: ridden out for ever. */
  readonly outageMs: number | null
  readonly retries: RetryBudget
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** The outage that lasts now, if one does. */
export class Outage {
  readonly #options: OutageOptions
  /** Since when somebody waits for Redis; monotonic. */
  #since: number | null = null
  #endedAt = -Infinity
  #judgedAt = 0
  #saidAt = -Infinity
  /** The last line said that Redis is away. */
  #told = false
  #attempts = 0
  /** Outages since the last line that were not told on their own. */
  #flaps = 0
  /** What was told of this trouble since its last minute. */
  readonly #reasons = new Set<string>()

  constructor(options: OutageOptions) {
    this.#options = options
  }

  /** Redis gave no answer, or one that means it is away. Throws where the error policy now wants the task to fail. `pending`: something waits to be written. */
  note(reason: string, pending: boolean): void {
    const { clock, outageMs } = this.#options
    const now = clock.monotonic()
    if (this.#since === null) {
      this.#begin(now, reason)
      return
    }
    this.#attempts++
    // As long as nothing waits, nobody suffers: the time counts from the first record that does.
    if (!pending) this.#judgedAt = now
    if (outageMs !== null && now - this.#judgedAt >= outageMs) this.#judge(reason, now)
    if (now - this.#saidAt >= remindMs) this.#remind(now, this.#since, reason)
  }

  /** Redis is away, as far as anybody knows. */
  get lasts(): boolean {
    return this.#since !== null
  }

  /** Whoever waits does so from now on. */
  countAnew(): void {
    this.#judgedAt = this.#options.clock.monotonic()
  }

  #begin(now: number, reason: string): void {
    const { address, log } = this.#options
    this.#since = now
    this.#judgedAt = now
    if (now - this.#endedAt < flapMs) {
      this.#attempts++
      if (now - this.#saidAt >= remindMs) return this.#remind(now, now, reason)
      if (this.#reasons.has(reason) || this.#reasons.size >= reasonsToldMax) {
        this.#flaps++
        return
      }
    } else {
      this.#attempts = 1
      this.#flaps = 0
      this.#reasons.clear()
    }
    this.#reasons.add(reason)
    this.#saidAt = now
    this.#told = true
    log.warn(
      `Redis at ${address} is away: ${reason}. Nothing is lost: what was read waits, and the connection is tried again`
    )
  }

  #remind(now: number, since: number, reason: string): void {
    const { address, log } = this.#options
    const often = this.#flaps === 0 ? '' : `, and was ${this.#flaps} times in between`
    this.#saidAt = now
    this.#told = true
    this.#flaps = 0
    this.#reasons.clear()
    this.#reasons.add(reason)
    log.warn(`Redis at ${address} is away since ${Math.round((now - since) / 1000)} s${often}: ${reason}`)
  }

  /** After an outage outlasted its time: THROW fails, RETRY spends an attempt, NOOP rides on. */
  #judge(reason: string, now: number): void {
    const { retries, address, outageMs } = this.#options
    this.#judgedAt = now
    const message = `Redis at ${address} is away for more than ${outageMs ?? 0} ms (connect.redis.outage.timeout.ms): ${reason}`
    if (retries.kind === 'NOOP') return
    if (retries.kind === 'RETRY' && retries.spend(message)) return
    throw new ConnectError(`${message}. Nothing from the first unanswered record on is committed: start the task again`)
  }

  /** How long to wait before the next try: doubled each time, with jitter. */
  delayMs(): number {
    return backoffMs(this.#attempts) * (0.8 + 0.4 * this.#options.random.next())
  }

  /** Redis executed a command of ours again. */
  over(): void {
    const { clock, address, log } = this.#options
    if (this.#since === null) return
    const now = clock.monotonic()
    if (this.#told) log.info(`Redis at ${address} is back after ${Math.round(now - this.#since)} ms`)
    this.#told = false
    this.#since = null
    this.#endedAt = now
  }
}
