// A task host in this very thread: the same messages, copied as if they crossed to another.
import { type TaskDoors } from './task-doors.ts'
import { TaskRunner } from './task-runner.ts'
import { type FromTask, type TaskHost, type ToTask } from './task-messages.ts'

export class InThreadHost implements TaskHost {
  readonly #runner: TaskRunner
  #listener: (message: FromTask) => void = () => undefined

  constructor(doors: TaskDoors) {
    this.#runner = new TaskRunner(doors, message => this.#listener(structuredClone(message)))
  }

  post(message: ToTask): void {
    this.#runner.handle(structuredClone(message))
  }

  onMessage(listener: (message: FromTask) => void): void {
    this.#listener = listener
  }

  onDeath(): void {
    // This thread dies with the process only.
  }

  close(): Promise<void> {
    this.#runner.close()
    return Promise.resolve()
  }
}
