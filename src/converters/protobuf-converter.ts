// ProtobufConverter: records framed with a schema id and the path to a message of that schema.
import { DataError } from '../connect/errors.ts'
import { type Config, type Converter, type Doors } from '../connect/plugin.ts'
import { booleanSetting } from './converter-config.ts'
import { MessageCompiler, type MessageReader, type ProtobufSettings } from './protobuf-compile.ts'
import { ProtobufCursor } from './protobuf-cursor.ts'
import { type MessageFile, type MessageType, parseProtobuf, readMessageType } from './protobuf-schema.ts'
import { RegistryConverter } from './registry-converter.ts'

/** A schema with the readers of those of its messages that were met. */
interface Compiled {
  readonly file: MessageFile
  readonly compiler: MessageCompiler
}

export function createProtobufConverter(config: Config, isKey: boolean, doors: Doors): Converter {
  const settings: ProtobufSettings = {
    indexUnions: booleanSetting(config, 'generate.index.for.unions', true),
    intEnums: booleanSetting(config, 'int.for.enums', false),
    optionalKeyword: booleanSetting(config, 'optional.for.nullables', false),
    optionalProto2: booleanSetting(config, 'optional.for.proto2', true),
    unwrapNullables: booleanSetting(config, 'wrapper.for.nullables', false),
    unwrapRoot: booleanSetting(config, 'wrapper.for.raw.primitives', true),
    strict: booleanSetting(config, 'values.strict', false)
  }
  return new RegistryConverter<Compiled>(config, isKey, doors, {
    type: 'PROTOBUF',
    converter: 'ProtobufConverter',
    failure: topic => `Failed to deserialize data for topic ${topic} to Protobuf: `,
    compile: async schema => {
      const { default: protobuf } = await import('protobufjs')
      const file = parseProtobuf(protobuf, schema)
      return { file, compiler: new MessageCompiler(file, settings) }
    },
    read: ({ file, compiler }, bytes, start, key) => {
      const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      const cursor = new ProtobufCursor(buffer, start, buffer.length)
      const reader = readerOf(compiler, readMessageType(file, cursor), key)
      return { schema: reader.schema, value: reader.read(buffer.subarray(cursor.position)) }
    }
  })
}

/** What is wrong with a message is told with the name of its schema. */
function readerOf(compiler: MessageCompiler, type: MessageType, key: string): MessageReader {
  try {
    return compiler.reader(type)
  } catch (cause) {
    const reason = cause instanceof Error ? `: ${cause.message}` : ''
    throw new DataError(`The schema of ${key} cannot be used${reason}`, { cause })
  }
}
