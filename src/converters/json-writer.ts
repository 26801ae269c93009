// Connect data to JSON bytes, as the Java JsonConverter prints it: with or without the schema envelope.
import {
  type ConnectValue,
  Decimal,
  Struct,
  logicalNames,
  type Schema,
  schemasEqual,
  type SchemaType
} from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { bigDecimalText } from '../java/big-decimal.ts'
import { doubleText, floatText } from '../java/double-text.ts'
import { javaClass } from '../connect/values/java-class.ts'
import { javaEntries } from '../connect/values/java-map-order.ts'
import { namesByType } from './json-schema-text.ts'
import { bytesOfDecimal, daysOfDate, msOfTime } from '../connect/values/logical-types.ts'
import { isOfBaseType } from '../connect/values/validate-value.ts'

/** The settings of the converter that say how values are written. */
export interface JsonWriteSettings {
  readonly schemasEnabled: boolean
  readonly decimalsNumeric: boolean
  readonly replaceNullWithDefault: boolean
}

/** The bytes of a value. Throws DataError where the value does not fit its schema. */
export function jsonBytes(schema: Schema | null, value: ConnectValue, settings: JsonWriteSettings): Uint8Array {
  const writer = new JsonWriter(settings)
  const payload = writer.value(schema, value)
  return Buffer.from(settings.schemasEnabled ? `{"schema":${writer.schema(schema)},"payload":${payload}}` : payload)
}

/** Levels and parts of a schema that is written: it may hold itself, or more parts than anyone can count, and an envelope has no names for them. */
const schemaDepthMax = 1000
const schemaPartsMax = 100_000

class JsonWriter {
  readonly #settings: JsonWriteSettings
  #schemaDepth = 0
  #schemaParts = 0

  constructor(settings: JsonWriteSettings) {
    this.#settings = settings
  }

  value(schema: Schema | null, value: ConnectValue): string {
    if (value === null) return this.#null(schema)
    switch (schema?.name) {
      case logicalNames.decimal:
        return this.#decimal(schema, value)
      case logicalNames.date:
        return String(daysOfDate(dateOf(value, schema, 'Date')))
      case logicalNames.time:
        return String(msOfTime(dateOf(value, schema, 'Time')))
      case logicalNames.timestamp:
        return String(dateOf(value, schema, 'Timestamp').getTime())
      default:
        return this.#plain(schema, value)
    }
  }

  /** A schema as JSON. A STRUCT's fields carry their name as last member. */
  schema(schema: Schema | null): string {
    return schema === null ? 'null' : `{${this.#schemaMembers(schema).join(',')}}`
  }

  #null(schema: Schema | null): string {
    if (schema === null) return 'null'
    if (this.#settings.replaceNullWithDefault && schema.defaultValue !== undefined)
      return this.value(schema, schema.defaultValue)
    if (schema.optional) return 'null'
    throw new DataError('Conversion error: null value for field that is required and has no default value')
  }

  #decimal(schema: Schema, value: ConnectValue): string {
    if (!(value instanceof Decimal)) {
      throw new DataError(`Invalid type for Decimal, expected BigDecimal but was class ${javaClass(value)}`)
    }
    if (this.#settings.decimalsNumeric) return bigDecimalText(value.unscaled, value.scale)
    return base64Text(bytesOfDecimal(schema, value))
  }

