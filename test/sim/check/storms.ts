// What a worker may do to others in a short time: connections and lines of its log have a measure, whatever goes wrong.
const spanMs = 10_000

/** How often something may happen within ten seconds. */
const limits = { connection: 150, line: 1500 } as const
export type Counted = keyof typeof limits

export class Storms {
  readonly #now: () => number
  readonly #find: (checker: string, what: string) => void
  readonly #counts = new Map<string, { since: number; count: number }>()

  constructor(now: () => number, find: (checker: string, what: string) => void) {
    this.#now = now
    this.#find = find
  }

  count(who: string, what: Counted): void {
    const key = `${who} ${what}`
    const counted = this.#counts.get(key)
    if (counted === undefined || this.#now() - counted.since > spanMs) {
      this.#counts.set(key, { since: this.#now(), count: 1 })
      return
    }
    if (++counted.count === limits[what] + 1)
      this.#find('storm', `${who}: more than ${limits[what]} ${what}s within ten seconds`)
  }
}
