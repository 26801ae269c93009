// Runs tasks on orders that come as messages: the side of the message interface where records are read.
//
// Several tasks share a thread. An error that nobody caught (in a timer, a socket's event, a promise that nobody waits for) belongs to one of them, and
// only that one fails: each task runs in a context of its own, which Node carries along through callbacks and promises.
import { AsyncLocalStorage } from 'node:async_hooks'
import { ConnectError } from '../connect/errors.ts'
import { type TaskId, taskIdText } from './herder.ts'
import { javaTrace } from './java-trace.ts'
import { MemoryTidy } from './memory-tidy.ts'
import { buildTask, type Label } from './task-builder.ts'
import { contextOf, type TaskDoors } from './task-doors.ts'
import { type FromTask, type StartTask, type ToTask } from './task-messages.ts'
import { type WorkerSinkTask } from './worker-sink-task.ts'

/** Before Node 24 every promise of the thread would pay for the context; there the thread ends with all its tasks, as it would without. */
const tellsTasksApart = Number(process.versions.node.split('.')[0]) >= 24

interface Running {
  readonly id: TaskId
  readonly incarnation: number
  /** How long a task that failed outside of its loop has until it must have ended. */
  readonly graceMs: number
  /** null until everything a task needs stands. */
  task: WorkerSinkTask | null
  paused: boolean
  stopWanted: boolean
  /** An error that nobody caught was met, and the task is to end. */
  crashed: boolean
  ended: boolean
  /** Of which topics a record was met, and the worker told. */
  readonly topics: Set<string>
  /** How its topics are told. */
  label: Label
}

export class TaskRunner {
  readonly #doors: TaskDoors
  readonly #post: (message: FromTask) => void
  readonly #tidy: MemoryTidy
  readonly #running = new Map<string, Running>()
  readonly #context = new AsyncLocalStorage<Running>()

  constructor(doors: TaskDoors, post: (message: FromTask) => void) {
    this.#doors = doors
    this.#post = post
    this.#tidy = new MemoryTidy(doors.clock)
  }

  close(): void {
    this.#tidy.close()
  }

  handle(message: ToTask): void {
    switch (message.kind) {
      case 'start':
        this.#start(message)
        return
      case 'order':
        this.#order(message)
        return
      case 'forget-topics':
        this.#running.get(taskKey(message.id, message.incarnation))?.topics.clear()
        return
      case 'level':
        this.#doors.logs.setLevel(message.logger, message.level)
        return
    }
  }

  #order({ id, incarnation, order }: Extract<ToTask, { kind: 'order' }>): void {
    const running = this.#running.get(taskKey(id, incarnation))
    if (running === undefined) return
    // Orders that come while the task is being built are kept in the flags.
    if (order === 'pause' || order === 'resume') running.paused = order === 'pause'
    else running.stopWanted = true
    this.#within(running, () => running.task?.[order]())
  }

  /** An error that nobody caught: the task it comes from fails with it. False: it comes from none, or nobody can tell. */
  uncaught(error: unknown): boolean {
    const running = this.#context.getStore()
    if (running === undefined) return false
    const { id, task, graceMs } = running
    const failure = error instanceof Error ? error : new ConnectError(String(error))
    const log = this.#doors.logs.logger('org.apache.kafka.connect.runtime.Worker', contextOf(id))
    log.error(`Task ${taskIdText(id)}: an error that nothing in it caught. This task fails, others go on`, failure)
    if (running.ended || running.crashed) return true
    running.crashed = true
    if (task === null) {
      this.#fail(running, failure)
      this.#end(running)
      return true
    }
    task.fail(failure)
    // What its loop waits for may be just what has broken.
    this.#doors.clock.setTimer(graceMs, () => {
      if (running.ended) return
      this.#fail(running, failure)
      task.cancel()
    })
    return true
  }

  #within(running: Running, work: () => void): void {
    if (tellsTasksApart) this.#context.run(running, work)
    else work()
  }

  #start(start: StartTask): void {
    const { id, incarnation } = start
    const running: Running = {
      ...{ id, incarnation, graceMs: start.gracefulTimeoutMs, task: null, paused: start.paused, stopWanted: false },
      ...{ crashed: false, ended: false, topics: new Set<string>(), label: (name: string) => name }
    }
    this.#running.set(taskKey(id, incarnation), running)
    this.#tidy.moved()
    this.#within(running, () => void this.#run(this.#build(start, running), running))
  }

  #fail({ id, incarnation }: Running, error: Error): void {
    this.#post({ kind: 'state', id, incarnation, state: 'FAILED', trace: this.#doors.logs.mask.text(javaTrace(error)) })
  }

  #end(running: Running): void {
    if (running.ended) return
    running.ended = true
    const { id, incarnation } = running
    this.#running.delete(taskKey(id, incarnation))
    this.#post({ kind: 'ended', id, incarnation })
    this.#tidy.moved()
  }

  #build(start: StartTask, running: Running): Promise<WorkerSinkTask> {
    const { id, incarnation } = running
    return buildTask(start, this.#doors, {
      post: message => this.#post(message),
      onTopic: topic => {
        if (running.topics.has(topic)) return
        running.topics.add(topic)
        this.#post({ kind: 'topic', id, topic: running.label(topic) })
      },
      onLabels: label => (running.label = label),
      listener: {
        onRunning: () => this.#post({ kind: 'state', id, incarnation, state: 'RUNNING', trace: null }),
        onPaused: () => this.#post({ kind: 'state', id, incarnation, state: 'PAUSED', trace: null }),
        onFailed: error => this.#fail(running, error),
        onStopped: () => undefined
      }
    })
  }

  /** Knows nothing of the task's configuration, which would live as long as this waits. */
  async #run(building: Promise<WorkerSinkTask>, running: Running): Promise<void> {
    const { id } = running
    try {
      const task = await building
      running.task = task
      if (running.ended) task.cancel()
      if (running.paused) task.pause()
      else task.resume()
      if (running.stopWanted) task.stop()
      await task.run()
    } catch (error) {
      const failure = error instanceof Error ? error : new ConnectError(String(error))
      const log = this.#doors.logs.logger('org.apache.kafka.connect.runtime.Worker', contextOf(id))
      log.error(`Failed to start task ${taskIdText(id)}`, failure)
      this.#fail(running, failure)
    }
    this.#end(running)
  }
}

function taskKey(id: TaskId, incarnation: number): string {
  return `${taskIdText(id)}#${incarnation}`
}
