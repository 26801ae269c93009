// JSON trees to Connect data under a schema, with the Java converter's coercions and messages.
import { type ConnectValue, Struct, logicalNames, type Schema } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { decodeBase64 } from './base64.ts'
import { decimalOf, doubleOf, floatOf, intOf, isArray, isObject, longOf, nodeType } from './json-node.ts'
import { type JsonNode } from './json-reader.ts'
import { dateFromDays, decimalFromBytes, timeFromMs, timestampFromMs } from '../connect/values/logical-types.ts'
import { validateValue } from './validate-value.ts'

/** The value of a tree under a schema. `undefined` is a missing field, which counts as null. */
export function jsonToConnect(
  schema: Schema,
  node: JsonNode | undefined,
  replaceNullWithDefault: boolean
): ConnectValue {
  if (node === undefined || node === null) {
    if (replaceNullWithDefault && schema.defaultValue !== undefined) return schema.defaultValue
    if (schema.optional) return null
    throw new DataError(`Invalid null value for required ${schema.type} field`)
  }
  switch (schema.name) {
    case logicalNames.decimal:
      return toDecimal(schema, node)
    case logicalNames.date:
      return dateFromDays(int32Of(node, 'Date'))
    case logicalNames.time:
      return timeFromMs(int32Of(node, 'Time'))
    case logicalNames.timestamp:
      if (typeof node === 'bigint') return timestampFromMs(longOf(node))
      throw new DataError(
        `Invalid type for Timestamp, underlying representation should be integral but was ${nodeType(node)}`
      )
    default:
      return toPlain(schema, node, replaceNullWithDefault)
  }
}

function toPlain(schema: Schema, node: JsonNode, replaceNullWithDefault: boolean): ConnectValue {
  switch (schema.type) {
    case 'INT8':
      return (intOf(node) << 24) >> 24
    case 'INT16':
      return (intOf(node) << 16) >> 16
    case 'INT32':
      return intOf(node)
    case 'INT64':
      return longOf(node)
    case 'FLOAT32':
      return floatOf(node)
    case 'FLOAT64':
      return doubleOf(node)
    case 'BOOLEAN':
      return node === true
    case 'STRING':
      return typeof node === 'string' ? node : null
    case 'BYTES':
      return toBytes(node)
    case 'ARRAY':
      return toArray(schema, node, replaceNullWithDefault)
    case 'MAP':
      return toMap(schema, node, replaceNullWithDefault)
    case 'STRUCT':
      return toStruct(schema, node, replaceNullWithDefault)
  }
}

function toBytes(node: JsonNode): Uint8Array | null {
  if (typeof node !== 'string') return null
  try {
    return decodeBase64(node)
  } catch (cause) {
    throw new DataError('Invalid bytes field', { cause })
  }
}

function toDecimal(schema: Schema, node: JsonNode): ConnectValue {
  const number = decimalOf(node)
  if (number !== null) return number
  if (typeof node !== 'string') {
    throw new DataError(
      `Invalid type for Decimal, underlying representation should be numeric or bytes but was ${nodeType(node)}`
    )
  }
  try {
    return decimalFromBytes(schema, decodeBase64(node))
  } catch (cause) {
    throw new DataError('Invalid bytes for Decimal field', { cause })
  }
}

function int32Of(node: JsonNode, type: string): number {
  if (typeof node === 'bigint' && BigInt.asIntN(32, node) === node) return Number(node)
  throw new DataError(`Invalid type for ${type}, underlying representation should be integer but was ${nodeType(node)}`)
}

/** Elements of an array; the values of an object are taken for them, a scalar for none, as Java's tree iterates. */
function toArray(schema: Schema, node: JsonNode, replaceNullWithDefault: boolean): ConnectValue {
  const elementSchema = schema.valueSchema
  if (elementSchema === null) throw new DataError('Array schema did not specify the element type')
  const elements = isArray(node) ? node : isObject(node) ? [...node.values()] : []
  return elements.map(element => jsonToConnect(elementSchema, element, replaceNullWithDefault))
}

function toMap(schema: Schema, node: JsonNode, replaceNullWithDefault: boolean): ConnectValue {
  const { keySchema, valueSchema } = schema
  if (keySchema === null || valueSchema === null)
    throw new DataError('Map schema did not specify the key and value type')
  const map = new Map<ConnectValue, ConnectValue>()
  if (keySchema.type === 'STRING') {
    if (!isObject(node))
      throw new DataError(`Maps with string fields should be encoded as JSON objects, but found ${nodeType(node)}`)
    for (const [key, value] of node) map.set(key, jsonToConnect(valueSchema, value, replaceNullWithDefault))
    return map
  }
  if (!isArray(node)) {
    throw new DataError(
      `Maps with non-string fields should be encoded as JSON array of tuples, but found ${nodeType(node)}`
    )
  }
  for (const entry of node) {
    if (!isArray(entry)) throw new DataError(`Found invalid map entry instead of array tuple: ${nodeType(entry)}`)
    if (entry.length !== 2) throw new DataError(`Found invalid map entry, expected length 2 but found :${entry.length}`)
    map.set(
      jsonToConnect(keySchema, entry[0], replaceNullWithDefault),
      jsonToConnect(valueSchema, entry[1], replaceNullWithDefault)
    )
  }
  return map
}

function toStruct(schema: Schema, node: JsonNode, replaceNullWithDefault: boolean): ConnectValue {
  if (!isObject(node)) throw new DataError(`Structs should be encoded as JSON objects, but found ${nodeType(node)}`)
  const values: ConnectValue[] = []
  for (const field of schema.fields) {
    const value = jsonToConnect(field.schema, node.get(field.name), replaceNullWithDefault)
    // Coercions can leave a null where none is allowed (a number for a string): a Struct refuses it.
    if (value === null || Array.isArray(value) || value instanceof Map)
      validateValue(field.schema, value, `field: "${field.name}"`)
    values.push(value)
  }
  return new Struct(schema, values)
}
