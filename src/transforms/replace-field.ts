// ReplaceField: leaves out fields, keeps only some, or gives them other names.
import { type Validator } from '../connect/config.ts'
import { carrySourceTexts, type ConnectValue, Struct } from '../connect/data.ts'
import { ConfigError } from '../connect/errors.ts'
import { listText } from '../connect/config-validators.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { javaSplit } from '../java/string-split.ts'
import { refilled } from './hash-map-copy.ts'
import { moved } from './moved-map.ts'
import { type OperatingPart } from './operating-part.ts'
import { requireMap, requireStruct } from './requirements.ts'
import { fieldsOf, perSchema, schemaBasics, structSchema } from './schema-copy.ts'
import { fieldValue, fitting } from './struct-copy.ts'
import { definition, parseTransformConfig, replaceNullWithDefault } from './transform-config.ts'

const purpose = 'field replacement'

const validRenames: Validator = {
  describe: 'list of colon-delimited pairs, e.g. <code>foo:bar,abc:xyz</code>',
  validate: (_name, value) => void parseRenames(value as readonly string[])
}

export const replaceFieldConfig = definition(
  {
    name: 'exclude',
    type: 'LIST',
    defaultValue: [],
    importance: 'MEDIUM',
    documentation: 'Fields to leave out. It counts before include.'
  },
  {
    name: 'include',
    type: 'LIST',
    defaultValue: [],
    importance: 'MEDIUM',
    documentation: 'Fields to keep; empty keeps all.'
  },
  {
    name: 'renames',
    type: 'LIST',
    defaultValue: [],
    validator: validRenames,
    importance: 'MEDIUM',
    documentation: 'New names of fields, as old:new.'
  },
  replaceNullWithDefault
)

/** Their names until Kafka 2.6, read with a warning until 3.9. */
export const replaceFieldFormerNames: ReadonlyMap<string, string> = new Map([
  ['blacklist', 'exclude'],
  ['whitelist', 'include']
])

export function createReplaceField(config: Config, part: OperatingPart): Transformation {
  const parsed = parseTransformConfig(replaceFieldConfig, config)
  const exclude = new Set(parsed.list('exclude'))
  const include = new Set(parsed.list('include'))
  const renames = parseRenames(parsed.list('renames'))
  const sources = new Map([...renames].map(([from, to]) => [to, from]))
  const withDefaults = parsed.boolean('replace.null.with.default')
  const isKept = (name: string): boolean => !exclude.has(name) && (include.size === 0 || include.has(name))
  const updated = perSchema(schema => {
    const fields = fieldsOf(schema).filter(([name]) => isKept(name))
    return structSchema(
      fields.map(([name, field]) => [renames.get(name) ?? name, field]),
      schemaBasics(schema)
    )
  })
  const nameOf = (key: ConnectValue): ConnectValue => {
    const name = key as string
    return isKept(name) ? (renames.get(name) ?? name) : null
  }
  const replaced = moved(map => refilled(map, map.size, renames.size > 0, nameOf))
  return {
    apply(record) {
      const value = part.valueOf(record)
      if (value === null) return record
      const schema = part.schemaOf(record)
      if (schema === null) {
        const map = requireMap(value, purpose)
        const result = replaced(map)
        carrySourceTexts(map, result, key => renames.get(key as string) ?? key)
        return part.change(record, null, result)
      }
      const struct = requireStruct(value, purpose, schema)
      const newSchema = updated(struct.schema)
      const values = newSchema.fields.map(target => {
        const source = sources.get(target.name) ?? target.name
        const field = struct.schema.field(source)
        if (field === undefined) return struct.get(source)
        const moved = fieldValue(struct, field, withDefaults)
        // A name given to what is left out otherwise may be that of a field of another type, which stays.
        return field.schema === target.schema ? moved : fitting(moved, target)
      })
      return part.change(record, newSchema, new Struct(newSchema, values))
    }
  }
}

function parseRenames(mappings: readonly string[]): ReadonlyMap<string, string> {
  const renames = new Map<string, string>()
  for (const mapping of mappings) {
    const parts = javaSplit(mapping, ':')
    const [from, to] = parts
    if (parts.length !== 2 || from === undefined || to === undefined) {
      throw new ConfigError(
        'renames',
        `Invalid value ${listText(mappings)} for configuration renames: Invalid rename mapping: ${mapping}`
      )
    }
    renames.set(from, to)
  }
  return renames
}
