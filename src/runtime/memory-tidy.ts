// Gives memory back after many tasks came or went.
//
// The idea. Starting a task costs some hundred kilobytes, of which it keeps forty. V8 grows its spaces for the storm and, where a thread does little
// afterwards, has no reason to look at them again for hours: a thousand idle tasks held 360 MB, and 220 after a collection.
import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Clock, type Timer } from '../util/clock.ts'

/** So many that came or went since the last time are worth a collection. */
const tasksMin = 64
/** So long nobody came or went: the storm is over. Once more later, since who came then joined a group, which takes its time. */
const quietMs = [5000, 30_000] as const
/** A thread that works more than this would take its memory again at once, and its records should not wait. */
const loadMax = 0.5

/** The memory of this thread. */
export interface OwnMemory {
  /** Which part of the time since the last call this thread worked, 0 to 1. */
  load(): number
  /** Stops this thread for a tenth of a second. */
  collect(): void
}

export class MemoryTidy {
  readonly #clock: Clock
  readonly #memory: OwnMemory
  #tasks = 0
  #timer: Timer | null = null

  constructor(clock: Clock, memory = ownMemory()) {
    this.#clock = clock
    this.#memory = memory
  }

  /** A task came or went. */
  moved(): void {
    this.#tasks++
    if (this.#tasks >= tasksMin) this.#wait(quietMs)
  }

  close(): void {
    this.#timer?.clear()
  }

  #wait([spanMs, ...later]: readonly number[]): void {
    this.#timer?.clear()
    if (spanMs === undefined) return
    this.#memory.load()
    this.#timer = this.#clock.setTimer(spanMs, () => {
      if (this.#memory.load() > loadMax) {
        this.#wait([spanMs, ...later])
        return
      }
      this.#tasks = 0
      this.#memory.collect()
      this.#wait(later)
    })
  }
}

type Collector = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void

function ownMemory(): OwnMemory {
  let before = performance.eventLoopUtilization()
  let collector: Collector | null = null
  return {
    load() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      return utilization
    },
    collect() {
      if (collector === null) {
        // Node hands out no collector of its own; a context made under this flag has V8's.
        setFlagsFromString('--expose-gc')
        collector = runInNewContext('gc') as Collector
        setFlagsFromString('--no-expose-gc')
      }
      // Only the last resort lets the space for new objects shrink, too.
      collector({ type: 'major', flavor: 'last-resort' })
    }
  }
}
