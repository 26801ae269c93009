// Replaces references like ${file:/run/secrets.properties:password} in configurations by what a config provider says.
import { type Config, type ConfigProvider } from '../connect/plugin.ts'

// The first colon ends the provider's name; a second one, if there is one, ends the path. References do not nest.
const reference = /\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}/g

interface Reference {
  readonly text: string
  readonly provider: string
  readonly path: string
  readonly key: string
}

export class ConfigTransformer {
  readonly #providers: ReadonlyMap<string, ConfigProvider>

  constructor(providers: ReadonlyMap<string, ConfigProvider>) {
    this.#providers = providers
  }

  /** The config with its references resolved. What no provider knows stays as it is written. */
  async transform(config: Config): Promise<Map<string, string>> {
    const answers = await this.#ask([...config.values()].flatMap(referencesOf))
    return new Map([...config].map(([key, value]) => [key, replace(value, answers)]))
  }

  /** Keys whose values hold a reference. */
  static referencing(config: Config): readonly string[] {
    return [...config].filter(([, value]) => referencesOf(value).length > 0).map(([key]) => key)
  }

  close(): void {
    for (const provider of this.#providers.values()) provider.close?.()
  }

  // One question per provider and path, as Connect asks.
  async #ask(references: readonly Reference[]): Promise<ReadonlyMap<string, string>> {
    const questions = new Map<string, Map<string, Set<string>>>()
    for (const { provider, path, key } of references) {
      const paths = questions.get(provider) ?? new Map<string, Set<string>>()
      questions.set(provider, paths)
      paths.set(path, (paths.get(path) ?? new Set()).add(key))
    }
    const answers = new Map<string, string>()
    for (const [name, paths] of questions) {
      const provider = this.#providers.get(name)
      if (provider === undefined) continue
      for (const [path, keys] of paths) {
        for (const [key, value] of await provider.get(path, keys)) answers.set(answerKey(name, path, key), value)
      }
    }
    return answers
  }
}

function referencesOf(value: string): Reference[] {
  return [...value.matchAll(reference)].map(match => ({
    text: match[0],
    provider: match[1] ?? '',
    path: match[3] ?? '',
    key: match[4] ?? ''
  }))
}

function replace(value: string, answers: ReadonlyMap<string, string>): string {
  return value.replace(reference, (text, provider: string, _, path: string | undefined, key: string) => {
    return answers.get(answerKey(provider, path ?? '', key)) ?? text
  })
}

function answerKey(provider: string, path: string, key: string): string {
  return JSON.stringify([provider, path, key])
}
