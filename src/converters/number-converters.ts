// Integer-, Long-, Short-, Float-, Double- and BooleanConverter: big-endian bytes of a fixed size.
import { type ConnectValue, type SchemaAndValue, Schema, type SchemaType } from '../connect/data.ts'
import { DataError, SerializationError } from '../connect/errors.ts'
import { type Config, type Converter, type HeaderConverter } from '../connect/plugin.ts'
import { javaClass } from '../connect/values/java-class.ts'

/** One kind of number: how its bytes are read and written, and the names that stand in messages. */
interface Kind {
  readonly type: SchemaType
  readonly name: string
  readonly deserializer: string
  readonly size: number
  read(view: DataView): ConnectValue
  /** False where the value is of another type. */
  write(view: DataView, value: ConnectValue): boolean
}

const integer: Kind = {
  type: 'INT32',
  name: 'integer',
  deserializer: 'IntegerDeserializer',
  size: 4,
  read: view => view.getInt32(0),
  write: (view, value) => isInteger(value, 32) && written(view.setInt32(0, value))
}

const long: Kind = {
  type: 'INT64',
  name: 'long',
  deserializer: 'LongDeserializer',
  size: 8,
  read: view => view.getBigInt64(0),
  write: (view, value) =>
    typeof value === 'bigint' && BigInt.asIntN(64, value) === value && written(view.setBigInt64(0, value))
}

const short: Kind = {
  type: 'INT16',
  name: 'short',
  deserializer: 'ShortDeserializer',
  size: 2,
  read: view => view.getInt16(0),
  write: (view, value) => isInteger(value, 16) && written(view.setInt16(0, value))
}

const float: Kind = {
  type: 'FLOAT32',
  name: 'float',
  deserializer: 'Deserializer',
  size: 4,
  read: view => view.getFloat32(0),
  write: (view, value) => typeof value === 'number' && written(view.setFloat32(0, value))
}

const double: Kind = {
  type: 'FLOAT64',
  name: 'double',
  deserializer: 'Deserializer',
  size: 8,
  read: view => view.getFloat64(0),
  write: (view, value) => typeof value === 'number' && written(view.setFloat64(0, value))
}

function written(_done: void): true {
  return true
}

const numberTypes: ReadonlySet<SchemaType> = new Set<SchemaType>(['INT8', 'INT16', 'INT32', 'FLOAT32', 'FLOAT64'])

function isInteger(value: ConnectValue, bits: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1)
}

type Factory = (config: Config, isKey: boolean) => Converter & HeaderConverter

function numberConverter(kind: Kind): Factory {
  const schema = new Schema(kind.type, { optional: true })
  return () =>
    bothWays(
      bytes => ({ schema, value: readNumber(kind, bytes) }),
      (schemaGiven, value) => writeNumber(kind, schemaGiven, value)
    )
}

function bothWays(
  read: (bytes: Uint8Array | null) => SchemaAndValue,
  write: (schema: Schema | null, value: ConnectValue) => Uint8Array | null
): Converter & HeaderConverter {
  return {
    toConnectData: (_topic, bytes) => read(bytes),
    fromConnectData: (_topic, schema, value) => write(schema, value),
    toConnectHeader: (_topic, _key, bytes) => read(bytes),
    fromConnectHeader: (_topic, _key, schema, value) => write(schema, value)
  }
}

function readNumber(kind: Kind, bytes: Uint8Array | null): ConnectValue {
  if (bytes === null) return null
  if (bytes.length === kind.size) return kind.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
  const cause = new SerializationError(`Size of data received by ${kind.deserializer} is not ${kind.size}`)
  throw new DataError(`Failed to deserialize ${kind.name}: `, { cause })
}

function writeNumber(kind: Kind, schema: Schema | null, value: ConnectValue): Uint8Array | null {
  if (value === null) return null
  const bytes = new Uint8Array(kind.size)
  // A number says nothing of its width; the schema it came with does, and Java refuses another width.
  const fits =
    typeof value !== 'number' || schema === null || !numberTypes.has(schema.type) || schema.type === kind.type
  if (fits && kind.write(new DataView(bytes.buffer), value)) return bytes
  throw new DataError(`Failed to serialize to ${kind.name} (was class ${javaClass(value, schema)}): `)
}

export const createIntegerConverter = numberConverter(integer)
export const createLongConverter = numberConverter(long)
export const createShortConverter = numberConverter(short)
export const createFloatConverter = numberConverter(float)
export const createDoubleConverter = numberConverter(double)

const optionalBoolean = new Schema('BOOLEAN', { optional: true })

export const createBooleanConverter: Factory = () =>
  bothWays(
    bytes => ({ schema: optionalBoolean, value: bytes === null ? null : readBoolean(bytes) }),
    (schema, value) => {
      if (schema !== null && schema.type !== 'BOOLEAN') {
        throw new DataError(`Invalid schema type for BooleanConverter: ${schema.type}`)
      }
      if (value === null) return null
      if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0)
      throw new DataError(`BooleanConverter is not compatible with objects of type class ${javaClass(value, schema)}`)
    }
  )

function readBoolean(bytes: Uint8Array): boolean {
  if (bytes.length === 1 && (bytes[0] === 0 || bytes[0] === 1)) return bytes[0] === 1
  const message =
    bytes.length === 1
      ? `Unexpected byte received by BooleanDeserializer: ${((bytes[0] ?? 0) << 24) >> 24}`
      : 'Size of data received by BooleanDeserializer is not 1'
  throw new DataError('Failed to deserialize boolean: ', { cause: new SerializationError(message) })
}
