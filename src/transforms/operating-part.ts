// The part of a record that a `$Key` or `$Value` variant works on.
import { type ConnectValue, type Schema } from '../connect/data.ts'
import { changeRecord, type Header, type SinkRecord } from '../connect/record.ts'

export interface OperatingPart {
  readonly variant: 'Key' | 'Value'
  schemaOf(record: SinkRecord): Schema | null
  valueOf(record: SinkRecord): ConnectValue
  /** How a number that is the whole part stood in the source, where it would print otherwise. */
  sourceOf(record: SinkRecord): string | undefined
  /** The record with this part replaced, and its headers where they are given. */
  change(record: SinkRecord, schema: Schema | null, value: ConnectValue, headers?: readonly Header[]): SinkRecord
  /** The record with a field of this part in its place, without schema. */
  narrow(record: SinkRecord, value: ConnectValue, source: string | undefined): SinkRecord
}

export const keyPart: OperatingPart = {
  variant: 'Key',
  schemaOf: record => record.keySchema,
  valueOf: record => record.key,
  sourceOf: record => record.keySource,
  change: (record, schema, value, headers) =>
    changeRecord(record, { key: { schema, value }, ...(headers === undefined ? {} : { headers }) }),
  narrow: (record, value, source) => changeRecord(record, { key: { schema: null, value, source } })
}

export const valuePart: OperatingPart = {
  variant: 'Value',
  schemaOf: record => record.valueSchema,
  valueOf: record => record.value,
  sourceOf: record => record.valueSource,
  change: (record, schema, value, headers) =>
    changeRecord(record, { value: { schema, value }, ...(headers === undefined ? {} : { headers }) }),
  narrow: (record, value, source) => changeRecord(record, { value: { schema: null, value, source } })
}
