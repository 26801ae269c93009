// The herder of a worker that stands alone: configurations live in memory, every connector and task runs here.
import { type ConfigKey } from '../../connect/config.ts'
import { AlreadyExistsError, NotFoundError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Config } from '../../connect/plugin.ts'
import { type ConnectorOffsets } from '../connector-offsets.ts'
import { invalidConfigError } from '../connector-validation.ts'
import {
  type ConfigReport,
  type ConnectorInfo,
  type ConnectorOffset,
  type ConnectorState,
  type ConnectorStatus,
  type CreateRequest,
  type Herder,
  type HerderHealth,
  type LoggerLevel,
  type OffsetChange,
  type PluginInfo,
  type PutResult,
  type RestartRequest,
  type TargetState,
  type TaskId,
  type TaskInfo,
  type TaskState,
  taskIdText
} from '../herder.ts'
import { BadRequestError, ForbiddenError, messages } from '../herder-errors.ts'
import { type TaskConfigDoors, taskConfigs } from '../task-configs.ts'
import { skipText } from '../skips.ts'
import { type TaskEvents, type Worker } from '../worker.ts'
import { waitText } from '../waits.ts'
import { type WorkerAnswers } from '../worker-answers.ts'
import { type Identity, StandaloneConnector, type TaskEntry, taskState } from './connector-entry.ts'

export interface StandaloneOptions {
  readonly identity: Identity
  readonly newWorker: (events: TaskEvents) => Worker
  readonly answers: WorkerAnswers
  readonly offsets: ConnectorOffsets
  readonly doors: TaskConfigDoors
  readonly topicTracking: { readonly enabled: boolean; readonly resetAllowed: boolean }
  readonly log: Logger
  /** Hides what config providers gave. */
  readonly mask: (text: string) => string
}

export class StandaloneHerder implements Herder {
  readonly #options: StandaloneOptions
  readonly #log: Logger
  readonly #worker: Worker
  readonly #connectors = new Map<string, StandaloneConnector>()
  #ready = false
  /** Changes run one after another, as on Connect's single thread. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: StandaloneOptions) {
    this.#options = options
    this.#log = options.log.named('org.apache.kafka.connect.runtime.standalone.StandaloneHerder')
    this.#worker = options.newWorker({
      onState: (id, state, trace) => {
        const task = this.#task(id)
        if (task === null) return
        task.state = state
        task.trace = trace === null ? null : options.mask(trace)
      },
      onTopic: (id, topic) => this.#connectors.get(id.connector)?.topics.add(topic)
    })
  }

  /** For metrics: the numbers of the tasks. */
  get worker(): Worker {
    return this.#worker
  }

  start(): Promise<void> {
    this.#log.info('Herder starting')
    this.#ready = true
    this.#log.info('Herder started')
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#log.info('Herder stopping')
    await this.#alone(() => this.#worker.stop())
    await this.#options.offsets.close()
    this.#log.info('Herder stopped')
  }

