// ProtobufConverter: records framed with a schema id and the path to a message of that schema.
import { type Config, type Converter, type Doors } from '../connect/plugin.ts'
import { booleanSetting } from './converter-config.ts'
import { compileMessage, type MessageReader, type ProtobufSettings } from './protobuf-compile.ts'
import { ProtobufCursor } from './protobuf-cursor.ts'
import { type MessageFile, parseProtobuf, type Protobuf, readMessageType } from './protobuf-schema.ts'
import { RegistryConverter } from './registry-converter.ts'

/** A schema with the readers of those of its messages that were met. */
interface Compiled {
  readonly protobuf: Protobuf
  readonly file: MessageFile
  readonly readers: Map<string, MessageReader>
}

export function createProtobufConverter(config: Config, isKey: boolean, doors: Doors): Converter {
  const settings: ProtobufSettings = {
    unwrapNullables: booleanSetting(config, 'wrapper.for.nullables', false),
    unwrapRoot: booleanSetting(config, 'wrapper.for.raw.primitives', true)
  }
  return new RegistryConverter<Compiled>(config, isKey, doors, {
    type: 'PROTOBUF',
    converter: 'ProtobufConverter',
    failure: topic => `Failed to deserialize data for topic ${topic} to Protobuf: `,
    compile: async schema => {
      const { default: protobuf } = await import('protobufjs')
      return { protobuf, file: parseProtobuf(protobuf, schema), readers: new Map() }
    },
    read: (compiled, bytes, start) => {
      const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      const cursor = new ProtobufCursor(buffer, start, buffer.length)
      const reader = readerOf(compiled, cursor, settings)
      return { schema: reader.schema, value: reader.read(buffer.subarray(cursor.position)) }
    }
  })
}

function readerOf(
  { protobuf, file, readers }: Compiled,
  cursor: ProtobufCursor,
  settings: ProtobufSettings
): MessageReader {
  const type = readMessageType(protobuf, file, cursor)
  const known = readers.get(type.fullName)
  if (known !== undefined) return known
  const reader = compileMessage(type, settings)
  readers.set(type.fullName, reader)
  return reader
}
