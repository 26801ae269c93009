// Config provider `env`: environment variables of the worker, as ${env:REDIS_PASSWORD}.
import { ConfigError } from '../connect/errors.ts'
import { type Config, type ConfigProvider } from '../connect/plugin.ts'

export class EnvVarConfigProvider implements ConfigProvider {
  readonly #environment: ReadonlyMap<string, string>

  /** `matchesWhole` compiles `allowlist.pattern`; without that parameter every variable may be read. */
  constructor(
    config: Config,
    environment: Readonly<Record<string, string | undefined>>,
    matchesWhole: (pattern: string) => (text: string) => boolean
  ) {
    const pattern = config.get('allowlist.pattern')
    const allowed = pattern === undefined ? () => true : matchesWhole(pattern)
    const entries = Object.entries(environment).flatMap(([key, value]) =>
      value === undefined ? [] : ([[key, value]] as const)
    )
    this.#environment = new Map(entries.filter(([key]) => allowed(key)))
  }

  get(path: string, keys: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    if (path !== '') {
      return Promise.reject(
        new ConfigError(null, `Path is not supported for EnvVarConfigProvider, invalid value '${path}'`)
      )
    }
    return Promise.resolve(new Map([...this.#environment].filter(([key]) => keys.has(key))))
  }
}
