// The Java class that a value would have in Connect; it stands in messages people know and grep for.
import { type ConnectValue, Decimal, Struct, type Schema } from '../data.ts'
import { layoutOf } from '../shaped-map.ts'

/** `java.lang.Long`, `[B`, ...; a number takes its width from the schema it came with, else it is a Double. */
export function javaClass(value: ConnectValue, schema: Schema | null = null): string {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'boolean':
      return 'java.lang.Boolean'
    case 'bigint':
      return 'java.lang.Long'
    case 'string':
      return 'java.lang.String'
    case 'number':
      return numberClass(schema)
    default:
      return objectClass(value)
  }
}

function numberClass(schema: Schema | null): string {
  switch (schema?.type) {
    case 'INT8':
      return 'java.lang.Byte'
    case 'INT16':
      return 'java.lang.Short'
    case 'INT32':
      return 'java.lang.Integer'
    case 'FLOAT32':
      return 'java.lang.Float'
    default:
      return 'java.lang.Double'
  }
}

function objectClass(value: object): string {
  if (value instanceof Uint8Array) return '[B'
  if (value instanceof Decimal) return 'java.math.BigDecimal'
  if (value instanceof Date) return 'java.util.Date'
  if (value instanceof Struct) return 'org.apache.kafka.connect.data.Struct'
  if (Array.isArray(value)) return 'java.util.ArrayList'
  const map = value as ReadonlyMap<ConnectValue, ConnectValue>
  return layoutOf(map)?.kind === 'linked' ? 'java.util.LinkedHashMap' : 'java.util.HashMap'
}
