// What stands in a record's value though its bytes do not name it: a list of `{},{},{}` can stand for more than memory holds.
import { type ConnectValue, Struct } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'

/** Of one record, in all its structs together. */
export const unnamedFieldsMax = 1_000_000
export const defaultCharactersMax = 64 * 1024 * 1024

const remedy = 'Let the producer send fewer of them in a record'

/** Shorter texts of a schema need no count of their own: the fields they stand in have one. */
const longMin = 64

export class FilledIn {
  #fields = 0
  #characters = 0

  /** Begins another record. */
  reset(): this {
    this.#fields = 0
    this.#characters = 0
    return this
  }

  /** Throws DataError once the record left out more fields of its structs, or branches of its choices, than it may. */
  fields(count: number): void {
    if (count <= 0) return
    this.#fields += count
    if (this.#fields <= unnamedFieldsMax) return
    throw new DataError(
      `The value is found to have more than ${unnamedFieldsMax} fields and branches of its schema that its bytes do not name. ${remedy}`
    )
  }

  /** Throws DataError once there were more defaults and symbols put in than a record may have. */
  default(value: ConnectValue): void {
    this.#characters += sizeOf(value)
    if (this.#characters <= defaultCharactersMax) return
    throw new DataError(
      `The value is found to have more than ${defaultCharactersMax} characters of its schema's defaults and symbols that its bytes do not name. ${remedy}`
    )
  }
}

/** Whether a default, or a symbol of an enum, is to be counted where a value of few bytes stands for it. */
export function isLong(value: ConnectValue): boolean {
  return typeof value === 'object' || typeof value === 'string' ? sizeOf(value) > longMin : false
}

const scalarSize = 8
const sizes = new WeakMap<object, number>()

/** About as many characters as a default takes where it is printed; each is counted once. */
function sizeOf(value: ConnectValue): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return scalarSize
  if (value instanceof Uint8Array) return value.length
  let size = sizes.get(value)
  if (size === undefined) {
    size = held(value)
    sizes.set(value, size)
  }
  return size
}

function held(value: object): number {
  let size = scalarSize
  if (value instanceof Struct)
    for (const field of value.schema.fields) size += field.name.length + sizeOf(value.at(field))
  else if (Array.isArray(value)) for (const element of value) size += sizeOf(element as ConnectValue)
  else if (value instanceof Map)
    for (const [key, element] of value) size += sizeOf(key as ConnectValue) + sizeOf(element as ConnectValue)
  return size
}
