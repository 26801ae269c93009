// Tells once when a dead letter queue takes nothing, once a minute while that lasts, and once when it is over.
import { type Logger } from '../connect/log.ts'
import { type Clock, type Timer } from '../util/clock.ts'

/** A letter may take that long before anybody is told. */
const patienceMs = 5_000
const reminderMs = 60_000

export interface StuckOptions {
  readonly topic: string
  readonly producer: { readonly trouble: { readonly attempts: number; readonly reason: string } | null }
  readonly clock: Clock
  readonly log: Logger
}

export class StuckWatch {
  readonly #options: StuckOptions
  readonly #waiting: () => number
  /** Since when nothing was acknowledged, wall time; null while nothing waits. */
  #since: number | null = null
  #told = false
  #timer: Timer | null = null

  /** `waiting`: the letters that are not acknowledged. */
  constructor(options: StuckOptions, waiting: () => number) {
    this.#options = options
    this.#waiting = waiting
  }

  /** The number of letters on their way has changed; `acked`: because one was acknowledged. */
  look(acked: boolean): void {
    if (acked && this.#told) this.#over()
    if (this.#waiting() === 0) {
      this.#since = null
      this.#told = false
      this.close()
    } else if (acked || this.#since === null) {
      this.#since = this.#options.clock.now()
      // One timer for a busy queue too: it looks again at how long it was.
      this.#timer ??= this.#options.clock.setTimer(patienceMs, () => this.#tell(patienceMs))
    }
  }

  close(): void {
    this.#timer?.clear()
    this.#timer = null
  }

  #tell(afterMs: number): void {
    this.#timer = null
    if (this.#since === null) return
    const { clock, log, topic, producer } = this.#options
    const dueMs = this.#since + afterMs - clock.now()
    if (dueMs > 0) {
      this.#timer = clock.setTimer(dueMs, () => this.#tell(afterMs))
      return
    }
    this.#told = true
    const { attempts, reason } = producer.trouble ?? { attempts: 1, reason: 'the broker has not answered yet' }
    log.warn(
      `Waiting for the dead letter queue ${topic} to take ${this.#waiting()} letter(s) since ${new Date(this.#since).toISOString()}, attempt ${attempts}: ${reason}. ` +
        'The offsets of their records are not committed meanwhile. Look at the brokers; a topic that is gone must be created again ' +
        'with the settings it had, or restart the task, which creates it with one partition'
    )
    this.#timer = clock.setTimer(reminderMs, () => this.#tell(reminderMs))
  }

  #over(): void {
    this.#told = false
    this.close()
    const { clock, log, topic } = this.#options
    const seconds = this.#since === null ? 0 : Math.round((clock.now() - this.#since) / 1000)
    log.info(`The dead letter queue ${topic} takes letters again, after ${seconds} s`)
  }
}
