// `toString` of the Java object that a value of Connect data would be: what StringConverter writes and messages show.
import { type ConnectValue, Decimal, Struct, type Schema } from '../data.ts'
import { bigDecimalText } from '../../java/big-decimal.ts'
import { javaDateText } from '../../java/date-text.ts'
import { doubleText, floatText } from '../../java/double-text.ts'
import { javaEntries } from './java-map-order.ts'

/** `schema` tells a float from a double and an integer from both; without one a number is a Double. */
export function javaObjectText(value: ConnectValue, schema: Schema | null): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return value.toString()
  if (typeof value === 'number') return numberText(value, schema)
  if (value instanceof Decimal) return bigDecimalText(value.unscaled, value.scale)
  if (value instanceof Date) return javaDateText(value)
  if (value instanceof Struct) return structText(value)
  // Java prints the array's identity here, which differs at every run.
  if (value instanceof Uint8Array) return '[B@0'
  if (value instanceof Map) {
    const entries = javaEntries(value, schema?.keySchema ?? null).map(
      ([key, entry]) =>
        `${javaObjectText(key, schema?.keySchema ?? null)}=${javaObjectText(entry, schema?.valueSchema ?? null)}`
    )
    return `{${entries.join(', ')}}`
  }
  return `[${(value as readonly ConnectValue[]).map(element => javaObjectText(element, schema?.valueSchema ?? null)).join(', ')}]`
}

function numberText(value: number, schema: Schema | null): string {
  if (schema?.type === 'FLOAT32') return floatText(value)
  if (schema?.type === 'INT8' || schema?.type === 'INT16' || schema?.type === 'INT32') return value.toString()
  return doubleText(value)
}

/** Fields that hold null are left out. */
function structText(struct: Struct): string {
  const fields = struct.schema.fields.flatMap(field => {
    const value = struct.getWithoutDefault(field.name)
    return value === null ? [] : [`${field.name}=${javaObjectText(value, field.schema)}`]
  })
  return `Struct{${fields.join(',')}}`
}
