// Connect schemas as the JSON that envelopes carry: reading them, and writing them.
import { type ConnectValue, Struct, Schema, type SchemaOptions, type SchemaType } from '../connect/data.ts'
import { DataError, SchemaBuilderError } from '../connect/errors.ts'
import { intOf, isArray, isObject } from './json-node.ts'
import { type JsonNode, type JsonObject } from './json-reader.ts'
import { validateValue } from '../connect/values/validate-value.ts'

const typesByName: ReadonlyMap<string, SchemaType> = new Map<string, SchemaType>([
  ['boolean', 'BOOLEAN'],
  ['int8', 'INT8'],
  ['int16', 'INT16'],
  ['int32', 'INT32'],
  ['int64', 'INT64'],
  ['float', 'FLOAT32'],
  ['double', 'FLOAT64'],
  ['bytes', 'BYTES'],
  ['string', 'STRING'],
  ['array', 'ARRAY'],
  ['map', 'MAP'],
  ['struct', 'STRUCT']
])

export const namesByType: ReadonlyMap<SchemaType, string> = new Map(
  [...typesByName].map(([name, type]) => [type, name])
)

/** Turns a default's JSON into its value; the reader of values gives it, so that both read alike. */
export type ReadDefault = (schema: Schema, node: JsonNode) => ConnectValue

/** The schema that a JSON tree describes; null for JSON's null. `keepsNull`: optional fields that are null stay null. */
export function schemaFromJson(node: JsonNode, readDefault: ReadDefault, keepsNull: boolean): Schema | null {
  if (node === null) return null
  const type = isObject(node) ? node.get('type') : undefined
  if (!isObject(node) || typeof type !== 'string') throw new DataError("Schema must contain 'type' field")
  const schemaType = typesByName.get(type)
  if (schemaType === undefined) throw new DataError(`Unknown schema type: ${type}`)
  const options: SchemaOptions = { ...parts(schemaType, node, readDefault, keepsNull), ...attributes(node), keepsNull }
  const schema = new Schema(schemaType, options)
  const defaultNode = node.get('default')
  if (defaultNode === undefined) return schema
  return withDefault(schema, schemaType, options, readDefault(schema, defaultNode))
}

function withDefault(schema: Schema, type: SchemaType, options: SchemaOptions, value: ConnectValue): Schema {
  try {
    // Java compares the struct's schema with the unfinished one that gets the default, and finds them different every time.
    if (value instanceof Struct) throw new DataError('Struct schemas do not match.')
    validateValue(schema, value)
  } catch (cause) {
    throw new SchemaBuilderError('Invalid default value', { cause })
  }
  return value === null ? schema : new Schema(type, { ...options, defaultValue: value })
}

function parts(type: SchemaType, node: JsonObject, readDefault: ReadDefault, keepsNull: boolean): SchemaOptions {
  if (type === 'ARRAY') {
    const items = node.get('items') ?? null
    if (items === null) throw new DataError('Array schema did not specify the element type')
    return { valueSchema: schemaFromJson(items, readDefault, keepsNull) }
  }
  if (type === 'MAP') return mapParts(node, readDefault, keepsNull)
  if (type === 'STRUCT') return { fields: structFields(node, readDefault, keepsNull) }
  return {}
}

function mapParts(node: JsonObject, readDefault: ReadDefault, keepsNull: boolean): SchemaOptions {
  const keys = node.get('keys')
  if (keys === undefined) throw new DataError('Map schema did not specify the key type')
  const values = node.get('values')
  if (values === undefined) throw new DataError('Map schema did not specify the value type')
  const keySchema = schemaFromJson(keys, readDefault, keepsNull)
  const valueSchema = schemaFromJson(values, readDefault, keepsNull)
  if (keySchema === null) throw new SchemaBuilderError('keySchema cannot be null.')
  if (valueSchema === null) throw new SchemaBuilderError('valueSchema cannot be null.')
  return { keySchema, valueSchema }
}

function structFields(node: JsonObject, readDefault: ReadDefault, keepsNull: boolean): [string, Schema][] {
  const fields = node.get('fields')
  if (!isArray(fields)) throw new DataError('Struct schema\'s "fields" argument is not an array.')
  const names = new Set<string>()
  return fields.map(field => {
    const name = isObject(field) ? field.get('field') : undefined
    if (typeof name !== 'string') throw new DataError("Struct schema's field name not specified properly")
    const schema = schemaFromJson(field, readDefault, keepsNull)
    if (name === '') throw new SchemaBuilderError('fieldName cannot be null.')
    if (schema === null) throw new SchemaBuilderError(`fieldSchema for field ${name} cannot be null.`)
    if (names.has(name)) throw new SchemaBuilderError(`Cannot create field because of field name duplication ${name}`)
    names.add(name)
    return [name, schema]
  })
}

/** What every schema may carry; parts of the wrong JSON type are taken as absent, as in Java. */
function attributes(node: JsonObject): SchemaOptions {
  const name = node.get('name')
  const version = node.get('version')
  const doc = node.get('doc')
  return {
    optional: node.get('optional') === true,
    name: typeof name === 'string' ? name : null,
    version: typeof version === 'bigint' ? intOf(version) : null,
    doc: typeof doc === 'string' ? doc : null,
    params: parameters(node.get('parameters'))
  }
}

function parameters(node: JsonNode | undefined): ReadonlyMap<string, string> | null {
  if (!isObject(node) || node.size === 0) return null
  const params = new Map<string, string>()
  for (const [key, value] of node) {
    if (typeof value !== 'string') throw new DataError('Schema parameters must have string values.')
    params.set(key, value)
  }
  return params
}
