// What the converters of a schema registry share: find the frame, wait for the schema, read by it, word what fails.
import { type CompiledReader, type NumberStyle } from '../connect/compiled.ts'
import { type ConnectValue, type SchemaAndValue, type Schema } from '../connect/data.ts'
import { type ConnectError, DataError, RegistryAccessError, RegistryAwayError } from '../connect/errors.ts'
import { type Config, type Converter, type Doors } from '../connect/plugin.ts'
import { RegistryClient, type RegisteredSchema } from './registry-client.ts'
import { type FetchedSchema, RegistrySchemas } from './registry-schemas.ts'
import { registrySettings } from './registry-settings.ts'
import { type Framed, keyText, readFrame, type SchemaKey } from './wire-format.ts'

type Headers = Parameters<Converter['toConnectData']>[2]

/** What a compiled reader asks of its converter: schemas that are here already, and where they are named. */
export interface RegistryLookup<T> {
  /** null: not fetched yet, or refused. */
  find(key: SchemaKey): FetchedSchema<T> | null
  /** null where no frame is found. */
  frame(bytes: Uint8Array, headers: Headers): Framed | null
}

/** One format of the registry. `compile` makes of a registered schema what `read` reads by. */
export interface RegistryFormat<T> {
  /** As the registry names it; a schema of another type is refused. */
  readonly type: string
  readonly converter: string
  /** The message of every failure on a topic, as Confluent's converter has it; the cause follows. */
  failure(topic: string): string
  compile(schema: RegisteredSchema): T | Promise<T>
  read(compiled: T, bytes: Uint8Array, start: number, key: string): SchemaAndValue
  /** The compiled way's reader, where the format has one. */
  readonly fieldReader?: (style: NumberStyle, lookup: RegistryLookup<T>) => CompiledReader
}

/** Throws ConfigError for settings that lead to no registry. */
export class RegistryConverter<T> implements Converter, RegistryLookup<T> {
  /** Absent where the format has no reader of that kind. */
  readonly compile?: (topic: string, style: NumberStyle) => CompiledReader
  readonly #isKey: boolean
  readonly #namesSubject: boolean
  readonly #format: RegistryFormat<T>
  readonly #schemas: RegistrySchemas<T>

  constructor(config: Config, isKey: boolean, doors: Doors, format: RegistryFormat<T>) {
    const settings = registrySettings(config, isKey)
    this.#isKey = isKey
    this.#namesSubject = settings.namesSubject
    this.#format = format
    const { fieldReader } = format
    if (fieldReader !== undefined) this.compile = (_topic, style) => fieldReader(style, this)
    this.#schemas = new RegistrySchemas(
      new RegistryClient(settings, doors),
      doors.clock,
      settings.cacheSize,
      schema => {
        if (schema.type === format.type) return format.compile(schema)
        throw new DataError(wrongTypeText(schema.type, format, isKey))
      }
    )
  }

  prepare(topic: string, bytes: Uint8Array, headers: Headers): Promise<void> | null {
    try {
      const subject = this.#namesSubject ? `${topic}-${this.#isKey ? 'key' : 'value'}` : null
      return this.#schemas.prepare(readFrame(bytes, headers, this.#isKey).key, subject)
    } catch {
      // Bytes without a frame need no schema: `toConnectData` says what is wrong with them.
      return null
    }
  }

  find(key: SchemaKey): FetchedSchema<T> | null {
    return this.#schemas.find(key)
  }

  frame(bytes: Uint8Array, headers: Headers): Framed | null {
    try {
      return readFrame(bytes, headers, this.#isKey)
    } catch {
      return null
    }
  }

  toConnectData(topic: string, bytes: Uint8Array | null, headers: Headers): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null }
    try {
      const frame = readFrame(bytes, headers, this.#isKey)
      return this.#format.read(this.#schemas.get(frame.key), bytes, frame.start, keyText(frame.key))
    } catch (cause) {
      throw failureOf(this.#format.failure(topic), cause)
    }
  }

  fromConnectData(topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null {
    if (schema === null && value === null) return null
    throw new DataError(
      `${this.#format.converter} of this worker reads and does not write; topic ${topic} needs another converter`
    )
  }
}

const convertersByType: ReadonlyMap<string, string> = new Map([
  ['AVRO', 'io.confluent.connect.avro.AvroConverter'],
  ['PROTOBUF', 'io.confluent.connect.protobuf.ProtobufConverter'],
  ['JSON', 'io.confluent.connect.json.JsonSchemaConverter']
])

function wrongTypeText(
  type: string,
  format: { readonly type: string; readonly converter: string },
  isKey: boolean
): string {
  const right = convertersByType.get(type)
  const remedy =
    right === undefined ? 'Let the producer register another' : `Write ${isKey ? 'key' : 'value'}.converter=${right}`
  return `The schema is of type ${type}, and ${format.converter} reads ${format.type}. ${remedy}, if the whole topic is so`
}

/** What the registry is to blame for stays what it is; everything else is about this record. */
function failureOf(message: string, cause: unknown): ConnectError {
  if (cause instanceof RegistryAwayError || cause instanceof RegistryAccessError) return cause
  return new DataError(message, { cause })
}
