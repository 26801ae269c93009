// All numbers of a worker as one flat list, under the names that Connect gives them in JMX; REST prints them for Prometheus.
import { type Clock, type Timer } from '../util/clock.ts'
import { type ConnectorStatus, type Herder, type TaskId, taskIdText } from './herder.ts'
import { type MetricSample } from './metric-sample.ts'
import { lookEveryMs, MetricWindow, type WindowSettings } from './metric-window.ts'
import { type Startups, type TaskNumbers } from './worker.ts'
import { stateSamples, taskSamples, waitSamples } from './task-samples.ts'

export interface MetricsOptions {
  readonly herder: Pick<Herder, 'connectors' | 'connectorInfo' | 'connectorStatus'>
  readonly worker: {
    numbers(): readonly TaskNumbers[]
    readonly startups: Startups
    readonly connectorStartups: Startups
  }
  readonly window: WindowSettings
  readonly clock: Clock
  /** Numbers of the process around it. */
  readonly more?: () => Promise<readonly MetricSample[]>
}

/** The states whose tasks are counted for each connector. */
const taskStates = ['running', 'paused', 'failed', 'unassigned', 'destroyed', 'restarting'] as const

interface Watched {
  readonly id: TaskId
  readonly window: MetricWindow
  readonly numbers: TaskNumbers
}

export class WorkerMetrics {
  readonly #options: MetricsOptions
  readonly #watched = new Map<string, Watched>()
  #timer: Timer | null = null

  constructor(options: MetricsOptions) {
    this.#options = options
  }

  /** Looks at the counters from time to time, so that rates have a beginning. */
  start(): void {
    const { clock, window } = this.#options
    this.#timer = clock.setTimer(lookEveryMs(window), () => {
      this.#look()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.clear()
    this.#timer = null
  }

  /** Never waits for a task: their numbers lie in shared memory. */
  async collect(): Promise<readonly MetricSample[]> {
    const { herder, clock, more } = this.#options
    const nowMs = clock.monotonic()
    const watched = this.#watch(nowMs)
    const names = await herder.connectors()
    const samples: MetricSample[] = []
    for (const name of names) {
      const status = await herder.connectorStatus(name).catch(() => null)
      // Deleted while we looked.
      if (status === null) continue
      samples.push(...connectorSamples(status, await this.#connectorClass(name)))
      for (const { id, state } of status.tasks) {
        const task = { connector: name, task: id }
        const times = this.#watched.get(taskIdText(task))?.numbers.times ?? null
        samples.push(...stateSamples(task, state, times, nowMs))
      }
    }
    samples.unshift(...this.#workerSamples(names.length, watched.length))
    for (const { id, window, numbers } of watched) {
      samples.push(...taskSamples({ id, window, numbers, nowMs }))
      samples.push(...waitSamples(id, numbers.waits, clock.now()))
    }
    return more === undefined ? samples : [...samples, ...(await more())]
  }

  async #connectorClass(name: string): Promise<string> {
    const info = await this.#options.herder.connectorInfo(name).catch(() => null)
    return info?.config.get('connector.class') ?? ''
  }

  #look(): void {
    const nowMs = this.#options.clock.monotonic()
    for (const { window } of this.#watch(nowMs)) window.look(nowMs)
  }

  /** The tasks that run now, each with its window; a task that was started anew begins anew. */
  #watch(nowMs: number): readonly Watched[] {
    const all = this.#options.worker.numbers()
    const running = new Set(all.map(numbers => taskIdText(numbers.id)))
    for (const key of this.#watched.keys()) if (!running.has(key)) this.#watched.delete(key)
    for (const numbers of all) {
      const key = taskIdText(numbers.id)
      if (this.#watched.get(key)?.numbers === numbers) continue
      this.#watched.set(key, {
        id: numbers.id,
        numbers,
        window: new MetricWindow(this.#options.window, numbers, nowMs)
      })
    }
    return [...this.#watched.values()]
  }

  #workerSamples(connectorCount: number, taskCount: number): readonly MetricSample[] {
    const { startups, connectorStartups } = this.#options.worker
    return [
      workerSample('connector-count', connectorCount),
      workerSample('task-count', taskCount),
      ...startupSamples('connector', connectorStartups),
      ...startupSamples('task', startups)
    ]
  }
}

function workerSample(name: string, value: number, kind: MetricSample['kind'] = 'gauge'): MetricSample {
  return { group: 'connect-worker-metrics', name, tags: {}, kind, value }
}

function startupSamples(what: 'connector' | 'task', { attempts, successes, failures }: Startups): MetricSample[] {
  const share = (count: number): number => (attempts === 0 ? 0 : count / attempts)
  return [
    workerSample(`${what}-startup-attempts-total`, attempts, 'counter'),
    workerSample(`${what}-startup-success-total`, successes, 'counter'),
    workerSample(`${what}-startup-failure-total`, failures, 'counter'),
    workerSample(`${what}-startup-success-percentage`, share(successes)),
    workerSample(`${what}-startup-failure-percentage`, share(failures))
  ]
}

function connectorSamples({ name, connector, tasks, type }: ConnectorStatus, className: string): MetricSample[] {
  const tags = { connector: name }
  const text = (key: string, value: string): MetricSample => ({
    group: 'connector-metrics',
    name: key,
    tags,
    kind: 'gauge',
    value
  })
  const count = (key: string, value: number): MetricSample => ({
    group: 'connect-worker-metrics',
    name: `connector-${key}-task-count`,
    tags,
    kind: 'gauge',
    value
  })
  return [
    text('status', connector.state.toLowerCase()),
    text('connector-type', type),
    text('connector-class', className),
    text('connector-version', connector.version ?? 'unknown'),
    count('total', tasks.length),
    ...taskStates.map(state => count(state, tasks.filter(task => task.state.toLowerCase() === state).length))
  ]
}
