// The framework's part of a sink connector's configuration: its keys, those of its transforms and predicates, and the rules across them.
import { ConfigDef, type ConfigKey, type Importance, type Validator, type Width } from '../connect/config.ts'
import { type ConfigType, type Parsed } from '../connect/config-type.ts'
import { atLeast, nonEmptyWithoutControlChars, oneOf, uniqueAliases } from '../connect/config-validators.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { type ErrorSettings } from './error-judge.ts'
import { type PluginEntry, type PluginRegistry } from './plugin-registry.ts'

/** Compiles a Java regular expression to a whole-text match; throws where it is none, with the reason as message. */
export type CompileRegex = (pattern: string) => (text: string) => boolean

/** What validation needs of the house. */
export interface ConnectorConfigDoors {
  readonly registry: PluginRegistry
  readonly compileRegex: CompileRegex
}

interface Row {
  readonly name: string
  readonly type: ConfigType
  readonly defaultValue?: Parsed
  readonly importance: Importance
  readonly documentation: string
  readonly group: string
  readonly order: number
  readonly width: Width
  readonly displayName: string
  readonly validator?: Validator
}

const common = 'Common'
const errorGroup = 'Error Handling'

/** The keys in the order in which REST answers list them. */
export function sinkConnectorKeys(doors: ConnectorConfigDoors): readonly ConfigKey[] {
  const { registry, compileRegex } = doors
  const converter = (header: boolean): Validator => ({
    validate(name, value) {
      if (typeof value !== 'string') return
      if (header) registry.headerConverter(name, value)
      else registry.converter(name, value)
    }
  })
  const rows: Row[] = [
    { name: 'name', type: 'STRING', importance: 'HIGH', documentation: 'Globally unique name to use for this connector.', group: common, order: 1, width: 'MEDIUM', displayName: 'Connector name', validator: nonEmptyWithoutControlChars },
    { name: 'connector.class', type: 'STRING', importance: 'HIGH', documentation: 'Class of the connector: its full name, or its simple name with or without `Connector`.', group: common, order: 2, width: 'LONG', displayName: 'Connector class' },
    { name: 'connector.plugin.version', type: 'STRING', defaultValue: null, importance: 'MEDIUM', documentation: 'Accepted for configs that pin a version; there is one version of each plugin here.', group: common, order: 3, width: 'MEDIUM', displayName: 'Connector version' },
    { name: 'tasks.max', type: 'INT', defaultValue: 1, importance: 'HIGH', documentation: 'Most tasks to use for this connector.', group: common, order: 4, width: 'SHORT', displayName: 'Tasks max', validator: atLeast(1) },
    { name: 'tasks.max.enforce', type: 'BOOLEAN', defaultValue: true, importance: 'LOW', documentation: 'Fail the connector if it makes more tasks than tasks.max.', group: common, order: 5, width: 'SHORT', displayName: 'Enforce tasks max' },
    ...(['key', 'value', 'header'] as const).flatMap((part, index): Row[] => [
      { name: `${part}.converter`, type: 'CLASS', defaultValue: null, importance: 'LOW', documentation: `Converter of record ${part}s. Unset: the worker's, with the worker's settings.`, group: common, order: 6 + 2 * index, width: 'SHORT', displayName: `${part[0]?.toUpperCase()}${part.slice(1)} converter class`, validator: converter(part === 'header') },
      { name: `${part}.converter.plugin.version`, type: 'STRING', defaultValue: null, importance: 'LOW', documentation: 'Accepted for configs that pin a version.', group: common, order: 7 + 2 * index, width: 'SHORT', displayName: `${part[0]?.toUpperCase()}${part.slice(1)} converter version` }
    ]),
    { name: 'transforms', type: 'LIST', defaultValue: [], importance: 'LOW', documentation: 'Aliases of the transforms to apply to records, in order.', group: 'Transforms', order: 12, width: 'LONG', displayName: 'Transforms', validator: uniqueAliases },
    { name: 'predicates', type: 'LIST', defaultValue: [], importance: 'LOW', documentation: 'Aliases of the predicates that transforms use.', group: 'Predicates', order: 13, width: 'LONG', displayName: 'Predicates', validator: uniqueAliases },
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

/** The framework's definition for one config: base keys, then those of the transforms and predicates it names. */
export function enrichedConfigDef(config: Config, doors: ConnectorConfigDoors): ConfigDef {
  const definition = new ConfigDef()
  for (const key of sinkConnectorKeys(doors)) definition.define(key)
  const { registry } = doors
  for (const alias of aliases(config, 'transforms')) {
    const prefix = `transforms.${alias}.`
    const group = `Transforms: ${alias}`
    const entry = (name: string, value: string): PluginEntry => registry.transformation(name, value)
    definition.define(
      typeKey(prefix, group, registry.transformationNames, entry, negateWithoutPredicate(prefix, config))
    )
    definition.define({ name: `${prefix}predicate`, type: 'STRING', defaultValue: '', importance: 'MEDIUM', documentation: 'The alias of a predicate used to determine whether to apply this transformation.', group, order: 1, width: 'NONE', displayName: 'Predicate' }) // prettier-ignore
    definition.define({ name: `${prefix}negate`, type: 'BOOLEAN', defaultValue: false, importance: 'MEDIUM', documentation: 'Whether the configured predicate should be negated.', group, order: 2, width: 'NONE', displayName: 'Negate' }) // prettier-ignore
    embed(definition, prefix, group, config, entry)
  }
  for (const alias of aliases(config, 'predicates')) {
    const prefix = `predicates.${alias}.`
    const group = `Predicates: ${alias}`
    const entry = (name: string, value: string): PluginEntry => registry.predicate(name, value)
    definition.define(typeKey(prefix, group, registry.predicateNames, entry))
    embed(definition, prefix, group, config, entry)
  }
  return definition
}

function typeKey(
  prefix: string,
  group: string,
  recommended: readonly string[],
  resolve: (name: string, value: string) => PluginEntry,
  also?: () => void
): ConfigKey {
  return {
    name: `${prefix}type`,
    type: 'CLASS',
    importance: 'HIGH',
    documentation: `Class for the '${prefix.split('.')[1] ?? ''}' ${prefix.startsWith('t') ? 'transformation' : 'predicate'}.`,
    group,
    order: 0,
    width: 'LONG',
    displayName: group,
    recommended,
    validator: {
      validate(name, value) {
        if (typeof value === 'string') resolve(name, value)
        also?.()
      }
    }
  }
}

function negateWithoutPredicate(prefix: string, config: Config): () => void {
  return () => {
    if (!config.has(`${prefix}negate`) || config.has(`${prefix}predicate`)) return
    throw new ConfigError(
      `${prefix}type`,
      `Config '${prefix}negate' was provided but there is no config '${prefix}predicate' defining a predicate to be negated.`
    )
  }
}

// A plugin's own keys stand below its prefix; its validators speak of the bare names, as in Connect.
function embed(
  definition: ConfigDef,
  prefix: string,
  group: string,
  config: Config,
  resolve: (name: string, value: string) => PluginEntry
): void {
  const type = config.get(`${prefix}type`)?.trim()
  if (type === undefined) return
  let entry: PluginEntry
  try {
    entry = resolve(`${prefix}type`, type)
  } catch (error) {
    // The key of the type reports it; what else that class would need nobody knows.
    if (error instanceof ConfigError) return
    throw error
  }
  for (const key of entry.configDef.keys()) {
    if (definition.key(prefix + key.name) !== undefined) continue
    const { validator, ...rest } = key
    const bare: Validator | undefined =
      validator === undefined
        ? undefined
        : { ...validator, validate: (_, value) => validator.validate(key.name, value) }
    definition.define({ ...rest, name: prefix + key.name, group, ...(bare === undefined ? {} : { validator: bare }) })
  }
}

/** The aliases under a key, each once. */
export function aliases(config: Config, key: 'transforms' | 'predicates'): readonly string[] {
  const text = (config.get(key) ?? '').trim()
  return text === '' ? [] : [...new Set(text.split(/\s*,\s*/))]
}

/** The topics of a config. Empty and doubled entries are left out: refusals of Connect 4.3.1 that older configs never met. */
export function connectorTopics(config: Config): readonly string[] {
  const names = (config.get('topics') ?? '').split(',').map(name => name.trim())
  return [...new Set(names.filter(name => name !== ''))]
}

/** Rules across keys, in Connect's words: each message with the keys it stands on. */
export function crossKeyErrors(config: Config, compileRegex: CompileRegex): readonly (readonly [string, string])[] {
  const topics = connectorTopics(config)
  const regex = (config.get('topics.regex') ?? '').trim()
  const both = (message: string): [string, string][] => [
    ['topics', message],
    ['topics.regex', message]
  ]
  if (topics.length > 0 && regex !== '') {
    return both('topics and topics.regex are mutually exclusive options, but both are set.')
  }
  if (topics.length === 0 && regex === '') return both('Must configure one of topics or topics.regex')
  const deadLetters = (config.get('errors.deadletterqueue.topic.name') ?? '').trim()
  if (deadLetters === '') return []
  if (topics.includes(deadLetters)) {
    return [['topics', `The DLQ topic '${deadLetters}' may not be included in the list of topics ('topics=[${topics.join(', ')}]') consumed by the connector`]] // prettier-ignore
  }
  if (regex === '' || !matchesQuietly(compileRegex, regex, deadLetters)) return []
  return [['topics.regex', `The DLQ topic '${deadLetters}' may not be matched by the regex for the topics ('topics.regex=${regex}') consumed by the connector`]] // prettier-ignore
}

// A pattern that is none is told by its own key.
function matchesQuietly(compileRegex: CompileRegex, regex: string, text: string): boolean {
  try {
    return compileRegex(regex)(text)
  } catch {
    return false
  }
}

/** The `errors.*` settings of a config that was validated before. */
export function errorSettings(config: Config): ErrorSettings {
  const flag = (key: string): boolean => (config.get(key) ?? '').trim().toLowerCase() === 'true'
  return {
    tolerateAll: config.get('errors.tolerance')?.trim() === 'all',
    retryTimeoutMs: Number(config.get('errors.retry.timeout') ?? 0),
    retryDelayMsMax: Number(config.get('errors.retry.delay.max.ms') ?? 60000),
    logEnabled: flag('errors.log.enable'),
    logMessages: flag('errors.log.include.messages')
  }
}
