// Client settings that a connector overrides: shown with Kafka's definitions, read as the client will, so that what can't be right is told before a task starts.
import { type ConfigKey, type ConfigValue } from '../connect/config.ts'
import { Password, type Parsed, parseConfigType } from '../connect/config-type.ts'
import { ConfigError } from '../connect/errors.ts'
import { type ClientKind } from '../kafka/client-definitions.ts'
import { type Config } from '../connect/plugin.ts'
import { soundsSecret } from '../util/logins.ts'
import { withPrefix } from './worker-config.ts'

/** Errors by `consumer.override.` and `producer.override.` keys. Kafka's readers are loaded only where there is something to read. */
export async function overrideErrors(config: Config): Promise<readonly ConfigError[]> {
  const errors: ConfigError[] = []
  const consumer = ownSettings(config, 'consumer.override.')
  if (consumer.size > 0) {
    const { readConsumerConfig } = await import('../kafka/consumer-config.ts')
    errors.push(...faultOf('consumer.override.', () => readConsumerConfig(withServers(consumer))))
  }
  const producer = ownSettings(config, 'producer.override.')
  if (producer.size > 0) {
    const { readProducerConfig } = await import('../kafka/produce/producer-config.ts')
    errors.push(...faultOf('producer.override.', () => readProducerConfig(withServers(producer))))
  }
  return errors
}

/** What is without effect among them, as the clients say it when they are made. */
export async function overrideWarnings(config: Config): Promise<readonly string[]> {
  const warnings: string[] = []
  const consumer = ownSettings(config, 'consumer.override.')
  if (consumer.size > 0) {
    const { readConsumerConfig } = await import('../kafka/consumer-config.ts')
    warnings.push(...warningsOf('consumer.override.', () => readConsumerConfig(withServers(consumer))))
  }
  const producer = ownSettings(config, 'producer.override.')
  if (producer.size > 0) {
    const { readProducerConfig } = await import('../kafka/produce/producer-config.ts')
    warnings.push(...warningsOf('producer.override.', () => readProducerConfig(withServers(producer))))
  }
  return warnings
}

const warningsMax = 20

function warningsOf(prefix: string, read: () => { readonly warnings: readonly string[] }): readonly string[] {
  try {
    return read()
      .warnings.slice(0, warningsMax)
      .map(text => `${prefix}${text}`)
  } catch (error) {
    // What is wrong is told as an error.
    if (error instanceof ConfigError) return []
    throw error
  }
}

// Key stores and logins are read where the task runs: their files may be there alone.
function ownSettings(config: Config, prefix: string): Config {
  const settings = [...withPrefix(config, prefix)]
  return new Map(settings.filter(([key]) => !/^(?:ssl\.|sasl\.|security\.protocol$)/.test(key)))
}

function withServers(settings: Config): Config {
  return new Map([['bootstrap.servers', 'localhost:9092'], ...settings])
}

function faultOf(prefix: string, read: () => unknown): readonly ConfigError[] {
  try {
    read()
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const key = `${prefix}${error.key ?? ''}`
    return [new ConfigError(key, `${key}: ${error.message}`)]
  }
}

const clients = ['consumer', 'producer', 'admin'] as const

export interface ShownOverride {
  /** null: that client has no setting of the name. */
  readonly key: ConfigKey | null
  readonly value: ConfigValue
}

/** Every override of the config as validation lists it. */
export async function shownOverrides(config: Config): Promise<readonly ShownOverride[]> {
  const given = [...config].flatMap(([name, text]) => {
    const [, kind, setting] = /^(consumer|producer|admin)\.override\.([^]*)$/.exec(name) ?? []
    return kind === undefined || setting === undefined ? [] : [{ name, text, kind: kind as ClientKind, setting }]
  })
  if (given.length === 0) return []
  const { clientSetting } = await import('../kafka/client-definitions.ts')
  return given.map(({ name, text, kind, setting }) => {
    const definition = clientSetting(kind, setting)
    let value: Parsed = null
    const errorMessages: string[] = []
    try {
      value = parseConfigType(name, text, definition?.type ?? 'STRING')
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      errorMessages.push(error.message)
    }
    // Kafka's answer shows what no client defines. Nothing else is decided by how it sounds.
    if (soundsSecret(setting) && clients.every(client => clientSetting(client, setting) === null))
      value = new Password('')
    const key: ConfigKey | null =
      definition === null
        ? null
        : {
            name,
            type: definition.type,
            ...(definition.defaultText === undefined ? {} : { defaultValue: definition.defaultText }),
            importance: definition.importance,
            documentation: `The setting ${setting} of this connector's ${kind}, as Kafka documents it.`,
            displayName: setting
          }
    return { key, value: { name, value, recommendedValues: [], errorMessages, visible: true } }
  })
}
