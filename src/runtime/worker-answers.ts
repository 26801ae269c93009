// What every herder answers alike, whatever house it lives in: plugins, their keys, validation, log levels.
import { type ConfigKey } from '../connect/config.ts'
import { NotFoundError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Config } from '../connect/plugin.ts'
import { sinkConnectorKeys } from './connector-keys.ts'
import { validateConnectorConfig, type ValidationDoors } from './connector-validation.ts'
import { type ConfigReport, type LoggerLevel, type PluginInfo } from './herder.ts'
import { BadRequestError, messages } from './herder-errors.ts'
import { type LevelName, type LogStream, parseLevel } from './log.ts'
import { unknownKeyWarnings } from './unknown-keys.ts'
import { versionRangeFault } from './version-range.ts'

export interface WorkerAnswersOptions {
  readonly validation: ValidationDoors
  readonly logs: LogStream
  /** Levels hold in task threads too. */
  readonly onLevel: (logger: string, level: LevelName) => void
}

export class WorkerAnswers {
  readonly #options: WorkerAnswersOptions

  constructor(options: WorkerAnswersOptions) {
    this.#options = options
  }

  plugins(connectorsOnly: boolean): readonly PluginInfo[] {
    const all = this.#options.validation.registry.list()
    return connectorsOnly
      ? all.filter(({ type }) => type === 'sink' || type === 'source')
      : all.filter(({ type }) => type !== 'configprovider')
  }

  pluginConfig(name: string, versionRange?: string): readonly ConfigKey[] {
    const { validation } = this.#options
    const { registry } = validation
    const entry = registry.anyKind(name)
    if (entry === null) throw new NotFoundError(messages.unknownPlugin(name))
    const fault = versionRange === undefined ? null : versionRangeFault(entry, versionRange)
    if (fault !== null) throw new BadRequestError(fault)
    const own = entry.configDef.keys().filter(key => key.internal !== true)
    if (!registry.connectors.some(connector => connector.className === entry.className)) return own
    const names = new Set(own.map(key => key.name))
    // As Java has them: what this worker has in place of a default shows in a validation.
    const framework = sinkConnectorKeys(null, validation)
    return [...own, ...framework.filter(key => !names.has(key.name))]
  }

  /** Tells, once per configuration that comes to be in force, which of its keys do nothing. */
  warnOfUnknownKeys(name: string, config: Config, log: Logger): void {
    for (const warning of unknownKeyWarnings(config, this.#options.validation))
      log.warn(`Connector ${name}: ${warning}`)
  }

  validateConfig(config: Config): Promise<ConfigReport> {
    return validateConnectorConfig(config, this.#options.validation)
  }

  loggerLevels(): ReadonlyMap<string, LoggerLevel> {
    return this.#options.logs.allLevels()
  }

  loggerLevel(name: string): LoggerLevel | null {
    return this.#options.logs.levelOf(name)
  }

  setLoggerLevel(name: string, text: string): readonly string[] {
    const level = parseLevel(text)
    if (level === null) throw new NotFoundError(`invalid log level '${text}'.`)
    const changed = this.#options.logs.setLevel(name, level)
    this.#options.onLevel(name, level)
    return changed
  }
}
