// How converters read their settings: one key at a time, with Java's messages for what does not parse.
import { invalid, parseConfigType } from '../connect/config-type.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'

export function booleanSetting(config: Config, key: string, defaultValue: boolean): boolean {
  const text = config.get(key)
  return text === undefined ? defaultValue : parseConfigType(key, text, 'BOOLEAN') === true
}

export function integerSetting(config: Config, key: string, defaultValue: number): number {
  const text = config.get(key)
  return text === undefined ? defaultValue : Number(parseConfigType(key, text, 'INT'))
}

/** How values are taken that do not fit their schema to the letter. */
export interface ValueRules {
  /** What becomes the default of its field: what is null or missing, what is missing alone, or nothing. */
  readonly defaults: 'null' | 'missing' | 'never'
  /** What is none of its field's type, or beyond its range, is an error. Java wraps it, cuts it or makes it null. */
  readonly strict: boolean
}

/** Java's rules, but where the settings, or the contract behind them, ask for strict ones. */
export function valueRules(config: Config): ValueRules {
  const strict = booleanSetting(config, 'values.strict', false)
  const keepsNull = booleanSetting(config, 'ignore.default.for.nullables', false)
  const replaces = config.has('replace.null.with.default')
    ? booleanSetting(config, 'replace.null.with.default', true)
    : null
  if (keepsNull || replaces === false) return { defaults: 'never', strict }
  return { defaults: strict && replaces === null ? 'missing' : 'null', strict }
}

/** A setting of a few words, read in any case; answers the word as listed. */
export function wordSetting(config: Config, key: string, words: readonly string[], defaultValue: string): string {
  const text = config.get(key)
  if (text === undefined) return defaultValue
  const word = words.find(each => each.toLowerCase() === text.trim().toLowerCase())
  if (word === undefined)
    throw invalid(key, text.trim(), `String must be one of (case insensitive): ${words.join(', ')}`)
  return word
}

/** A list of addresses or names, at least one; throws where the key is missing. */
export function requiredListSetting(config: Config, key: string): readonly string[] {
  const text = config.get(key)
  if (text === undefined)
    throw new ConfigError(key, `Missing required configuration "${key}" which has no default value.`)
  const items = (parseConfigType(key, text, 'LIST') as readonly string[]).filter(item => item !== '')
  if (items.length === 0) throw invalid(key, text, 'at least one entry is needed')
  return items
}
