// The framework's part of a sink connector's configuration: its keys, those of its transforms and predicates, and the rules across them.
import { ConfigDef, type ConfigKey, type Validator } from '../connect/config.ts'
import { splitList } from '../connect/config-type.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import {
  aliasesMax,
  type CompileRegex,
  type ConnectorConfigDoors,
  foundOrNull,
  sinkConnectorKeys,
  versionKey
} from './connector-keys.ts'
import { type ErrorSettings } from './error-judge.ts'
import { type PluginEntry } from './plugin-registry.ts'

/** The framework's definition for one config: base keys, then those of the transforms and predicates it names. */
export function enrichedConfigDef(config: Config, doors: ConnectorConfigDoors): ConfigDef {
  const definition = new ConfigDef()
  for (const key of sinkConnectorKeys(config, doors)) definition.define(key)
  const { registry } = doors
  for (const alias of aliases(config, 'transforms')) {
    embed(definition, config, {
      alias,
      prefix: `transforms.${alias}.`,
      group: `Transforms: ${alias}`,
      kind: 'Transformation',
      recommended: registry.transformationNames,
      resolve: (name, value) => registry.transformation(name, value),
      framework: transformationKeys
    })
  }
  for (const alias of aliases(config, 'predicates')) {
    embed(definition, config, {
      alias,
      prefix: `predicates.${alias}.`,
      group: `Predicates: ${alias}`,
      kind: 'Predicate',
      recommended: registry.predicateNames,
      resolve: (name, value) => registry.predicate(name, value),
      framework: []
    })
  }
  return definition
}

/** A transform or predicate by its alias. */
interface Step {
  readonly alias: string
  readonly prefix: string
  readonly group: string
  readonly kind: 'Transformation' | 'Predicate'
  readonly recommended: readonly string[]
  readonly resolve: (name: string, value: string) => PluginEntry
  /** Keys the framework adds to the plugin's own. */
  readonly framework: readonly ConfigKey[]
}

const transformationKeys: readonly ConfigKey[] = [
  {
    name: 'predicate',
    type: 'STRING',
    defaultValue: null,
    importance: 'MEDIUM',
    documentation: 'The alias of a predicate that says to which records this transformation applies.'
  },
  {
    name: 'negate',
    type: 'BOOLEAN',
    defaultValue: false,
    importance: 'MEDIUM',
    documentation: 'Whether it applies where the predicate says no.'
  }
]

// A plugin's own keys stand below its prefix; its validators speak of the bare names, as in Connect.
function embed(definition: ConfigDef, config: Config, step: Step): void {
  const { prefix, group, alias, kind } = step
  const typeName = `${prefix}type`
  const type = config.get(typeName)?.trim()
  const entry = type === undefined ? null : foundOrNull(() => step.resolve(typeName, type))
  definition.define({
    name: typeName,
    type: 'CLASS',
    importance: 'HIGH',
    documentation: `Class for the '${alias}' ${kind.toLowerCase()}.`,
    group,
    order: 0,
    width: 'LONG',
    displayName: `${kind} type for ${alias}`,
    recommended: step.recommended,
    validator: {
      validate(name, value) {
        if (typeof value === 'string') step.resolve(name, value)
        if (kind === 'Transformation') negateWithoutPredicate(prefix, config)
      }
    }
  })
  const looks = { importance: 'HIGH', group, order: 1, width: 'LONG' } as const
  const displayName = `${kind} version for ${alias}`
  const documentation = `Version of the '${alias}' ${kind.toLowerCase()}: there is one of each here.`
  definition.define(versionKey(`${prefix}plugin.version`, entry, { ...looks, displayName, documentation }))
  // What else an unknown class would need nobody knows.
  if (entry === null) return
  const own = entry.configDef.keys().filter(key => !step.framework.some(other => other.name === key.name))
  for (const [index, key] of [...own, ...step.framework].sort(inOrderOfDocs).entries()) {
    if (definition.key(prefix + key.name) === undefined) {
      definition.define(embedded(key, prefix, group, index + 2))
    }
  }
}

function embedded(key: ConfigKey, prefix: string, group: string, order: number): ConfigKey {
  const { validator, ...rest } = key
  const bare: Validator | null =
    validator === undefined ? null : { ...validator, validate: (_, value) => validator.validate(key.name, value) }
  return {
    ...rest,
    name: prefix + key.name,
    displayName: key.displayName ?? key.name,
    group: typeof key.group === 'string' ? `${group}: ${key.group}` : group,
    order,
    ...(bare === null ? {} : { validator: bare })
  }
}

const importances = ['HIGH', 'MEDIUM', 'LOW']

/** Java's ConfigDef.sortedConfigs: ungrouped first, by order, required ones first, by importance, by name. */
function inOrderOfDocs(a: ConfigKey, b: ConfigKey): number {
  const isGrouped = (key: ConfigKey): number => (typeof key.group === 'string' ? 1 : 0)
  return (
    isGrouped(a) - isGrouped(b) ||
    (a.order ?? -1) - (b.order ?? -1) ||
    (a.defaultValue === undefined ? 0 : 1) - (b.defaultValue === undefined ? 0 : 1) ||
    importances.indexOf(a.importance) - importances.indexOf(b.importance) ||
    (a.name < b.name ? -1 : 1)
  )
}

function negateWithoutPredicate(prefix: string, config: Config): void {
  if (!config.has(`${prefix}negate`) || config.has(`${prefix}predicate`)) return
  throw new ConfigError(
    `${prefix}type`,
    `Config '${prefix}negate' was provided but there is no config '${prefix}predicate' defining a predicate to be negated.`
  )
}

/** The aliases under a key, each once. */
export function aliases(config: Config, key: 'transforms' | 'predicates'): readonly string[] {
  const names = [...new Set(splitList((config.get(key) ?? '').trim()))]
  // More than that is refused on the key itself.
  return names.length > aliasesMax ? [] : names
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

/** A dead letter queue that keeps no task alive, as in Java's Connect: people expect it to. */
export function deadLetterWarnings(config: Config): readonly string[] {
  const topic = (config.get('errors.deadletterqueue.topic.name') ?? '').trim()
  if (topic === '' || errorSettings(config).tolerateAll) return []
  return [
    `errors.deadletterqueue.topic.name=${topic} has a copy of the first record that fails, and the task fails all the same, since errors.tolerance is none: ` +
      'each restart meets that record again and sends one more copy. Write errors.tolerance=all to go on behind such records'
  ]
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
