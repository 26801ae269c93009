// How long a task has been in each of its states: Connect's running and pause ratios.
import { type State } from './herder.ts'

export class StateTimes {
  readonly #beganMs: number
  readonly #spent = new Map<State, number>()
  #state: State = 'UNASSIGNED'
  #sinceMs: number

  constructor(nowMs: number) {
    this.#beganMs = nowMs
    this.#sinceMs = nowMs
  }

  change(state: State, nowMs: number): void {
    this.#spent.set(this.#state, this.#inState(this.#state, nowMs))
    this.#state = state
    this.#sinceMs = nowMs
  }

  /** The part of its life that the task was in `state`, 0 to 1. */
  ratio(state: State, nowMs: number): number {
    const lifeMs = nowMs - this.#beganMs
    return lifeMs <= 0 ? (state === this.#state ? 1 : 0) : this.#inState(state, nowMs) / lifeMs
  }

  #inState(state: State, nowMs: number): number {
    return (this.#spent.get(state) ?? 0) + (state === this.#state ? nowMs - this.#sinceMs : 0)
  }
}
