// The types of configuration values and how Java's ConfigDef reads each from text.
import { javaTrim } from '../java/number-parse.ts'
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
      return splitList(trimmed)
  }
}

function parseInteger(name: string, text: string, type: 'INT' | 'SHORT' | 'LONG'): number | bigint {
  const [low, high] = ranges[type]
  const digits = javaTrim(text)
  // No number has more digits; BigInt takes the square of theirs.
  if (!/^[+-]?0*[0-9]{1,19}$/.test(digits)) throw invalid(name, text, `Not a number of type ${type}`)
  const value = BigInt(digits.replace('+', ''))
  if (value < low || value > high) throw invalid(name, text, `Not a number of type ${type}`)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** Java's list: parts between commas, blanks around the commas left out. */
export function splitList(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map(withoutBlanks)
}

/** Blank, tab, line feed, vertical tab, form feed, carriage return: what `\s` is in Java. */
function isJavaBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

// By hand: a regular expression that looks for the end of a text takes the square of a run of blanks within it.
function withoutBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isJavaBlank(text.charCodeAt(start))) start += 1
  while (end > start && isJavaBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

/** Java's sentence for a value that is not allowed. */
export function invalid(name: string, value: unknown, reason: string): ConfigError {
  return new ConfigError(name, `Invalid value ${String(value)} for configuration ${name}: ${reason}`)
}
