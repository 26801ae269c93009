// A task host in another thread: tasks read and write there, while herder and REST keep answering here.
import { ConnectError } from '../connect/errors.ts'
import { type LogFormat, type LevelName } from './log.ts'
import { type PluginFile } from './plugin-files.ts'
import { type Learned } from './secret-mask.ts'
import { type FromTask, type TaskHost, type ToTask } from './task-messages.ts'

/** What a thread is started with, as its first message. Levels set at runtime hold in threads that come later, too. */
export interface ThreadStart {
  readonly format: LogFormat
  readonly levels: readonly (readonly [logger: string, level: LevelName])[]
  /** Users' own plugins, found and judged by the main thread. */
  readonly pluginFiles: readonly PluginFile[]
  /** What the worker's own file was given: tasks get its properties resolved. */
  readonly secrets: readonly Learned[]
}

/** Beside the tasks' messages a thread sends its log lines: they reach the one stream in order, and before its tasks' ends. */
export type FromThread =
  | FromTask
  | { readonly kind: 'log'; readonly text: string }
  /** A logger that was not there before. */
  | { readonly kind: 'logger'; readonly name: string }

/** What the host needs of a `Worker` of node:worker_threads. */
export interface ThreadPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: FromThread) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  terminate(): Promise<number>
}

export class ThreadHost implements TaskHost {
  readonly #thread: ThreadPort
  readonly #writeLog: (text: string) => void
  readonly #onLogger: (name: string) => void
  #listener: (message: FromTask) => void = () => undefined
  #deathListener: (error: Error) => void = () => undefined
  #cause: Error | null = null
  #ended = false

  constructor(
    thread: ThreadPort,
    start: ThreadStart,
    writeLog: (text: string) => void,
    onLogger: (name: string) => void = () => undefined
  ) {
    this.#thread = thread
    this.#writeLog = writeLog
    this.#onLogger = onLogger
    thread.postMessage(start)
    thread.on('message', message => this.#onMessage(message))
    // An exit follows each error.
    thread.on('error', error => (this.#cause = error))
    thread.on('exit', code => this.#onExit(code))
  }

  post(message: ToTask): void {
    if (!this.#ended) this.#thread.postMessage(message)
  }

  onMessage(listener: (message: FromTask) => void): void {
    this.#listener = listener
  }

  onDeath(listener: (error: Error) => void): void {
    this.#deathListener = listener
  }

  async close(): Promise<void> {
    this.#deathListener = () => undefined
    await this.#thread.terminate()
  }

  #onMessage(message: FromThread): void {
    if (message.kind === 'log') this.#writeLog(message.text)
    else if (message.kind === 'logger') this.#onLogger(message.name)
    else this.#listener(message)
  }

  #onExit(code: number): void {
    this.#ended = true
    const cause = this.#cause
    this.#deathListener(
      new ConnectError(`A task thread ended with code ${code}`, cause === null ? {} : { cause: cause })
    )
  }
}
