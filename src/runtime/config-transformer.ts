// Replaces references like ${file:/run/secrets.properties:password} in configurations by what a config provider says.
import { type Config, type ConfigProvider } from '../connect/plugin.ts'

interface Reference {
  /** Where it stands in the value. */
  readonly start: number
  readonly end: number
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

  /** The providers that a value refers to. */
  static providersOf(value: string): ReadonlySet<string> {
    return new Set(referencesOf(value).map(({ provider }) => provider))
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

/**
 * `${provider:key}` and `${provider:path:key}`: the first colon ends the provider's name, a second one, if there is one, the path;
 * the first brace ends all. Java finds them by a regular expression, whose time grows with the cube of the text's length.
 */
function referencesOf(value: string): Reference[] {
  const found: Reference[] = []
  let at = value.indexOf('${')
  while (at >= 0) {
    const end = value.indexOf('}', at + 2)
    if (end < 0) break
    const content = value.slice(at + 2, end)
    const first = content.indexOf(':')
    if (first >= 0) {
      const second = content.indexOf(':', first + 1)
      found.push({
        start: at,
        end: end + 1,
        provider: content.slice(0, first),
        path: second < 0 ? '' : content.slice(first + 1, second),
        key: content.slice((second < 0 ? first : second) + 1)
      })
    }
    // Without a colon before this brace no later beginning before it is one either.
    at = value.indexOf('${', end + 1)
  }
  return found
}

function replace(value: string, answers: ReadonlyMap<string, string>): string {
  let replaced = ''
  let from = 0
  for (const { start, end, provider, path, key } of referencesOf(value)) {
    const answer = answers.get(answerKey(provider, path, key)) ?? value.slice(start, end)
    replaced += value.slice(from, start) + answer
    from = end
  }
  return replaced + value.slice(from)
}

function answerKey(provider: string, path: string, key: string): string {
  return JSON.stringify([provider, path, key])
}
