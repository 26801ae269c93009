// The types of configuration values and how Java's ConfigDef reads each from text.
import { ConfigError } from './errors.ts'

export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD'

/** A secret: prints as `[hidden]` everywhere; only `reveal` gives it. */
export class Password {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[hidden]'
  }

  toJSON(): string {
    return '[hidden]'
  }
}

/** A parsed value. LONG is a number where it is exact, else a bigint. CLASS is the class name's text. */
export type Parsed = null | boolean | number | bigint | string | readonly string[] | Password

const ranges = {
  INT: [-(2n ** 31n), 2n ** 31n - 1n],
  SHORT: [-(2n ** 15n), 2n ** 15n - 1n],
  LONG: [-(2n ** 63n), 2n ** 63n - 1n]
} as const

/** Reads a value's text as Java's `ConfigDef.parseType`; throws ConfigError with Java's message. */
export function parseConfigType(name: string, text: string, type: ConfigType): Parsed {
  const trimmed = javaTrim(text)
  switch (type) {
    case 'BOOLEAN':
      if (trimmed.toLowerCase() === 'true') return true
      if (trimmed.toLowerCase() === 'false') return false
      throw invalid(name, text, 'Expected value to be either true or false')
    case 'PASSWORD':
      return new Password(trimmed)
    case 'STRING':
    case 'CLASS':
      return trimmed
    case 'INT':
    case 'SHORT':
    case 'LONG':
      return parseInteger(name, text, type)
    case 'DOUBLE': {
      const number = trimmed === '' ? NaN : Number(trimmed.replace(/[dDfF]$/, ''))
      if (Number.isNaN(number) && trimmed !== 'NaN') throw invalid(name, text, 'Not a number of type DOUBLE')
      return number
    }
    case 'LIST':
      return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
  }
}

function parseInteger(name: string, text: string, type: 'INT' | 'SHORT' | 'LONG'): number | bigint {
  const [low, high] = ranges[type]
  const digits = javaTrim(text)
  if (!/^[+-]?[0-9]+$/.test(digits)) throw invalid(name, text, `Not a number of type ${type}`)
  const value = BigInt(digits.replace('+', ''))
  if (value < low || value > high) throw invalid(name, text, `Not a number of type ${type}`)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** String.trim: everything up to the blank goes, and nothing above it does. */
function javaTrim(text: string): string {
  return text.replace(/^[\0- ]+|[\0- ]+$/g, '')
}

/** Java's sentence for a value that is not allowed. */
export function invalid(name: string, value: unknown, reason: string): ConfigError {
  return new ConfigError(name, `Invalid value ${String(value)} for configuration ${name}: ${reason}`)
}
