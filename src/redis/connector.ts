// The sink as a connector: checks a whole configuration at once and hands each task its copy.
import { type ConfigDef, type ConfigValue } from '../connect/config.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config, type SinkConnector, type SinkTask } from '../connect/plugin.ts'
import { contractOf } from './class-names.ts'
import { sinkConfigDef } from './config.ts'
import { sinkWarnings, validateSinkConfig } from './config-read.ts'

export class RedisSinkConnector implements SinkConnector {
  readonly className: string
  readonly version: string
  readonly configDef: ConfigDef
  readonly #newTask: () => SinkTask

  /** `className` chooses the contract; the roots hand in how a task is made, with its doors to Redis. */
  constructor(className: string, version: string, newTask: () => SinkTask) {
    const contract = contractOf(className)
    if (contract === null) throw new ConfigError('connector.class', `Unknown connector class '${className}'.`)
    this.className = className
    this.version = version
    this.configDef = sinkConfigDef(contract)
    this.#newTask = newTask
  }

  validate(config: Config): readonly ConfigValue[] {
    return validateSinkConfig(this.#withClass(config))
  }

  warnings(config: Config): readonly string[] {
    return sinkWarnings(this.#withClass(config))
  }

  /** As the old sink: always `tasksMax` copies, whatever the topics have. */
  taskConfigs(config: Config, tasksMax: number): readonly Config[] {
    const copy = this.#withClass(config)
    return Array.from({ length: tasksMax }, () => copy)
  }

  createTask(): SinkTask {
    return this.#newTask()
  }

  /** A configuration that came without its class (validation may ask so) is of ours. */
  #withClass(config: Config): Config {
    return config.has('connector.class') ? config : new Map([...config, ['connector.class', this.className]])
  }
}
