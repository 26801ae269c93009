// Values as a person expects them: numbers as they stood in the source, ISO dates, JSON for whatever is nested.
import { Decimal, Struct, type ConnectValue, sourceText, type Schema } from '../../connect/data.ts'
import { isoText, plainDecimalText } from '../../connect/values/logical-types.ts'
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
  if (value instanceof Date) return isoText(value, schema?.name ?? null)
  if (typeof value === 'number') return numberText(value, schema, item.source)
  return json(value, schema, item.source)
}

function json(value: ConnectValue, schema: Schema | null, source?: string): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return jsonStringText(value)
  if (typeof value === 'bigint') return source ?? value.toString()
  if (typeof value === 'number') {
    const text = numberText(value, schema, source)
    return Number.isFinite(value) || source !== undefined ? text : `"${text}"`
  }
  if (value instanceof Uint8Array) return `"${base64(value)}"`
  if (value instanceof Decimal) return plainDecimalText(value)
  if (value instanceof Date) return `"${isoText(value, schema?.name ?? null)}"`
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
  return typeof value === 'number' || value === 0n ? sourceText(container, key) : undefined
}

function numberText(value: number, schema: Schema | null, source: string | undefined): string {
  if (source !== undefined) return source
  if (Object.is(value, -0)) return '-0'
  // The shortest digits of a float32 are not those of the double that holds it.
  return schema?.type === 'FLOAT32' && Number.isFinite(value) ? String(Number(floatText(value))) : String(value)
}
