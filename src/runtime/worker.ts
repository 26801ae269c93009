// Starts and stops tasks in their hosts and tells how they fare; the herder decides which, and keeps their statuses.
import { type Logger } from '../connect/log.ts'
import { type Config } from '../connect/plugin.ts'
import { type Clock } from '../util/clock.ts'
import { type TaskId, taskIdText } from './herder.ts'
import { CauseFirstError, javaTrace } from './java-trace.ts'
import { type LevelName } from './log.ts'
import { type FromTask, type TaskHost, type TaskOrder } from './task-messages.ts'
import { MemoryTidy } from './memory-tidy.ts'
import { type TaskSkip } from './skips.ts'
import { StartQueue } from './start-queue.ts'
import { StateTimes } from './state-times.ts'
import { type MetricDescription, TaskMetrics } from './task-metrics.ts'
import { type TaskWait } from './waits.ts'

/** What the herder hears of a task. */
export interface TaskEvents {
  onState(id: TaskId, state: 'RUNNING' | 'PAUSED' | 'FAILED', trace: string | null): void
  onTopic(id: TaskId, topic: string): void
}

export interface WorkerSettings {
  readonly commitIntervalMs: number
  readonly commitTimeoutMs: number
  readonly gracefulTimeoutMs: number
  /** The worker's own properties, references resolved. */
  readonly properties: Config
}

export interface WorkerOptions {
  readonly settings: WorkerSettings
  /** Makes a host; called when a task needs one and fewer than `hostsMax` stand. */
  readonly newHost: () => TaskHost
  readonly hostsMax: number
  readonly clock: Clock
  readonly log: Logger
}

export interface TaskStart {
  readonly id: TaskId
  readonly connectorConfig: Config
  readonly taskConfig: Config
  readonly paused: boolean
}

/** A task's numbers as another thread counts them. */
export interface TaskNumbers {
  readonly id: TaskId
  readonly values: Float64Array
  readonly metrics: readonly MetricDescription[]
  readonly times: StateTimes
  /** Whom it waits for now, for longer than is usual. */
  readonly waits: readonly TaskWait[]
  /** What it passed over since it started. */
  readonly skips: readonly TaskSkip[]
}

/** How starts of tasks ended, since the worker stands. */
export interface Startups {
  readonly attempts: number
  readonly successes: number
  readonly failures: number
}

interface HostSlot {
  readonly host: TaskHost
  readonly tasks: Set<Running>
  readonly starts: StartQueue<Running>
}

interface Running {
  readonly start: TaskStart
  readonly incarnation: number
  readonly slot: HostSlot
  readonly buffer: SharedArrayBuffer
  readonly numbers: {
    id: TaskId
    values: Float64Array
    metrics: MetricDescription[]
    times: StateTimes
    waits: readonly TaskWait[]
    skips: readonly TaskSkip[]
  }
  /** A dead thread's tasks start once again; a second death leaves them failed. */
  readonly revived: boolean
  readonly ended: Promise<void>
  readonly end: () => void
  /** As ordered last. */
  paused: boolean
  /** Its end was asked for: it starts nowhere again. */
  stopping: boolean
  failed: boolean
  /** It ran, or failed before it could: its start is counted. */
  settled: boolean
}

/** How long after a cancelled task's last chance it is forgotten. */
const cancelWaitMs = 1000
const describedMax = 10_000
/** So many tasks are told to stop at once, one such slice behind the other. */
const stopSlice = 100
const stopSliceMs = 5

export class Worker {
  readonly #options: WorkerOptions
  readonly #events: TaskEvents
  readonly #log: Logger
  readonly #slots: HostSlot[] = []
  readonly #running = new Map<string, Running>()
  readonly #described = new Map<string, MetricDescription>()
  readonly #tidy: MemoryTidy
  #incarnations = 0
  #startups = { attempts: 0, successes: 0, failures: 0 }
  #connectorStartups = { attempts: 0, successes: 0, failures: 0 }

  constructor(options: WorkerOptions, events: TaskEvents) {
    this.#options = options
    this.#events = events
    this.#tidy = new MemoryTidy(options.clock)
    this.#log = options.log.named('org.apache.kafka.connect.runtime.Worker')
  }

  /** The task runs from now on; its state comes as events. */
  startTask(start: TaskStart): void {
    this.#log.info(`Creating task ${taskIdText(start.id)}`)
    this.#start(start, false)
  }