  #plain(schema: Schema | null, value: ConnectValue): string {
    const type = schema?.type ?? typeOf(value)
    if (!isOfBaseType(type, value)) {
      const expected = type === 'BYTES' ? 'bytes type' : type
      throw new DataError(`Invalid type for ${expected}: class ${javaClass(value)}`)
    }
    if (Array.isArray(value)) {
      return `[${(value as ConnectValue[]).map(element => this.value(schema?.valueSchema ?? null, element)).join(',')}]`
    }
    if (value instanceof Map) return this.#map(schema, value)
    if (value instanceof Struct) return this.#struct(schema, value)
    return scalarText(type, value)
  }

  #map(schema: Schema | null, map: ReadonlyMap<ConnectValue, ConnectValue>): string {
    const keySchema = schema?.keySchema ?? null
    const valueSchema = schema?.valueSchema ?? null
    const entries = javaEntries(map, keySchema)
    const asObject = schema === null ? entries.every(([key]) => typeof key === 'string') : keySchema?.type === 'STRING'
    if (!asObject)
      return `[${entries.map(([key, value]) => `[${this.value(keySchema, key)},${this.value(valueSchema, value)}]`).join(',')}]`
    return `{${entries.map(([key, value]) => `${this.#name(keySchema, key)}:${this.value(valueSchema, value)}`).join(',')}}`
  }

  /** A key's JSON as a name: a text stays itself, anything else (a null key, a logical type) becomes text. */
  #name(keySchema: Schema | null, key: ConnectValue): string {
    const text = this.value(keySchema, key)
    return text.startsWith('"') ? text : jsonText(text)
  }

  #struct(schema: Schema | null, struct: Struct): string {
    if (schema === null || !schemasEqual(struct.schema, schema)) throw new DataError('Mismatching schema.')
    const members = schema.fields.map(
      field => `${jsonText(field.name)}:${this.value(field.schema, struct.getWithoutDefault(field.name))}`
    )
    return `{${members.join(',')}}`
  }

  #schemaMembers(schema: Schema): string[] {
    if (++this.#schemaDepth > schemaDepthMax || ++this.#schemaParts > schemaPartsMax) {
      throw new DataError(
        `A schema that holds itself, or has more than ${schemaPartsMax} parts, can't be written as JSON: set schemas.enable=false`
      )
    }
    const members = [`"type":"${namesByType.get(schema.type) ?? ''}"`]
    if (schema.type === 'ARRAY') members.push(`"items":${this.schema(schema.valueSchema)}`)
    if (schema.type === 'MAP')
      members.push(`"keys":${this.schema(schema.keySchema)}`, `"values":${this.schema(schema.valueSchema)}`)
    if (schema.type === 'STRUCT') {
      const fields = schema.fields.map(
        field => `{${[...this.#schemaMembers(field.schema), `"field":${jsonText(field.name)}`].join(',')}}`
      )
      members.push(`"fields":[${fields.join(',')}]`)
    }
    members.push(`"optional":${schema.optional}`)
    if (schema.name !== null) members.push(`"name":${jsonText(schema.name)}`)
    if (schema.version !== null) members.push(`"version":${schema.version}`)
    if (schema.doc !== null) members.push(`"doc":${jsonText(schema.doc)}`)
    if (schema.params !== null) {
      const params = [...schema.params].map(([key, value]) => `${jsonText(key)}:${jsonText(value)}`)
      members.push(`"parameters":{${params.join(',')}}`)
    }
    if (schema.defaultValue !== undefined) members.push(`"default":${this.value(schema, schema.defaultValue)}`)
    this.#schemaDepth--
    return members
  }
}

function dateOf(value: ConnectValue, schema: Schema, type: string): Date {
  if (value instanceof Date) return value
  throw new DataError(`Invalid type for ${type}, expected Date but was class ${javaClass(value, schema)}`)
}

/** The type a value without schema has; Java knows none for decimals and dates. */
function typeOf(value: ConnectValue): SchemaType {
  switch (typeof value) {
    case 'boolean':
      return 'BOOLEAN'
    case 'bigint':
      return 'INT64'
    case 'number':
      return 'FLOAT64'
    case 'string':
      return 'STRING'
    default:
      return typeOfObject(value)
  }
}

function typeOfObject(value: ConnectValue): SchemaType {
  if (value instanceof Uint8Array) return 'BYTES'
  if (value instanceof Struct) return 'STRUCT'
  if (value instanceof Map) return 'MAP'
  if (Array.isArray(value)) return 'ARRAY'
  throw new DataError(`Java class class ${javaClass(value)} does not have corresponding schema type.`)
}

function scalarText(type: SchemaType, value: ConnectValue): string {
  if (typeof value === 'string') return jsonText(value)
  if (value instanceof Uint8Array) return base64Text(value)
  if (typeof value === 'boolean' || typeof value === 'bigint') return value.toString()
  if (typeof value !== 'number') throw new DataError(`Couldn't convert a value of ${javaClass(value)} to JSON.`)
  if (type !== 'FLOAT32' && type !== 'FLOAT64') return value.toString()
  const text = type === 'FLOAT32' ? floatText(value) : doubleText(value)
  return Number.isFinite(value) ? text : `"${text}"`
}

function base64Text(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}"`
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r']
])

/** A text as JSON: control characters and surrogates escaped with upper-case hex digits, everything else as UTF-8. */
function jsonText(text: string): string {
  return `"${text.replace(/["\\\u0000-\u001f\ud800-\udfff]/g, each => shortEscapes.get(each) ?? hexEscape(each))}"`
}

function hexEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
