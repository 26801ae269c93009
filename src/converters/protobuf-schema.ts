// .proto texts to message types: imports resolved from references and from the well-known files, names to types, message indexes to messages.
import type library from 'protobufjs'
import { DataError, SerializationError } from '../connect/errors.ts'
import { type ProtobufCursor } from './protobuf-cursor.ts'
import { type Protobuf, ProtoScan } from './protobuf-scan.ts'
import { wellKnownText } from './protobuf-well-known.ts'
import { type RegisteredSchema } from './registry-client.ts'

export type MessageType = library.Type
export type EnumType = library.Enum
export type ProtoField = library.Field

const indexesMax = 100

/** The name of the schema's own text among its files; imports have the names they are imported by. */
const ownFile = ''

/** A schema's messages: its own in the order of the text, which is what indexes count, and the types that their fields name. */
export class MessageFile {
  readonly messages: readonly MessageType[]
  readonly #protobuf: Protobuf
  readonly #syntaxes: ReadonlyMap<string | null, string>

  constructor(protobuf: Protobuf, root: library.Root, name: string | null, syntaxes: ReadonlyMap<string, string>) {
    this.#protobuf = protobuf
    this.#syntaxes = syntaxes
    // Other files may share the package.
    const space = name === null ? root : root.lookup(name)
    this.messages = this.messagesOf(space).filter(type => type.filename === ownFile)
  }

  messagesOf(space: unknown): MessageType[] {
    if (!(space instanceof this.#protobuf.Namespace)) return []
    return space.nestedArray.filter(each => each instanceof this.#protobuf.Type)
  }

  /** `proto2`, `proto3` or an edition. */
  syntaxOf(type: MessageType): string {
    return this.#syntaxes.get(type.filename) ?? 'proto3'
  }

  /**
   * The type that a field names; null for a scalar. As protoc has it, the innermost scope that knows the name's first part counts. The library looks
   * below a scope first, and among thousands of types takes minutes to find one.
   */
  typeOf(field: ProtoField): MessageType | EnumType | null {
    const { types, Namespace } = this.#protobuf
    if (field.type in types.basic) return null
    const parts = field.type.split('.')
    const absolute = parts[0] === ''
    if (absolute) parts.shift()
    for (let scope: library.ReflectionObject | null = absolute ? field.root : field.parent; scope !== null;) {
      const found = scope instanceof Namespace ? this.#below(scope, parts) : null
      if (found !== null) return found
      scope = scope.parent
    }
    throw new DataError(
      `The Protobuf schema has no type ${field.type}, which ${field.fullName.replace(/^\./, '')} is to be of`
    )
  }

  #below(scope: library.NamespaceBase, parts: readonly string[]): MessageType | EnumType | null {
    const { Namespace, Type, Enum } = this.#protobuf
    let found: library.ReflectionObject | undefined = scope
    for (const part of parts) {
      if (!(found instanceof Namespace)) return null
      found = found.nested !== undefined && Object.hasOwn(found.nested, part) ? found.nested[part] : undefined
    }
    return found instanceof Type || found instanceof Enum ? found : null
  }
}

/** Throws DataError for a schema that can't be read, or would cost too much. */
export function parseProtobuf(protobuf: Protobuf, schema: RegisteredSchema): MessageFile {
  const texts = new Map(schema.references.map(({ name, text }) => [name, text]))
  const root = new protobuf.Root()
  // What extensions add to a message has no place in Connect, and adding them goes over all types again and again.
  Object.defineProperty(root, '_handleAdd', { value: () => undefined })
  const syntaxes = new Map<string, string>()
  let name: string | null = null
  const scan = new ProtoScan(protobuf)
  const waiting: [string, string][] = [[ownFile, schema.text]]
  try {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [file, text] = next
      const { imports, syntax } = scan.outline(text)
      syntaxes.set(file, syntax)
      const parsed = parseFile(protobuf, file, text, root)
      if (file === ownFile) name = parsed.package ?? null
      for (const imported of imports) {
        if (syntaxes.has(imported)) continue
        const known = texts.get(imported) ?? wellKnownText(imported)
        if (known === null)
          throw new DataError(`The Protobuf schema imports ${imported}, which is none of its references`)
        syntaxes.set(imported, '')
        waiting.push([imported, known])
      }
    }
    return new MessageFile(protobuf, root, name, syntaxes)
  } catch (cause) {
    throw cause instanceof DataError ? cause : new DataError('Invalid Protobuf schema', { cause })
  }
}

/** Every type remembers the file that it is from. */
function parseFile(protobuf: Protobuf, file: string, text: string, root: library.Root): library.IParserResult {
  Object.assign(protobuf.parse, { filename: file })
  try {
    return protobuf.parse(text, root, { keepCase: true })
  } finally {
    Object.assign(protobuf.parse, { filename: null })
  }
}

/** Reads the message indexes in front of the payload (a single 0 byte stands for the first message) and finds the message. */
export function readMessageType(file: MessageFile, cursor: ProtobufCursor): MessageType {
  const count = cursor.sint32()
  if (count < 0 || count > indexesMax)
    throw new SerializationError(`Invalid message indexes: found a path of ${count} steps`)
  let { messages } = file
  let found: MessageType | undefined
  for (let step = 0; step < Math.max(count, 1); step++) {
    const index = count === 0 ? 0 : cursor.sint32()
    found = messages[index]
    if (found === undefined)
      throw new SerializationError(`Invalid message indexes: the schema has no message ${index} at step ${step + 1}`)
    messages = file.messagesOf(found)
  }
  if (found === undefined) throw new SerializationError('Invalid message indexes: the schema has no message')
  return found
}
