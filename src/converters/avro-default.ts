// A field's default in an Avro schema (JSON) as the Connect value it stands for.
import { type ConnectValue, Decimal, Struct, decimalScaleParam, logicalNames, type Schema } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { bigIntegerFromBytes } from '../java/big-decimal.ts'
import { type AvroType } from './avro-type.ts'
import { doubleOf, isArray, isObject, longOf } from './json-node.ts'
import { JsonDecimal, type JsonNode } from './json-reader.ts'
import { type SchemaBudget } from './schema-budget.ts'
import { dateFromDays, timestampFromMs } from '../connect/values/logical-types.ts'

/** The name of the STRUCT that a union becomes which is more than an optional value. */
export const unionName = 'io.confluent.connect.avro.Union'

/** The value, or null where the default is null. Throws DataError where the JSON does not fit the type, and where there are too many values in it. */
export function avroDefault(type: AvroType, schema: Schema, node: JsonNode, budget: SchemaBudget): ConnectValue {
  if (node === null) return null
  const value = budget.within(() => convert(type, schema, node, budget))
  if (value === undefined) throw new DataError(`Invalid Avro schema: a default does not fit its type ${type.kind}`)
  return value
}

function convert(type: AvroType, schema: Schema, node: JsonNode, budget: SchemaBudget): ConnectValue | undefined {
  switch (type.kind) {
    case 'boolean':
      return typeof node === 'boolean' ? node : undefined
    case 'int':
    case 'long':
      return typeof node === 'bigint' ? whole(schema, node) : undefined
    case 'float':
      return isNumber(node) ? Math.fround(doubleOf(node)) : undefined
    case 'double':
      return isNumber(node) ? doubleOf(node) : undefined
    case 'string':
    case 'enum':
      return typeof node === 'string' ? node : undefined
    case 'bytes':
    case 'fixed':
      // Avro writes bytes as text, one character up to U+00FF per byte.
      return typeof node === 'string' ? blob(schema, Buffer.from(node, 'latin1')) : undefined
    default:
      return container(type, schema, node, budget)
  }
}

function container(type: AvroType, schema: Schema, node: JsonNode, budget: SchemaBudget): ConnectValue | undefined {
  if (type.kind === 'array' && isArray(node) && schema.type === 'ARRAY') {
    const { valueSchema } = schema
    return node.map(item => (valueSchema === null ? null : avroDefault(type.items, valueSchema, item, budget)))
  }
  // A map with keys that are no strings is an array of entries; only an empty default of it has a plain meaning.
  if (type.kind === 'array' && isArray(node) && node.length === 0) return new Map()
  if (type.kind === 'map' && isObject(node)) {
    const { valueSchema } = schema
    return new Map(
      [...node].map(([key, item]) => [
        key,
        valueSchema === null ? null : avroDefault(type.values, valueSchema, item, budget)
      ])
    )
  }
  if (type.kind === 'record' && isObject(node)) {
    return new Struct(
      schema,
      type.fields.map((field, index) =>
        fieldDefault(
          field.type,
          schema.fields[index]?.schema,
          node.has(field.name) ? node.get(field.name) : field.defaultValue,
          budget
        )
      )
    )
  }
  // The default of a union belongs to its first branch.
  const [first] = type.kind === 'union' ? type.branches : []
  const inner = schema.fields[0]?.schema
  if (first === undefined || first.kind === 'null' || inner === undefined) return undefined
  return new Struct(schema, [avroDefault(first, inner, node, budget)])
}

function fieldDefault(
  type: AvroType,
  schema: Schema | undefined,
  node: JsonNode | undefined,
  budget: SchemaBudget
): ConnectValue {
  if (schema === undefined || node === undefined || node === null) return null
  const isOptional = type.kind === 'union' && type.branches.length === 2 && schema.name !== unionName
  const branch = isOptional ? type.branches.find(each => each.kind !== 'null') : type
  return avroDefault(branch ?? type, schema, node, budget)
}

function whole(schema: Schema, value: bigint): ConnectValue {
  switch (schema.name) {
    case logicalNames.date:
      return dateFromDays(Number(value))
    case logicalNames.time:
      return new Date(Number(value))
    case logicalNames.timestamp:
      return timestampFromMs(longOf(value))
    default:
      return schema.type === 'INT64' ? longOf(value) : Number(value)
  }
}

function blob(schema: Schema, bytes: Buffer): ConnectValue {
  if (schema.name !== logicalNames.decimal) return bytes
  return new Decimal(bigIntegerFromBytes(bytes) ?? 0n, Number(schema.params?.get(decimalScaleParam) ?? 0))
}

function isNumber(node: JsonNode): boolean {
  return typeof node === 'bigint' || node instanceof JsonDecimal
}
