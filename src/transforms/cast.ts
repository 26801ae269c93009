// Cast: gives fields, or the whole key or value, another type.
import { type Validator } from '../connect/config.ts'
import { listText } from '../connect/config-validators.ts'
import { carrySourceTexts, type ConnectValue, Schema, type SchemaType, Struct } from '../connect/data.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { hashMapOrder } from '../java/hash-map-order.ts'
import { javaSplit } from '../java/string-split.ts'
import { type CastType, castTypes, castValue } from './cast-value.ts'
import { copiedWith } from './moved-map.ts'
import { type OperatingPart } from './operating-part.ts'
import { requireMap, requireStruct } from './requirements.ts'
import { fieldsOf, perSchema, schemaBasics, structSchema } from './schema-copy.ts'
import { fieldValue, fitting } from './struct-copy.ts'
import { definition, parseTransformConfig, replaceNullWithDefault } from './transform-config.ts'

const purpose = 'cast types'

const schemaTypes: readonly SchemaType[] = [...castTypes, 'BYTES', 'ARRAY', 'MAP', 'STRUCT']

/** Reading them holds the main thread. */
const entriesMax = 10_000

const validSpec: Validator = {
  describe: 'list of colon-delimited pairs, e.g. <code>foo:bar,abc:xyz</code>',
  validate(_name, value) {
    const mappings = value as readonly string[] | null
    if (mappings === null || mappings.length === 0) {
      throw new ConfigError('spec', 'Must specify at least one field to cast.')
    }
    if (mappings.length > entriesMax) {
      throw new ConfigError('spec', `spec has ${mappings.length} entries, at most ${entriesMax} are read`)
    }
    parseSpec(mappings)
  }
}

export const castConfig = definition(
  {
    name: 'spec',
    type: 'LIST',
    validator: validSpec,
    importance: 'HIGH',
    documentation:
      'Fields and their types, as field1:type,field2:type; or one type for the whole key or value. Types are int8, int16, int32, int64, float32, float64, boolean and string.'
  },
  replaceNullWithDefault
)

/** Either one type for everything, or types of fields. */
interface Spec {
  readonly whole: CastType | null
  readonly fields: ReadonlyMap<string, CastType>
}

export function createCast(config: Config, part: OperatingPart): Transformation {
  const parsed = parseTransformConfig(castConfig, config)
  const { whole, fields } = parseSpec(parsed.list('spec'))
  const withDefaults = parsed.boolean('replace.null.with.default')
  const updated = perSchema(schema => (whole === null ? castFields(schema, fields) : castWhole(schema, whole)))
  const casted = [...fields]
  const withCasts = copiedWith(casted.map(([name]) => name))
  return {
    apply(record) {
      const value = part.valueOf(record)
      if (value === null) return record
      const schema = part.schemaOf(record)
      if (schema === null) {
        if (whole !== null) return part.change(record, null, castValue(null, value, whole))
        const map = requireMap(value, purpose)
        const casts = casted.map(([name, type]) => castValue(null, map.get(name) ?? null, type))
        const result = withCasts(map, casts)
        carrySourceTexts(map, result)
        return part.change(record, null, result)
      }
      const newSchema = updated(schema)
      if (whole !== null) return part.change(record, newSchema, castValue(schema, value, whole))
      const struct = requireStruct(value, purpose, schema)
      const values = newSchema.fields.map(target => {
        const field = struct.schema.fields[target.index] ?? target
        const original = fieldValue(struct, field, withDefaults)
        const type = fields.get(field.name)
        return type === undefined ? original : fitting(castValue(field.schema, original, type), target)
      })
      return part.change(record, newSchema, new Struct(newSchema, values))
    }
  }
}

function castWhole(schema: Schema, type: CastType): Schema {
  return new Schema(type, { ...schemaBasics(schema), optional: schema.optional, ...castDefault(schema, type) })
}

function castFields(schema: Schema, types: ReadonlyMap<string, CastType>): Schema {
  const fields = fieldsOf(schema).map(([name, field]): [string, Schema] => {
    const type = types.get(name)
    if (type === undefined) return [name, field]
    return [
      name,
      new Schema(type, { optional: field.optional, keepsNull: field.keepsNull, ...castDefault(field, type) })
    ]
  })
  const { defaultValue } = schema
  const basics = { ...schemaBasics(schema), optional: schema.optional }
  if (!(defaultValue instanceof Struct)) return structSchema(fields, basics)
  // Java casts the default of the whole to a STRUCT, which it refuses; it is cast field by field here.
  const plain = structSchema(fields, basics)
  const values = schema.fields.map(field => {
    const type = types.get(field.name)
    const value = defaultValue.at(field)
    return type === undefined ? value : castValue(field.schema, value, type)
  })
  return structSchema(fields, { ...basics, defaultValue: new Struct(plain, values) })
}

function castDefault(schema: Schema, type: CastType): { readonly defaultValue?: ConnectValue } {
  if (schema.defaultValue === undefined) return {}
  return { defaultValue: castValue(schema, schema.defaultValue, type) }
}

function parseSpec(mappings: readonly string[]): Spec {
  const fields = new Map<string, CastType>()
  let whole: CastType | null = null
  for (const mapping of mappings) {
    const parts = javaSplit(mapping, ':')
    const [first = '', second] = parts
    if (parts.length > 2) {
      // Connect names the key of another transform here.
      throw new ConfigError(
        'spec',
        `Invalid value ${listText(mappings)} for configuration renames: Invalid rename mapping: ${mapping}`
      )
    }
    if (second === undefined) whole = outputType(first)
    else fields.set(first.trim(), outputType(second))
  }
  if (whole !== null && mappings.length > 1) {
    throw new ConfigError(
      'spec',
      'Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec'
    )
  }
  // Fields that a Map has not are added, in the order of Java's HashMap.
  const entries = [...fields]
  return { whole, fields: new Map(hashMapOrder([...fields.keys()]).flatMap(at => entries.slice(at, at + 1))) }
}

function outputType(text: string): CastType {
  const name = text.trim().toUpperCase()
  const type = schemaTypes.find(each => each === name)
  if (type === undefined) {
    throw new ConfigError(
      'spec',
      `Invalid value java.lang.IllegalArgumentException: No enum constant org.apache.kafka.connect.data.Schema.Type.${name} for configuration Invalid type found in casting spec: ${text.trim()}`
    )
  }
  const castType = castTypes.find(each => each === type)
  if (castType !== undefined) return castType
  throw new ConfigError(
    'spec',
    `Cast transformation does not support casting to ${type}; supported types are ${listText(castTypes)}`
  )
}
