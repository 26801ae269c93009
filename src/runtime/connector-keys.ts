// The framework's keys of a sink connector, in the order REST lists them; defaults come from the worker and the plugins it has.
import { type ConfigKey, type Importance, type Validator, type Width } from '../connect/config.ts'
import { invalid } from '../connect/config-type.ts'
import { atLeast, nonEmptyWithoutControlChars, oneOf, uniqueAliases } from '../connect/config-validators.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { type PluginEntry, type PluginRegistry } from './plugin-registry.ts'
import { versionRangeFault } from './version-range.ts'

/** Compiles a Java regular expression to a whole-text match; throws where it is none, with the reason as message. */
export type CompileRegex = (pattern: string) => (text: string) => boolean

/** Transforms or predicates in one connector: each of them brings a dozen keys into every answer. */
export const aliasesMax = 1000
/** Each task is a consumer and a connection to the target. */
const tasksMax = 10_000

const boundedAliases: Validator = {
  ...uniqueAliases,
  validate(name, value) {
    uniqueAliases.validate(name, value)
    const count = Array.isArray(value) ? value.length : 0
    if (count > aliasesMax)
      throw new ConfigError(name, `${name} names ${count} aliases; at most ${aliasesMax} are taken.`)
  }
}

const boundedTasks: Validator = {
  ...atLeast(1),
  validate(name, value) {
    atLeast(1).validate(name, value)
    if (Number(value) > tasksMax) throw invalid(name, value, `Value must be no more than ${tasksMax}`)
  }
}

/** What validation needs of the house. */
export interface ConnectorConfigDoors {
  readonly registry: PluginRegistry
  readonly compileRegex: CompileRegex
  /** The worker's properties, for the converters that hold where a connector names none. */
  readonly worker: Config
}

type Looks = Pick<ConfigKey, 'documentation'> & {
  readonly importance: Importance
  readonly group: string
  readonly order: number
  readonly width: Width
  readonly displayName: string
}

const common = 'Common'
const errorGroup = 'Error Handling'

/** The keys in the order in which REST answers list them; `config` null: as they are before any configuration and worker say more. */
export function sinkConnectorKeys(config: Config | null, doors: ConnectorConfigDoors): readonly ConfigKey[] {
  const { registry, compileRegex } = doors
  const rows: ConfigKey[] = [
    { name: 'name', type: 'STRING', importance: 'HIGH', documentation: 'Globally unique name to use for this connector.', group: common, order: 1, width: 'MEDIUM', displayName: 'Connector name', validator: nonEmptyWithoutControlChars },
    { name: 'connector.class', type: 'STRING', importance: 'HIGH', documentation: 'Class of the connector: its full name, or its simple name with or without `Connector`.', group: common, order: 2, width: 'LONG', displayName: 'Connector class' },
    versionKey('connector.plugin.version', config === null ? null : connectorOrNull(config, registry), { importance: 'MEDIUM', documentation: 'Version of the connector: there is one of each here.', group: common, order: 3, width: 'MEDIUM', displayName: 'Connector version' }),
    { name: 'tasks.max', type: 'INT', defaultValue: 1, importance: 'HIGH', documentation: 'Most tasks to use for this connector.', group: common, order: 4, width: 'SHORT', displayName: 'Tasks max', validator: boundedTasks },
    { name: 'tasks.max.enforce', type: 'BOOLEAN', defaultValue: true, importance: 'LOW', documentation: 'Fail the connector if it makes more tasks than tasks.max.', group: common, order: 5, width: 'SHORT', displayName: 'Enforce tasks max' },
    ...(['key', 'value', 'header'] as const).flatMap((part, index) => converterKeys(part, 6 + 2 * index, config, doors)),
    { name: 'transforms', type: 'LIST', defaultValue: [], importance: 'LOW', documentation: 'Aliases of the transforms to apply to records, in order.', group: 'Transforms', order: 12, width: 'LONG', displayName: 'Transforms', validator: boundedAliases },
    { name: 'predicates', type: 'LIST', defaultValue: [], importance: 'LOW', documentation: 'Aliases of the predicates that transforms use.', group: 'Predicates', order: 13, width: 'LONG', displayName: 'Predicates', validator: boundedAliases },
    { name: 'config.action.reload', type: 'STRING', defaultValue: 'restart', importance: 'LOW', documentation: 'What to do when values of a config provider expire.', group: common, order: 14, width: 'MEDIUM', displayName: 'Reload Action', validator: oneOf('none', 'restart') },
    { name: 'errors.retry.timeout', type: 'LONG', defaultValue: 0, importance: 'MEDIUM', documentation: 'How long, in ms, a failed conversion or transform is tried again; -1: without end.', group: errorGroup, order: 1, width: 'MEDIUM', displayName: 'Retry Timeout for Errors' },
    { name: 'errors.retry.delay.max.ms', type: 'LONG', defaultValue: 60000, importance: 'MEDIUM', documentation: 'Longest wait between two such attempts.', group: errorGroup, order: 2, width: 'MEDIUM', displayName: 'Maximum Delay Between Retries for Errors' },
    { name: 'errors.tolerance', type: 'STRING', defaultValue: 'none', importance: 'MEDIUM', documentation: '`none`: the first record that cannot be converted fails the task; `all`: such records are skipped.', group: errorGroup, order: 3, width: 'SHORT', displayName: 'Error Tolerance', validator: oneOf('none', 'all') },
    { name: 'errors.log.enable', type: 'BOOLEAN', defaultValue: false, importance: 'MEDIUM', documentation: 'Log each such record.', group: errorGroup, order: 4, width: 'SHORT', displayName: 'Log Errors' },
    { name: 'errors.log.include.messages', type: 'BOOLEAN', defaultValue: false, importance: 'MEDIUM', documentation: 'Log its topic, partition, offset and timestamp too.', group: errorGroup, order: 5, width: 'SHORT', displayName: 'Log Error Details' },
    { name: 'topics', type: 'LIST', defaultValue: [], importance: 'HIGH', documentation: 'Topics to read, separated by commas.', group: common, order: 4, width: 'LONG', displayName: 'Topics' },
    { name: 'topics.regex', type: 'STRING', defaultValue: '', importance: 'HIGH', documentation: 'Java regular expression; topics whose whole name matches are read.', group: common, order: 4, width: 'LONG', displayName: 'Topics regex', validator: regexValidator(compileRegex) },
    { name: 'errors.deadletterqueue.topic.name', type: 'STRING', defaultValue: '', importance: 'MEDIUM', documentation: 'Topic for records that could not be converted or written. Empty: none.', group: errorGroup, order: 6, width: 'MEDIUM', displayName: 'Dead Letter Queue Topic Name' },
    { name: 'errors.deadletterqueue.topic.replication.factor', type: 'SHORT', defaultValue: 3, importance: 'MEDIUM', documentation: 'Replicas of that topic when it is created.', group: errorGroup, order: 7, width: 'MEDIUM', displayName: 'Dead Letter Queue Topic Replication Factor' },
    { name: 'errors.deadletterqueue.context.headers.enable', type: 'BOOLEAN', defaultValue: false, importance: 'MEDIUM', documentation: 'Add headers to those records that say what failed.', group: errorGroup, order: 8, width: 'MEDIUM', displayName: 'Enable Error Context Headers' }
  ] // prettier-ignore
  return rows
}

