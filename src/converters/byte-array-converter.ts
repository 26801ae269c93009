// ByteArrayConverter: bytes pass as they are.
import { type ConnectValue, type SchemaAndValue, Schema } from '../connect/data.ts'
import { DataError } from '../connect/errors.ts'
import { type Config, type Converter, type HeaderConverter } from '../connect/plugin.ts'
import { javaClass } from '../connect/values/java-class.ts'

const optionalBytes = new Schema('BYTES', { optional: true })

export function createByteArrayConverter(_config: Config, _isKey: boolean): Converter & HeaderConverter {
  const read = (bytes: Uint8Array | null): SchemaAndValue => ({ schema: optionalBytes, value: bytes })
  return {
    neverFails: true,
    toConnectData: (_topic, bytes) => read(bytes),
    fromConnectData: (_topic, schema, value) => write(schema, value),
    toConnectHeader: (_topic, _key, bytes) => read(bytes),
    fromConnectHeader: (_topic, _key, schema, value) => write(schema, value)
  }
}

function write(schema: Schema | null, value: ConnectValue): Uint8Array | null {
  if (schema !== null && schema.type !== 'BYTES') {
    throw new DataError(`Invalid schema type for ByteArrayConverter: ${schema.type}`)
  }
  if (value === null || value instanceof Uint8Array) return value
  throw new DataError(`ByteArrayConverter is not compatible with objects of type class ${javaClass(value, schema)}`)
}
