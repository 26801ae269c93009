// StringConverter: bytes are text in one encoding; writing prints any value as Java's `toString` does.
import { type NumberStyle } from '../connect/compiled.ts'
import { type ConnectValue, type SchemaAndValue, Schema } from '../connect/data.ts'
import { type Config, type Converter, type HeaderConverter } from '../connect/plugin.ts'
import { charset, utf8 } from './charset.ts'
import { JsonFieldReader } from './json-field-reader.ts'
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
    // A sink may find a JSON object in the text. Other encodings go the general way.
    ...(text === utf8 ? { compile: (_topic: string, style: NumberStyle) => new JsonFieldReader(style, 'text') } : {}),
    toConnectData: (_topic, bytes) => read(bytes),
    fromConnectData: (_topic, schema, value) => write(schema, value),
    toConnectHeader: (_topic, _key, bytes) => read(bytes),
    fromConnectHeader: (_topic, _key, schema, value) => write(schema, value)
  }
}
