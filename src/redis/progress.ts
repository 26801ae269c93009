// `connect.progress.enabled`: the old sink's line per topic, at its first batch and then once a minute at most.
import { type Logger } from '../connect/log.ts'
import { type Clock } from '../util/clock.ts'
import { localSeconds } from './local-time.ts'

const intervalMs = 60_000

export class Progress {
  readonly #log: Logger
  readonly #clock: Clock
  readonly #since: string
  readonly #totals = new Map<string, number>()
  #saidAt = -Infinity

  constructor(log: Logger, clock: Clock) {
    this.#log = log.named('com.datamountaineer.streamreactor.connect.utils.ProgressCounter')
    this.#clock = clock
    this.#since = localSeconds(clock.now())
  }

  /** A record of that topic was delivered. */
  count(topic: string, records = 1): void {
    this.#totals.set(topic, (this.#totals.get(topic) ?? 0) + records)
  }

  /** A batch with records in it was put. */
  batch(): void {
    const now = this.#clock.monotonic()
    if (now - this.#saidAt < intervalMs) return
    this.#saidAt = now
    for (const [topic, total] of this.#totals)
      this.#log.info(`Delivered [${total}] records for ${topic} since ${this.#since}`)
  }
}
