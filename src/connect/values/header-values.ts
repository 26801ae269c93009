// Header values as text, the way SimpleHeaderConverter writes them.
import { type ConnectValue, Decimal, Struct, type Schema } from '../data.ts'
import { bigDecimalText } from '../../java/big-decimal.ts'
import { isoDateText, isoTimestampText, isoTimeText } from '../../java/date-text.ts'
import { doubleText, floatText } from '../../java/double-text.ts'
import { javaEntries } from './java-map-order.ts'
import { dayMs } from './logical-types.ts'

/** The text of a value; `embedded` ones are quoted where they are text. */
export function headerText(schema: Schema | null, value: ConnectValue, embedded = false): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return numberText(schema, value)
  if (typeof value === 'string') return embedded ? `"${value.replace(/[\\"]/g, '\\$&')}"` : value
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value).toString('base64')
    return embedded ? `"${text}"` : text
  }
  if (value instanceof Decimal) return bigDecimalText(value.unscaled, value.scale)
  if (value instanceof Date) return dateText(value)
  return containerText(schema, value)
}

function containerText(
  schema: Schema | null,
  value: Struct | readonly ConnectValue[] | ReadonlyMap<ConnectValue, ConnectValue>
): string {
  if (value instanceof Struct) {
    const members = value.schema.fields.map(
      field => `${headerText(null, field.name, true)}:${headerText(field.schema, value.at(field), true)}`
    )
    return `{${members.join(',')}}`
  }
  const valueSchema = schema?.valueSchema ?? null
  if (!(value instanceof Map)) {
    return `[${(value as readonly ConnectValue[]).map(element => headerText(valueSchema, element, true)).join(',')}]`
  }
  const keySchema = schema?.keySchema ?? null
  const entries = javaEntries(value as ReadonlyMap<ConnectValue, ConnectValue>, keySchema)
  return `{${entries.map(([key, entry]) => `${headerText(keySchema, key, true)}:${headerText(valueSchema, entry, true)}`).join(',')}}`
}

function numberText(schema: Schema | null, value: number): string {
  if (schema?.type === 'FLOAT32') return floatText(value)
  return schema === null || schema.type === 'FLOAT64' ? doubleText(value) : value.toString()
}

/** A time of day, a day, or both: Java looks at the value, not at the schema. */
function dateText(date: Date): string {
  if (date.getTime() < dayMs) return isoTimeText(date)
  return date.getTime() % dayMs === 0 ? isoDateText(date) : isoTimestampText(date)
}
