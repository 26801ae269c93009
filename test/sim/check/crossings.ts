// Which pairs of harmless things a world brought together: what was under way, and what befell it at the same time.

export const doings = [
  'skip',
  'drop',
  'merge',
  'coalesce',
  'retry',
  'replan',
  'commit',
  'revoke',
  'pause',
  'stop',
  'config change'
] as const
export type Doing = (typeof doings)[number]

export const troubles = ['outage', 'late answer', 'exception', 'second partition', 'second task', 'restart'] as const
export type Trouble = (typeof troubles)[number]

/** They crossed where no more than this lies between them. */
const nearMs = 2000

interface Span {
  readonly from: number
  to: number
}

export class Crossings {
  readonly #now: () => number
  /** What is so at this moment, rather than befalls the world. */
  readonly #present: () => readonly Trouble[]
  readonly #met = new Map<string, number>()
  /** Moments of each doing, thinned: one in each half second. */
  readonly #doings = new Map<Doing, number[]>()
  readonly #troubles = new Map<Trouble, Span[]>()

  constructor(now: () => number, present: () => readonly Trouble[]) {
    this.#now = now
    this.#present = present
  }

  did(doing: Doing): void {
    const times = this.#doings.get(doing) ?? []
    this.#doings.set(doing, times)
    const last = times.at(-1)
    if (last !== undefined && this.#now() - last <= nearMs / 4) return
    times.push(this.#now())
    for (const trouble of this.#present()) {
      const name = pairName(doing, trouble)
      this.#met.set(name, (this.#met.get(name) ?? 0) + 1)
    }
  }

  /** It began now and lasts `spanMs`. */
  befell(trouble: Trouble, spanMs: number): void {
    const spans = this.#troubles.get(trouble) ?? []
    this.#troubles.set(trouble, spans)
    const from = this.#now()
    const last = spans.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, from + spanMs)
    else spans.push({ from, to: from + spanMs })
  }

  /** How often each pair met in this world, by `doing x trouble`. */
  counts(): Map<string, number> {
    const counts = new Map(this.#met)
    for (const [doing, times] of this.#doings) {
      for (const [trouble, spans] of this.#troubles) {
        const met = times.filter(at => spans.some(({ from, to }) => at >= from - nearMs && at <= to + nearMs)).length
        if (met > 0) counts.set(pairName(doing, trouble), met)
      }
    }
    return counts
  }
}

export function pairName(doing: Doing, trouble: Trouble): string {
  return `${doing} x ${trouble}`
}
