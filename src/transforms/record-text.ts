// A sink record as Java prints it; it stands in a message of Connect's.
import { type ConnectValue, type Schema } from '../connect/data.ts'
import { type SinkRecord } from '../connect/record.ts'
import { javaObjectText } from '../connect/values/java-object-text.ts'

/** Longer keys and values are cut: a message must stay a line that somebody can read. */
const lengthMax = 1000

/** Keys and values of a record stand in it: only for a message that Connect itself fills with them. */
export function recordText(record: SinkRecord): string {
  const { original } = record
  const parts = [
    `topic='${record.topic}'`,
    `kafkaPartition=${record.partition}`,
    `key=${valueText(record.key, record.keySchema)}`,
    `keySchema=${schemaText(record.keySchema)}`,
    `value=${valueText(record.value, record.valueSchema)}`,
    `valueSchema=${schemaText(record.valueSchema)}`,
    `timestamp=${record.timestamp}`,
    `headers=ConnectHeaders(headers=${headersText(record)})`
  ]
  const origin = `kafkaOffset=${original.offset}, timestampType=${original.timestampType}, originalTopic=${original.topic}, originalKafkaPartition=${original.partition}, originalKafkaOffset=${original.offset}`
  return `SinkRecord{${origin}} ConnectRecord{${parts.join(', ')}}`
}

/** Schema.toString. */
export function schemaText(schema: Schema | null): string {
  if (schema === null) return 'null'
  return schema.name === null ? `Schema{${schema.type}}` : `Schema{${schema.name}:${schema.type}}`
}

function valueText(value: ConnectValue, schema: Schema | null): string {
  const text = javaObjectText(value, schema)
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}...` : text
}

function headersText({ headers }: SinkRecord): string {
  if (headers.length === 0) return ''
  const texts = headers.map(
    ({ key, value, schema }) =>
      `ConnectHeader(key=${key}, value=${valueText(value, schema)}, schema=${schemaText(schema)})`
  )
  return `[${texts.join(', ')}]`
}
