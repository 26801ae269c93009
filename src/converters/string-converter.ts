// StringConverter: bytes are text in one encoding; writing prints any value as Java's `toString` does.
import { type ConnectValue, type SchemaAndValue, Schema } from '../connect/data.ts'
import { type Config, type Converter, type HeaderConverter } from '../connect/plugin.ts'
import { charset } from './charset.ts'
import { javaObjectText } from '../connect/values/java-object-text.ts'

const optionalString = new Schema('STRING', { optional: true })

/** Throws SerializationError for an encoding nobody knows. */
export function createStringConverter(config: Config, _isKey: boolean): Converter & HeaderConverter {
  const text = charset(config.get('converter.encoding') ?? 'UTF-8')
  const read = (bytes: Uint8Array | null): SchemaAndValue => ({
    schema: optionalString,
    value: bytes === null ? null : text.decode(bytes)
  })
  const write = (schema: Schema | null, value: ConnectValue): Uint8Array | null =>
    value === null ? null : text.encode(javaObjectText(value, schema))
  return {
    neverFails: true,
    toConnectData: (_topic, bytes) => read(bytes),
    fromConnectData: (_topic, schema, value) => write(schema, value),
    toConnectHeader: (_topic, _key, bytes) => read(bytes),
    fromConnectHeader: (_topic, _key, schema, value) => write(schema, value)
  }
}
