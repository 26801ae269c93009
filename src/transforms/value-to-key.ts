// ValueToKey: makes the key anew from fields of the value.
import { carrySourceTexts, ConnectMap, Struct } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { changeRecord } from '../connect/record.ts'
import { moved } from './moved-map.ts'
import { requireMap, requireStruct } from './requirements.ts'
import { perSchema, structSchema } from './schema-copy.ts'
import { fieldValue } from './struct-copy.ts'
import { definition, parseTransformConfig, replaceNullWithDefault, someNames } from './transform-config.ts'

const purpose = 'copying fields from value to key'

export const valueToKeyConfig = definition(
  {
    name: 'fields',
    type: 'LIST',
    validator: someNames,
    importance: 'HIGH',
    documentation: 'Fields of the value that make up the key.'
  },
  replaceNullWithDefault
)

export function createValueToKey(config: Config): Transformation {
  const parsed = parseTransformConfig(valueToKeyConfig, config)
  const fields = parsed.list('fields')
  const withDefaults = parsed.boolean('replace.null.with.default')
  const keyFields = perSchema(schema => {
    const taken = fields.map(name => {
      const field = schema.field(name)
      if (field === undefined) throw new DataError(`Field does not exist: ${name}`)
      return field
    })
    return { taken, schema: structSchema(taken.map(field => [field.name, field.schema])) }
  })
  const keyOf = moved((map, [none = null]) => {
    const key = new ConnectMap({ kind: 'hash', capacity: fields.length })
    for (const field of fields) key.set(field, map.get(field) ?? none)
    return key
  })
  return {
    apply(record) {
      const { valueSchema, value } = record
      if (valueSchema === null) {
        const map = requireMap(value, purpose)
        const key = keyOf(map, [null])
        carrySourceTexts(map, key)
        return changeRecord(record, { key: { schema: null, value: key } })
      }
      const struct = requireStruct(value, purpose, valueSchema)
      const { taken, schema } = keyFields(struct.schema)
      const key = new Struct(
        schema,
        taken.map(field => fieldValue(struct, field, withDefaults))
      )
      return changeRecord(record, { key: { schema, value: key } })
    }
  }
}
