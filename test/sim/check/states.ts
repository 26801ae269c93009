// States of tasks as REST tells them: who is to live does, and who is to pause reads nothing.
import { type ConnectorPlan, type WorldPlan } from '../world/plan.ts'
import { type FaultKind } from '../world/faults.ts'
import { type Effect } from './effects.ts'

export interface StatesOptions {
  readonly plan: WorldPlan
  readonly now: () => number
  readonly find: (checker: string, what: string) => void
}

/** Faults of a server that no policy and no tolerance covers: a task may fail of them. */
const fatal: ReadonlySet<FaultKind> = new Set<FaultKind>(['redis-deny', 'redis-moved', 'redis-unknown', 'api-error'])
/** A mended world has so long to get its tasks up. */
const mendingMs = 60_000
/** So long after it was told to pause a task may still read. */
const pausingMs = 15_000

export class States {
  readonly #options: StatesOptions
  readonly #mayFail: boolean
  readonly #told = new Set<string>()
  /** By worker and connector: since when it is paused. */
  readonly #paused = new Map<string, number>()
  #mendedAt = Infinity

  constructor(options: StatesOptions) {
    this.#options = options
    this.#mayFail = options.plan.events.some(({ act }) => act.kind === 'fault' && fatal.has(act.fault))
  }

  mended(): void {
    this.#mendedAt = this.#options.now()
    this.#paused.clear()
  }

  /** A task is FAILED. */
  failed(worker: string, connector: ConnectorPlan, task: number, trace: string): void {
    const isLenient = connector.policy === 'NOOP' && connector.tolerant && !this.#mayFail
    if (!isLenient && this.#options.now() < this.#mendedAt + mendingMs) return
    const who = `${connector.name}-${task} at ${worker}`
    if (this.#told.has(who)) return
    this.#told.add(who)
    this.#options.find('failed', `${who} has failed, though nothing allows it to: ${trace.split('\n')[0] ?? ''}`)
  }

  paused(worker: string, connector: string): void {
    this.#paused.set(`${worker} ${connector}`, this.#options.now())
  }

  /** It was told something else, or its worker went. */
  unpaused(worker: string, connector: string): void {
    this.#paused.delete(`${worker} ${connector}`)
  }

  wrote(worker: string, { connector, number }: Effect, producedAt: number): void {
    const since = this.#paused.get(`${worker} ${connector.name}`)
    if (since !== undefined && producedAt > since + pausingMs)
      this.#options.find('unpaused', `${worker} wrote record ${number} of ${connector.name}, which was paused before it was produced`) // prettier-ignore
  }
}
