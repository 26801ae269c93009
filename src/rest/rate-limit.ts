// How often one address may do something: a bucket for each that fills again with time.
import { type Clock } from '../util/clock.ts'

interface Bucket {
  left: number
  atMs: number
}

/** More addresses than this are looked through for buckets that are full again. */
const addressesMax = 10_000

export class RateLimit {
  readonly #burst: number
  readonly #perSecond: number
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()

  /** At most `burst` at once, and `perSecond` in the long run. */
  constructor(burst: number, perSecond: number, clock: Clock) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#clock = clock
  }

  /** Whether one more is left; nothing is taken. */
  allows(address: string): boolean {
    return this.#bucket(address).left >= 1
  }

  /** Takes one; false: there was none left. */
  take(address: string): boolean {
    const bucket = this.#bucket(address)
    if (bucket.left < 1) return false
    bucket.left -= 1
    return true
  }

  /** Whole seconds until one is left again. */
  waitSeconds(address: string): number {
    return Math.max(1, Math.ceil((1 - this.#bucket(address).left) / this.#perSecond))
  }

  #bucket(address: string): Bucket {
    const now = this.#clock.monotonic()
    let bucket = this.#buckets.get(address)
    if (bucket === undefined) {
      if (this.#buckets.size >= addressesMax) this.#forgetFull(now)
      this.#buckets.set(address, (bucket = { left: this.#burst, atMs: now }))
    }
    this.#fill(bucket, now)
    return bucket
  }

  #fill(bucket: Bucket, now: number): void {
    bucket.left = Math.min(this.#burst, bucket.left + ((now - bucket.atMs) * this.#perSecond) / 1000)
    bucket.atMs = now
  }

  // Whoever empties this many buckets at once has the addresses to begin anew with: memory is worth more.
  #forgetFull(now: number): void {
    for (const [address, bucket] of this.#buckets) {
      this.#fill(bucket, now)
      if (bucket.left >= this.#burst) this.#buckets.delete(address)
    }
    if (this.#buckets.size >= addressesMax) this.#buckets.clear()
  }
}
