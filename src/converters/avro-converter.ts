// AvroConverter: records framed with a schema id of the registry, read by the schema they were written with.
import { type SchemaAndValue } from '../connect/data.ts'
import { DataError, SerializationError } from '../connect/errors.ts'
import { type Config, type Converter, type Doors } from '../connect/plugin.ts'
import { type AvroReader, compileAvro } from './avro-compile.ts'
import { AvroCursor } from './avro-cursor.ts'
import { AvroFieldReader } from './avro-field-reader.ts'
import { parseAvroSchema } from './avro-type.ts'
import { booleanSetting, valueRules } from './converter-config.ts'
import { type RegisteredSchema } from './registry-client.ts'
import { RegistryConverter } from './registry-converter.ts'

export function createAvroConverter(config: Config, isKey: boolean, doors: Doors): Converter {
  const enhanced = booleanSetting(config, 'enhanced.avro.schema.support', false)
  const keepsNull = valueRules(config).defaults !== 'null'
  return new RegistryConverter<AvroReader>(config, isKey, doors, {
    type: 'AVRO',
    converter: 'AvroConverter',
    failure: topic => `Failed to deserialize data for topic ${topic} to Avro: `,
    compile: schema => compileAvro(avroTypeOf(schema), { enhanced, keepsNull }),
    read: readAvro,
    fieldReader: (style, lookup) => new AvroFieldReader(style, lookup)
  })
}

function avroTypeOf(schema: RegisteredSchema): ReturnType<typeof parseAvroSchema> {
  try {
    return parseAvroSchema([...schema.references.map(reference => reference.text), schema.text])
  } catch (error) {
    throw error instanceof SerializationError
      ? new DataError('Invalid Avro schema: it is no JSON', { cause: error })
      : error
  }
}

function readAvro(reader: AvroReader, bytes: Uint8Array, start: number, key: string): SchemaAndValue {
  try {
    return { schema: reader.schema, value: reader.read(new AvroCursor(bytes, start)) }
  } catch (cause) {
    throw new SerializationError(`Error deserializing Avro message for ${key}`, { cause })
  }
}
