// Starts the tasks of one host a few at a time: `tasks.max=10000` in one request must not keep what runs there, or REST, from its turn.
import { type Clock, type Timer } from '../util/clock.ts'

/** Starting at once; more would only wait for one another, and what they need meanwhile would live through collections. */
const startingMax = 8
/** A start that takes longer (its dead letter queue's brokers are away) holds up no other. */
const patienceMs = 1000

export class StartQueue<T> {
  readonly #clock: Clock
  readonly #groupOf: (item: T) => string
  readonly #start: (item: T) => void
  /** By group. The one that had its turn goes to the end: a small connector does not wait for all of a large one. */
  readonly #waiting = new Map<string, Set<T>>()
  readonly #starting = new Map<T, Timer>()
  #isStarting = false

  constructor(clock: Clock, groupOf: (item: T) => string, start: (item: T) => void) {
    this.#clock = clock
    this.#groupOf = groupOf
    this.#start = start
  }

  add(item: T): void {
    const name = this.#groupOf(item)
    const group = this.#waiting.get(name)
    if (group === undefined) this.#waiting.set(name, new Set([item]))
    else group.add(item)
    this.#startSome()
  }

  /** It was not started yet. */
  isWaiting(item: T): boolean {
    return this.#waiting.get(this.#groupOf(item))?.has(item) === true
  }

  /** It started, or will not any more. */
  done(item: T): void {
    this.#remove(item)
    const timer = this.#starting.get(item)
    if (timer === undefined) return
    timer.clear()
    this.#starting.delete(item)
    this.#startSome()
  }

  /** Starts nothing any more. */
  close(): void {
    this.#waiting.clear()
    for (const timer of this.#starting.values()) timer.clear()
  }

  #startSome(): void {
    // What a start brings about comes back here: the loop below goes on with it.
    if (this.#isStarting) return
    this.#isStarting = true
    try {
      for (const item of this.#inTurn()) {
        const timer = this.#clock.setTimer(patienceMs, () => this.done(item))
        this.#starting.set(item, timer)
        this.#start(item)
      }
    } finally {
      this.#isStarting = false
    }
  }

  *#inTurn(): Iterable<T> {
    while (this.#starting.size < startingMax) {
      const [group] = this.#waiting.values()
      const [item] = group ?? []
      if (group === undefined || item === undefined) return
      this.#remove(item)
      const name = this.#groupOf(item)
      if (this.#waiting.delete(name) && group.size > 0) this.#waiting.set(name, group)
      yield item
    }
  }

  #remove(item: T): void {
    const name = this.#groupOf(item)
    const group = this.#waiting.get(name)
    group?.delete(item)
    if (group?.size === 0) this.#waiting.delete(name)
  }
}
