// Runs tasks on orders that come as messages: the side of the message interface where records are read.
import { ConnectError } from '../connect/errors.ts'
import { type TaskId, taskIdText } from './herder.ts'
import { javaTrace } from './java-trace.ts'
import { buildTask } from './task-builder.ts'
import { contextOf, type TaskDoors } from './task-doors.ts'
import { type FromTask, type StartTask, type ToTask } from './task-messages.ts'
import { type WorkerSinkTask } from './worker-sink-task.ts'

interface Running {
  readonly incarnation: number
  /** null until everything a task needs stands. */
  task: WorkerSinkTask | null
  paused: boolean
  stopWanted: boolean
  /** Of which topics a record was met, and the worker told. */
  readonly topics: Set<string>
}

export class TaskRunner {
  readonly #doors: TaskDoors
  readonly #post: (message: FromTask) => void
  readonly #running = new Map<string, Running>()

  constructor(doors: TaskDoors, post: (message: FromTask) => void) {
    this.#doors = doors
    this.#post = post
  }

  handle(message: ToTask): void {
    switch (message.kind) {
      case 'start':
        void this.#run(message)
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
    running.task?.[order]()
  }

  async #run(start: StartTask): Promise<void> {
    const { id, incarnation } = start
    const running: Running = { incarnation, task: null, paused: start.paused, stopWanted: false, topics: new Set() }
    const key = taskKey(id, incarnation)
    this.#running.set(key, running)
    const fail = (error: Error): void => {
      this.#post({ kind: 'state', id, incarnation, state: 'FAILED', trace: javaTrace(error) })
    }
    try {
      const task = await buildTask(start, this.#doors, {
        post: message => this.#post(message),
        onTopic: topic => {
          if (running.topics.has(topic)) return
          running.topics.add(topic)
          this.#post({ kind: 'topic', id, topic })
        },
        listener: {
          onRunning: () => this.#post({ kind: 'state', id, incarnation, state: 'RUNNING', trace: null }),
          onPaused: () => this.#post({ kind: 'state', id, incarnation, state: 'PAUSED', trace: null }),
          onFailed: fail,
          onStopped: () => undefined
        }
      })
      running.task = task
      if (running.paused) task.pause()
      else task.resume()
      if (running.stopWanted) task.stop()
      await task.run()
    } catch (error) {
      const failure = error instanceof Error ? error : new ConnectError(String(error))
      const log = this.#doors.logs.logger('org.apache.kafka.connect.runtime.Worker', contextOf(id))
      log.error(`Failed to start task ${taskIdText(id)}`, failure)
      fail(failure)
    }
    this.#running.delete(key)
    this.#post({ kind: 'ended', id, incarnation })
  }
}

function taskKey(id: TaskId, incarnation: number): string {
  return `${taskIdText(id)}#${incarnation}`
}
