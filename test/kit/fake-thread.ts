// A task thread that runs nothing: it answers the worker's orders at once, as its tasks would.
import { type StartTask, type ToTask } from '../../src/runtime/task-messages.ts'
import { type FromThread } from '../../src/runtime/thread-host.ts'

/** A thread that answers as it is told. */
export class FakeThread {
  readonly got: ToTask[] = []
  terminated = false
  answerStarts = true
  answerStops = true
  #started = false
  readonly #listeners = {
    message: [] as ((message: FromThread) => void)[],
    error: [] as ((error: Error) => void)[],
    exit: [] as ((code: number) => void)[]
  }

  postMessage(message: unknown): void {
    // The first message says how the thread is started.
    if (!this.#started) {
      this.#started = true
      return
    }
    const order = message as ToTask
    this.got.push(order)
    if (order.kind === 'start' && this.answerStarts) this.answerStart(order)
    if (order.kind === 'order' && (order.order === 'pause' || order.order === 'resume')) {
      const state = order.order === 'pause' ? 'PAUSED' : 'RUNNING'
      this.say({ kind: 'state', id: order.id, incarnation: order.incarnation, state, trace: null })
    }
    if (order.kind === 'order' && order.order === 'stop' && this.answerStops) {
      this.say({ kind: 'ended', id: order.id, incarnation: order.incarnation })
    }
  }

  answerStart({ id, incarnation, paused }: StartTask): void {
    this.say({ kind: 'state', id, incarnation, state: paused ? 'PAUSED' : 'RUNNING', trace: null })
  }

  on(event: 'message' | 'error' | 'exit', listener: never): void {
    this.#listeners[event].push(listener)
  }

  say(message: FromThread): void {
    for (const listener of this.#listeners.message) listener(message)
  }

  die(error: Error): void {
    for (const listener of this.#listeners.error) listener(error)
    for (const listener of this.#listeners.exit) listener(1)
  }

  terminate(): Promise<number> {
    this.terminated = true
    for (const listener of this.#listeners.exit) listener(1)
    return Promise.resolve(1)
  }
}
