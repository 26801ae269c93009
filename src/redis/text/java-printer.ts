// Values as the old sink printed them inside the JVM: its JSON printer, Java's toString, its own dates.
import { Decimal, Struct, type ConnectValue, logicalNames, type Schema } from '../../connect/data.ts'
import { bigDecimalText } from '../../java/big-decimal.ts'
import { doubleText, floatText } from '../../java/double-text.ts'
import { javaDateText, sinkDateText, sinkTimeText } from '../../java/date-text.ts'
import { jsonStringText } from '../../java/json-text.ts'
import { hasTextKeys } from '../fields.ts'
import { javaEntries, keyName, printedEntries } from '../field-order.ts'
import { base64, type Printer } from './printer.ts'

export const javaPrinter: Printer = {
  json: item => json(item.value, item.schema),
  keyText: item => keyText(item.value, item.schema),
  streamText: item => streamText(item.value, item.schema)
}

type ValueMap = ReadonlyMap<ConnectValue, ConnectValue>

function json(value: ConnectValue, schema: Schema | null): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return jsonStringText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') {
    const text = numberText(value, schema)
    // JSON has no NaN: Jackson puts such numbers in quotes.
    return Number.isFinite(value) ? text : `"${text}"`
  }
  if (value instanceof Uint8Array) return `"${base64(value)}"`
  if (value instanceof Decimal) return decimalText(value, schema)
  if (value instanceof Date) {
    const text = dateText(value, schema)
    return typeof text === 'string' ? `"${text}"` : String(text)
  }
  if (value instanceof Struct) return structJson(value)
  if (Array.isArray(value)) return arrayJson(value as readonly ConnectValue[], schema)
  return mapJson(value as ValueMap, schema)
}

const quotedNames = new WeakMap<Schema, readonly string[]>()

function structJson(struct: Struct): string {
  const { schema } = struct
  let names = quotedNames.get(schema)
  if (names === undefined) {
    names = schema.fields.map(field => jsonStringText(field.name))
    quotedNames.set(schema, names)
  }
  let text = '{'
  for (const field of schema.fields) {
    if (field.index > 0) text += ','
    text += `${names[field.index] ?? ''}:${json(struct.at(field), field.schema)}`
  }
  return `${text}}`
}

function arrayJson(array: readonly ConnectValue[], schema: Schema | null): string {
  const elements = schema === null ? null : schema.valueSchema
  return `[${array.map(element => json(element, elements)).join(',')}]`
}

function mapJson(map: ValueMap, schema: Schema | null): string {
  if (schema === null) {
    return `{${javaEntries(map, null)
      .map(([key, value]) => `${jsonStringText(keyName(key))}:${json(value, null)}`)
      .join(',')}}`
  }
  const { keySchema, valueSchema } = schema
  const entries = printedEntries(map, keySchema)
  if (hasTextKeys(schema)) {
    return `{${entries.map(([key, value]) => `${jsonStringText(keyName(key))}:${json(value, valueSchema)}`).join(',')}}`
  }
  return `[${entries.map(([key, value]) => `[${json(key, keySchema)},${json(value, valueSchema)}]`).join(',')}]`
}

/** Java's toString of the value itself; for schemaless data, of the Struct that the old sink had made of it by then. */
function keyText(value: ConnectValue, schema: Schema | null): string {
  if (value instanceof Date && schema !== null) return javaDateText(value)
  if (value instanceof Struct) {
    // Struct.toString leaves nulls out and knows no defaults.
    const fields = value.schema.fields.flatMap(field => {
      const raw = value.getWithoutDefault(field.name)
      return raw === null ? [] : [`${field.name}=${keyText(raw, field.schema)}`]
    })
    return `Struct{${fields.join(',')}}`
  }
  if (Array.isArray(value)) {
    const elements = schema === null ? null : schema.valueSchema
    return `[${(value as readonly ConnectValue[]).map(element => keyText(element, elements)).join(', ')}]`
  }
  if (value instanceof Map) {
    const map = value as ValueMap
    if (schema === null) {
      const fields = javaEntries(map, null).filter(([, element]) => element !== null)
      return `Struct{${fields.map(([name, element]) => `${keyName(name)}=${keyText(element, null)}`).join(',')}}`
    }
    const { keySchema, valueSchema } = schema
    const entries = javaEntries(map, keySchema)
    return `{${entries.map(([key, element]) => `${keyText(key, keySchema)}=${keyText(element, valueSchema)}`).join(', ')}}`
  }
  return scalarText(value, schema)
}

/** Java's toString of what stands in the JSON: dates are texts, objects are Maps. */
function streamText(value: ConnectValue, schema: Schema | null): string {
  if (value instanceof Struct) {
    const fields = value.schema.fields.map(field => `${field.name}=${streamText(value.at(field), field.schema)}`)
    return `{${fields.join(', ')}}`
  }
  if (Array.isArray(value)) {
    const elements = schema === null ? null : schema.valueSchema
    return `[${(value as readonly ConnectValue[]).map(element => streamText(element, elements)).join(', ')}]`
  }
  if (value instanceof Map) {
    const map = value as ValueMap
    const keySchema = schema === null ? null : schema.keySchema
    const valueSchema = schema === null ? null : schema.valueSchema
    const entries = schema === null ? javaEntries(map, null) : printedEntries(map, keySchema)
    const texts = entries.map(([key, element]) => [streamText(key, keySchema), streamText(element, valueSchema)])
    if (schema === null || hasTextKeys(schema)) return `{${texts.map(pair => pair.join('=')).join(', ')}}`
    return `[${texts.map(pair => `[${pair.join(', ')}]`).join(', ')}]`
  }
  return scalarText(value, schema)
}

function scalarText(value: ConnectValue, schema: Schema | null): string {
  if (typeof value === 'number') return numberText(value, schema)
  if (value instanceof Uint8Array) return base64(value)
  if (value instanceof Decimal) return decimalText(value, schema)
  if (value instanceof Date) return String(dateText(value, schema))
  // Containers are printed above; null is the one object left.
  return typeof value === 'object' ? 'null' : String(value)
}

function numberText(value: number, schema: Schema | null): string {
  // Without a schema it went through text: -0.0 lost its sign there.
  if (schema === null) return value === 0 ? '0.0' : doubleText(value)
  if (schema.type === 'FLOAT64') return doubleText(value)
  return schema.type === 'FLOAT32' ? floatText(value) : String(value)
}

/** A BigDecimal keeps its scale under a schema; without one it was read back from text as an integer or a double. */
function decimalText(value: Decimal, schema: Schema | null): string {
  const text = bigDecimalText(value.unscaled, value.scale)
  return schema !== null || /^-?[0-9]+$/.test(text) ? text : numberText(Number(text), null)
}

/** The old sink's own formats; a Timestamp, or a date without schema, is its milliseconds. */
function dateText(value: Date, schema: Schema | null): string | number {
  if (schema?.name === logicalNames.date) return sinkDateText(value)
  return schema?.name === logicalNames.time ? sinkTimeText(value) : value.getTime()
}
