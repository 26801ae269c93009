// Checks a value against its schema, as Connect does wherever a value is put into a Struct or made a default.
import {
  type ConnectValue,
  Decimal,
  Struct,
  logicalNames,
  type Schema,
  schemasEqual,
  type SchemaType
} from '../data.ts'
import { DataError } from '../errors.ts'
import { javaClass } from './java-class.ts'

/** Throws DataError with Connect's message where `value` is not one of `schema`; `location` names the place in it. */
export function validateValue(schema: Schema, value: ConnectValue, location = 'value'): void {
  if (value === null) {
    if (schema.optional) return
    throw new DataError(`Invalid value: null used for required ${location}, schema type: ${schema.type}`)
  }
  if (!isOfType(schema, value)) {
    const name = schema.name === null ? '' : ` "${schema.name}"`
    throw new DataError(
      `Invalid Java object for schema${name} with type ${schema.type}: class ${javaClass(value, schema)} for ${location}`
    )
  }
  if (value instanceof Struct) validateStruct(schema, value)
  else if (schema.type === 'ARRAY') validateElements(schema, value as readonly ConnectValue[], location)
  else if (schema.type === 'MAP') validateEntries(schema, value as ReadonlyMap<ConnectValue, ConnectValue>, location)
}

/** What a Struct holds was checked when it was filled. */
function validateStruct(schema: Schema, struct: Struct): void {
  if (!schemasEqual(struct.schema, schema)) throw new DataError('Struct schemas do not match.')
}

function validateElements(schema: Schema, values: readonly ConnectValue[], location: string): void {
  const elementSchema = schema.valueSchema
  if (elementSchema === null) return
  for (const value of values) validateValue(elementSchema, value, `element of array ${location}`)
}

function validateEntries(schema: Schema, entries: ReadonlyMap<ConnectValue, ConnectValue>, location: string): void {
  for (const [key, value] of entries) {
    if (schema.keySchema !== null) validateValue(schema.keySchema, key, `key of map ${location}`)
    if (schema.valueSchema !== null) validateValue(schema.valueSchema, value, `value of map ${location}`)
  }
}

const dateNames: ReadonlySet<string | null> = new Set<string | null>([
  logicalNames.date,
  logicalNames.time,
  logicalNames.timestamp
])

/** Whether a value is of the JavaScript type that stands for the schema's. A logical schema takes its logical value only. */
export function isOfType(schema: Schema, value: ConnectValue): boolean {
  if (dateNames.has(schema.name)) return value instanceof Date
  if (schema.name === logicalNames.decimal) return value instanceof Decimal
  return isOfBaseType(schema.type, value)
}

/** As `isOfType`, without regard to logical names. */
export function isOfBaseType(type: SchemaType, value: ConnectValue): boolean {
  switch (type) {
    case 'INT8':
    case 'INT16':
    case 'INT32':
      return Number.isInteger(value)
    case 'FLOAT32':
    case 'FLOAT64':
      return typeof value === 'number'
    case 'INT64':
      return typeof value === 'bigint'
    case 'BOOLEAN':
      return typeof value === 'boolean'
    case 'STRING':
      return typeof value === 'string'
    case 'BYTES':
      return value instanceof Uint8Array
    case 'ARRAY':
      return Array.isArray(value)
    case 'MAP':
      return value instanceof Map
    case 'STRUCT':
      return value instanceof Struct
  }
}
