// The part of a record that a `$Key` or `$Value` variant works on.
import { type ConnectValue, type Schema } from '../connect/data.ts'
import { changeRecord, type Header, type SinkRecord } from '../connect/record.ts'

export interface OperatingPart {
  readonly variant: 'Key' | 'Value'
  schemaOf(record: SinkRecord): Schema | null
  valueOf(record: SinkRecord): ConnectValue
  /** The record with this part replaced, and its headers where they are given. */
  change(record: SinkRecord, schema: Schema | null, value: ConnectValue, headers?: readonly Header[]): SinkRecord
}

export const keyPart: OperatingPart = {
  variant: 'Key',
  schemaOf: record => record.keySchema,
  valueOf: record => record.key,
  change: (record, schema, value, headers) =>
    changeRecord(record, { key: { schema, value }, ...(headers === undefined ? {} : { headers }) })
}

export const valuePart: OperatingPart = {
  variant: 'Value',
  schemaOf: record => record.valueSchema,
  valueOf: record => record.value,
  change: (record, schema, value, headers) =>
    changeRecord(record, { value: { schema, value }, ...(headers === undefined ? {} : { headers }) })
}
