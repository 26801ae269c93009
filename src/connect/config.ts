// ConfigDef: one definition of a configuration's keys, the source of defaults, validation, REST answers, docs and help.
import { ConfigError, ConfigErrors } from './errors.ts'
import { parseConfigType, type ConfigType, type Parsed } from './config-type.ts'

export type Importance = 'HIGH' | 'MEDIUM' | 'LOW'
export type Width = 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG'

/** Throws ConfigError where a parsed value is not allowed; `describe` is Java's toString of the validator, for docs. */
export interface Validator {
  validate(name: string, value: Parsed): void
  readonly describe?: string
}

export type Destinations = (text: string) => readonly (string | null)[]

/** One key. `defaultValue` absent: the key is required. */
export interface ConfigKey {
  readonly name: string
  readonly type: ConfigType
  readonly defaultValue?: Parsed
  readonly validator?: Validator
  readonly importance: Importance
  readonly documentation: string
  readonly group?: string | null
  readonly order?: number
  readonly width?: Width
  readonly displayName?: string
  readonly dependents?: readonly string[]
  /** Values that a UI may offer. */
  readonly recommended?: readonly string[]
  /** Kept out of docs and REST answers. */
  readonly internal?: boolean
  /**
   * The hosts that a value leads to, read by what connects and no other way: what is secret goes there. Spelled by `canonicalHost`; null: one that can't be
   * told. Absent: the key leads nowhere.
   */
  readonly destinations?: Destinations
}

/** A key's value as validation sees it: null where it is missing or ill-typed. */
export interface ConfigValue {
  readonly name: string
  readonly value: Parsed
  readonly recommendedValues: readonly Parsed[]
  readonly errorMessages: readonly string[]
  readonly visible: boolean
}

/** Values by key, every defined key present. */
export class ParsedConfig {
  readonly #values: ReadonlyMap<string, Parsed>
  /** The texts it was parsed from, unknown keys included. */
  readonly originals: ReadonlyMap<string, string>

  constructor(values: ReadonlyMap<string, Parsed>, originals: ReadonlyMap<string, string>) {
    this.#values = values
    this.originals = originals
  }

  get(name: string): Parsed {
    const value = this.#values.get(name)
    if (value === undefined) throw new Error(`Unknown configuration '${name}'`)
    return value
  }

  text(name: string): string | null {
    const value = this.get(name)
    if (value === null || typeof value === 'string') return value
    throw new Error(`Configuration '${name}' is no text`)
  }

  number(name: string): number {
    const value = this.get(name)
    if (typeof value !== 'number') throw new Error(`Configuration '${name}' is no number`)
    return value
  }

  boolean(name: string): boolean {
    return this.get(name) === true
  }

  list(name: string): readonly string[] {
    const value = this.get(name)
    return Array.isArray(value) ? (value as readonly string[]) : []
  }
}

/** An ordered set of keys. */
export class ConfigDef {
  readonly #keys = new Map<string, ConfigKey>()

  /** Adds a key; a name twice is our own mistake. */
  define(key: ConfigKey): this {
    if (this.#keys.has(key.name)) throw new ConfigError(key.name, `Configuration ${key.name} is defined twice.`)
    this.#keys.set(key.name, key)
    return this
  }

  keys(): readonly ConfigKey[] {
    return [...this.#keys.values()]
  }

  key(name: string): ConfigKey | undefined {
    return this.#keys.get(name)
  }

  /** Parses what is defined; all faults are thrown together as ConfigErrors headed by `where`. */
  parse(config: ReadonlyMap<string, string>, where: string): ParsedConfig {
    const values = this.validate(config)
    const errors = values.flatMap(value => value.errorMessages.map(message => new ConfigError(value.name, message)))
    if (errors.length > 0) throw new ConfigErrors(where, errors)
    return new ParsedConfig(new Map(values.map(value => [value.name, value.value])), config)
  }

  /** Every key with its value and its errors, in the order of definition. Never throws for what is in `config`. */
  validate(config: ReadonlyMap<string, string>): readonly ConfigValue[] {
    return this.keys().map(key => validateKey(key, config.get(key.name)))
  }
}

function validateKey(key: ConfigKey, text: string | undefined): ConfigValue {
  const errors: string[] = []
  let value: Parsed = null
  try {
    if (text === undefined && key.defaultValue === undefined) {
      throw new ConfigError(key.name, `Missing required configuration "${key.name}" which has no default value.`)
    }
    value = text === undefined ? (key.defaultValue ?? null) : parseConfigType(key.name, text, key.type)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    errors.push(error.message)
  }
  // A value that is missing or did not parse is null to the validator, which may then speak a second time: Java's answers carry both messages.
  if (key.validator !== undefined) {
    try {
      key.validator.validate(key.name, value)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      errors.push(error.message)
    }
  }
  return {
    name: key.name,
    value,
    recommendedValues: key.recommended ?? [],
    errorMessages: errors,
    visible: true
  }
}
