// What a transform demands of the data it meets, refused in Connect's words.
import { type ConnectValue, type Schema, Struct } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { javaClass } from '../connect/values/java-class.ts'

export type ConnectObject = ReadonlyMap<ConnectValue, ConnectValue>

/** `schema` tells the width of a number in the message. */
export function requireStruct(value: ConnectValue, purpose: string, schema: Schema | null): Struct {
  if (value instanceof Struct) return value
  throw new DataError(`Only Struct objects supported for [${purpose}], found: ${javaClass(value, schema)}`)
}

export function requireStructOrNull(value: ConnectValue, purpose: string, schema: Schema | null): Struct | null {
  return value === null ? null : requireStruct(value, purpose, schema)
}

export function requireMap(value: ConnectValue, purpose: string): ConnectObject {
  if (value instanceof Map) return value as ConnectObject
  throw new DataError(`Only Map objects supported in absence of schema for [${purpose}], found: ${javaClass(value)}`)
}

export function requireMapOrNull(value: ConnectValue, purpose: string): ConnectObject | null {
  return value === null ? null : requireMap(value, purpose)
}

export function requireSchema(schema: Schema | null, purpose: string): Schema {
  if (schema !== null) return schema
  throw new DataError(`Schema required for [${purpose}]`)
}
