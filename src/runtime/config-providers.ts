// The config providers a worker's properties declare.
import { ConfigError } from '../connect/errors.ts'
import { type Config, type ConfigProvider, type Doors } from '../connect/plugin.ts'
import { ConfigTransformer } from './config-transformer.ts'
import { type PluginRegistry } from './plugin-registry.ts'
import { type SecretMask } from './secret-mask.ts'
import { withPrefix } from './worker-config.ts'

/** Makes the transformer for `config.providers=a,b` with `config.providers.a.class` and `config.providers.a.param.*`. */
export function configTransformer(
  worker: Config,
  registry: PluginRegistry,
  doors: Doors,
  mask: SecretMask
): ConfigTransformer {
  const names = (worker.get('config.providers') ?? '').split(',').map(name => name.trim())
  const providers = new Map<string, ConfigProvider>()
  for (const name of names.filter(name => name !== '')) {
    const key = `config.providers.${name}.class`
    const className = worker.get(key)?.trim()
    if (className === undefined) {
      throw new ConfigError(
        key,
        `config.providers names '${name}', but ${key} is missing. Write for example ` +
          `${key}=org.apache.kafka.common.config.provider.FileConfigProvider`
      )
    }
    const entry = registry.configProvider(key, className)
    providers.set(name, entry.create(withPrefix(worker, `config.providers.${name}.param.`), doors))
  }
  return new ConfigTransformer(providers, mask)
}
