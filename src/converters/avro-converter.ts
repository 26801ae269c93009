// AvroConverter: records framed with a schema id of the registry, read by the schema they were written with.
import { type ConnectValue, type SchemaAndValue } from '../connect/data.ts'
import { type ConnectError, DataError, RetriableError, SerializationError } from '../connect/errors.ts'
import { type Config, type Converter, type Doors } from '../connect/plugin.ts'
import { type Schema } from '../connect/schema.ts'
import { type AvroReader, compileAvro } from './avro-compile.ts'
import { AvroCursor } from './avro-cursor.ts'
import { parseAvroSchema } from './avro-type.ts'
import { booleanSetting } from './converter-config.ts'
import { RegistryClient, type RegisteredSchema } from './registry-client.ts'
import { RegistrySchemas } from './registry-schemas.ts'
import { registrySettings } from './registry-settings.ts'
import { keyText, readFrame } from './wire-format.ts'

type Headers = Parameters<Converter['toConnectData']>[2]

/** Throws ConfigError for settings that lead to no registry. */
export function createAvroConverter(config: Config, isKey: boolean, doors: Doors): Converter {
  return new AvroConverter(config, isKey, doors)
}

class AvroConverter implements Converter {
  readonly #isKey: boolean
  readonly #namesSubject: boolean
  readonly #schemas: RegistrySchemas<AvroReader>

  constructor(config: Config, isKey: boolean, doors: Doors) {
    const settings = registrySettings(config, isKey)
    const enhanced = booleanSetting(config, 'enhanced.avro.schema.support', false)
    this.#isKey = isKey
    this.#namesSubject = settings.namesSubject
    this.#schemas = new RegistrySchemas(new RegistryClient(settings, doors), doors.clock, settings.cacheSize, schema =>
      compileAvro(avroTypeOf(schema), { enhanced })
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

  toConnectData(topic: string, bytes: Uint8Array | null, headers: Headers): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null }
    try {
      const frame = readFrame(bytes, headers, this.#isKey)
      const reader = this.#schemas.get(frame.key)
      return { schema: reader.schema, value: readValue(reader, bytes, frame.start, keyText(frame.key)) }
    } catch (cause) {
      throw failure(topic, cause)
    }
  }

  fromConnectData(topic: string, schema: Schema | null, value: ConnectValue): Uint8Array | null {
    if (schema === null && value === null) return null
    throw new DataError(
      `Failed to serialize Avro data from topic ${topic} : this worker reads Avro and does not write it`
    )
  }
}

function avroTypeOf(schema: RegisteredSchema): ReturnType<typeof parseAvroSchema> {
  if (schema.type !== 'AVRO')
    throw new DataError(
      `The schema is of type ${schema.type}, and an AvroConverter reads AVRO. Which converter wrote this topic?`
    )
  try {
    return parseAvroSchema([...schema.references.map(reference => reference.text), schema.text])
  } catch (error) {
    throw error instanceof SerializationError
      ? new DataError('Invalid Avro schema: it is no JSON', { cause: error })
      : error
  }
}

function readValue(reader: AvroReader, bytes: Uint8Array, start: number, key: string): ConnectValue {
  try {
    return reader.read(new AvroCursor(bytes, start))
  } catch (cause) {
    throw new SerializationError(`Error deserializing Avro message for ${key}`, { cause })
  }
}

/** The registry being away may pass; everything else is about this record. */
function failure(topic: string, cause: unknown): ConnectError {
  const message = `Failed to deserialize data for topic ${topic} to Avro: `
  if (cause instanceof RetriableError) return new RetriableError(`${message}${cause.message}`, { cause })
  return new DataError(message, { cause })
}
