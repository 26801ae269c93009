// .proto texts to message types: imports resolved from references and from the well-known files, message indexes to names.
import type library from 'protobufjs'
import { DataError, SerializationError } from '../connect/errors.ts'
import { type RegisteredSchema } from './registry-client.ts'
import { type ProtobufCursor } from './protobuf-cursor.ts'

/** The part of the library that is used; loading it takes memory, so only a worker that reads Protobuf does. */
export type Protobuf = typeof library
export type MessageType = library.Type

/** Files that schemas import and registries do not hold, beyond those the library brings. */
const wellKnown: ReadonlyMap<string, string> = new Map([
  [
    'confluent/type/decimal.proto',
    'syntax = "proto3"; package confluent.type; message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }'
  ],
  [
    'google/type/date.proto',
    'syntax = "proto3"; package google.type; message Date { int32 year = 1; int32 month = 2; int32 day = 3; }'
  ],
  [
    'google/type/timeofday.proto',
    'syntax = "proto3"; package google.type; message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }'
  ],
  // Its options only annotate; the parser keeps them without knowing them.
  ['confluent/meta.proto', 'syntax = "proto3"; package confluent;']
])

const indexesMax = 100

/** A schema's messages: all types by name, and the file's own in the order of the text, which is what indexes count. */
export interface MessageFile {
  readonly root: library.Root
  readonly messages: readonly MessageType[]
}

export function parseProtobuf(protobuf: Protobuf, schema: RegisteredSchema): MessageFile {
  const root = new protobuf.Root()
  const texts = new Map(schema.references.map(({ name, text }) => [name, text]))
  const done = new Set<string>()
  const load = (text: string): string | null => {
    const parsed = protobuf.parse(text, root, { keepCase: true })
    for (const file of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) {
      if (done.has(file)) continue
      done.add(file)
      const common = protobuf.common.get(file)
      const imported = texts.get(file) ?? wellKnown.get(file)
      if (imported !== undefined) load(imported)
      else if (common?.nested !== undefined) root.addJSON(common.nested)
      else throw new DataError(`The Protobuf schema imports ${file}, which is none of its references`)
    }
    return parsed.package ?? null
  }
  try {
    const name = load(schema.text)
    root.resolveAll()
    // Other files may share the package: alone, the text has its own messages in its own order.
    const alone = new protobuf.Root()
    protobuf.parse(schema.text, alone, { keepCase: true })
    const own = name === null ? alone : alone.lookup(name)
    const names = messagesOf(protobuf, own).map(type => type.fullName)
    return { root, messages: names.map(each => root.lookupType(each)) }
  } catch (cause) {
    throw cause instanceof DataError ? cause : new DataError('Invalid Protobuf schema', { cause })
  }
}

function messagesOf(protobuf: Protobuf, space: unknown): MessageType[] {
  return space instanceof protobuf.Namespace ? space.nestedArray.filter(each => each instanceof protobuf.Type) : []
}

/** Reads the message indexes in front of the payload (a single 0 byte stands for the first message) and finds the message. */
export function readMessageType(protobuf: Protobuf, file: MessageFile, cursor: ProtobufCursor): MessageType {
  const count = cursor.sint32()
  if (count < 0 || count > indexesMax)
    throw new SerializationError(`Invalid message indexes: found a path of ${count} steps`)
  let messages = file.messages
  let found: MessageType | undefined
  for (let step = 0; step < Math.max(count, 1); step++) {
    const index = count === 0 ? 0 : cursor.sint32()
    found = messages[index]
    if (found === undefined)
      throw new SerializationError(`Invalid message indexes: the schema has no message ${index} at step ${step + 1}`)
    messages = messagesOf(protobuf, found)
  }
  if (found === undefined) throw new SerializationError('Invalid message indexes: the schema has no message')
  return found
}
