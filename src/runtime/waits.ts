// The waits of one task, in one form of words: "waiting for X since T, attempt N: reason", when a wait begins, once a minute, and when it is over.
//
// What stands in the log is what metrics and /health show: the waits that last longer than their patience. Waits that follow one another closely (a Redis
// that comes and goes) are one trouble, and are not told one by one.
import { type Logger } from '../connect/log.ts'
import { type Wait, type WaitFor, type WaitPlan, type Waits } from '../connect/waits.ts'
import { type Clock, type Timer } from '../util/clock.ts'
import { asSentence } from '../util/sentence.ts'

const remindMs = 60_000
/** A wait that begins so soon after the last one of its kind is the same trouble: unless it has another reason it is told in the minute's line. */
const flapMs = 10_000
/** Other reasons told within one trouble and minute, at the most. */
const reasonsToldMax = 8
/** Troubles remembered: a task waits for few things, but their names may hold addresses that change. */
const troublesMax = 50
/** How often the main thread hears of further tries. */
const freshMs = 5000
/** A reason is somebody else's text. */
const reasonCharsMax = 500

/** A wait as the main thread shows it. */
export interface TaskWait {
  readonly for: WaitFor
  readonly what: string
  /** Wall time, milliseconds since the epoch. */
  readonly since: number
  readonly attempts: number
  readonly reason: string
}

/** `waiting for Redis at host:6379 since 2026-01-01T00:00:00.000Z, attempt 7: connect ECONNREFUSED`. */
export function waitText({ what, since, attempts, reason }: TaskWait): string {
  return `waiting for ${what} since ${new Date(since).toISOString()}, attempt ${Math.max(attempts, 1)}: ${reason}`
}

export interface WaitsOptions {
  /** `orders-redis-0`. */
  readonly taskId: string
  readonly clock: Clock
  readonly log: Logger
  /** A text without the secrets in it: what stands in a reason may be a reply that repeats one. Absent: there are none. */
  readonly mask?: (text: string) => string
  /** All waits that are to be shown from now on. */
  readonly onChange: (waits: readonly TaskWait[]) => void
}

/** Waits for the same, one after the other. */
interface Trouble {
  endedMs: number
  saidMs: number
  /** Waits since the last line that were not told on their own. */
  untold: number
  readonly reasons: Set<string>
}

type Act = (wait: OpenWait, what: 'look' | 'tell' | 'end' | 'giveUp', how: string) => void

class OpenWait implements Wait {
  readonly plan: WaitPlan
  readonly since: number
  readonly sinceMs: number
  readonly trouble: Trouble
  readonly #act: Act
  timer: Timer | null = null
  /** It has outlasted its patience. */
  shown = false
  /** The last line of its trouble said that it lasts. */
  told = false
  ended = false

  constructor(plan: WaitPlan, clock: Clock, trouble: Trouble, act: Act) {
    this.plan = plan
    const { lastedMs = 0 } = plan
    this.since = clock.now() - lastedMs
    this.sinceMs = clock.monotonic() - lastedMs
    this.trouble = trouble
    this.#act = act
  }

  look(): void {
    this.#act(this, 'look', '')
  }
  tell(): void {
    this.#act(this, 'tell', '')
  }
  end(how: string): void {
    this.#act(this, 'end', how)
  }
  giveUp(how: string): void {
    this.#act(this, 'giveUp', how)
  }
}

export class TaskWaits implements Waits {
  readonly #options: WaitsOptions
  readonly #open = new Set<OpenWait>()
  readonly #troubles = new Map<string, Trouble>()
  #postedMs = -Infinity
  #closed = false

  constructor(options: WaitsOptions) {
    this.#options = options
  }

  begin(plan: WaitPlan): Wait {
    const { clock } = this.#options
    const wait = new OpenWait(plan, clock, this.#trouble(plan), (of, what, how) => {
      if (of.ended) return
      if (what === 'end' || what === 'giveUp') this.#end(of, how)
      else if (what === 'tell') this.#tellNow(of)
      else this.#look(of)
      if (what === 'giveUp') of.trouble.endedMs = -Infinity
    })
    // A task that has ended waits for nobody.
    if (this.#closed) {
      wait.ended = true
      return wait
    }
    this.#open.add(wait)
    const leftMs = plan.patienceMs - (plan.lastedMs ?? 0)
    if (leftMs <= 0) this.#show(wait)
    else wait.timer = clock.setTimer(leftMs, () => this.#show(wait))
    return wait
  }

