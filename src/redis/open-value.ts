// Opens a record's value: a Struct, a Map, or a text that holds a JSON object; everything else is refused.
import { Decimal, Struct, type ConnectValue } from '../connect/data.ts'
import { type SinkRecord } from '../connect/record.ts'
import { javaClass } from '../connect/values/java-class.ts'
import { hasTextKeys, type Item } from './fields.ts'
import { readObject, TextFault } from './text/read-object.ts'

/** Why a value has no fields: what it is, and what to do about it. */
export class ValueFault {
  readonly what: string
  readonly remedy: string

  constructor(what: string, remedy: string) {
    this.what = what
    this.remedy = remedy
  }
}

/** The value's top as an item with fields. Not for null. */
export function openValue(record: SinkRecord): Item | ValueFault {
  const { value, valueSchema: schema } = record
  if (value instanceof Struct) return { schema: value.schema, value, source: undefined }
  if (schema === null) {
    if (value instanceof Map) return { schema: null, value, source: undefined }
    return new ValueFault(
      `its value is a schemaless ${kindOf(value)}: [class ${javaClass(value)}] is not valid. Expecting a Map[String, Any].`,
      'Produce JSON objects, or wrap such values by the HoistField transform.'
    )
  }
  if (value instanceof Map && hasTextKeys(schema)) return { schema, value, source: undefined }
  if (schema.type !== 'STRING' || typeof value !== 'string') {
    return new ValueFault(
      `its value is a ${schema.type}: [${schema.type}] schema is not supported for extracting fields.`,
      'Use a converter that makes Structs or Maps (JsonConverter, AvroConverter), or wrap such values by the HoistField transform.'
    )
  }
  const object = readObject(value)
  if (object instanceof TextFault) {
    return new ValueFault(
      `its value is a text that is no JSON object: ${object.what}.`,
      'Under StringConverter every value must be one JSON object.'
    )
  }
  return { schema: null, value: object, source: undefined }
}

function kindOf(value: ConnectValue): string {
  if (Array.isArray(value)) return 'array'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Date) return 'date'
  if (value instanceof Decimal) return 'decimal'
  return typeof value === 'string' ? 'text' : typeof value === 'bigint' ? 'number' : typeof value
}
