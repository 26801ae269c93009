// Moments of interest: faults wait for the n-th skip, commit or outage, so that they hit what is in flight and not only what is at rest.
import { type Scheduler } from '../engine/scheduler.ts'
import { type Moment, type WorldEvent } from './plan.ts'

export class Moments {
  readonly #scheduler: Scheduler
  readonly #act: (event: WorldEvent) => void
  readonly #counts = new Map<Moment, number>()
  #waiting: WorldEvent[] = []

  constructor(scheduler: Scheduler, act: (event: WorldEvent) => void) {
    this.#scheduler = scheduler
    this.#act = act
  }

  await(event: WorldEvent): void {
    this.#waiting.push(event)
  }

  met(moment: Moment): void {
    const count = (this.#counts.get(moment) ?? 0) + 1
    this.#counts.set(moment, count)
    const due = this.#waiting.filter(event => event.moment?.name === moment && event.moment.count === count)
    if (due.length === 0) return
    this.#waiting = this.#waiting.filter(event => !due.includes(event))
    for (const event of due) this.#scheduler.after(event.at, () => this.#act(event))
  }

  /** Nothing waits any more: a world is being mended. */
  forget(): void {
    this.#waiting = []
  }
}
