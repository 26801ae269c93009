// The herder: the one that decides what runs in a worker, and what REST and CLI ask it. One interface, a house for standalone and one for distributed.
import { type ConfigKey, type ConfigValue } from '../connect/config.ts'
import { type Config } from '../connect/plugin.ts'

/** States of a connector or task by Connect's names; DESTROYED is never shown. */
export type State = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'RESTARTING'

/** What a connector is meant to be in. */
export type TargetState = 'STARTED' | 'PAUSED' | 'STOPPED'

export type ConnectorType = 'sink' | 'source' | 'unknown'

export interface TaskId {
  readonly connector: string
  readonly task: number
}

/** `orders-redis-0`. */
export function taskIdText(id: TaskId): string {
  return `${id.connector}-${id.task}`
}

/** A connector as REST shows it: the config is raw (references unresolved, secrets in clear) and always holds `name`. */
export interface ConnectorInfo {
  readonly name: string
  readonly config: Config
  readonly tasks: readonly TaskId[]
  readonly type: ConnectorType
  /** Of the configuration that was just put in force, as in its report. */
  readonly warnings?: readonly string[]
}

export interface ConnectorState {
  readonly state: State
  /** `host:port`, no scheme. */
  readonly workerId: string
  /** null right after UNASSIGNED and RESTARTING; undefined: left out. */
  readonly version: string | null | undefined
  /** Java-like text, only where something failed. */
  readonly trace: string | null
}

export interface TaskState extends ConnectorState {
  readonly id: number
}

export interface ConnectorStatus {
  readonly name: string
  readonly connector: ConnectorState
  /** Sorted by id. */
  readonly tasks: readonly TaskState[]
  readonly type: ConnectorType
}

export interface TaskInfo {
  readonly id: TaskId
  readonly config: Config
}

export interface CreateRequest {
  readonly name: string
  readonly config: Config
  readonly initialState?: TargetState
}

export interface PutResult {
  readonly created: boolean
  readonly info: ConnectorInfo
}

export interface RestartRequest {
  readonly includeTasks: boolean
  readonly onlyFailed: boolean
}

export interface ConnectorOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** `offset` null: the group forgets that partition. */
export interface OffsetChange {
  readonly topic: string
  readonly partition: number
  readonly offset: number | null
}

export type PluginType =
  'sink' | 'source' | 'transformation' | 'predicate' | 'converter' | 'header_converter' | 'configprovider'

export interface PluginInfo {
  readonly className: string
  readonly type: PluginType
  readonly version: string
}

/** One line of a validation's answer. `key` null: nobody defines that name, yet it has errors. */
export interface ConfigReportEntry {
  readonly key: ConfigKey | null
  readonly value: ConfigValue
}

export interface ConfigReport {
  /** The connector.class as it was given. */
  readonly name: string
  readonly errorCount: number
  readonly groups: readonly string[]
  readonly entries: readonly ConfigReportEntry[]
  /** Keys without effect, and what else is odd but no error. */
  readonly warnings: readonly string[]
}

export interface LoggerLevel {
  readonly level: string
  /** Epoch milliseconds of the last change at runtime; null: never. */
  readonly lastModified: number | null
}

/** What the worker is at, for /health and for requests that ran out of time: `The worker is currently ..., which began at ...`. */
export interface HerderHealth {
  readonly ready: boolean
  /** Connect's stage sentence, or an empty text. */
  readonly stage: string
  /** `Task orders-0 is waiting for ...`, without a full stop: tasks that wait for somebody outside for longer than is usual. */
  readonly waits: readonly string[]
  /** `Task orders-0 skipped 12 records since ...`, without a full stop: what tasks passed over since they started. */
  readonly skips: readonly string[]
}

/**
 * Everything REST serves. Methods reject with the typed errors of `herder-errors.ts` and `connect/errors.ts`;
 * their messages are Connect's own and go out as they are.
 */
export interface Herder {
  start(): Promise<void>
  /** Stops every task (final commits included) and leaves. */
  stop(): Promise<void>
  health(): HerderHealth
  kafkaClusterId(): Promise<string>

  connectors(): Promise<readonly string[]>
  connectorInfo(name: string): Promise<ConnectorInfo>
  connectorConfig(name: string): Promise<Config>
  connectorStatus(name: string): Promise<ConnectorStatus>
  taskInfos(name: string): Promise<readonly TaskInfo[]>
  taskStatus(id: TaskId): Promise<TaskState>

  /** POST /connectors: AlreadyExistsError where the name is taken. */
  createConnector(request: CreateRequest): Promise<ConnectorInfo>
  /** PUT of a config: creates or replaces; never touches a target state. */
  putConnectorConfig(name: string, config: Config): Promise<PutResult>
  /** Values of null remove their key. */
  patchConnectorConfig(name: string, patch: ReadonlyMap<string, string | null>): Promise<ConnectorInfo>
  deleteConnector(name: string): Promise<void>

  pauseConnector(name: string): Promise<void>
  resumeConnector(name: string): Promise<void>
  stopConnector(name: string): Promise<void>
  /** The old form: only the Connector instance, answered when done. */
  restartConnector(name: string): Promise<void>
  /** The form with `includeTasks` or `onlyFailed`: answers the status with RESTARTING where a restart will happen. */
  restartConnectorAndTasks(name: string, request: RestartRequest): Promise<ConnectorStatus>
  restartTask(id: TaskId): Promise<void>

  /** Empty for an unknown connector. ForbiddenError where topic tracking is off. */
  activeTopics(name: string): Promise<readonly string[]>
  resetActiveTopics(name: string): Promise<void>

  offsets(name: string): Promise<readonly ConnectorOffset[]>
  /** Resolves to Connect's sentence for the answer's `message`. */
  alterOffsets(name: string, changes: readonly OffsetChange[]): Promise<string>
  resetOffsets(name: string): Promise<string>

  /** Sinks first, then the other kinds in Connect's order, by class name within a kind. */
  plugins(connectorsOnly: boolean): readonly PluginInfo[]
  /** NotFoundError `Unknown plugin X.`; BadRequestError where no version of it is in `versionRange`. */
  pluginConfig(name: string, versionRange?: string): readonly ConfigKey[]
  /** Never rejects for what is in the config, but for a missing or unknown class. */
  validateConfig(config: Config): Promise<ConfigReport>

  loggerLevels(): Promise<ReadonlyMap<string, LoggerLevel>>
  /** null: no such logger. */
  loggerLevel(name: string): Promise<LoggerLevel | null>
  /** The names of the loggers changed, sorted. `level` in any case; NotFoundError `invalid log level 'X'.` */
  setLoggerLevel(name: string, level: string): Promise<readonly string[]>
  setClusterLoggerLevel(name: string, level: string): Promise<void>
}
