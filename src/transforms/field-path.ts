// Where a field lies: by its plain name (V1), or by a path of names with dots and backticks (V2).
import { type ConfigKey } from '../connect/config.ts'
import { oneOfIgnoringCase } from '../connect/config-validators.ts'
import { type ConnectValue, type Field, type Schema, type Struct } from '../connect/data.ts'
import { ConfigError, DataError } from '../connect/errors.ts'
import { IllegalArgumentError } from './jdk-errors.ts'
import { type ConnectObject, requireMapOrNull, requireStructOrNull } from './requirements.ts'
import { fieldValue } from './struct-copy.ts'

const nestedPurpose = 'nested field access'

export type FieldSyntax = 'V1' | 'V2'

export const fieldSyntaxVersion: ConfigKey = {
  name: 'field.syntax.version',
  type: 'STRING',
  defaultValue: 'V1',
  validator: oneOfIgnoringCase('V1', 'V2'),
  importance: 'HIGH',
  documentation:
    'How a field is named: V1 takes the text as one name; V2 as a path, `a.b`, with names that hold a dot between backticks.'
}

export class FieldPath {
  readonly #steps: readonly string[]

  /** Throws ConfigError for a backtick that nothing closes. */
  constructor(path: string, syntax: FieldSyntax) {
    this.#steps = syntax === 'V1' ? [path] : stepsOf(path)
  }

  /** The field at the end of the path, or null; `schema` and everything on the way must be a STRUCT. */
  fieldIn(schema: Schema): Field | null {
    const { before, last } = this.#ends()
    let current = schema
    for (const step of before) {
      const field = lookUp(current, step)
      if (field === null) return null
      current = field.schema
    }
    return lookUp(current, last)
  }

  valueInStruct(struct: Struct, withDefaults: boolean): ConnectValue {
    const { before, last } = this.#ends()
    let current = struct
    for (const step of before) {
      const field = current.schema.field(step)
      if (field === undefined) return null
      const next = requireStructOrNull(fieldValue(current, field, withDefaults), nestedPurpose, field.schema)
      if (next === null) return null
      current = next
    }
    const field = current.schema.field(last)
    return field === undefined ? null : fieldValue(current, field, withDefaults)
  }

  /** The Map that holds the value, under `last`, or null. */
  holderIn(map: ConnectObject): ConnectObject | null {
    const { before } = this.#ends()
    let current = map
    for (const step of before) {
      const next = requireMapOrNull(current.get(step) ?? null, nestedPurpose)
      if (next === null) return null
      current = next
    }
    return current
  }

  /** The last name of the path. */
  get last(): string {
    return this.#ends().last
  }

  #ends(): { readonly before: readonly string[]; readonly last: string } {
    const last = this.#steps.at(-1)
    if (last === undefined) throw new IllegalArgumentError('The path of the field is empty: set `field` to a name')
    return { before: this.#steps.slice(0, -1), last }
  }
}

function lookUp(schema: Schema, name: string): Field | null {
  if (schema.type !== 'STRUCT') throw new DataError('Cannot look up fields on non-struct type')
  return schema.field(name) ?? null
}

function stepsOf(path: string): readonly string[] {
  const steps: string[] = []
  let at = 0
  while (at < path.length) {
    if (path[at] === '`') {
      const [step, next] = quotedStep(path, at)
      steps.push(step)
      at = next
      continue
    }
    const dot = path.indexOf('.', at)
    steps.push(dot < 0 ? path.slice(at) : path.slice(at, dot))
    if (dot < 0) break
    at = dot + 1
  }
  if (path.endsWith('.')) steps.push('')
  return steps
}

/** A name between backticks. A backtick ends it only before a dot or the end; a backslash before it makes it a part of the name. */
function quotedStep(path: string, opening: number): [step: string, next: number] {
  let step = ''
  let from = opening + 1
  for (let at = path.indexOf('`', from); at >= 0; at = path.indexOf('`', at + 1)) {
    const isEscaped = path[at - 1] === '\\'
    if (at >= path.length - 1) {
      if (isEscaped) break
      return [step + path.slice(from, at), at + 1]
    }
    if (path[at + 1] !== '.') continue
    if (!isEscaped) return [step + path.slice(from, at), at + 2]
    step += `${path.slice(from, at - 1)}\``
    from = at + 1
  }
  throw new ConfigError(
    'field',
    `Incomplete backtick pair in path: [${path}], consider adding a backslash before backtick at position ${opening} to escape it`
  )
}