  /** The task ends, and with it whatever it waited for. */
  close(): void {
    for (const wait of this.#open) wait.giveUp('the task ends')
    this.#closed = true
  }

  #trouble({ for: whom, what, lastedMs = 0 }: WaitPlan): Trouble {
    const key = `${whom} ${what}`
    const known = this.#troubles.get(key)
    this.#troubles.delete(key)
    const sinceMs = this.#options.clock.monotonic() - lastedMs
    const isSame = known !== undefined && sinceMs - known.endedMs < flapMs
    const trouble = isSame ? known : { endedMs: -Infinity, saidMs: -Infinity, untold: 0, reasons: new Set<string>() }
    this.#troubles.set(key, trouble)
    for (const oldest of this.#troubles.keys()) {
      if (this.#troubles.size <= troublesMax) break
      this.#troubles.delete(oldest)
    }
    return trouble
  }

  #show(wait: OpenWait): void {
    wait.timer?.clear()
    wait.timer = null
    wait.shown = true
    const { trouble } = wait
    const dueMs = trouble.saidMs + remindMs - this.#options.clock.monotonic()
    const { reason } = wait.plan.words()
    const isNews = !trouble.reasons.has(reason) && trouble.reasons.size < reasonsToldMax
    if (dueMs <= 0 || isNews) this.#say(wait)
    else {
      trouble.untold++
      this.#remindIn(wait, dueMs)
    }
    this.#post()
  }

  #tellNow(wait: OpenWait): void {
    wait.timer?.clear()
    wait.shown = true
    this.#say(wait)
    this.#post()
  }

  #look(wait: OpenWait): void {
    if (wait.shown && this.#options.clock.monotonic() - this.#postedMs >= freshMs) this.#post()
  }

  #say(wait: OpenWait): void {
    const { log, taskId, clock } = this.#options
    const { trouble } = wait
    const { reason, hint } = wait.plan.words()
    if (clock.monotonic() - trouble.saidMs >= remindMs) trouble.reasons.clear()
    trouble.reasons.add(reason)
    const often = trouble.untold === 0 ? '' : `, and ${trouble.untold} times in between`
    trouble.untold = 0
    trouble.saidMs = clock.monotonic()
    wait.told = true
    const text = waitText(this.#viewOf(wait))
    const said = `Task ${taskId} is ${text}${often}`
    log.warn(hint === '' ? said : `${asSentence(said)} ${hint}`)
    this.#remindIn(wait, remindMs)
  }

  #remindIn(wait: OpenWait, delayMs: number): void {
    wait.timer = this.#options.clock.setTimer(delayMs, () => {
      this.#say(wait)
      this.#post()
    })
  }

  #end(wait: OpenWait, how: string): void {
    const { log, taskId, clock } = this.#options
    wait.ended = true
    wait.timer?.clear()
    this.#open.delete(wait)
    if (!wait.shown) return
    wait.trouble.endedMs = clock.monotonic()
    this.#post()
    if (!wait.told) return
    const { attempts } = wait.plan.words()
    const seconds = (wait.trouble.endedMs - wait.sinceMs) / 1000
    const span = seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds))
    const tries = Math.max(attempts, 1) === 1 ? '1 attempt' : `${attempts} attempts`
    log.info(`Task ${taskId} is no longer waiting for ${wait.plan.what}: ${how}, after ${span} s and ${tries}`)
  }

  #viewOf({ plan, since }: OpenWait): TaskWait {
    const { mask = text => text } = this.#options
    const words = plan.words()
    // Cut behind the mask: it knows no half of a secret.
    const reason = mask(words.reason)
    const short = reason.length > reasonCharsMax ? `${reason.slice(0, reasonCharsMax)}...` : reason
    return { for: plan.for, what: mask(plan.what), since, attempts: Math.max(words.attempts, 1), reason: short }
  }

  #post(): void {
    this.#postedMs = this.#options.clock.monotonic()
    this.#options.onChange([...this.#open].filter(({ shown }) => shown).map(wait => this.#viewOf(wait)))
  }
}
