// Reads the workers' logs as an operator would, for what shows nowhere else: that a record was skipped or dropped, or that Redis is waited for.
import { type Crossings, type Doing } from '../check/crossings.ts'
import { type Moments } from './moments.ts'

/** Words of the log, and what they tell of. */
const tells: readonly (readonly [words: string, doing: Doing])[] = [
  ['Error encountered in task', 'skip'],
  ['Error policy NOOP:', 'drop'],
  ['go to the dead letter queue', 'drop'],
  ['goes to the dead letter queue', 'drop'],
  ['Error policy set to RETRY', 'retry']
]

export class LogWatch {
  readonly #crossings: Crossings
  readonly #moments: Moments
  /** Connections (as `ip:port`) of which a worker has said that it could not have them closed: what they carry may be written late. */
  readonly unfenced = new Set<string>()

  constructor(crossings: Crossings, moments: Moments) {
    this.#crossings = crossings
    this.#moments = moments
  }

  read(line: string): void {
    for (const [words, doing] of tells) if (line.includes(words)) this.#crossings.did(doing)
    if (line.includes('Error encountered in task')) this.#moments.met('skip')
    if (line.includes('waiting for Redis')) {
      this.#moments.met('outage')
      this.#crossings.did('replan')
    }
    if (line.includes('could not be asked within'))
      for (const [, addr] of line.matchAll(/ addr=([\d.:]+)/g)) if (addr !== undefined) this.unfenced.add(addr)
    if (line.includes('unrecoverable exception')) this.#crossings.befell('exception', 5000)
  }
}
