// TimestampConverter: a moment as text, as a number, or as Connect's Date, Time or Timestamp.
import { oneOf } from '../connect/config-validators.ts'
import { type ParsedConfig } from '../connect/config.ts'
import {
  carrySourceTexts,
  type ConnectValue,
  logicalNames,
  Schema,
  type SchemaOptions,
  Struct
} from '../connect/data.ts'
import { ConfigError, ConnectError } from '../connect/errors.ts'
import { type Config, type Doors, type Transformation } from '../connect/plugin.ts'
import { SimpleDateFormat } from '../java/simple-date-format.ts'
import { DatePatternError } from '../java/simple-date-pattern.ts'
import { copiedWith } from './moved-map.ts'
import { type OperatingPart } from './operating-part.ts'
import { schemaText } from './record-text.ts'
import { requireMap, requireStructOrNull } from './requirements.ts'
import { type FieldList, fieldsOf, perSchema, schemaBasics, structSchema } from './schema-copy.ts'
import { fieldValue, fitting } from './struct-copy.ts'
import {
  instantOf,
  type TimestampForm,
  type TimestampSettings,
  timestampForms,
  unixPrecisions,
  written
} from './timestamp-forms.ts'
import { definition, parseTransformConfig, replaceNullWithDefault } from './transform-config.ts'

const purpose = 'converting timestamp formats'

export const timestampConverterConfig = definition(
  {
    name: 'field',
    type: 'STRING',
    defaultValue: '',
    importance: 'HIGH',
    documentation: 'The field to convert; empty converts the whole key or value.'
  },
  {
    name: 'target.type',
    type: 'STRING',
    validator: oneOf(...timestampForms),
    importance: 'HIGH',
    documentation: 'What it becomes: string, unix, Date, Time or Timestamp.'
  },
  {
    name: 'format',
    type: 'STRING',
    defaultValue: '',
    importance: 'MEDIUM',
    documentation: 'How texts are written and read, as a pattern of java.text.SimpleDateFormat; in UTC.'
  },
  {
    name: 'unix.precision',
    type: 'STRING',
    defaultValue: 'milliseconds',
    validator: oneOf(...unixPrecisions),
    importance: 'LOW',
    documentation: 'What a unix number counts: seconds, milliseconds, microseconds or nanoseconds.'
  },
  replaceNullWithDefault
)

export function createTimestampConverter(config: Config, part: OperatingPart, doors: Doors): Transformation {
  const parsed = parseTransformConfig(timestampConverterConfig, config)
  const target = parsed.text('target.type') as TimestampForm
  const settings = settingsOf(parsed, target, doors.clock.now())
  const field = parsed.text('field') ?? ''
  const withDefaults = parsed.boolean('replace.null.with.default')
  const converted = (value: ConnectValue, form: TimestampForm | null): ConnectValue =>
    value === null ? null : written(instantOf(value, form, settings), target, settings)
  const convertedStruct = (struct: Struct, schema: Schema): Struct => {
    const values = schema.fields.map(target => {
      const source = struct.schema.fields[target.index] ?? target
      const value = fieldValue(struct, source, withDefaults)
      return source.name === field ? fitting(converted(value, formOf(source.schema)), target) : value
    })
    return new Struct(schema, values)
  }
  const updated = perSchema(schema => {
    const basics = { ...schemaBasics(schema), optional: schema.optional }
    const plain = structSchema(updatedFields(schema, field, target), basics)
    const { defaultValue } = schema
    if (!(defaultValue instanceof Struct)) return plain
    return structSchema(updatedFields(schema, field, target), {
      ...basics,
      defaultValue: convertedStruct(defaultValue, plain)
    })
  })
  const withField = copiedWith([field])
  const wholes = { required: formSchema(target, false), optional: formSchema(target, true) }
  return {
    apply(record) {
      const value = part.valueOf(record)
      const schema = part.schemaOf(record)
      if (schema === null) {
        if (value === null || field === '') return part.change(record, null, converted(value, null))
        const map = requireMap(value, purpose)
        const result = withField(map, [converted(map.get(field) ?? null, null)])
        carrySourceTexts(map, result)
        return part.change(record, null, result)
      }
      if (field === '') {
        const form = formOf(schema)
        return part.change(record, schema.optional ? wholes.optional : wholes.required, converted(value, form))
      }
      const struct = requireStructOrNull(value, purpose, schema)
      const newSchema = updated(schema)
      return part.change(record, newSchema, struct === null ? null : convertedStruct(struct, newSchema))
    }
  }
}

function settingsOf(parsed: ParsedConfig, target: TimestampForm, nowMs: number): TimestampSettings {
  const pattern = parsed.text('format') ?? ''
  const unixPrecision = unixPrecisions.find(each => each === parsed.text('unix.precision')) ?? 'milliseconds'
  if (pattern === '') {
    if (target !== 'string') return { format: null, unixPrecision }
    throw new ConfigError(
      'format',
      'TimestampConverter requires format option to be specified when using string timestamps'
    )
  }
  try {
    return { format: new SimpleDateFormat(pattern, nowMs), unixPrecision }
  } catch (error) {
    if (!(error instanceof DatePatternError)) throw error
    throw new ConfigError(
      'format',
      `Invalid value java.lang.IllegalArgumentException: ${error.message} for configuration TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: ${pattern}`,
      { cause: error }
    )
  }
}

function updatedFields(schema: Schema, field: string, target: TimestampForm): FieldList {
  return fieldsOf(schema).map(([name, each]) => [name, name === field ? formSchema(target, each.optional) : each])
}

function formSchema(form: TimestampForm, optional: boolean): Schema {
  const logical = (name: string): SchemaOptions => ({ name, version: 1, optional })
  switch (form) {
    case 'string':
      return new Schema('STRING', { optional })
    case 'unix':
      return new Schema('INT64', { optional })
    case 'Date':
      return new Schema('INT32', logical(logicalNames.date))
    case 'Time':
      return new Schema('INT32', logical(logicalNames.time))
    case 'Timestamp':
      return new Schema('INT64', logical(logicalNames.timestamp))
  }
}

/** What a value of this schema is. */
function formOf(schema: Schema): TimestampForm {
  if (schema.name === logicalNames.timestamp) return 'Timestamp'
  if (schema.name === logicalNames.date) return 'Date'
  if (schema.name === logicalNames.time) return 'Time'
  if (schema.type === 'STRING') return 'string'
  if (schema.type === 'INT64') return 'unix'
  throw new ConnectError(`Schema ${schemaText(schema)} does not correspond to a known timestamp type format`)
}
