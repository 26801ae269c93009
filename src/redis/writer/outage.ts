// Redis being away: which answers mean it, how long it is ridden out, and what is said meanwhile.
import { ConnectError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Clock } from '../../util/clock.ts'
import { type Random } from '../../util/random.ts'
import { type RetryBudget } from './policy.ts'
import { type ReplyError } from './reply-reader.ts'

/** Nobody's fault and over some day: no record is to be judged by such an answer. */
const outageWords = new Set([
  'LOADING',
  'READONLY',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'OOM',
  'MISCONF',
  'NOREPLICAS',
  'BUSY',
  'TRYAGAIN'
])

/** Answers that another server behind the same name may not give: the connection is better made anew. */
const staleWords = new Set(['READONLY', 'CLUSTERDOWN', 'MASTERDOWN'])

/** The word that says what is wrong: behind `because of:` in EXEC's answer, behind the script's place in that of an older Redis. */
function telling({ text }: ReplyError): string {
  const reason =
    /^EXECABORT .*?because of: -?(\S+)/.exec(text) ??
    /^ERR Error running script.*@user_script: ?\d+: -?([A-Z]+) /.exec(text)
  return reason?.[1] ?? /^\S*/.exec(text)?.[0] ?? ''
}

export function isOutageReply(reply: ReplyError): boolean {
  const word = telling(reply)
  // EXECABORT without a reason of its own: the transaction's commands have theirs, or it is tried again.
  return outageWords.has(word) || word === 'EXECABORT'
}

export function wantsReconnect(reply: ReplyError): boolean {
  return staleWords.has(telling(reply))
}

const backoffMsMin = 50
const backoffMsMax = 2000
const remindMs = 60_000

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
  #judgedAt = 0
  #saidAt = 0
  #attempts = 0

  constructor(options: OutageOptions) {
    this.#options = options
  }

  /** Redis gave no answer, or one that means it is away. Throws where the error policy now wants the task to fail. `pending`: something waits to be written. */
  note(reason: string, pending: boolean): void {
    const { clock, address, log, outageMs } = this.#options
    const now = clock.monotonic()
    this.#attempts++
    if (this.#since === null) {
      this.#since = now
      this.#judgedAt = now
      this.#saidAt = now
      log.warn(
        `Redis at ${address} is away: ${reason}. Nothing is lost: what was read waits, and the connection is tried again`
      )
      return
    }
    // As long as nothing waits, nobody suffers: the time counts from the first record that does.
    if (!pending) this.#judgedAt = now
    if (outageMs !== null && now - this.#judgedAt >= outageMs) this.#judge(reason, now)
    if (now - this.#saidAt < remindMs) return
    this.#saidAt = now
    log.warn(`Redis at ${address} is away since ${Math.round((now - this.#since) / 1000)} s: ${reason}`)
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

  /** Redis took a command again. */
  over(): void {
    const { clock, address, log } = this.#options
    if (this.#since === null) return
    log.info(`Redis at ${address} is back after ${Math.round(clock.monotonic() - this.#since)} ms`)
    this.#since = null
    this.#attempts = 0
  }
}
