// Connect data in the notation of the recorded vectors: schemas and values read from it, and written back for comparison.
import {
  type ConnectValue,
  Decimal,
  Struct,
  Schema,
  type SchemaOptions,
  type SchemaType
} from '../../src/connect/data.ts'
import { javaEntries } from '../../src/connect/values/java-map-order.ts'
import { doubleText, floatText } from '../../src/java/double-text.ts'

export type VectorValue = null | boolean | string | { readonly [tag: string]: unknown }

export type VectorSchema = {
  type: SchemaType
  optional?: boolean
  name?: string
  version?: number
  doc?: string
  params?: [string, string][]
  default?: VectorValue
  fields?: [string, VectorSchema][]
  keys?: VectorSchema | null
  values?: VectorSchema | null
} | null

export type VectorBytes = null | { text: string } | { base64: string }

export function bytesOf(bytes: VectorBytes): Buffer | null {
  if (bytes === null) return null
  return 'text' in bytes ? Buffer.from(bytes.text) : Buffer.from(bytes.base64, 'base64')
}

/** Bytes in the notation: text where they are well-formed UTF-8. */
export function vectorBytes(bytes: Uint8Array | null): VectorBytes {
  if (bytes === null) return null
  const buffer = Buffer.from(bytes)
  const text = buffer.toString()
  return Buffer.from(text).equals(buffer) ? { text } : { base64: buffer.toString('base64') }
}

export function schemaOf(vector: VectorSchema): Schema | null {
  if (vector === null) return null
  const fields = vector.fields?.map(([name, field]): [string, Schema] => [name, requiredSchema(field)])
  const options: SchemaOptions = {
    optional: vector.optional ?? false,
    name: vector.name ?? null,
    version: vector.version ?? null,
    doc: vector.doc ?? null,
    params: vector.params === undefined ? null : new Map(vector.params),
    keySchema: schemaOf(vector.keys ?? null),
    valueSchema: schemaOf(vector.values ?? null),
    ...(fields === undefined ? {} : { fields })
  }
  const schema = new Schema(vector.type, options)
  if (vector.default === undefined) return schema
  return new Schema(vector.type, { ...options, defaultValue: valueOf(vector.default, schema) })
}

function requiredSchema(vector: VectorSchema): Schema {
  const schema = schemaOf(vector)
  if (schema === null) throw new Error('A field needs a schema')
  return schema
}

/** The value of the notation. Without a schema an integer of any width is a bigint, as our converters make it. */
export function valueOf(vector: VectorValue, schema: Schema | null): ConnectValue {
  if (vector === null || typeof vector !== 'object') return vector
  const [tag, content] = Object.entries(vector)[0] ?? ['', null]
  switch (tag) {
    case 'i8':
    case 'i16':
    case 'i32':
      return schema === null ? BigInt(content as number) : (content as number)
    case 'i64':
      return BigInt(content as string)
    case 'f32':
      return Math.fround(Number(content))
    case 'f64':
      return Number(content)
    case 'bytes':
      return Buffer.from(content as string, 'base64')
    case 'decimal':
      return new Decimal(BigInt(content as string), vector.scale as number)
    case 'date':
      return new Date(Number(content))
    case 'list':
      return (content as VectorValue[]).map(element => valueOf(element, schema?.valueSchema ?? null))
    case 'map':
      return new Map(
        (content as [VectorValue, VectorValue][]).map(([key, value]) => [
          valueOf(key, schema?.keySchema ?? null),
          valueOf(value, schema?.valueSchema ?? null)
        ])
      )
    case 'struct':
      return structOf(content as [string, VectorValue][], schema)
    default:
      throw new Error(`Unknown notation ${tag}`)
  }
}

function structOf(content: [string, VectorValue][], schema: Schema | null): Struct {
  if (schema?.type !== 'STRUCT') throw new Error('A struct needs its schema')
  const struct = new Struct(schema)
  for (const [name, value] of content) struct.put(name, valueOf(value, schema.field(name)?.schema ?? null))
  return struct
}

/** A schema in the notation. */
export function vectorSchema(schema: Schema | null): VectorSchema {
  if (schema === null) return null
  return {
    type: schema.type,
    ...(schema.optional ? { optional: true } : {}),
    ...(schema.name === null ? {} : { name: schema.name }),
    ...(schema.version === null ? {} : { version: schema.version }),
    ...(schema.doc === null ? {} : { doc: schema.doc }),
    ...(schema.params === null ? {} : { params: [...schema.params] }),
    ...(schema.defaultValue === undefined ? {} : { default: vectorValue(schema.defaultValue, schema) }),
    ...(schema.type === 'STRUCT'
      ? { fields: schema.fields.map(field => [field.name, vectorSchema(field.schema)]) }
      : {}),
    ...(schema.type === 'MAP' ? { keys: vectorSchema(schema.keySchema) } : {}),
    ...(schema.type === 'MAP' || schema.type === 'ARRAY' ? { values: vectorSchema(schema.valueSchema) } : {})
  }
}

/** A value in the notation; maps in the order Java walks them. */
export function vectorValue(value: ConnectValue, schema: Schema | null): VectorValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'bigint') return { i64: value.toString() }
  if (typeof value === 'number') return vectorNumber(value, schema?.type ?? 'FLOAT64')
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Decimal) return { decimal: value.unscaled.toString(), scale: value.scale }
  if (value instanceof Date) return { date: value.getTime().toString() }
  if (value instanceof Struct) {
    const struct = value
    return {
      struct: struct.schema.fields.map(field => [
        field.name,
        vectorValue(struct.getWithoutDefault(field.name), field.schema)
      ])
    }
  }
  if (value instanceof Map) {
    return {
      map: javaEntries(value, schema?.keySchema ?? null).map(([key, entry]) => [
        vectorValue(key, schema?.keySchema ?? null),
        vectorValue(entry, schema?.valueSchema ?? null)
      ])
    }
  }
  return { list: (value as ConnectValue[]).map(element => vectorValue(element, schema?.valueSchema ?? null)) }
}

function vectorNumber(value: number, type: SchemaType): VectorValue {
  switch (type) {
    case 'INT8':
      return { i8: value }
    case 'INT16':
      return { i16: value }
    case 'INT32':
      return { i32: value }
    case 'FLOAT32':
      return { f32: floatText(value) }
    default:
      return { f64: doubleText(value) }
  }
}
