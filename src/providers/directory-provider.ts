// Config provider `directory`: the whole content of a file in a folder, as ${dir:/run/secrets:password}.
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ConfigError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Config, type ConfigProvider } from '../connect/plugin.ts'
import { AllowedPaths, whyUnread } from './allowed-paths.ts'

export class DirectoryConfigProvider implements ConfigProvider {
  readonly #allowed: AllowedPaths
  readonly #log: Logger

  constructor(config: Config, log: Logger) {
    this.#allowed = new AllowedPaths(config.get('allowed.paths'))
    this.#log = log.named('org.apache.kafka.common.config.provider.DirectoryConfigProvider')
  }

  async get(path: string, keys: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    if (path === '') return new Map()
    const folder = this.#allowed.resolve(path)
    if (folder === null || !(await isKind(folder, 'isDirectory'))) {
      this.#log.warn(`The path ${path} is not ${folder === null ? 'allowed to be accessed' : 'a directory'}`)
      return new Map()
    }
    const found = new Map<string, string>()
    for (const key of keys) {
      // A key is a file's name in this very folder, nothing else.
      if (key === '' || key === '.' || key === '..' || basename(key) !== key) continue
      const file = this.#allowed.resolve(join(folder, key))
      if (file === null || !(await isKind(file, 'isFile'))) continue
      found.set(key, await read(file))
    }
    return found
  }
}

// No trimming: a secret may end in a line break, and a Java worker hands it on so.
async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new ConfigError(null, `Could not read file ${file} for property ${basename(file)} (${whyUnread(error)})`, {
      cause: error
    })
  }
}

async function isKind(path: string, kind: 'isDirectory' | 'isFile'): Promise<boolean> {
  try {
    return (await stat(path))[kind]()
  } catch {
    return false
  }
}
