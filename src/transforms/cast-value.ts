// One value of Connect data as another type, by Java's casts and parsers.
import { type ConnectValue, Decimal, logicalNames, type Schema, type SchemaType, Struct } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { javaClass } from '../connect/values/java-class.ts'
import { javaObjectText } from '../connect/values/java-object-text.ts'
import { headerText } from '../connect/values/header-values.ts'
import { daysOfDate, msOfTime } from '../connect/values/logical-types.ts'
import { bigDecimalText, bigDecimalToDouble, bigDecimalToLong } from '../java/big-decimal.ts'
import { floatText } from '../java/double-text.ts'
import {
  doubleToByte,
  doubleToInt,
  doubleToLong,
  doubleToShort,
  intToByte,
  intToShort,
  longToFloat,
  longToInt,
  wrapLong
} from '../java/number-narrow.ts'
import { parseJavaDouble, parseJavaFloat, parseJavaLong } from '../java/number-parse.ts'

export const castTypes = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64', 'BOOLEAN', 'STRING'] as const
export type CastType = (typeof castTypes)[number]

/** The value as `type`; null stays. Without a schema whole numbers are bigints, as everywhere. */
export function castValue(schema: Schema | null, value: ConnectValue, type: CastType): ConnectValue {
  if (value === null) return null
  refuseInput(schema, value)
  if (type === 'STRING') return textOf(value, schema)
  const number = numberOf(beneath(schema, value), type, schema)
  if (type === 'BOOLEAN') return toBoolean(number)
  return schema === null ? withoutWidth(toNumber(number, type), type) : toNumber(number, type)
}

function refuseInput(schema: Schema | null, value: ConnectValue): void {
  const type = schema === null ? inferredType(value) : schema.type
  if (type === 'ARRAY' || type === 'MAP' || type === 'STRUCT') {
    const supported = 'INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES'
    throw new DataError(`Cast transformation does not support casting from ${type}; supported types are [${supported}]`)
  }
}

function inferredType(value: ConnectValue): SchemaType | null {
  if (value instanceof Date || value instanceof Decimal) {
    throw new DataError(
      `Cast transformation was passed a value of type class ${javaClass(value)} which is not supported by Connect's data API`
    )
  }
  if (value instanceof Struct) return 'STRUCT'
  if (value instanceof Map) return 'MAP'
  return Array.isArray(value) ? 'ARRAY' : null
}

/** What a Date, Time or Timestamp is stored as. */
function beneath(schema: Schema | null, value: ConnectValue): ConnectValue {
  if (!(value instanceof Date)) return value
  switch (schema?.name) {
    case logicalNames.date:
      return daysOfDate(value)
    case logicalNames.time:
      return msOfTime(value)
    case logicalNames.timestamp:
      return BigInt(value.getTime())
    default:
      return value
  }
}

/** A number before it is narrowed: `number` for what Java holds as int, float or double, `bigint` for its long. */
type JavaNumber = number | bigint | Decimal | boolean

/** The value as a number, texts parsed for `type`. */
function numberOf(value: ConnectValue, type: CastType, schema: Schema | null): JavaNumber {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return value
  if (value instanceof Decimal) return value
  if (typeof value === 'string') return parsed(value, type)
  throw new DataError(`Unexpected type in Cast transformation: class ${javaClass(value, schema)}`)
}

const widths = { INT8: 8, INT16: 16, INT32: 32, INT64: 64 } as const

function parsed(text: string, type: CastType): JavaNumber {
  if (type === 'BOOLEAN') return text.toLowerCase() === 'true'
  if (type === 'STRING') return false
  const number =
    type === 'FLOAT32' ? parseJavaFloat(text) : type === 'FLOAT64' ? parseJavaDouble(text) : parseJavaLong(text)
  const isTooWide =
    typeof number === 'bigint' &&
    type in widths &&
    BigInt.asIntN(widths[type as keyof typeof widths], number) !== number
  if (number === null || isTooWide) throw new DataError(`Value (${text}) was out of range for requested data type`)
  return number
}

function toBoolean(number: JavaNumber): boolean {
  if (typeof number === 'boolean') return number
  return toLong(number) !== 0n
}

function toLong(number: JavaNumber): bigint {
  if (typeof number === 'boolean') return number ? 1n : 0n
  if (typeof number === 'bigint') return wrapLong(number)
  return typeof number === 'number' ? doubleToLong(number) : bigDecimalToLong(number.unscaled, number.scale)
}

function toNumber(number: JavaNumber, type: Exclude<CastType, 'BOOLEAN' | 'STRING'>): number | bigint {
  switch (type) {
    case 'INT64':
      return toLong(number)
    case 'INT32':
      return typeof number === 'number' ? doubleToInt(number) : longToInt(toLong(number))
    case 'INT16':
      return typeof number === 'number' ? doubleToShort(number) : intToShort(longToInt(toLong(number)))
    case 'INT8':
      return typeof number === 'number' ? doubleToByte(number) : intToByte(longToInt(toLong(number)))
    case 'FLOAT32':
      return toFloat(number)
    case 'FLOAT64':
      return typeof number === 'object' ? bigDecimalToDouble(number.unscaled, number.scale) : Number(number)
  }
}

function toFloat(number: JavaNumber): number {
  if (typeof number === 'bigint') return longToFloat(wrapLong(number))
  if (typeof number !== 'object') return Math.fround(Number(number))
  return parseJavaFloat(bigDecimalText(number.unscaled, number.scale)) ?? NaN
}

/** Without a schema a float is a double: of the same text, which is what comes to stand in Redis. */
function withoutWidth(number: number | bigint, type: CastType): number | bigint {
  if (typeof number === 'bigint') return number
  if (type === 'FLOAT64') return number
  return type === 'FLOAT32' ? Number(floatText(number)) : BigInt(number)
}

function textOf(value: ConnectValue, schema: Schema | null): string {
  if (value instanceof Date) return headerText(null, value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return javaObjectText(value, schema)
}
