// Whether what is assigned to a consumer is still its own. A process that was frozen past its session wakes up with records that another one has written since.
import { type Clock } from '../../util/clock.ts'
import { type ConsumerGroup } from './consumer-group.ts'

export interface OwnershipOptions {
  /** Null: nobody else can own what is read. */
  readonly group: () => ConsumerGroup | null
  /** Something is assigned, or being given up. */
  readonly holds: () => boolean
  /** The listener is being told of a loss: until it has dropped what was lost, nothing is sure. */
  readonly losing: () => boolean
  /** The poll that waits should give up what is lost. */
  readonly wake: () => void
  readonly backoffMs: (attempt: number) => number
  readonly clock: Clock
}

export class Ownership {
  readonly #options: OwnershipOptions
  readonly #closed = Promise.withResolvers<void>()
  #isClosed = false
  #asking: Promise<void> | null = null
  #news = new AbortController()

  constructor(options: OwnershipOptions) {
    this.#options = options
  }

  /** The group said so recently enough that nobody else can own what is assigned to us. */
  get sure(): boolean {
    const { group, holds, losing } = this.#options
    if (this.#isClosed || losing()) return false
    const found = group()
    return found === null || !holds() || found.sure
  }

  /** Asks the group. Resolves when `sure` holds again, also since what was assigned has been lost and given up, or when the consumer closes. */
  confirm(): Promise<void> {
    if (this.sure || this.#isClosed) return Promise.resolve()
    this.#asking ??= this.#ask().finally(() => (this.#asking = null))
    return Promise.race([this.#asking, this.#closed.promise])
  }

  async #ask(): Promise<void> {
    const { group, wake, backoffMs, clock } = this.#options
    for (let attempt = 1; !this.#isClosed; attempt++) {
      await group()?.confirm()
      if (this.sure) return
      wake()
      const news = (this.#news = new AbortController())
      await clock.sleep(backoffMs(attempt), news.signal)
      if (this.sure) return
    }
  }

  /** Something was given up. */
  look(): void {
    this.#news.abort()
  }

  close(): void {
    this.#isClosed = true
    this.#closed.resolve()
    this.look()
  }
}
