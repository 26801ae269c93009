// What a transform was given when it failed, by its kind and never by its content, and what to write for that.
import { shownName } from '../util/visible-text.ts'
import { type ConnectValue, type Schema } from '../connect/data.ts'
import { type SinkRecord } from '../connect/record.ts'

const tombstone = 'a tombstone (null value)'
const nullKey = 'a null key'
const text = 'text'
const bytes = 'bytes'
const predicates = 'org.apache.kafka.connect.transforms.predicates'

/** The key for the classes that work on keys, else the value. */
export function metBy(className: string, record: SinkRecord): string {
  if (!isOfKey(className)) return record.value === null ? tombstone : kindOf(record.value, record.valueSchema)
  return record.key === null ? nullKey : kindOf(record.key, record.keySchema)
}

function isOfKey(className: string): boolean {
  return className.endsWith('$Key')
}

function kindOf(value: ConnectValue, schema: Schema | null): string {
  if (typeof value === 'string') return text
  if (value instanceof Uint8Array) return bytes
  if (value instanceof Map) return schema === null ? 'a map without schema' : 'a map with schema'
  if (schema === null) return Array.isArray(value) ? 'a list without schema' : `a ${typeof value} without schema`
  return schema.name === null ? `a ${schema.type}` : `a ${schema.type} of schema ${shownName(schema.name)}`
}

interface FailedTransform {
  readonly executingClass: string
  /** The transform's alias. */
  readonly part: string | null
  /** As `metBy` told. */
  readonly met: string | null
}

/** `why`: the transform's own words behind a colon, or nothing. */
export function transformWords({ executingClass, part: alias, met }: FailedTransform, why: string): string {
  const prefix = `transforms.${alias ?? 'ALIAS'}`
  const part = isOfKey(executingClass) ? 'key' : 'value'
  const seen = `transform ${alias ?? ''} (${prefix}.type=${executingClass}) failed on ${met ?? 'it'}`
  switch (met) {
    case tombstone:
      return (
        `${seen}${why}. Let tombstones pass by it: predicates=tombstone, predicates.tombstone.type=${predicates}.RecordIsTombstone, ` +
        `${prefix}.predicate=tombstone and ${prefix}.negate=true`
      )
    case text:
    case bytes:
      return (
        `${seen}, which is what the ${part}.converter made of the record${why}. Where the topic holds JSON write ` +
        `${part}.converter=org.apache.kafka.connect.json.JsonConverter and ${part}.converter.schemas.enable=false; else correct ${prefix}.*`
      )
    case nullKey:
      return `${seen}${why}. Let the producer send keys, or make one of the value by a transform ValueToKey before ${alias ?? 'it'}`
    default:
      return `${seen}${why}. Correct ${prefix}.*, or keep such records from it by ${prefix}.predicate`
  }
}
