// SetSchemaMetadata: gives the schema of the key or value another name or version.
import { type ConnectValue, type Schema, Struct } from '../connect/data.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { type OperatingPart } from './operating-part.ts'
import { requireSchema } from './requirements.ts'
import { fieldsOf, perSchema, schemaBasics, structSchema } from './schema-copy.ts'
import { copiedValues } from './struct-copy.ts'
import { definition, parseTransformConfig, replaceNullWithDefault } from './transform-config.ts'

export const setSchemaMetadataConfig = definition(
  {
    name: 'schema.name',
    type: 'STRING',
    defaultValue: null,
    importance: 'HIGH',
    documentation: 'The name to set.'
  },
  {
    name: 'schema.version',
    type: 'INT',
    defaultValue: null,
    importance: 'HIGH',
    documentation: 'The version to set.'
  },
  replaceNullWithDefault
)

export function createSetSchemaMetadata(config: Config, part: OperatingPart): Transformation {
  const parsed = parseTransformConfig(setSchemaMetadataConfig, config)
  const name = parsed.text('schema.name')
  const version = parsed.get('schema.version') as number | null
  if (name === null && version === null) throw new ConfigError(null, 'Neither schema name nor version configured')
  const withDefaults = parsed.boolean('replace.null.with.default')
  const updated = perSchema(schema => {
    const { optional, defaultValue } = schema
    const basics = schemaBasics(schema)
    const named = { name: name ?? schema.name, version: version ?? schema.version }
    return structSchema(fieldsOf(schema), { ...basics, ...named, optional, defaultValue })
  })
  return {
    apply(record) {
      const value = part.valueOf(record)
      const schema = part.schemaOf(record)
      if (value === null && schema === null) return record
      const newSchema = updated(requireSchema(schema, 'updating schema metadata'))
      return part.change(record, newSchema, underSchema(value, newSchema, withDefaults))
    }
  }
}

/** Only a Struct knows its schema. */
function underSchema(value: ConnectValue, schema: Schema, withDefaults: boolean): ConnectValue {
  return value instanceof Struct ? new Struct(schema, copiedValues(value, withDefaults)) : value
}
