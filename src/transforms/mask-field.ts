// MaskField: puts something that says nothing (0, "", false, a text of one's choice) in the place of fields.
import { nonEmptyString } from '../connect/config-validators.ts'
import { carrySourceTexts, type ConnectValue, Decimal, type Schema, Struct } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { javaClass } from '../connect/values/java-class.ts'
import { bigDecimalToDouble, bigDecimalToLong, parseBigDecimal } from '../java/big-decimal.ts'
import { hashMapOrder, hashSetCapacity } from '../java/hash-map-order.ts'
import { longToInt, intToByte, intToShort } from '../java/number-narrow.ts'
import { copiedWith } from './moved-map.ts'
import { type OperatingPart } from './operating-part.ts'
import { requireMap, requireStruct } from './requirements.ts'
import { fieldValue, fitting } from './struct-copy.ts'
import { definition, parseTransformConfig, replaceNullWithDefault, someNames } from './transform-config.ts'

const purpose = 'mask fields'

export const maskFieldConfig = definition(
  { name: 'fields', type: 'LIST', validator: someNames, importance: 'HIGH', documentation: 'The fields to mask.' },
  {
    name: 'replacement',
    type: 'STRING',
    defaultValue: null,
    validator: nonEmptyString,
    importance: 'LOW',
    documentation: 'What stands in the place of numbers and texts; unset: 0 and "".'
  },
  replaceNullWithDefault
)

export function createMaskField(config: Config, part: OperatingPart): Transformation {
  const parsed = parseTransformConfig(maskFieldConfig, config)
  const fields = parsed.list('fields')
  // Fields that a Map has not are added, in the order of Java's HashSet.
  const order = hashMapOrder(fields, { capacity: hashSetCapacity(fields.length) })
  const masked = new Set(order.map(index => fields[index] ?? ''))
  const names = [...masked]
  const withMasks = copiedWith(names)
  const replacement = parsed.text('replacement')
  const withDefaults = parsed.boolean('replace.null.with.default')
  const mask = (value: ConnectValue, schema: Schema | null): ConnectValue => {
    if (value === null) return null
    return replacement === null ? emptied(value, schema) : replaced(value, schema, replacement)
  }
  return {
    apply(record) {
      const value = part.valueOf(record)
      const schema = part.schemaOf(record)
      if (schema === null) {
        const map = requireMap(value, purpose)
        const masks = names.map(name => mask(map.get(name) ?? null, null))
        const result = withMasks(map, masks)
        carrySourceTexts(map, result)
        return part.change(record, null, result)
      }
      const struct = requireStruct(value, purpose, schema)
      const values = struct.schema.fields.map(field => {
        const original = fieldValue(struct, field, withDefaults)
        return masked.has(field.name) ? fitting(mask(original, field.schema), field) : original
      })
      return part.change(record, schema, new Struct(struct.schema, values))
    }
  }
}

function emptied(value: ConnectValue, schema: Schema | null): ConnectValue {
  switch (typeof value) {
    case 'boolean':
      return false
    case 'number':
      return 0
    case 'bigint':
      return 0n
    case 'string':
      return ''
    default:
  }
  if (value instanceof Decimal) return new Decimal(0n, 0)
  if (value instanceof Date) return new Date(0)
  if (Array.isArray(value)) return []
  if (value instanceof Map) return new Map()
  throw new DataError(`Cannot mask value of type: class ${javaClass(value, schema)}`)
}

function replaced(value: ConnectValue, schema: Schema | null, text: string): ConnectValue {
  if (typeof value === 'string') return text
  if (value instanceof Decimal) {
    const decimal = parseBigDecimal(text)
    if (decimal === null) throw new DataError(`Unable to convert ${text} (class java.lang.String) to number`)
    return new Decimal(decimal.unscaled, decimal.scale)
  }
  if (typeof value === 'bigint') return asLong(text)
  if (typeof value !== 'number') {
    throw new DataError(`Cannot mask value of type class ${javaClass(value, schema)} with custom replacement.`)
  }
  switch (schema?.type) {
    case 'INT8':
      return intToByte(longToInt(asLong(text)))
    case 'INT16':
      return intToShort(longToInt(asLong(text)))
    case 'INT32':
      return longToInt(asLong(text))
    case 'FLOAT32':
      return Math.fround(asDouble(text))
    default:
      return asDouble(text)
  }
}

function asLong(text: string): bigint {
  const { unscaled, scale } = decimalOf(text)
  return bigDecimalToLong(unscaled, scale)
}

function asDouble(text: string): number {
  const { unscaled, scale } = decimalOf(text)
  return bigDecimalToDouble(unscaled, scale)
}

function decimalOf(text: string): { unscaled: bigint; scale: number } {
  const decimal = parseBigDecimal(text)
  if (decimal === null) throw new DataError(`Unable to convert ${text} (class java.lang.String) to a number`)
  return decimal
}
