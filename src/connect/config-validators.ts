// What a configuration value must be, in the words of Java's ConfigDef validators.
import { type Validator } from './config.ts'
import { invalid, type Parsed } from './config-type.ts'
import { ConfigError } from './errors.ts'

function numeric(name: string, value: Parsed): number {
  if (value === null) throw invalid(name, null, 'Value must be non-null')
  return Number(value)
}

export function atLeast(min: number): Validator {
  return {
    describe: `[${min},...]`,
    validate(name, value) {
      if (numeric(name, value) < min) throw invalid(name, value, `Value must be at least ${min}`)
    }
  }
}

export function between(min: number, max: number): Validator {
  return {
    describe: `[${min},...,${max}]`,
    validate(name, value) {
      const number = numeric(name, value)
      if (number < min) throw invalid(name, value, `Value must be at least ${min}`)
      if (number > max) throw invalid(name, value, `Value must be no more than ${max}`)
    }
  }
}

/** Java's ValidString.in: case counts. */
export function oneOf(...allowed: readonly string[]): Validator {
  return {
    describe: `[${allowed.join(', ')}]`,
    validate(name, value) {
      if (typeof value === 'string' && allowed.includes(value)) return
      throw invalid(name, value, `String must be one of: ${allowed.join(', ')}`)
    }
  }
}

export function oneOfIgnoringCase(...allowed: readonly string[]): Validator {
  const upper = new Set(allowed.map(text => text.toUpperCase()))
  return {
    describe: `(case insensitive) [${allowed.map(text => text.toUpperCase()).join(', ')}]`,
    validate(name, value) {
      if (typeof value === 'string' && upper.has(value.toUpperCase())) return
      throw invalid(name, value, `String must be one of (case insensitive): ${[...upper].join(', ')}`)
    }
  }
}

export const nonEmptyString: Validator = {
  describe: 'non-empty string',
  validate(name, value) {
    if (value === '') throw invalid(name, value, 'String must be non-empty')
  }
}

export const nonEmptyWithoutControlChars: Validator = {
  describe: 'non-empty string without ISO control characters',
  validate(name, value) {
    // The class of a missing name is told by the missing key alone.
    if (typeof value !== 'string') return
    if (value === '') throw invalid(name, value, 'String may not be empty')
    const controls = [...value].map(character => character.codePointAt(0) ?? 0).filter(isIsoControl)
    if (controls.length > 0) {
      throw invalid(
        name,
        value,
        `String may not contain control sequences but had the following ASCII chars: ${controls.join(', ')}`
      )
    }
  }
}

function isIsoControl(code: number): boolean {
  return code <= 0x1f || (code >= 0x7f && code <= 0x9f)
}

export const nonNull: Validator = {
  describe: 'non-null string',
  validate(name, value) {
    if (value === null)
      throw new ConfigError(name, `Invalid value null for configuration ${name}: entry must be non null`)
  }
}

export function listOfAtMost(size: number): Validator {
  return {
    describe: `List containing maximum of ${size} elements`,
    validate(name, value) {
      if (Array.isArray(value) && value.length > size) {
        throw invalid(name, listText(value as readonly string[]), `exceeds maximum list size of [${size}].`)
      }
    }
  }
}

export function listOf(...allowed: readonly string[]): Validator {
  return {
    describe: `[${allowed.join(', ')}]`,
    validate(name, value) {
      const bad = listValue(value).find(item => !allowed.includes(item))
      if (bad !== undefined) throw invalid(name, bad, `String must be one of: ${allowed.join(', ')}`)
    }
  }
}

/** Aliases of transforms and predicates: each once. */
export const uniqueAliases: Validator = {
  describe: 'unique transformation aliases',
  validate(name, value) {
    const items = listValue(value)
    if (new Set(items).size < items.length) throw invalid(name, listText(items), 'Duplicate alias provided.')
  }
}

export interface ListRules {
  readonly emptyAllowed: boolean
  readonly nullAllowed: boolean
}

/** Java's ValidList.anyNonDuplicateValues: any entries but empty ones, each once. */
export function anyNonDuplicateValues({ emptyAllowed, nullAllowed }: ListRules): Validator {
  return {
    describe: `any non-duplicate values${emptyAllowed ? '' : ', non-empty'}${nullAllowed ? ', null' : ''}`,
    validate(name, value) {
      if (value === null) {
        if (nullAllowed) return
        throw new ConfigError(name, `Configuration '${name}' values must not be null.`)
      }
      const items = listValue(value)
      if (items.length === 0 && !emptyAllowed) {
        throw new ConfigError(
          name,
          `Configuration '${name}' must not be empty. Valid values include: any non-empty value`
        )
      }
      if (items.includes('')) throw new ConfigError(name, `Configuration '${name}' values must not be empty.`)
      if (new Set(items).size < items.length) {
        throw new ConfigError(name, `Configuration '${name}' values must not be duplicated.`)
      }
    }
  }
}

function listValue(value: Parsed): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : []
}

/** A list as Java prints it. */
export function listText(items: readonly string[]): string {
  return `[${items.join(', ')}]`
}
