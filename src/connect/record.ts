// A record on its way to a sink: lazy values over raw bytes, and the raw form for sinks that read bytes themselves.
import { type ConnectValue, type SchemaAndValue, type Schema } from './data.ts'

export type TimestampType = 'CreateTime' | 'LogAppendTime' | 'NoTimestampType'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** `topic-partition`, the key under which both stand in maps and messages. */
export function topicPartitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

export interface Header {
  readonly key: string
  readonly schema: Schema | null
  readonly value: ConnectValue
}

/** A header as it stood in the log. */
export interface RawHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

/**
 * A record as a sink or transform sees it. `value`, `key` and `headers` decode on first touch, which throws ConversionError (never catch it).
 * `topic` may have been changed by a transform; `original` says where it stands in Kafka, and that is what offsets and errors name.
 */
export interface SinkRecord {
  readonly topic: string
  readonly partition: number
  /** Milliseconds since the epoch, or null where the record has none. */
  readonly timestamp: number | null
  readonly timestampType: TimestampType
  readonly keySchema: Schema | null
  readonly key: ConnectValue
  readonly valueSchema: Schema | null
  readonly value: ConnectValue
  readonly headers: readonly Header[]
  readonly original: RecordOrigin
  /** As `source` of SchemaAndValue. */
  readonly keySource?: string | undefined
  readonly valueSource?: string | undefined
}

/** Where a record stands in Kafka and its bytes there; offsets are exact below 2^53. */
export interface RecordOrigin {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly rawKey: Uint8Array | null
  readonly rawValue: Uint8Array | null
  readonly rawHeaders: readonly RawHeader[]
}

/** Parts of a record that a transform replaces; what is left out stays. */
export interface RecordChange {
  readonly topic?: string
  readonly partition?: number
  readonly timestamp?: number | null
  readonly key?: SchemaAndValue
  readonly value?: SchemaAndValue
  readonly headers?: readonly Header[]
}

/**
 * A record with some parts replaced. It holds the other parts themselves, not the record it was made from: a batch of records that each
 * held what its transforms made on the way would live through every garbage collection. Records are decoded before any transform.
 */
export function changeRecord(record: SinkRecord, change: RecordChange): SinkRecord {
  return new ChangedRecord(record, change)
}

/** A class, since an object with getters of its own costs more than most transforms. */
class ChangedRecord implements SinkRecord {
  readonly topic: string
  readonly partition: number
  readonly timestamp: number | null
  readonly timestampType: TimestampType
  readonly keySchema: Schema | null
  readonly key: ConnectValue
  readonly valueSchema: Schema | null
  readonly value: ConnectValue
  readonly headers: readonly Header[]
  readonly original: RecordOrigin
  readonly keySource: string | undefined
  readonly valueSource: string | undefined

  constructor(record: SinkRecord, { topic, partition, timestamp, key, value, headers }: RecordChange) {
    this.topic = topic ?? record.topic
    this.partition = partition ?? record.partition
    this.timestamp = timestamp === undefined ? record.timestamp : timestamp
    this.timestampType = record.timestampType
    this.keySchema = key === undefined ? record.keySchema : key.schema
    this.key = key === undefined ? record.key : key.value
    this.valueSchema = value === undefined ? record.valueSchema : value.schema
    this.value = value === undefined ? record.value : value.value
    this.headers = headers ?? record.headers
    this.original = record.original
    this.keySource = key === undefined ? record.keySource : key.source
    this.valueSource = value === undefined ? record.valueSource : value.source
  }
}

/**
 * Memory that is written again once nobody holds it. Its lender does until the cursor is read to its end and polled past; whoever reads longer
 * says so.
 */
export interface MemoryLease {
  /** One more holder, until its `release`. */
  hold(): void
  /** A holder is done: what it had of the memory must not be read again. */
  release(): void
  /** Somebody holds it for good: it is never written again. */
  keep(): void
}

/**
 * A cursor over the fetched records of one partition. It moves in place and allocates nothing per record:
 * read a field before the next call of `next`; `bytes` with the positions live longer where its lease is held.
 */
export interface RecordCursor extends TopicPartition {
  /** Moves to the next record; false at the end. Throws on damage, naming topic, partition and offset. */
  next(): boolean
  /** The buffer the current record lies in. */
  readonly bytes: Uint8Array
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  /** -1: the key is null. */
  readonly keyStart: number
  readonly keyEnd: number
  /** -1: the value is null (a tombstone), which is not the same as empty. */
  readonly valueStart: number
  readonly valueEnd: number
  headers(): readonly RawHeader[]
  /** Whether `headers()` has any, without reading them. */
  readonly hasHeaders: boolean
  /** The offset to go on from after what was read so far; counts control batches and gaps. */
  readonly nextOffset: number
  /** Records handed out so far. */
  readonly recordCount: number
  /** A second cursor over the same bytes, at the first record of `offset` or later: what was read can be read again. */
  again(offset: number): RecordCursor
  /** Of the memory of `bytes`; null: nobody writes there again. */
  readonly lease: MemoryLease | null
}
