// Schemas made from other schemas: copied, remembered per source, built as Java's SchemaBuilder does.
import { Schema, type SchemaOptions } from '../connect/data.ts'
import { DataError, SchemaBuilderError } from '../connect/errors.ts'

export type FieldList = readonly (readonly [string, Schema])[]

/** Name, version, doc and parameters of a schema, and what becomes of a null; optionality, default and fields are the caller's matter. */
export function schemaBasics(source: Schema): SchemaOptions {
  const { name, version, doc, params, keepsNull } = source
  return { name, version, doc, params, keepsNull }
}

/** A STRUCT; a name twice or an empty one is refused as SchemaBuilder refuses it. */
export function structSchema(fields: FieldList, options: SchemaOptions = {}): Schema {
  const names = new Set<string>()
  for (const [name] of fields) {
    if (name === '') throw new SchemaBuilderError('fieldName cannot be null.')
    if (names.has(name)) throw new SchemaBuilderError(`Cannot create field because of field name duplication ${name}`)
    names.add(name)
  }
  return new Schema('STRUCT', { ...options, fields })
}

/** The fields of a STRUCT as name and schema. Connect refuses to list those of any other type. */
export function fieldsOf(schema: Schema): FieldList {
  if (schema.type !== 'STRUCT') throw new DataError('Cannot list fields on non-struct type')
  return schema.fields.map(({ name, schema: field }) => [name, field])
}

/** Remembers what `make` makes of a schema for as long as that schema lives. */
export function perSchema<T>(make: (schema: Schema) => T): (schema: Schema) => T {
  const made = new WeakMap<Schema, { readonly value: T }>()
  return schema => {
    const known = made.get(schema)
    if (known !== undefined) return known.value
    const value = make(schema)
    made.set(schema, { value })
    return value
  }
}
