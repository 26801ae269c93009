// Reads a worker's properties at start: references resolved, everything wrong found at once, keys without effect told.
import { listText } from '../connect/config-validators.ts'
import { type ParsedConfig } from '../connect/config.ts'
import { ConfigError, ConfigErrors } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Config, type Doors } from '../connect/plugin.ts'
import { asSentence } from '../util/sentence.ts'
import { configTransformer } from './config-providers.ts'
import { type ConfigTransformer, type Resolution, type Unresolved } from './config-transformer.ts'
import { foundOrNull } from './connector-keys.ts'
import { workerConverterWarnings } from './converter-keys.ts'
import { isFormerWorkerKey, workerKeysOfToday } from './former-worker-keys.ts'
import { quotesRemark } from './quoted-values.ts'
import { boundsOf, unresolvedFaults } from './secret-bounds.ts'
import { type PluginEntry, type PluginRegistry } from './plugin-registry.ts'
import { type Learned, type SecretMask } from './secret-mask.ts'
import { parseWorkerConfig, unknownWorkerKeys, withPrefix, workerConfigDefs, type WorkerMode } from './worker-config.ts'

export interface WorkerStart {
  /** As in the file, references resolved. */
  readonly properties: Config
  readonly config: ParsedConfig
  /** For connectors: resolves with the worker's providers. */
  readonly transformer: ConfigTransformer
  /** What the providers gave: tasks get the properties resolved, and must not say it either. */
  readonly secrets: readonly Learned[]
}

export interface WorkerStartDoors {
  readonly registry: PluginRegistry
  readonly plugins: Doors
  readonly log: Logger
  /** Learns what the providers give. */
  readonly mask: SecretMask
}

export async function readWorkerStart(
  mode: WorkerMode,
  path: string,
  given: Config,
  { registry, plugins, log, mask }: WorkerStartDoors
): Promise<WorkerStart> {
  if (mode === 'standalone' && given.has('connector.class') && !given.has('offset.storage.file.filename')) {
    const message = `${path} is a connector's file (it has connector.class). The worker's comes first: connect-standalone WORKER.properties ${path}`
    throw new ConfigError('connector.class', message)
  }
  for (const warning of unknownKeyWarnings(mode, given, registry)) log.warn(`${path}: ${warning}`)
  const transformer = configTransformer(given, registry, plugins, mask)
  const resolution = await transformer.resolve(given)
  const { properties, warnings, errors } = workerKeysOfToday(resolution.config)
  const isSecret = await workerSecrets(mode, resolution, registry)
  const secrets = resolution.resolved.map(({ configKey, text, value }) => ({
    text,
    value,
    isSecret: isSecret(configKey)
  }))
  for (const secret of secrets) mask.keep(secret)
  for (const warning of warnings) log.warn(`${path}: ${warning}`)
  const secretFaults = workerSecretFaults(properties, resolution.unresolved, isSecret)
  const faults = [
    ...errors,
    ...secretFaults,
    ...(await addressErrors(properties)),
    ...converterErrors(properties, registry)
  ]
  let config: ParsedConfig
  try {
    config = parseWorkerConfig(mode, properties, path)
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    throw new ConfigErrors(path, [...error.errors.map(withExample), ...faults])
  }
  if (faults.length > 0) throw new ConfigErrors(path, faults)
  return { properties, config, transformer, secrets }
}

/** What a first worker's file can say where a key is missing. */
const examples: ReadonlyMap<string, string> = new Map([
  ['key.converter', 'org.apache.kafka.connect.storage.StringConverter'],
  ['value.converter', 'org.apache.kafka.connect.json.JsonConverter'],
  ['offset.storage.file.filename', '/tmp/connect.offsets']
])

function withExample(error: ConfigError): ConfigError {
  const { key, message } = error
  const example = key !== null && message.startsWith('Missing required') ? examples.get(key) : undefined
  return example === undefined ? error : new ConfigError(key, `${message} Add a line such as ${key}=${example}`)
}

/** The worker's settings as Connect prints them at start. Secrets stand in keys that are not among these. */
export function settingsText(mode: WorkerMode, config: ParsedConfig): string {
  const names = workerConfigDefs[mode].keys().map(key => key.name)
  const lines = names.sort().map(name => {
    const value = config.get(name)
    return `\t${name} = ${Array.isArray(value) ? listText(value as readonly string[]) : String(value)}`
  })
  return `${mode === 'standalone' ? 'StandaloneConfig' : 'DistributedConfig'} values: \n${lines.join('\n')}`
}

