// Numbers in header text: the smallest type that holds one exactly, else a float, a double, a decimal; and what several have in common.
import {
  type ConnectValue,
  Decimal,
  type SchemaAndValue,
  decimalScaleParam,
  logicalNames,
  Schema,
  type SchemaType
} from '../data.ts'
import { parseBigDecimal } from '../../java/big-decimal.ts'
import { parseJavaFloat, withAsciiDigits } from '../../java/number-parse.ts'

const schemas = {
  INT8: new Schema('INT8'),
  INT16: new Schema('INT16'),
  INT32: new Schema('INT32'),
  INT64: new Schema('INT64'),
  FLOAT32: new Schema('FLOAT32'),
  FLOAT64: new Schema('FLOAT64')
} as const

/** From narrow to wide; Java lets each widen to every later one. */
const widths: readonly SchemaType[] = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64']

/** A header's number takes at most so many digits; longer text is a STRING. */
const digitsMax = 10_000

/** The number that a token is, or null where it is none. */
export function parseNumber(text: string): SchemaAndValue | null {
  if (text.length > digitsMax) return null
  const token = withAsciiDigits(text)
  const decimal = parseBigDecimal(token)
  if (decimal === null) return null
  const whole = wholeNumber(decimal.unscaled, decimal.scale)
  if (whole !== null) return integer(whole)
  // An integer too large for 64 bits stays exact; only what has a point or an exponent may be rounded.
  if (decimal.scale !== 0) {
    const float = parseJavaFloat(token)
    if (float !== null && Number.isFinite(float)) return { schema: schemas.FLOAT32, value: float }
    const double = Number(token)
    if (Number.isFinite(double)) return { schema: schemas.FLOAT64, value: double }
  }
  return { schema: decimalSchema(decimal.scale), value: new Decimal(decimal.unscaled, decimal.scale) }
}

export function decimalSchema(scale: number): Schema {
  return new Schema('BYTES', {
    name: logicalNames.decimal,
    version: 1,
    params: new Map([[decimalScaleParam, scale.toString()]])
  })
}

/** The value as a 64-bit integer, or null where it has a fraction or is too large; never expands a huge exponent. */
export function wholeNumber(unscaled: bigint, scale: number): bigint | null {
  if (unscaled === 0n) return 0n
  if (scale <= 0) {
    if (scale < -19) return null
    const value = unscaled * 10n ** BigInt(-scale)
    return BigInt.asIntN(64, value) === value ? value : null
  }
  if (scale > digitsMax) return null
  const power = 10n ** BigInt(scale)
  if (unscaled % power !== 0n) return null
  const value = unscaled / power
  return BigInt.asIntN(64, value) === value ? value : null
}

function integer(value: bigint): SchemaAndValue {
  if (BigInt.asIntN(8, value) === value) return { schema: schemas.INT8, value: Number(value) }
  if (BigInt.asIntN(16, value) === value) return { schema: schemas.INT16, value: Number(value) }
  if (BigInt.asIntN(32, value) === value) return { schema: schemas.INT32, value: Number(value) }
  return { schema: schemas.INT64, value }
}

/** The schema of two neighbours in a container: the wider number, of two of one type the later (as Java has it), else null. */
export function commonSchema(a: Schema, b: Schema): Schema | null {
  if (a.type === b.type) return b
  const wider = Math.max(widths.indexOf(a.type), widths.indexOf(b.type))
  if (Math.min(widths.indexOf(a.type), widths.indexOf(b.type)) < 0) return null
  return widths[wider] === a.type ? a : b
}

/** A number as the wider type of its container; anything else stays. */
export function convertNumber(value: ConnectValue, schema: Schema): ConnectValue {
  if (schema.type === 'INT64') return typeof value === 'number' ? BigInt(value) : value
  if (schema.type === 'FLOAT32' && typeof value !== 'object') return Math.fround(Number(value))
  return typeof value === 'bigint' && schema.type === 'FLOAT64' ? Number(value) : value
}
