// Tells of a dead letter queue that takes nothing, while that lasts.
import { type Wait, type Waits, type WaitWords } from '../connect/waits.ts'
import { type Clock, type Timer } from '../util/clock.ts'

/** A letter may take that long before anybody is told. */
const patienceMs = 5_000

export interface StuckOptions {
  readonly topic: string
  readonly producer: { readonly trouble: { readonly attempts: number; readonly reason: string } | null }
  readonly waits: Waits
  readonly clock: Clock
}

export class StuckWatch {
  readonly #options: StuckOptions
  readonly #waiting: () => number
  /** Monotonic milliseconds since when nothing was acknowledged; null while nothing waits. */
  #sinceMs: number | null = null
  /** One for many letters: when it fires it looks how long nothing was acknowledged by then. */
  #timer: Timer | null = null
  /** Begun only when the patience is over: a busy queue begins none. */
  #wait: Wait | null = null
  #closed = false

  /** `waiting`: the letters that are not acknowledged. */
  constructor(options: StuckOptions, waiting: () => number) {
    this.#options = options
    this.#waiting = waiting
  }

  /** The number of letters on their way has changed; `acked`: because one was acknowledged. */
  look(acked: boolean): void {
    if (this.#closed) return
    const isWaiting = this.#waiting() > 0
    if (acked || !isWaiting) {
      this.#wait?.end(acked ? 'it takes letters' : 'no letter is on its way')
      this.#wait = null
      this.#sinceMs = null
    }
    if (!isWaiting) return
    this.#sinceMs ??= this.#options.clock.monotonic()
    if (this.#wait === null) this.#timer ??= this.#timerIn(patienceMs)
  }

  close(): void {
    this.#closed = true
    this.#timer?.clear()
    this.#timer = null
    this.#wait?.end('the task ends')
    this.#wait = null
  }

  #timerIn(delayMs: number): Timer {
    return this.#options.clock.setTimer(delayMs, () => {
      this.#timer = null
      if (this.#sinceMs === null) return
      const lastedMs = this.#options.clock.monotonic() - this.#sinceMs
      if (lastedMs >= patienceMs) this.#wait = this.#begin(lastedMs)
      else this.#timer = this.#timerIn(patienceMs - lastedMs)
    })
  }

  #begin(lastedMs: number): Wait {
    const { topic, waits } = this.#options
    return waits.begin({
      for: 'deadletterqueue',
      what: `the dead letter queue ${topic}`,
      patienceMs,
      lastedMs,
      words: () => this.#words()
    })
  }

  #words(): WaitWords {
    const { attempts, reason } = this.#options.producer.trouble ?? {
      attempts: 1,
      reason: 'the broker has not answered yet'
    }
    const hint =
      `The offsets of the records of ${this.#waiting()} letter(s) are not committed meanwhile. Look at the brokers; a topic that is gone ` +
      'must be created again with the settings it had, or restart the task, which creates it with one partition'
    return { attempts, reason, hint }
  }
}
