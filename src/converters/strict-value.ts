// Whether a JSON value is one of its schema's type, and within its range: where values are taken strictly, nothing is wrapped, cut or made null.
import { logicalNames, type Schema, type SchemaType } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { doubleOf, floatOf, isArray, isObject, nodeType } from './json-node.ts'
import { JsonDecimal, type JsonNode } from './json-reader.ts'

const bitsOf: Readonly<Partial<Record<SchemaType, number>>> = { INT8: 8, INT16: 16, INT32: 32, INT64: 64 }

/** Throws DataError where the value would have to be changed to be one of the schema. What it holds is not looked at. */
export function checkValue(schema: Schema, node: JsonNode): void {
  checkType(schema, node)
  const bits = bitsOf[schema.type]
  const isInRange = bits === undefined ? isFiniteAs(schema.type, node) : isWithin(bits, node)
  if (!isInRange) throw mismatch(schema, 'a number beyond its range')
}

/** What is kept though its JSON type is another: numbers and booleans in a text, as text, and the numbers that JSON has only as text. */
export function keptValue(schema: Schema, node: JsonNode): string | number | null {
  if (schema.type === 'STRING') {
    if (typeof node === 'bigint' || typeof node === 'boolean') return node.toString()
    return node instanceof JsonDecimal ? node.text : null
  }
  const isReal = schema.type === 'FLOAT32' || schema.type === 'FLOAT64'
  return isReal && (node === 'NaN' || node === 'Infinity' || node === '-Infinity') ? Number(node) : null
}

/** Throws DataError where the value is of another JSON type. */
export function checkType(schema: Schema, node: JsonNode): void {
  if (!isOfType(schema, node)) throw mismatch(schema, nodeType(node))
}

function mismatch(schema: Schema, found: string): DataError {
  const type = schema.name === null ? schema.type : `${schema.type} ${schema.name}`
  return new DataError(
    `Invalid value for ${type}: found ${found}. Correct the producer, or the schema that this record is written with`
  )
}

/** Whether a value is of the JSON type that stands for the schema's. */
export function isOfType(schema: Schema, node: JsonNode): boolean {
  switch (schema.type) {
    case 'BOOLEAN':
      return typeof node === 'boolean'
    case 'STRING':
      return typeof node === 'string'
    case 'BYTES':
      return typeof node === 'string' || (schema.name === logicalNames.decimal && isNumber(node))
    case 'FLOAT32':
    case 'FLOAT64':
      return isNumber(node)
    case 'ARRAY':
      return isArray(node)
    case 'MAP':
      return schema.keySchema?.type === 'STRING' ? isObject(node) : isArray(node)
    case 'STRUCT':
      return isObject(node)
    default:
      return isWhole(node)
  }
}

function isNumber(node: JsonNode): boolean {
  return typeof node === 'bigint' || node instanceof JsonDecimal
}

/** `1.0` and `1e3` are whole. */
function isWhole(node: JsonNode): boolean {
  if (typeof node === 'bigint') return true
  if (!(node instanceof JsonDecimal)) return false
  const { unscaled, scale } = node.toDecimal()
  if (scale <= 0 || unscaled === 0n) return true
  // No number of so few digits has so many zeros at its end.
  if (scale > unscaled.toString().length) return false
  return unscaled % 10n ** BigInt(scale) === 0n
}

/** A real number beyond the range of its type would become an infinity that nobody wrote. */
function isFiniteAs(type: SchemaType, node: JsonNode): boolean {
  if (type === 'FLOAT64') return Number.isFinite(doubleOf(node))
  return type !== 'FLOAT32' || Number.isFinite(floatOf(node))
}

/** Of a whole number. */
function isWithin(bits: number, node: JsonNode): boolean {
  if (typeof node === 'bigint') return BigInt.asIntN(bits, node) === node
  if (!(node instanceof JsonDecimal)) return true
  const { unscaled, scale } = node.toDecimal()
  if (unscaled === 0n) return true
  if (scale < -bits) return false
  const value = scale <= 0 ? unscaled * 10n ** BigInt(-scale) : unscaled / 10n ** BigInt(scale)
  return BigInt.asIntN(bits, value) === value
}