  health(): HerderHealth {
    const { mask } = this.#options
    const numbers = this.#worker.numbers()
    const waits = numbers.flatMap(({ id, waits }) => waits.map(wait => `Task ${taskIdText(id)} is ${waitText(wait)}`))
    const skips = numbers.flatMap(({ id, skips }) => skips.map(skip => `Task ${taskIdText(id)} ${skipText(skip)}`))
    return { ready: this.#ready, stage: '', waits: waits.map(mask), skips: skips.map(mask) }
  }

  kafkaClusterId(): Promise<string> {
    return this.#options.offsets.clusterId()
  }

  connectors(): Promise<readonly string[]> {
    return Promise.resolve([...this.#connectors.keys()])
  }

  async connectorInfo(name: string): Promise<ConnectorInfo> {
    return Promise.resolve(this.#known(name).info())
  }

  async connectorConfig(name: string): Promise<Config> {
    return Promise.resolve(this.#known(name).config)
  }

  async connectorStatus(name: string): Promise<ConnectorStatus> {
    const status = this.#known(name, messages.noConnectorStatus).status(this.#options.identity)
    return Promise.resolve(status)
  }

  async taskInfos(name: string): Promise<readonly TaskInfo[]> {
    return Promise.resolve(this.#known(name).tasks.map(({ id, config }) => ({ id, config })))
  }

  async taskStatus(id: TaskId): Promise<TaskState> {
    const task = this.#task(id)
    if (task === null) throw new NotFoundError(messages.noTaskStatus(taskIdText(id)))
    return Promise.resolve(taskState(task, this.#options.identity))
  }

  createConnector({ name, config, initialState }: CreateRequest): Promise<ConnectorInfo> {
    return this.#alone(async () => {
      const { warnings } = await this.#checked(config)
      if (this.#connectors.has(name)) throw new AlreadyExistsError(messages.connectorExists(name))
      return { ...this.#create(name, config, initialState ?? 'STARTED').info(), warnings }
    })
  }

  putConnectorConfig(name: string, config: Config): Promise<PutResult> {
    return this.#alone(async () => {
      const { warnings } = await this.#checked(config)
      const known = this.#connectors.get(name)
      if (known === undefined) {
        return { created: true, info: { ...this.#create(name, config, 'STARTED').info(), warnings } }
      }
      await this.#reconfigure(known, config)
      return { created: false, info: { ...known.info(), warnings } }
    })
  }

  patchConnectorConfig(name: string, patch: ReadonlyMap<string, string | null>): Promise<ConnectorInfo> {
    return this.#alone(async () => {
      const known = this.#known(name)
      const config = new Map(known.config)
      for (const [key, value] of patch) {
        if (value === null) config.delete(key)
        else config.set(key, value)
      }
      const { warnings } = await this.#checked(config)
      await this.#reconfigure(known, config)
      return { ...known.info(), warnings }
    })
  }

  deleteConnector(name: string): Promise<void> {
    return this.#alone(async () => {
      const known = this.#known(name)
      this.#log.info(`Stopping connector ${name}`)
      await this.#stopTasks(known)
      this.#connectors.delete(name)
    })
  }

  pauseConnector(name: string): Promise<void> {
    return this.#target(name, 'PAUSED')
  }

  resumeConnector(name: string): Promise<void> {
    return this.#target(name, 'STARTED')
  }

  stopConnector(name: string): Promise<void> {
    return this.#target(name, 'STOPPED')
  }

  restartConnector(name: string): Promise<void> {
    return this.#alone(() => {
      const known = this.#known(name, messages.unknownConnectorColon)
      this.#log.info(`Restarting connector ${name}`)
      this.#startConnector(known)
      return Promise.resolve()
    })
  }

  async restartConnectorAndTasks(name: string, request: RestartRequest): Promise<ConnectorStatus> {
    const known = this.#known(name, messages.unknownConnectorColon)
    const affected = (state: string): boolean => !request.onlyFailed || state === 'FAILED'
    const connector = affected(known.state)
    const before = known.status(this.#options.identity)
    const tasks = request.includeTasks ? known.tasks.filter(task => affected(task.state)) : []
    if (connector) Object.assign(known, { state: 'RESTARTING', trace: null })
    for (const task of tasks) Object.assign(task, { state: 'RESTARTING', trace: null })
    void this.#alone(async () => {
      if (connector) this.#startConnector(known)
      await this.#restartTasks(known, tasks)
    }).catch((error: unknown) => this.#log.error(`Could not restart connector ${name}`, error))
    // The answer says what will happen, and to which version; it happens behind it.
    const ids = new Set(tasks.map(task => task.id.task))
    return Promise.resolve({
      ...before,
      connector: connector ? restarting(before.connector) : before.connector,
      tasks: before.tasks.map(task => (ids.has(task.id) ? restarting(task) : task))
    })
  }

  restartTask(id: TaskId): Promise<void> {
    return this.#alone(async () => {
      const known = this.#known(id.connector, messages.unknownConnectorColon)
      const task = this.#task(id)
      if (task === null) throw new NotFoundError(messages.unknownTask(taskIdText(id)))
      await this.#restartTasks(known, [task])
    })
  }

