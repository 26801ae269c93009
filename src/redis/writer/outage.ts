// Redis being away: how long it is ridden out, how its tries are spaced, and who is told of it.
import { ConnectError } from '../../connect/errors.ts'
import { type Wait, type Waits } from '../../connect/waits.ts'
import { type Clock } from '../../util/clock.ts'
import { type Random } from '../../util/random.ts'
import { asSentence } from '../../util/sentence.ts'
import { type RetryBudget } from './policy.ts'
import { outageRemedy } from './verdict.ts'

const backoffMsMin = 50
const backoffMsMax = 2000
/** An outage that begins so soon after the last one is the same trouble: its tries go on where they were. */
const flapMs = 10_000
const hint = 'Nothing is lost: what was read waits, and is written when Redis takes it again'

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
  readonly waits: Waits
}

/** What Redis itself answers has a remedy; that a connection fails has none here. */
function remedyText(reason: string): string {
  const remedy = outageRemedy(reason)
  return remedy === null ? '' : `${remedy} `
}

/** The outage that lasts now, if one does. */
export class Outage {
  readonly #options: OutageOptions
  /** Since somebody waits for Redis. */
  #wait: Wait | null = null
  #endedAt = -Infinity
  #judgedAt = 0
  /** Tries of this trouble, which space the next ones out, and those of this outage. */
  #attempts = 0
  #tries = 0
  #reason = ''
  #held = false
  #closed = false

  constructor(options: OutageOptions) {
    this.#options = options
  }

  /** Redis gave no answer, or one that means it is away. Throws where the error policy now wants the task to fail. `pending`: something waits to be written. */
  note(reason: string, pending: boolean): void {
    const { clock, outageMs } = this.#options
    // A try that was under way.
    if (this.#closed) return
    const now = clock.monotonic()
    this.#reason = reason
    if (this.#wait === null) {
      this.#wait = this.#begin(now)
      return
    }
    this.#attempts++
    this.#tries++
    // As long as nothing waits, nobody suffers: the time counts from the first record that does. A task that is paused may have been so for this outage.
    if (!pending || this.#held) this.#judgedAt = now
    if (outageMs !== null && now - this.#judgedAt >= outageMs) this.#judge(reason, now)
    this.#wait.look()
  }

  /** Redis is away, as far as anybody knows. */
  get lasts(): boolean {
    return this.#wait !== null
  }

  /** Nobody is in a hurry, whatever waits: its time does not count, until `countAnew`. */
  hold(): void {
    this.#held = true
  }

  get held(): boolean {
    return this.#held
  }

  /** Whoever waits does so from now on. */
  countAnew(): void {
    this.#held = false
    this.#judgedAt = this.#options.clock.monotonic()
  }

  #begin(now: number): Wait {
    const { address, waits } = this.#options
    this.#judgedAt = now
    this.#tries = 1
    if (now - this.#endedAt < flapMs) this.#attempts++
    else this.#attempts = 1
    return waits.begin({
      for: 'redis',
      what: `Redis at ${address}`,
      patienceMs: 0,
      words: () => ({ attempts: this.#tries, reason: this.#reason, hint: remedyText(this.#reason) + hint })
    })
  }

  /** After an outage outlasted its time: THROW fails, RETRY spends an attempt, NOOP rides on. */
  #judge(reason: string, now: number): void {
    const { retries, address, outageMs } = this.#options
    this.#judgedAt = now
    const message = `Redis at ${address} is away for more than ${outageMs ?? 0} ms (connect.redis.outage.timeout.ms): ${reason}`
    if (retries.kind === 'NOOP') return
    if (retries.kind === 'RETRY' && retries.spend(message)) return
    throw new ConnectError(
      `${asSentence(message)} ${remedyText(reason)}Nothing from the first unanswered record on is committed: start the task again`
    )
  }

  /** How long to wait before the next try: doubled each time, with jitter. */
  delayMs(): number {
    return backoffMs(this.#attempts) * (0.8 + 0.4 * this.#options.random.next())
  }

  /** Redis executed a command of ours again. */
  over(): void {
    this.#end('it answers')
  }

  /** Nothing is left to be written, and Redis is not asked any more. */
  rest(): void {
    this.#wait?.giveUp('nothing is left to be written')
    this.#end('')
  }

  /** The task ends. */
  close(): void {
    this.#closed = true
    this.#wait?.giveUp('the task ends')
    this.#end('')
  }

  #end(how: string): void {
    if (this.#wait === null) return
    this.#wait.end(how)
    this.#wait = null
    this.#endedAt = this.#options.clock.monotonic()
  }
}
