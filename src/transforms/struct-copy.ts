// The values of a Struct taken over into another, with or without the defaults of its fields.
import { type ConnectValue, type Field, type Struct } from '../connect/data.ts'

export function fieldValue(struct: Struct, field: Field, withDefaults: boolean): ConnectValue {
  return withDefaults ? struct.at(field) : struct.getWithoutDefault(field.name)
}

/** All values by field index. */
export function copiedValues(struct: Struct, withDefaults: boolean): ConnectValue[] {
  return struct.schema.fields.map(field => fieldValue(struct, field, withDefaults))
}
