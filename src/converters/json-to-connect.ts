// JSON trees to Connect data under a schema, with the Java converter's coercions and messages.
import { type ConnectValue, Struct, logicalNames, type Schema } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { decodeBase64 } from './base64.ts'
import { type ValueRules } from './converter-config.ts'
import { type FilledIn } from './filled-in.ts'
import { decimalOf, doubleOf, floatOf, intOf, isArray, isObject, longOf, nodeType } from './json-node.ts'
import { type JsonNode } from './json-reader.ts'
import { checkValue, keptValue } from './strict-value.ts'
import { dateFromDays, decimalFromBytes, timeFromMs, timestampFromMs } from '../connect/values/logical-types.ts'
import { validateValue } from '../connect/values/validate-value.ts'

/** As Java's converter: null or missing, a field is its default, and what does not fit its type is made to. */
export const javaRules: ValueRules = { defaults: 'null', strict: false }

/** The value of a tree under a schema. `undefined` is a missing field, which counts as null. `filled` counts what the record does not name. */
export function jsonToConnect(
  schema: Schema,
  node: JsonNode | undefined,
  rules: ValueRules,
  filled: FilledIn
): ConnectValue {
  if (node === undefined || node === null) {
    const { defaultValue } = schema
    if (defaultValue !== undefined && becomesDefault(schema, node, rules)) {
      filled.default(defaultValue)
      return defaultValue
    }
    if (schema.optional) return null
    throw new DataError(`Invalid null value for required ${schema.type} field`)
  }
  if (rules.strict) {
    const kept = keptValue(schema, node)
    if (kept !== null) return kept
    checkValue(schema, node)
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
      return toPlain(schema, node, rules, filled)
  }
}

/** Where null can be no value, a default is the next best. */
function becomesDefault(schema: Schema, node: null | undefined, rules: ValueRules): boolean {
  return rules.defaults === 'null' || (rules.defaults === 'missing' && (node === undefined || !schema.optional))
}

function toPlain(schema: Schema, node: JsonNode, rules: ValueRules, filled: FilledIn): ConnectValue {
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
      return toArray(schema, node, rules, filled)
    case 'MAP':
      return toMap(schema, node, rules, filled)
    case 'STRUCT':
      return toStruct(schema, node, rules, filled)
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
function toArray(schema: Schema, node: JsonNode, rules: ValueRules, filled: FilledIn): ConnectValue {
  const elementSchema = schema.valueSchema
  if (elementSchema === null) throw new DataError('Array schema did not specify the element type')
  const elements = isArray(node) ? node : isObject(node) ? [...node.values()] : []
  return elements.map(element => jsonToConnect(elementSchema, element, rules, filled))
}

function toMap(schema: Schema, node: JsonNode, rules: ValueRules, filled: FilledIn): ConnectValue {
  const { keySchema, valueSchema } = schema
  if (keySchema === null || valueSchema === null)
    throw new DataError('Map schema did not specify the key and value type')
  const map = new Map<ConnectValue, ConnectValue>()
  if (keySchema.type === 'STRING') {
    if (!isObject(node))
      throw new DataError(`Maps with string fields should be encoded as JSON objects, but found ${nodeType(node)}`)
    for (const [key, value] of node) map.set(key, jsonToConnect(valueSchema, value, rules, filled))
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
    map.set(jsonToConnect(keySchema, entry[0], rules, filled), jsonToConnect(valueSchema, entry[1], rules, filled))
  }
  return map
}

function toStruct(schema: Schema, node: JsonNode, rules: ValueRules, filled: FilledIn): ConnectValue {
  if (!isObject(node)) throw new DataError(`Structs should be encoded as JSON objects, but found ${nodeType(node)}`)
  filled.fields(schema.fields.length - node.size)
  const values: ConnectValue[] = []
  for (const field of schema.fields) {
    const value = jsonToConnect(field.schema, node.get(field.name), rules, filled)
    // Coercions can leave a null where none is allowed (a number for a string): a Struct refuses it.
    if (value === null || Array.isArray(value) || value instanceof Map)
      validateValue(field.schema, value, `field: "${field.name}"`)
    values.push(value)
  }
  return new Struct(schema, values)
}
