// InsertField: adds where a record came from (topic, partition, offset, timestamp) or a fixed text as fields of its key or value.
import { carrySourceTexts, type ConnectValue, logicalNames, Schema, Struct } from '../connect/data.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { type SinkRecord } from '../connect/record.ts'
import { timestampFromMs } from '../connect/values/logical-types.ts'
import { copiedWith } from './moved-map.ts'
import { type OperatingPart } from './operating-part.ts'
import { type ConnectObject, requireMap, requireStruct } from './requirements.ts'
import { type FieldList, fieldsOf, perSchema, schemaBasics, structSchema } from './schema-copy.ts'
import { copiedValues, fitting } from './struct-copy.ts'
import { definition, parseTransformConfig, replaceNullWithDefault } from './transform-config.ts'

const purpose = 'field insertion'
const suffixes = "A '!' behind it makes the field required, a '?' optional, which is the default."

const textKey = (name: string, documentation: string) =>
  ({ name, type: 'STRING', defaultValue: null, importance: 'MEDIUM', documentation }) as const

export const insertFieldConfig = definition(
  textKey('topic.field', `Field for the topic. ${suffixes}`),
  textKey('partition.field', `Field for the partition. ${suffixes}`),
  textKey('offset.field', `Field for the offset. ${suffixes}`),
  textKey('timestamp.field', `Field for the timestamp of the record. ${suffixes}`),
  textKey('static.field', `Field for a fixed text. ${suffixes}`),
  textKey('static.value', 'The fixed text.'),
  replaceNullWithDefault
)

/** One field to add: what it holds with a schema and without; null leaves it out. */
interface Insertion {
  readonly name: string
  readonly schema: Schema
  readonly value: (record: SinkRecord) => ConnectValue
  readonly schemaless: (record: SinkRecord) => ConnectValue
}

const timestampOptions = { name: logicalNames.timestamp, version: 1 }

export function createInsertField(config: Config, part: OperatingPart): Transformation {
  const parsed = parseTransformConfig(insertFieldConfig, config)
  const staticValue = parsed.text('static.value')
  const insertions = [
    insertion(
      parsed.text('topic.field'),
      optional => new Schema('STRING', { optional }),
      record => record.topic
    ),
    insertion(
      parsed.text('partition.field'),
      optional => new Schema('INT32', { optional }),
      record => record.partition,
      record => BigInt(record.partition)
    ),
    insertion(parsed.text('offset.field'), optional => new Schema('INT64', { optional }), offsetOf),
    insertion(
      parsed.text('timestamp.field'),
      optional => new Schema('INT64', { ...timestampOptions, optional }),
      ({ timestamp }) => (timestamp === null ? null : timestampFromMs(BigInt(timestamp))),
      ({ timestamp }) => (timestamp === null ? null : BigInt(timestamp))
    ),
    insertion(
      parsed.text('static.field'),
      optional => new Schema('STRING', { optional }),
      () => staticValue
    )
  ].filter(each => each !== null)
  if (insertions.length === 0) throw new ConfigError(null, 'No field insertion configured')
  if (parsed.text('static.field') !== null && staticValue === null) {
    throw new ConfigError(
      'static.value',
      `Invalid value null for configuration static.value: No value specified for static field: ${parsed.text('static.field')}`
    )
  }
  const withDefaults = parsed.boolean('replace.null.with.default')
  const widened = perSchema(schema => structSchema(widenedFields(schema, insertions), schemaBasics(schema)))
  const withAll = copiedWith(insertions.map(each => each.name))
  const inserted = (map: ConnectObject, record: SinkRecord): ConnectObject => {
    const values = insertions.map(each => each.schemaless(record))
    if (!values.includes(null)) return withAll(map, values)
    // A record without timestamp: rare, so nothing is remembered for it.
    const present = insertions.filter((_, index) => values[index] !== null)
    return copiedWith(present.map(each => each.name))(
      map,
      values.filter(value => value !== null)
    )
  }
  return {
    apply(record) {
      const value = part.valueOf(record)
      if (value === null) return record
      const schema = part.schemaOf(record)
      if (schema === null) {
        const source = requireMap(value, purpose)
        const map = inserted(source, record)
        carrySourceTexts(source, map)
        return part.change(record, null, map)
      }
      const struct = requireStruct(value, purpose, schema)
      const newSchema = widened(schema)
      const values = copiedValues(struct, withDefaults)
      for (const each of insertions) values.push(fittingOrNull(each.value(record), each))
      return part.change(record, newSchema, new Struct(newSchema, values))
    }
  }
}

/** A record without timestamp leaves its field out, as Java does; nothing else that is added can be null. */
function fittingOrNull(value: ConnectValue, field: Insertion): ConnectValue {
  return value === null ? null : fitting(value, field)
}

function offsetOf(record: SinkRecord): ConnectValue {
  return BigInt(record.original.offset)
}

function insertion(
  spec: string | null,
  schema: (optional: boolean) => Schema,
  value: Insertion['value'],
  schemaless: Insertion['schemaless'] = value
): Insertion | null {
  if (spec === null) return null
  const isRequired = spec.endsWith('!')
  const name = isRequired || spec.endsWith('?') ? spec.slice(0, -1) : spec
  return { name, schema: schema(!isRequired), value, schemaless }
}

function widenedFields(schema: Schema, insertions: readonly Insertion[]): FieldList {
  return [...fieldsOf(schema), ...insertions.map(each => [each.name, each.schema] as const)]
}