/** Secrets that nobody resolves, and hosts for secrets that are none. */
function workerSecretFaults(
  properties: Config,
  unresolved: readonly Unresolved[],
  isSecret: (key: string) => boolean
): readonly ConfigError[] {
  const faults: ConfigError[] = []
  try {
    boundsOf(properties)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    faults.push(error)
  }
  return [...faults, ...unresolvedFaults(unresolved, isSecret)]
}

/** Which keys of a worker's file are secrets, by their definitions. */
export async function workerSecrets(
  mode: WorkerMode,
  { config: properties, resolved, unresolved }: Resolution,
  registry: PluginRegistry
): Promise<(key: string) => boolean> {
  // Kafka's definitions are loaded only where there is something to ask for.
  if (resolved.length + unresolved.length === 0) return () => false
  const { clientSetting } = await import('../kafka/client-definitions.ts')
  return key => {
    const [, part, own] = /^(key|value|header)\.converter\.(.*)$/s.exec(key) ?? []
    if (part !== undefined && own !== undefined)
      return workerConverter(`${part}.converter`, properties, registry)?.configDef.key(own)?.type === 'PASSWORD'
    // Listeners read Kafka's own settings of TLS.
    const setting = key.replace(/^(?:consumer\.|producer\.|admin\.(?!listeners)|(?:admin\.)?listeners\.https\.)/, '')
    return [workerConfigDefs[mode].key(key), clientSetting('admin', setting)].some(known => known?.type === 'PASSWORD')
  }
}

/** The converter that the file names under a key; null: none, or none of that name. */
function workerConverter(key: string, properties: Config, registry: PluginRegistry): PluginEntry | null {
  const name = properties.get(key)?.trim()
  if (name === undefined) return null
  return foundOrNull(() =>
    key === 'header.converter' ? registry.headerConverter(key, name) : registry.converter(key, name)
  )
}

/** A sentence for each key of a worker's file that nobody reads. */
export function unknownKeyWarnings(mode: WorkerMode, given: Config, registry: PluginRegistry): readonly string[] {
  const { told, more } = unknownWorkerKeys(mode, new Map([...given].filter(([key]) => !isFormerWorkerKey(key))))
  const warnings = told.map(({ key, nearest, otherMode }) => {
    const remedy = otherMode
      ? `it belongs to ${mode === 'standalone' ? 'distributed' : 'standalone'} mode`
      : nearest === null
        ? 'no setting of that name is known'
        : `did you mean ${nearest}?`
    return `${key} has no effect: ${remedy}`
  })
  if (more > 0) warnings.push(`${more} more keys have no effect`)
  return [...warnings, ...workerConverterWarnings(given, registry)]
}

/** Addresses that no client could connect to: found by whoever starts the worker rather than by its first task. */
async function addressErrors(properties: Config): Promise<readonly ConfigError[]> {
  const { parseBootstrapServers } = await import('../kafka/client-properties.ts')
  return ['', 'consumer.', 'producer.', 'admin.'].flatMap(prefix => {
    const key = `${prefix}bootstrap.servers`
    const given = properties.get(key)
    if (given === undefined) return []
    try {
      parseBootstrapServers(given)
      return []
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      const remark = quotesRemark(key, given)
      const text = `${prefix}${error.message}`
      return [new ConfigError(key, remark === null ? text : `${asSentence(text)} ${remark}`)]
    }
  })
}

function converterErrors(properties: Config, registry: PluginRegistry): readonly ConfigError[] {
  const kinds = ['key.converter', 'value.converter', 'header.converter'] as const
  return kinds.flatMap(key => {
    const name = properties.get(key)?.trim()
    if (name === undefined) return []
    try {
      const entry = key === 'header.converter' ? registry.headerConverter(key, name) : registry.converter(key, name)
      const own = new Map([...withPrefix(properties, `${key}.`), ['converter.type', key.replace('.converter', '')]])
      const values = entry.configDef.validate(own)
      return values.flatMap(value =>
        value.errorMessages.map(message => new ConfigError(`${key}.${value.name}`, `${key}.${value.name}: ${message}`))
      )
    } catch (error) {
      if (error instanceof ConfigError) return [error]
      throw error
    }
  })
}