  async activeTopics(name: string): Promise<readonly string[]> {
    if (!this.#options.topicTracking.enabled) throw new ForbiddenError(messages.topicTrackingOff)
    return Promise.resolve([...(this.#connectors.get(name)?.topics ?? [])].sort())
  }

  async resetActiveTopics(name: string): Promise<void> {
    const { enabled, resetAllowed } = this.#options.topicTracking
    if (!enabled) throw new ForbiddenError(messages.topicTrackingOff)
    if (!resetAllowed) throw new ForbiddenError(messages.topicTrackingResetOff)
    const known = this.#connectors.get(name)
    known?.topics.clear()
    for (const task of known?.tasks ?? []) this.#worker.forgetTopics(task.id)
    return Promise.resolve()
  }

  async offsets(name: string): Promise<readonly ConnectorOffset[]> {
    return this.#options.offsets.read(name, this.#known(name).config)
  }

  alterOffsets(name: string, changes: readonly OffsetChange[]): Promise<string> {
    return this.#alone(() => this.#options.offsets.alter(name, this.#stopped(name), changes))
  }

  resetOffsets(name: string): Promise<string> {
    return this.#alone(() => this.#options.offsets.reset(name, this.#stopped(name)))
  }

  plugins(connectorsOnly: boolean): readonly PluginInfo[] {
    return this.#options.answers.plugins(connectorsOnly)
  }

  pluginConfig(name: string, versionRange?: string): readonly ConfigKey[] {
    return this.#options.answers.pluginConfig(name, versionRange)
  }

  validateConfig(config: Config): Promise<ConfigReport> {
    return this.#options.answers.validateConfig(config)
  }

  async loggerLevels(): Promise<ReadonlyMap<string, LoggerLevel>> {
    return Promise.resolve(this.#options.answers.loggerLevels())
  }

  async loggerLevel(name: string): Promise<LoggerLevel | null> {
    return Promise.resolve(this.#options.answers.loggerLevel(name))
  }

  async setLoggerLevel(name: string, level: string): Promise<readonly string[]> {
    return Promise.resolve(this.#options.answers.setLoggerLevel(name, level))
  }

  async setClusterLoggerLevel(name: string, level: string): Promise<void> {
    await this.setLoggerLevel(name, level)
  }

  async #checked(config: Config): Promise<ConfigReport> {
    const report = await this.validateConfig(config)
    const error = invalidConfigError(report)
    if (error !== null) throw error
    return report
  }

  #create(name: string, config: Config, target: TargetState): StandaloneConnector {
    this.#log.info(`Creating connector ${name} of type ${config.get('connector.class') ?? ''}`)
    this.#options.answers.warnOfUnknownKeys(name, config, this.#log)
    const connector = new StandaloneConnector(name, config, target)
    this.#connectors.set(name, connector)
    this.#startConnector(connector)
    if (target === 'STARTED') this.#startTasks(connector)
    return connector
  }

  #startConnector(connector: StandaloneConnector): void {
    this.#worker.startConnector(() => this.#followTarget(connector))
  }

  #followTarget(connector: StandaloneConnector): void {
    connector.state = connector.target === 'STARTED' ? 'RUNNING' : connector.target
    connector.trace = null
  }

  /** As Connect: tasks of a paused connector go on under their old configuration until it is resumed. */
  async #reconfigure(connector: StandaloneConnector, config: Config): Promise<void> {
    this.#log.info(`Connector ${connector.name} config updated`)
    this.#options.answers.warnOfUnknownKeys(connector.name, config, this.#log)
    connector.config = config
    this.#startConnector(connector)
    if (connector.target === 'STARTED') await this.#updateTasks(connector)
  }

  #target(name: string, target: TargetState): Promise<void> {
    return this.#alone(async () => {
      const connector = this.#known(name, messages.unknownConnector)
      if (connector.target !== target) {
        this.#log.info(`Setting connector ${name} state to ${target}`)
        // Only a stopped connector begins anew.
        if (connector.target === 'STOPPED') this.#worker.startConnector(() => undefined)
        connector.target = target
        this.#followTarget(connector)
      }
      if (target === 'STOPPED') await this.#stopTasks(connector)
      else if (target === 'STARTED') await this.#updateTasks(connector)
      for (const task of connector.tasks) this.#worker.setPaused(task.id, target === 'PAUSED')
    })
  }

  async #updateTasks(connector: StandaloneConnector): Promise<void> {
    const wanted = taskConfigs(connector.config, this.#options.doors)
    const same =
      wanted.length === connector.tasks.length &&
      wanted.every((config, index) => sameConfig(config, connector.tasks[index]?.config))
    if (same) return
    await this.#stopTasks(connector)
    this.#startTasks(connector)
  }

  #startTasks(connector: StandaloneConnector): void {
    const configs = taskConfigs(connector.config, this.#options.doors)
    connector.tasks = configs.map((config, index): TaskEntry => ({
      id: { connector: connector.name, task: index },
      config,
      state: 'UNASSIGNED',
      trace: null
    }))
    for (const task of connector.tasks) this.#startTask(connector, task)
  }

  #startTask(connector: StandaloneConnector, task: TaskEntry): void {
    this.#worker.startTask({
      id: task.id,
      connectorConfig: connector.config,
      taskConfig: task.config,
      paused: connector.target === 'PAUSED'
    })
  }

  async #stopTasks(connector: StandaloneConnector): Promise<void> {
    const ids = connector.tasks.map(task => task.id)
    connector.tasks = []
    await this.#worker.stopTasks(ids)
  }

  async #restartTasks(connector: StandaloneConnector, tasks: readonly TaskEntry[]): Promise<void> {
    const present = tasks.filter(task => connector.tasks.includes(task))
    await this.#worker.stopTasks(present.map(task => task.id))
    for (const task of present) {
      Object.assign(task, { state: 'UNASSIGNED', trace: null })
      this.#startTask(connector, task)
    }
  }

  #stopped(name: string): Config {
    const connector = this.#known(name)
    if (connector.target !== 'STOPPED') throw new BadRequestError(messages.notStopped(name))
    return connector.config
  }

  #known(name: string, message: (name: string) => string = messages.connectorNotFound): StandaloneConnector {
    const connector = this.#connectors.get(name)
    if (connector === undefined) throw new NotFoundError(message(name))
    return connector
  }

  #task(id: TaskId): TaskEntry | null {
    // Tasks stand at their numbers.
    return this.#connectors.get(id.connector)?.tasks[id.task] ?? null
  }

  #alone<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(change)
    this.#queue = done.catch(() => undefined)
    return done
  }
}

function sameConfig(a: Config, b: Config | undefined): boolean {
  return b !== undefined && a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}

/** As an answer to a restart shows it; in later answers it has no version until it runs again. */
function restarting<T extends ConnectorState>(state: T): T {
  return { ...state, state: 'RESTARTING', trace: null }
}
