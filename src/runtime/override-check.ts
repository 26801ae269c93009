// Client settings that a connector overrides, read as the client will: what can't be right is told before a task starts.
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
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
