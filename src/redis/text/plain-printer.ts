// Values as a person expects them: numbers as they stood in the source, ISO dates, JSON for whatever is nested.
import { Decimal, Struct, type ConnectValue, sourceText, logicalNames, type Schema } from '../../connect/data.ts'
import { bigDecimalPlainText, bigDecimalText } from '../../java/big-decimal.ts'
import { floatText } from '../../java/double-text.ts'
import { jsonStringText } from '../../java/json-text.ts'
import { type Item } from '../fields.ts'
import { base64, type Printer } from './printer.ts'

export const plainPrinter: Printer = {
  json: item => json(item.value, item.schema, item.source),
  keyText: bareText,
  streamText: bareText
}

type ValueMap = ReadonlyMap<ConnectValue, ConnectValue>

/** Text as it is, all else as in JSON. */
function bareText(item: Item): string {
  const { value, schema } = item
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return base64(value)
  if (value instanceof Date) return isoText(value, schema)
  if (typeof value === 'number') return numberText(value, schema, item.source)
  return json(value, schema, item.source)
}

function json(value: ConnectValue, schema: Schema | null, source?: string): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return jsonStringText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') {
    const text = numberText(value, schema, source)
    return Number.isFinite(value) || source !== undefined ? text : `"${text}"`
  }
  if (value instanceof Uint8Array) return `"${base64(value)}"`
  if (value instanceof Decimal) return decimalText(value)
  if (value instanceof Date) return `"${isoText(value, schema)}"`
  if (value instanceof Struct) {
    const fields = value.schema.fields.map(
      field => `${jsonStringText(field.name)}:${json(value.at(field), field.schema)}`
    )
    return `{${fields.join(',')}}`
  }
  if (Array.isArray(value)) return arrayJson(value as readonly ConnectValue[], schema)
  return mapJson(value as ValueMap, schema)
}

function arrayJson(array: readonly ConnectValue[], schema: Schema | null): string {
  const elements = schema === null ? null : schema.valueSchema
  return `[${array.map((element, index) => json(element, elements, sourceOf(array, index, element))).join(',')}]`
}

/** An object whatever the keys are: `{"3":4}` is what people write for a map of numbers. */
function mapJson(map: ValueMap, schema: Schema | null): string {
  const keySchema = schema === null ? null : schema.keySchema
  const valueSchema = schema === null ? null : schema.valueSchema
  const entries: string[] = []
  for (const [key, value] of map) {
    const name = bareText({ schema: keySchema, value: key, source: undefined })
    entries.push(`${jsonStringText(name)}:${json(value, valueSchema, sourceOf(map, key, value))}`)
  }
  return `{${entries.join(',')}}`
}

function sourceOf(container: object, key: ConnectValue, value: ConnectValue): string | undefined {
  return typeof value === 'number' ? sourceText(container, key) : undefined
}

function numberText(value: number, schema: Schema | null, source: string | undefined): string {
  if (source !== undefined) return source
  if (Object.is(value, -0)) return '-0'
  // The shortest digits of a float32 are not those of the double that holds it.
  return schema?.type === 'FLOAT32' && Number.isFinite(value) ? String(Number(floatText(value))) : String(value)
}

// Written out in full, 1E+1000000 would be a megabyte.
const DIGITS_MAX = 1000

function decimalText(value: Decimal): string {
  return Math.abs(value.scale) > DIGITS_MAX
    ? bigDecimalText(value.unscaled, value.scale)
    : bigDecimalPlainText(value.unscaled, value.scale, Infinity)
}

/** `2022-01-08`, `01:02:03.004`, `2023-11-14T22:13:20.000Z`: always UTC. */
function isoText(value: Date, schema: Schema | null): string {
  const time = value.getTime()
  if (Number.isNaN(time)) return 'Invalid Date'
  const text = value.toISOString()
  const at = text.indexOf('T')
  if (schema?.name === logicalNames.date) return text.slice(0, at)
  return schema?.name === logicalNames.time ? text.slice(at + 1, -1) : text
}
