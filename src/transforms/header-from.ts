// HeaderFrom: copies or moves fields of the key or value into headers.
import { oneOf } from '../connect/config-validators.ts'
import { carrySourceTexts, type ConnectValue, type Schema, Struct } from '../connect/data.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { type Header } from '../connect/record.ts'
import { copyToHashMap } from './hash-map-copy.ts'
import { NullPointerError } from './jdk-errors.ts'
import { moved as movedMap } from './moved-map.ts'
import { type OperatingPart } from './operating-part.ts'
import { requireMap, requireStruct } from './requirements.ts'
import { fieldsOf, perSchema, schemaBasics, structSchema } from './schema-copy.ts'
import { fieldValue } from './struct-copy.ts'
import { definition, parseTransformConfig, replaceNullWithDefault, someEntries } from './transform-config.ts'

export const headerFromConfig = definition(
  {
    name: 'fields',
    type: 'LIST',
    validator: someEntries,
    importance: 'HIGH',
    documentation: 'Fields whose values go into headers.'
  },
  {
    name: 'headers',
    type: 'LIST',
    validator: someEntries,
    importance: 'HIGH',
    documentation: 'Names of the headers, in the order of the fields.'
  },
  {
    name: 'operation',
    type: 'STRING',
    validator: oneOf('move', 'copy'),
    importance: 'HIGH',
    documentation: '`move` takes the fields out of the key or value, `copy` leaves them there.'
  },
  replaceNullWithDefault
)

export function createHeaderFrom(config: Config, part: OperatingPart): Transformation {
  const parsed = parseTransformConfig(headerFromConfig, config)
  const fields = parsed.list('fields')
  const headers = parsed.list('headers')
  if (fields.length !== headers.length) {
    throw new ConfigError(null, "'fields' config must have the same number of elements as 'headers' config.")
  }
  const operation = parsed.text('operation')
  const isMove = operation === 'move'
  const purpose = `header ${operation}`
  const withDefaults = parsed.boolean('replace.null.with.default')
  const moved = perSchema(schema =>
    structSchema(
      fieldsOf(schema).filter(([name]) => !fields.includes(name)),
      schemaBasics(schema)
    )
  )
  const left = movedMap(map => {
    const result = copyToHashMap(map)
    if (isMove) for (const field of fields) result.delete(field)
    return result
  })
  const withHeaders = (existing: readonly Header[], valueOf: (field: string) => Omit<Header, 'key'>): Header[] => [
    ...existing,
    ...fields.map((field, index) => ({ key: headers[index] ?? '', ...valueOf(field) }))
  ]
  return {
    apply(record) {
      const value = part.valueOf(record)
      const schema = part.schemaOf(record)
      if (schema === null) {
        const map = requireMap(value, purpose)
        const result = left(map)
        carrySourceTexts(map, result)
        const added = withHeaders(record.headers, field => ({ schema: null, value: map.get(field) ?? null }))
        return part.change(record, null, result, added)
      }
      const struct = requireStruct(value, purpose, schema)
      const newSchema = isMove ? moved(schema) : schema
      const result = isMove ? new Struct(newSchema, remainingValues(struct, newSchema, withDefaults)) : struct
      const added = withHeaders(record.headers, name => {
        const field = schema.field(name)
        if (field === undefined) throw noField(part.variant, name, schema)
        return { schema: field.schema, value: fieldValue(struct, field, withDefaults) }
      })
      return part.change(record, newSchema, result, added)
    }
  }
}

function remainingValues(struct: Struct, newSchema: Schema, withDefaults: boolean): ConnectValue[] {
  return newSchema.fields.map(({ name }) => {
    const field = struct.schema.field(name)
    return field === undefined ? null : fieldValue(struct, field, withDefaults)
  })
}

function noField(variant: string, name: string, schema: Schema): NullPointerError {
  const known = schema.fields.map(field => field.name).join(', ')
  return new NullPointerError(
    `The ${variant.toLowerCase()} has no field ${name} to make a header of; its fields are ${known === '' ? 'none' : known}`
  )
}
