// Config provider `file`: values of a properties file, as ${file:/path/to/x.properties:key}.
import { readFile } from 'node:fs/promises'
import { ConfigError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Config, type ConfigProvider } from '../connect/plugin.ts'
import { namingFile } from '../connect/properties-file.ts'
import { AllowedPaths, whyUnread } from './allowed-paths.ts'

/** Reads the text of a properties file as Java does. */
export type ParseProperties = (text: string) => ReadonlyMap<string, string>

export class FileConfigProvider implements ConfigProvider {
  readonly #allowed: AllowedPaths
  readonly #parse: ParseProperties
  readonly #log: Logger

  constructor(config: Config, parse: ParseProperties, log: Logger) {
    this.#allowed = new AllowedPaths(config.get('allowed.paths'))
    this.#parse = parse
    this.#log = log.named('org.apache.kafka.common.config.provider.FileConfigProvider')
  }

  async get(path: string, keys: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    if (path === '') return new Map()
    const allowed = this.#allowed.resolve(path)
    if (allowed === null) {
      this.#log.warn(`The path ${path} is not allowed to be accessed`)
      return new Map()
    }
    let text: string
    try {
      text = await readFile(allowed, 'utf8')
    } catch (error) {
      throw new ConfigError(null, `Could not read properties from file ${path} (${whyUnread(error)})`, { cause: error })
    }
    const properties = namingFile(path, null, () => this.#parse(text))
    return new Map([...properties].filter(([key]) => keys.has(key)))
  }
}