  setPaused(id: TaskId, paused: boolean): void {
    const running = this.#running.get(taskIdText(id))
    if (running === undefined) return
    running.paused = paused
    this.#order(running, paused ? 'pause' : 'resume')
  }

  /** Topics that the task met already are told again. */
  forgetTopics(id: TaskId): void {
    const running = this.#running.get(taskIdText(id))
    running?.slot.host.post({ kind: 'forget-topics', id, incarnation: running.incarnation })
  }

  /** Stops these tasks together: each commits and leaves within the graceful timeout, or is cut off. */
  async stopTasks(ids: readonly TaskId[]): Promise<void> {
    const all = ids.flatMap(id => this.#running.get(taskIdText(id)) ?? [])
    // First those that wait for their start: or each that ends would start another one of them.
    for (const task of all) if (task.slot.starts.isWaiting(task)) this.#forget(task)
    // Then those that have something to commit: the crowd of idle ones, in slices, leaves their threads time for that.
    const running = all.filter(task => this.#isRunning(task))
    const working = running.filter(hasPartitions)
    const idle = running.filter(task => !hasPartitions(task))
    for (const task of running) task.stopping = true
    for (const [index, task] of [...working, ...idle].entries()) {
      if (index > 0 && index % stopSlice === 0) await this.#options.clock.sleep(stopSliceMs)
      this.#log.info(`Stopping task ${taskIdText(task.start.id)}`)
      this.#order(task, 'stop')
    }
    await this.#within(this.#options.settings.gracefulTimeoutMs, running)
    const late = running.filter(task => this.#isRunning(task))
    for (const task of late) {
      this.#log.error(
        `Graceful stop of task ${taskIdText(task.start.id)} failed: it did not finish within ` +
          `task.shutdown.graceful.timeout.ms=${this.#options.settings.gracefulTimeoutMs}. It is cut off without a commit; ` +
          'what was not committed is read again'
      )
      this.#order(task, 'cancel')
    }
    await this.#within(cancelWaitMs, late)
    for (const task of late) this.#forget(task)
  }

  /** Stops everything and ends the threads. */
  async stop(): Promise<void> {
    await this.stopTasks([...this.#running.values()].map(task => task.start.id))
    for (const slot of this.#slots) slot.starts.close()
    this.#tidy.close()
    await Promise.all(this.#slots.map(slot => slot.host.close()))
    this.#slots.length = 0
  }

  /** The numbers of every task that runs or ran last. */
  numbers(): readonly TaskNumbers[] {
    return [...this.#running.values()].map(task => task.numbers)
  }

  get startups(): Startups {
    return this.#startups
  }

  get connectorStartups(): Startups {
    return this.#connectorStartups
  }

  /** Runs the start of a connector and counts how it ended. */
  startConnector<T>(start: () => T): T {
    this.#connectorStartups.attempts += 1
    try {
      const started = start()
      this.#connectorStartups.successes += 1
      return started
    } catch (error) {
      this.#connectorStartups.failures += 1
      throw error
    }
  }

  setLoggerLevel(logger: string, level: LevelName): void {
    for (const slot of this.#slots) slot.host.post({ kind: 'level', logger, level })
  }

  #start(start: TaskStart, revived: boolean): void {
    const slot = this.#freestSlot()
    this.#incarnations += 1
    const buffer = TaskMetrics.newBuffer()
    let end = (): void => undefined
    const ended = new Promise<void>(resolve => (end = resolve))
    const times = new StateTimes(this.#options.clock.monotonic())
    const numbers = { id: start.id, values: new Float64Array(buffer), metrics: [], times, waits: [], skips: [] }
    const running: Running = {
      start,
      incarnation: this.#incarnations,
      slot,
      buffer,
      numbers,
      revived,
      ended,
      end,
      paused: start.paused,
      stopping: false,
      failed: false,
      settled: false
    }
    this.#startups.attempts += 1
    this.#running.set(taskIdText(start.id), running)
    slot.tasks.add(running)
    slot.starts.add(running)
    this.#tidy.moved()
  }

  #post({ start, incarnation, slot, buffer, paused }: Running): void {
    const { commitIntervalMs, commitTimeoutMs, gracefulTimeoutMs, properties } = this.#options.settings
    slot.host.post({
      kind: 'start',
      id: start.id,
      incarnation,
      connectorConfig: [...start.connectorConfig],
      taskConfig: [...start.taskConfig],
      workerConfig: [...properties],
      paused,
      commitIntervalMs,
      commitTimeoutMs,
      gracefulTimeoutMs,
      metrics: buffer
    })
  }

  #order(task: Running, order: TaskOrder): void {
    // It starts as it was ordered.
    if (task.slot.starts.isWaiting(task)) return
    task.slot.host.post({ kind: 'order', order, id: task.start.id, incarnation: task.incarnation })
  }

  #freestSlot(): HostSlot {
    const free = this.#slots.find(slot => slot.tasks.size === 0)
    if (free !== undefined) return free
    if (this.#slots.length < Math.max(1, this.#options.hostsMax)) return this.#newSlot()
    return this.#slots.reduce((least, slot) => (slot.tasks.size < least.tasks.size ? slot : least))
  }

  #newSlot(): HostSlot {
    const slot: HostSlot = {
      host: this.#options.newHost(),
      tasks: new Set(),
      starts: new StartQueue(
        this.#options.clock,
        ({ start }) => start.id.connector,
        running => this.#post(running)
      )
    }
    slot.host.onMessage(message => this.#onMessage(message))
    slot.host.onDeath(error => this.#onDeath(slot, error))
    this.#slots.push(slot)
    return slot
  }

  #onMessage(message: FromTask): void {
    const running = this.#running.get(taskIdText(message.id))
    if (running === undefined) return
    if (message.kind === 'topic') {
      this.#events.onTopic(message.id, message.topic)
      return
    }
    // What an earlier run still has to say is no longer of interest.
    if (message.incarnation !== running.incarnation) return
    if (message.kind === 'metrics') this.#take(running, message.metrics)
    else if (message.kind === 'waits') running.numbers.waits = message.waits
    else if (message.kind === 'skips') running.numbers.skips = message.skips
    else if (message.kind === 'ended') this.#forget(running)
    else {
      running.numbers.times.change(message.state, this.#options.clock.monotonic())
      running.failed = message.state === 'FAILED'
      if (!running.settled) this.#startups[running.failed ? 'failures' : 'successes'] += 1
      running.settled = true
      running.slot.starts.done(running)
      this.#events.onState(message.id, message.state, message.trace)
    }
  }

  /** Tasks of one kind have the same numbers in the same places: what describes them is kept once. */
  #take({ numbers }: Running, metrics: readonly MetricDescription[]): void {
    for (const metric of metrics) {
      const { name, kind, index, tags } = metric
      if (tags !== undefined) {
        numbers.metrics.push(metric)
        continue
      }
      const key = `${index} ${kind} ${name}`
      const known = this.#described.get(key) ?? metric
      if (this.#described.size < describedMax) this.#described.set(key, known)
      numbers.metrics.push(known)
    }
  }

  #onDeath(slot: HostSlot, error: Error): void {
    this.#slots.splice(this.#slots.indexOf(slot), 1)
    const tasks = [...slot.tasks]
    const waiting = new Set(tasks.filter(task => slot.starts.isWaiting(task)))
    slot.starts.close()
    this.#log.error(`A task thread ended with ${tasks.length - waiting.size} task(s) in it`, error)
    for (const task of tasks) {
      this.#forget(task)
      if (task.failed || task.stopping) continue
      const start = { ...task.start, paused: task.paused }
      if (waiting.has(task)) {
        this.#start(start, task.revived)
        continue
      }
      const trace = javaTrace(new CauseFirstError('The thread of this task ended.', error.cause ?? error))
      this.#events.onState(task.start.id, 'FAILED', trace)
      if (!task.revived) this.#start(start, true)
    }
  }

  #forget(task: Running): void {
    task.slot.tasks.delete(task)
    task.slot.starts.done(task)
    if (this.#isRunning(task)) this.#running.delete(taskIdText(task.start.id))
    task.end()
    this.#tidy.moved()
  }

  #isRunning(task: Running): boolean {
    return this.#running.get(taskIdText(task.start.id)) === task
  }

  async #within(timeoutMs: number, tasks: readonly Running[]): Promise<void> {
    const done = new AbortController()
    const all = Promise.all(tasks.map(task => task.ended)).then(() => done.abort())
    await Promise.race([all, this.#options.clock.sleep(timeoutMs, done.signal)])
  }
}

/** As far as it has told. */
function hasPartitions({ numbers: { values, metrics } }: Running): boolean {
  const count = metrics.find(({ name }) => name === 'partition-count')
  return count !== undefined && (values[count.index] ?? 0) > 0
}