function regexValidator(compileRegex: CompileRegex): Validator {
  return {
    describe: 'valid regex',
    validate(name, value) {
      try {
        compileRegex(typeof value === 'string' ? value : '')
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new ConfigError(
          name,
          `Invalid value ${String(value)} for configuration ${name}: Invalid regex: ${reason}`
        )
      }
    }
  }
}

/** The class of one converter and its version. */
function converterKeys(
  part: 'key' | 'value' | 'header',
  order: number,
  config: Config | null,
  { registry, worker }: ConnectorConfigDoors
): readonly ConfigKey[] {
  const name = `${part}.converter`
  const title = `${part.charAt(0).toUpperCase()}${part.slice(1)} converter`
  const find = (value: string): PluginEntry =>
    part === 'header' ? registry.headerConverter(name, value) : registry.converter(name, value)
  const defaultName =
    config === null ? null : (worker.get(name)?.trim() ?? (part === 'header' ? simpleHeaderConverter : null))
  const chosen = config?.get(name)?.trim() ?? defaultName
  return [
    {
      name,
      type: 'CLASS',
      defaultValue: defaultName,
      importance: 'LOW',
      documentation: `Converter of record ${part}s. Unset: the worker's, with the worker's settings.`,
      group: common,
      order,
      width: 'SHORT',
      displayName: `${title} class`,
      recommended: part === 'header' ? registry.headerConverterNames : registry.converterNames,
      validator: { validate: (_, value) => void (typeof value === 'string' && find(value)) }
    },
    versionKey(`${name}.plugin.version`, chosen === null ? null : foundOrNull(() => find(chosen)), {
      importance: 'LOW',
      documentation: `Version of the ${part} converter: there is one of each here.`,
      group: common,
      order: order + 1,
      width: 'SHORT',
      displayName: `${title} version`
    })
  ]
}

const simpleHeaderConverter = 'org.apache.kafka.connect.storage.SimpleHeaderConverter'

/** A key by which old configurations pin the version of a plugin. */
export function versionKey(name: string, entry: PluginEntry | null, looks: Looks): ConfigKey {
  return {
    name,
    type: 'STRING',
    defaultValue: entry?.version ?? null,
    ...looks,
    recommended: entry === null ? [] : [entry.version],
    validator: {
      validate(key, value) {
        if (entry === null || typeof value !== 'string') return
        const fault = versionRangeFault(entry, value)
        if (fault !== null) throw new ConfigError(key, fault)
      }
    }
  }
}

function connectorOrNull(config: Config, registry: PluginRegistry): PluginEntry | null {
  return foundOrNull(() => registry.connector(config))
}

/** Whoever names a class that is none is told by the key of the class. */
export function foundOrNull<T extends PluginEntry>(find: () => T | null): T | null {
  try {
    return find()
  } catch (error) {
    if (error instanceof ConfigError) return null
    throw error
  }
}
