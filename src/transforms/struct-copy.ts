// The values of a Struct taken over into another, with or without the defaults of its fields.
import { type ConnectValue, type Field, type Struct } from '../connect/data.ts'
import { validateValue } from '../connect/values/validate-value.ts'

export function fieldValue(struct: Struct, field: Field, withDefaults: boolean): ConnectValue {
  return withDefaults ? struct.at(field) : struct.getWithoutDefault(field.name)
}

/**
 * A value for a field that it was not read from, or that it was made for: checked as Connect checks what is put into a Struct. What stays in its own
 * field was checked when its Struct was filled. Throws DataError.
 */
export function fitting(value: ConnectValue, { name, schema }: Omit<Field, 'index'>): ConnectValue {
  validateValue(schema, value, `field: "${name}"`)
  return value
}

/** All values by field index. */
export function copiedValues(struct: Struct, withDefaults: boolean): ConnectValue[] {
  return struct.schema.fields.map(field => fieldValue(struct, field, withDefaults))
}
