// Reads a transform's own settings the way Connect's do: key by key, and the first fault is the one that is told.
import {
  type ConfigDef,
  type ConfigKey,
  ConfigDef as Definition,
  ParsedConfig,
  type Validator
} from '../connect/config.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'

/** A definition of keys in their order. */
export function definition(...keys: readonly ConfigKey[]): ConfigDef {
  return keys.reduce((def, key) => def.define(key), new Definition())
}

export function parseTransformConfig(def: ConfigDef, config: Config): ParsedConfig {
  const values = def.validate(config)
  for (const { name, errorMessages } of values) {
    const [message] = errorMessages
    if (message !== undefined) throw new ConfigError(name, message)
  }
  return new ParsedConfig(new Map(values.map(({ name, value }) => [name, value])), config)
}

export const replaceNullWithDefault: ConfigKey = {
  name: 'replace.null.with.default',
  type: 'BOOLEAN',
  defaultValue: true,
  importance: 'MEDIUM',
  documentation: 'Whether a field that is null takes the default of its schema, where there is one.'
}

/** A list that has entries, none of them empty. A name that stands twice counts once. */
export const someNames: Validator = {
  describe: 'non-empty list',
  validate(name, value) {
    if (value === null) throw new ConfigError(name, `Configuration '${name}' values must not be null.`)
    const items = value as readonly string[]
    if (items.length === 0) {
      throw new ConfigError(
        name,
        `Configuration '${name}' must not be empty. Valid values include: any non-empty value`
      )
    }
    if (items.includes('')) throw new ConfigError(name, `Configuration '${name}' values must not be empty.`)
  }
}

/** Java's NonEmptyListValidator. */
export const someEntries: Validator = {
  describe: 'non-empty list',
  validate(name, value) {
    if (!Array.isArray(value) || value.length === 0) {
      throw new ConfigError(
        name,
        `Invalid value ${value === null ? 'null' : '[]'} for configuration ${name}: Empty list`
      )
    }
  }
}
