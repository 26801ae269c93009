// Tells of a dead letter queue that takes nothing, while that lasts.
import { type Wait, type Waits, type WaitWords } from '../connect/waits.ts'

/** A letter may take that long before anybody is told. */
const patienceMs = 5_000

export interface StuckOptions {
  readonly topic: string
  readonly producer: { readonly trouble: { readonly attempts: number; readonly reason: string } | null }
  readonly waits: Waits
}

export class StuckWatch {
  readonly #options: StuckOptions
  readonly #waiting: () => number
  /** Since nothing was acknowledged; null while nothing waits. */
  #wait: Wait | null = null

  /** `waiting`: the letters that are not acknowledged. */
  constructor(options: StuckOptions, waiting: () => number) {
    this.#options = options
    this.#waiting = waiting
  }

  /** The number of letters on their way has changed; `acked`: because one was acknowledged. */
  look(acked: boolean): void {
    if (acked || this.#waiting() === 0) {
      this.#wait?.end(acked ? 'it takes letters' : 'no letter is on its way')
      this.#wait = null
    }
    if (this.#waiting() > 0) this.#wait ??= this.#begin()
  }

  close(): void {
    this.#wait?.end('the task ends')
    this.#wait = null
  }

  #begin(): Wait {
    const { topic, waits } = this.#options
    return waits.begin({
      for: 'deadletterqueue',
      what: `the dead letter queue ${topic}`,
      patienceMs,
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
