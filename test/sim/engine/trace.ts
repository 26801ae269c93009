// What happened in a world, in order: a hash that must be the same each time a seed is run, and lines for whoever reads a failure.
import { createHash } from 'node:crypto'

export interface TraceLine {
  /** Milliseconds since the world began. */
  readonly at: number
  readonly who: string
  readonly what: string
}

export class Trace {
  readonly #now: () => number
  readonly #hash = createHash('sha256')
  /** Kept only where somebody asked for them. */
  readonly lines: TraceLine[] = []
  keep = false

  constructor(now: () => number) {
    this.#now = now
  }

  /** Something that a person may want to read. */
  tell(who: string, what: string): void {
    const at = this.#now()
    this.#hash.update(`${at} ${who} ${what}\n`)
    if (this.keep) this.lines.push({ at, who, what })
  }

  /** Bytes that moved: part of the hash only. */
  bytes(who: string, bytes: Uint8Array): void {
    this.#hash.update(`${this.#now()} ${who} ${bytes.length} `)
    this.#hash.update(bytes)
  }

  /** Of everything so far; the trace goes on. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}

export function lineText({ at, who, what }: TraceLine): string {
  return `${(at / 1000).toFixed(3).padStart(9)} ${who.padEnd(12)} ${what}`
}
