// Replaces references like ${file:/run/secrets.properties:password} in configurations by what a config provider says.
import { ConfigError } from '../connect/errors.ts'
import { type Config, type ConfigProvider } from '../connect/plugin.ts'
import { SecretMask } from './secret-mask.ts'

interface Reference {
  /** Where it stands in the value. */
  readonly start: number
  readonly end: number
  readonly provider: string
  readonly path: string
  readonly key: string
}

/** A reference that stayed as it is written. */
export interface Unresolved {
  /** The configuration's key in whose value it stands. */
  readonly configKey: string
  /** The reference, as it is written. */
  readonly text: string
  /** What is missing, for a message. */
  readonly reason: string
  /** The provider could not be asked at all: Connect goes no further then, whatever the key. */
  readonly failure: Error | null
}

export interface Resolution {
  /** Where nobody knows what a reference stands for, it stays. */
  readonly config: Map<string, string>
  readonly unresolved: readonly Unresolved[]
  readonly resolved: readonly Resolved[]
}

/** A reference, as it is written below a key, and what it stands for: each once a key. */
export interface Resolved {
  readonly configKey: string
  readonly text: string
  readonly value: string
}

type Answer = { readonly value: string } | { readonly reason: string; readonly failure: Error | null }

export class ConfigTransformer {
  readonly #providers: ReadonlyMap<string, ConfigProvider>

  /** Learns what providers give. */
  readonly mask: SecretMask

  constructor(providers: ReadonlyMap<string, ConfigProvider>, mask = new SecretMask()) {
    this.#providers = providers
    this.mask = mask
  }

  /** The config with its references resolved. What no provider knows stays as it is written, as in Java. */
  async transform(config: Config): Promise<Map<string, string>> {
    const resolution = await this.resolve(config)
    for (const { failure } of resolution.unresolved) if (failure !== null) throw failure
    return resolution.config
  }

  /** The same, and what stayed. */
  async resolve(config: Config): Promise<Resolution> {
    const answers = await this.#ask([...config.values()].flatMap(referencesOf))
    const resolved: Resolved[] = []
    const unresolved = [...config].flatMap(([configKey, value]) => {
      // Each once: a value may hold a hundred thousand.
      const met = new Set<string>()
      return referencesOf(value).flatMap((reference): Unresolved[] => {
        const answer = answers.get(answerKey(reference))
        const text = value.slice(reference.start, reference.end)
        if (answer === undefined) return []
        if (!('value' in answer)) return [{ configKey, text, ...answer }]
        if (!met.has(text)) resolved.push({ configKey, text, value: answer.value })
        met.add(text)
        return []
      })
    })
    this.#learn(resolved)
    return { config: new Map([...config].map(([key, value]) => [key, replace(value, answers)])), unresolved, resolved }
  }

  /** Of those below secrets the parts are learned as well. Which keys are secrets is known when the configuration is. */
  learnSecrets(resolved: readonly Resolved[], isSecret: (key: string) => boolean): void {
    this.#learn(
      resolved.filter(({ configKey }) => isSecret(configKey)),
      true
    )
  }

  #learn(resolved: readonly Resolved[], isSecret = false): void {
    const given = new Map(resolved.map(({ text, value }) => [text, value]))
    for (const [text, value] of given) this.mask.learn(text, value, { isSecret })
  }

  /** The providers that a value refers to. */
  static providersOf(value: string): ReadonlySet<string> {
    return new Set(referencesOf(value).map(({ provider }) => provider))
  }

  close(): void {
    for (const provider of this.#providers.values()) provider.close?.()
  }

  // One question per provider and path, as Connect asks.
  async #ask(references: readonly Reference[]): Promise<ReadonlyMap<string, Answer>> {
    const questions = new Map<string, Reference[]>()
    for (const reference of references) {
      const question = JSON.stringify([reference.provider, reference.path])
      const asked = questions.get(question)
      if (asked === undefined) questions.set(question, [reference])
      else asked.push(reference)
    }
    const answers = new Map<string, Answer>()
    for (const asked of questions.values()) {
      const values = await this.#values(asked)
      for (const reference of asked) answers.set(answerKey(reference), answerOf(reference, values))
      // As Java: nothing is made of such a configuration, however many files it names.
      if (values instanceof Error) break
    }
    return answers
  }

  /** What a provider says at one path; a text: why it says nothing; an error: why it could not. */
  async #values(asked: readonly Reference[]): Promise<ReadonlyMap<string, string> | string | Error> {
    const [{ provider: name, path } = { provider: '', path: '' }] = asked
    const provider = this.#providers.get(name)
    if (provider === undefined) {
      const known = [...this.#providers.keys()].join(',')
      return `config.providers=${known} in the worker's file names no provider '${name}'`
    }
    try {
      return await provider.get(path, new Set(asked.map(({ key }) => key)))
    } catch (error) {
      // Providers may be users' own.
      return error instanceof Error ? error : new ConfigError(null, String(error))
    }
  }
}

function answerOf({ provider, path, key }: Reference, values: ReadonlyMap<string, string> | string | Error): Answer {
  if (typeof values === 'string') return { reason: values, failure: null }
  if (values instanceof Error) return { reason: `provider '${provider}': ${values.message}`, failure: values }
  const value = values.get(key)
  if (value !== undefined) return { value }
  const where = path === '' ? '' : ` at ${path}`
  return { reason: `provider '${provider}' gives nothing for '${key}'${where}, or may not read it`, failure: null }
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

function replace(value: string, answers: ReadonlyMap<string, Answer>): string {
  let replaced = ''
  let from = 0
  for (const reference of referencesOf(value)) {
    const { start, end } = reference
    const answer = answers.get(answerKey(reference))
    replaced += value.slice(from, start)
    replaced += answer !== undefined && 'value' in answer ? answer.value : value.slice(start, end)
    from = end
  }
  return replaced + value.slice(from)
}

function answerKey({ provider, path, key }: Reference): string {
  return JSON.stringify([provider, path, key])
}
