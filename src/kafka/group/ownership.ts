// Whether what is assigned to a consumer is still its own. A process that was frozen past its session wakes up with records that another one has written since.
import { type Wait, type Waits } from '../../connect/waits.ts'
import { type Clock } from '../../util/clock.ts'
import { type ConsumerGroup } from './consumer-group.ts'

/** A coordinator that moves answers sooner. */
const confirmPatienceMs = 5000

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
  readonly waits?: Waits | undefined
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
    const asked = { attempt: 1 }
    const wait = this.#waitForGroup(asked)
    try {
      for (; !this.#isClosed; asked.attempt++) {
        await group()?.confirm()
        if (this.sure) return
        wake()
        const news = (this.#news = new AbortController())
        await clock.sleep(backoffMs(asked.attempt), news.signal)
        if (this.sure) return
      }
    } finally {
      wait?.end(this.#isClosed ? 'the consumer is closed' : 'the group has answered, or what was assigned is given up')
    }
  }

  #waitForGroup(asked: { readonly attempt: number }): Wait | undefined {
    return this.#options.waits?.begin({
      for: 'group',
      what: 'the word of its group that its partitions are still its own',
      patienceMs: confirmPatienceMs,
      words: () => ({
        attempts: asked.attempt,
        reason: 'the coordinator has not confirmed it for longer than is safe',
        hint: 'Nothing is written meanwhile, since another task may own them by now, and nothing is lost. See that the brokers can be reached'
      })
    })
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
