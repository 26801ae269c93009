// A clock that stands still until a test moves it.
import { type Clock, type Timer } from '../../src/util/clock.ts'
import { type Random } from '../../src/util/random.ts'

interface Pending {
  readonly at: number
  readonly callback: () => void
}

export class FakeClock implements Clock {
  #now = 0
  readonly #timers = new Set<Pending>()

  /** What the wall clock was set forward by, or back. */
  setByMs = 0

  now(): number {
    return 1_700_000_000_000 + this.#now + this.setByMs
  }

  monotonic(): number {
    return this.#now
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { at: this.#now + Math.max(0, delayMs), callback }
    this.#timers.add(timer)
    return { clear: () => void this.#timers.delete(timer) }
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal?.aborted === true) return resolve()
      const finish = (): void => {
        timer.clear()
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = this.setTimer(delayMs, finish)
      signal?.addEventListener('abort', finish)
    })
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size
  }

  /** Milliseconds until the next timer, or null. */
  get untilNext(): number | null {
    let next = Infinity
    for (const { at } of this.#timers) next = Math.min(next, at)
    return next === Infinity ? null : Math.max(0, next - this.#now)
  }

  /** Moves on and fires what comes due, each at its own time, in order. */
  advance(spanMs: number): void {
    const end = this.#now + spanMs
    for (;;) {
      let next: Pending | null = null
      for (const timer of this.#timers) if (timer.at <= end && (next === null || timer.at < next.at)) next = timer
      if (next === null) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = end
  }
}

/** Chance without any. */
export const middleRandom: Random = { next: () => 0.5, bytes: size => new Uint8Array(size) }

/** Lets everything that waits for nothing but its turn have it. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
}
