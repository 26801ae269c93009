// When the group last said that we are in it. A process may be frozen at any instant, and its machine suspended: only what was asked counts, and by both clocks.
import { type Clock } from '../../util/clock.ts'

export interface Instant {
  readonly monotonic: number
  readonly wall: number
}

export class Confirmation {
  readonly #clock: Clock
  #at: Instant | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** To be taken before a question is sent: its answer may be read long after it was given. */
  now(): Instant {
    return { monotonic: this.#clock.monotonic(), wall: this.#clock.now() }
  }

  /** The answer to what was asked `at` that instant says that we are a member. */
  heard(at: Instant): void {
    if (this.#at === null || at.monotonic >= this.#at.monotonic) this.#at = at
  }

  get last(): Instant | null {
    return this.#at
  }

  forget(): void {
    this.#at = null
  }

  isWithin(spanMs: number): boolean {
    return this.#at !== null && this.isSince(this.#at, spanMs)
  }

  /**
   * Less than `spanMs` have passed since `at`, as both clocks say: the monotonic one stands still while the machine is suspended, and the wall clock may
   * be set. One that was set back says nothing.
   */
  isSince(at: Instant, spanMs: number): boolean {
    const now = this.now()
    const [monotonic, wall] = [now.monotonic - at.monotonic, now.wall - at.wall]
    return monotonic < spanMs && wall < spanMs && wall >= -clockSlackMs
  }
}

/** The clocks are read one after the other, and time servers nudge the one of the wall. */
const clockSlackMs = 100

/** Until what somebody else owns by now was written by it, and what we send has arrived: so long before its end we are not sure of a span any more. */
export function withMargin(spanMs: number): number {
  return (spanMs * 2) / 3
}
