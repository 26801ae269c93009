// What one task passed over, for /health: posted to the main thread at the first record, then once a second while it goes on.
import { type SkipCount, type Skips } from '../connect/skips.ts'
import { type Clock, type Timer } from '../util/clock.ts'

const postMs = 1000

/** What was passed over for one reason, as the main thread shows it. */
export interface TaskSkip extends SkipCount {
  readonly why: string
}

/** `skipped 12 records since 2026-01-01T00:00:00.000Z (first t-0@0, last t-1@99): errors.tolerance=all`. */
export function skipText({ why, count, since, first, last }: TaskSkip): string {
  const records = count === 1 ? '1 record' : `${count} records`
  const places = count === 1 ? first : `first ${first}, last ${last}`
  return `skipped ${records} since ${new Date(since).toISOString()} (${places}): ${why}`
}

export interface SkipsOptions {
  readonly clock: Clock
  /** A text without the secrets in it. Absent: there are none. */
  readonly mask?: (text: string) => string
  /** All that was passed over so far. */
  readonly onChange: (skips: readonly TaskSkip[]) => void
}

export class TaskSkips implements Skips {
  readonly #options: SkipsOptions
  /** By why. */
  readonly #reads = new Map<string, () => SkipCount>()
  #timer: Timer | null = null
  #isNews = false
  #closed = false

  constructor(options: SkipsOptions) {
    this.#options = options
  }

  changed(why: string, read: () => SkipCount): void {
    this.#reads.set(why, read)
    this.#isNews = true
    if (this.#timer === null && !this.#closed) this.#post()
  }

  /** The task ends: what it passed over is shown no longer. */
  close(): void {
    this.#closed = true
    this.#timer?.clear()
  }

  #post(): void {
    this.#timer = null
    if (!this.#isNews) return
    this.#isNews = false
    const { clock, mask = text => text, onChange } = this.#options
    onChange(
      [...this.#reads].map(([why, read]) => {
        const { count, since, first, last } = read()
        return { why, count, since, first: mask(first), last: mask(last) }
      })
    )
    this.#timer = clock.setTimer(postMs, () => this.#post())
  }
}
