// A record between its bytes and a sink: positions copied from a cursor, values decoded by the task's converters on first touch.
import { type SchemaAndValue, type ConnectValue, type Schema } from '../connect/data.ts'
import { ConversionError, type Stage } from '../connect/errors.ts'
import { type Config, type Converter, type HeaderConverter } from '../connect/plugin.ts'
import {
  type Header,
  type RawHeader,
  type RecordCursor,
  type RecordOrigin,
  type SinkRecord,
  type TimestampType
} from '../connect/record.ts'

/** A converter under the Java class name that errors and dead letters show. */
export interface Named<T> {
  readonly className: string
  readonly plugin: T
  /** What it was made with, for whoever must say which setting is wrong; absent in tests. */
  readonly settings?: Config
  /** Named by the worker, not by the connector. */
  readonly fromWorker?: boolean
}

export interface TaskConverters {
  readonly key: Named<Converter>
  readonly value: Named<Converter>
  readonly header: Named<HeaderConverter>
}

const noHeaders: readonly RawHeader[] = []
const noConnectHeaders: readonly Header[] = []

/** Where a record stands in Kafka. Its bytes are views made when asked for: most records are read once, as values. */
class CursorOrigin implements RecordOrigin {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly rawHeaders: readonly RawHeader[]
  readonly #bytes: Uint8Array
  readonly #keyStart: number
  readonly #keyEnd: number
  readonly #valueStart: number
  readonly #valueEnd: number

  constructor(cursor: RecordCursor) {
    // Dead letters and errors ask for the bytes whenever they like.
    cursor.lease?.keep()
    this.topic = cursor.topic
    this.partition = cursor.partition
    this.offset = cursor.offset
    this.timestamp = cursor.timestamp
    this.timestampType = cursor.timestampType
    const headers = cursor.headers()
    this.rawHeaders = headers.length === 0 ? noHeaders : headers
    this.#bytes = cursor.bytes
    this.#keyStart = cursor.keyStart
    this.#keyEnd = cursor.keyEnd
    this.#valueStart = cursor.valueStart
    this.#valueEnd = cursor.valueEnd
  }

  get rawKey(): Uint8Array | null {
    return this.#keyStart < 0 ? null : this.#bytes.subarray(this.#keyStart, this.#keyEnd)
  }

  get rawValue(): Uint8Array | null {
    return this.#valueStart < 0 ? null : this.#bytes.subarray(this.#valueStart, this.#valueEnd)
  }
}

export class LazyRecord implements SinkRecord {
  readonly original: RecordOrigin
  readonly #converters: TaskConverters
  #key: SchemaAndValue | null = null
  #value: SchemaAndValue | null = null
  #headers: readonly Header[] | null = null

  constructor(cursor: RecordCursor, converters: TaskConverters) {
    this.original = new CursorOrigin(cursor)
    this.#converters = converters
  }

  get topic(): string {
    return this.original.topic
  }
  get partition(): number {
    return this.original.partition
  }
  get timestamp(): number | null {
    return this.original.timestampType === 'NoTimestampType' ? null : this.original.timestamp
  }
  get timestampType(): TimestampType {
    return this.original.timestampType
  }
  get keySchema(): Schema | null {
    return this.#decodedKey().schema
  }
  get key(): ConnectValue {
    return this.#decodedKey().value
  }
  get valueSchema(): Schema | null {
    return this.#decodedValue().schema
  }
  get value(): ConnectValue {
    return this.#decodedValue().value
  }
  get keySource(): string | undefined {
    return this.#decodedKey().source
  }
  get valueSource(): string | undefined {
    return this.#decodedValue().source
  }
  get headers(): readonly Header[] {
    this.#headers ??= this.original.rawHeaders.length === 0 ? noConnectHeaders : this.#decodeHeaders()
    return this.#headers
  }

  /** A promise where a converter must fetch something (a schema) before this record can be decoded, else null. */
  prepare(): Promise<unknown> | null {
    const { key, value } = this.#converters
    // Asked first: a view of the bytes would be made for nothing.
    const keyPromise = key.plugin.prepare === undefined ? null : this.#prepared(key.plugin, this.original.rawKey)
    const valuePromise =
      value.plugin.prepare === undefined ? null : this.#prepared(value.plugin, this.original.rawValue)
    return keyPromise === null
      ? valuePromise
      : valuePromise === null
        ? keyPromise
        : Promise.all([keyPromise, valuePromise])
  }

  #prepared(converter: Converter, bytes: Uint8Array | null): Promise<unknown> | null {
    return bytes === null ? null : (converter.prepare?.(this.original.topic, bytes, this.#rawHeaders) ?? null)
  }

  /** Decodes every part in Connect's order (key, value, headers): a part that nobody reads can fail a record there, so it does here. */
  decode(): void {
    this.#decodedKey()
    this.#decodedValue()
    void this.headers
  }

  readonly #rawHeaders = (): readonly RawHeader[] => this.original.rawHeaders

  #decodedKey(): SchemaAndValue {
    this.#key ??= this.#decode('KEY_CONVERTER', this.#converters.key, this.original.rawKey)
    return this.#key
  }

  #decodedValue(): SchemaAndValue {
    this.#value ??= this.#decode('VALUE_CONVERTER', this.#converters.value, this.original.rawValue)
    return this.#value
  }

  #decode(stage: Stage, converter: Named<Converter>, bytes: Uint8Array | null): SchemaAndValue {
    try {
      return converter.plugin.toConnectData(this.original.topic, bytes, this.#rawHeaders)
    } catch (error) {
      throw new ConversionError(stage, converter.className, error)
    }
  }

  #decodeHeaders(): readonly Header[] {
    const { className, plugin } = this.#converters.header
    let part = ''
    try {
      return this.original.rawHeaders.map(({ key, value }) => {
        part = key
        const decoded = plugin.toConnectHeader(this.original.topic, key, value)
        return { key, schema: decoded.schema, value: decoded.value }
      })
    } catch (error) {
      throw new ConversionError('HEADER_CONVERTER', className, error, { part })
    }
  }
}
