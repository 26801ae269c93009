// Time of a simulated world: a queue of events; between two of them everything that waits for a promise has its turn, in an order that is always the same.
//
// The idea. Node runs one thing at a time, and promises go on in a fixed order. So a program is deterministic once timers, sockets and chance are
// ours: the queue below is the only thing that makes anything happen. An event belongs to a process or to the world; a process that was killed
// gets none any more, one that is frozen gets them when it thaws, in order.
import { type Clock, type Timer } from '../../../src/util/clock.ts'
import { Trace } from './trace.ts'

interface Event {
  readonly at: number
  readonly order: number
  readonly owner: SimProcess | null
  run: (() => void) | null
}

const delayMsMax = 2 ** 31 - 1
/** Where the wall clock of every world begins. */
export const epochMs = 1_700_000_000_000

export class Scheduler {
  readonly trace = new Trace(() => this.#now)
  readonly #queue = new EventQueue()
  #now = 0
  #order = 0
  #events = 0

  /** Milliseconds since the world began. */
  get now(): number {
    return this.#now
  }

  /** How many there were. */
  get events(): number {
    return this.#events
  }

  /** Calls `run` in `delayMs`, where its owner lives by then. */
  after(delayMs: number, run: () => void, owner: SimProcess | null = null): Timer {
    const at = this.#now + Math.min(Math.max(delayMs, 0), delayMsMax)
    const event: Event = { at, order: this.#order++, owner, run }
    this.#queue.push(event)
    return { clear: () => void (event.run = null) }
  }

  /** Resolves in `delayMs`. For the world itself; processes sleep by their clocks. */
  sleep(delayMs: number): Promise<void> {
    return new Promise(resolve => this.after(delayMs, resolve))
  }

  /** Lets events happen until `isOver`, which is asked after each one, or nothing is left, or `limitMs` of simulated time are over. True: it was over. */
  async run(isOver: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs
    await turn()
    while (!isOver()) {
      const event = this.#queue.pop()
      if (event === null) return false
      if (event.at > end) {
        this.#queue.push(event)
        this.#now = end
        return false
      }
      const { run, owner } = event
      if (run === null) continue
      if (owner !== null && !owner.alive) continue
      this.#now = Math.max(this.#now, event.at)
      if (owner !== null && owner.frozen) {
        owner.hold(run)
        continue
      }
      this.#events++
      run()
      await turn()
    }
    return true
  }
}

/** Everything that waits for no event has its turn: microtasks run to the end before the next macrotask. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** One operating system process of the world: what it waits for ends with it. */
export class SimProcess {
  readonly name: string
  readonly clock: Clock
  readonly #scheduler: Scheduler
  #alive = true
  #frozen = false
  #held: (() => void)[] = []
  readonly #onDeath: (() => void)[] = []
  /** What its wall clock was moved by. */
  skewMs = 0

  constructor(name: string, scheduler: Scheduler) {
    this.name = name
    this.#scheduler = scheduler
    this.clock = processClock(this, scheduler)
  }

  get alive(): boolean {
    return this.#alive
  }

  get frozen(): boolean {
    return this.#frozen
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#scheduler.after(delayMs, run, this)
  }

  /** As kill -9: nothing of it runs any more. Its kernel closes what it had open. */
  kill(): void {
    if (!this.#alive) return
    this.#alive = false
    this.#held = []
    for (const listener of this.#onDeath) listener()
  }

  onDeath(listener: () => void): void {
    this.#onDeath.push(listener)
  }

  /** As SIGSTOP: time and the kernel go on without it. */
  freeze(): void {
    this.#frozen = true
  }

  /** As SIGCONT: what came meanwhile happens now. */
  thaw(): void {
    if (!this.#frozen) return
    this.#frozen = false
    const held = this.#held
    this.#held = []
    for (const run of held) this.after(0, run)
  }

  hold(run: () => void): void {
    this.#held.push(run)
  }
}

function processClock(process: SimProcess, scheduler: Scheduler): Clock {
  const clock: Clock = {
    now: () => Math.floor(epochMs + scheduler.now + process.skewMs),
    monotonic: () => scheduler.now,
    // As Node's: whole milliseconds, and at least one.
    setTimer: (delayMs, callback) => process.after(Math.max(1, Math.trunc(delayMs)), callback),
    sleep(delayMs, signal) {
      return new Promise(resolve => {
        if (signal?.aborted === true) return resolve()
        const finish = (): void => {
          timer.clear()
          signal?.removeEventListener('abort', finish)
          resolve()
        }
        const timer = clock.setTimer(delayMs, finish)
        signal?.addEventListener('abort', finish)
      })
    }
  }
  return clock
}

/** A heap by time, then by when it was asked for. */
class EventQueue {
  readonly #heap: Event[] = []

  push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent] as Event)) break
      heap[at] = heap[parent] as Event
      at = parent
    }
    heap[at] = event
  }

  pop(): Event | null {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return null
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++
      if (!isBefore(heap[child] as Event, last)) break
      heap[at] = heap[child] as Event
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
