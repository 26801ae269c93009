// .proto texts looked over before they are parsed: what they import, their syntax, and whether parsing them would end in a reasonable time.
import type library from 'protobufjs'
import { DataError } from '../connect/errors.ts'

/** The part of the library that is used; loading it takes memory, so only a worker that reads Protobuf does. */
export type Protobuf = typeof library

/** Characters of a schema with all it imports. */
const lengthMax = 1024 * 1024
/** What adds a field to a message goes over all fields that it has: words and signs of a message (five and more a field), squared, of all messages. */
const squaresMax = 20_000 ** 2

/** An option costs as much as so many words and signs. */
const optionTokens = 8

const remedy = 'Register a smaller one'

export interface ProtoOutline {
  readonly imports: readonly string[]
  /** Without a line that says it a file is of the oldest. */
  readonly syntax: string
}

/** What stands between two braces or brackets. */
interface Block {
  /** The word before its name. */
  readonly kind: string | null
  tokens: number
  /** Statements that set an option: each is looked for among those before. */
  options: number
}

/** Of one schema: its own text and what it imports. Parsing what passes takes a second at most. */
export class ProtoScan {
  readonly #protobuf: Protobuf
  #length = 0
  #squares = 0

  constructor(protobuf: Protobuf) {
    this.#protobuf = protobuf
  }

  /** Throws DataError where the texts so far cost too much. */
  outline(text: string): ProtoOutline {
    this.#length += text.length
    if (this.#length > lengthMax)
      throw new DataError(`The schema has with its imports more than ${lengthMax} characters. ${remedy}`)
    const { next } = this.#protobuf.tokenize(text, false)
    const imports: string[] = []
    const open: Block[] = []
    let block: Block = { kind: null, tokens: 0, options: 0 }
    let syntax = 'proto2'
    // The two tokens before the one at hand.
    let [before, last]: (string | null)[] = [null, null]
    for (let token = next(); token !== null; token = next()) {
      block.tokens++
      if (token === 'option') block.options++
      if (token === '{' || token === '[') {
        open.push(block)
        block = { kind: before ?? null, tokens: 0, options: 0 }
      } else if (token === '}' || token === ']') block = this.#closed(block, open)
      else if (token === '"' || token === "'") {
        const written = next() ?? ''
        next()
        if (open.length === 0 && isImport(before, last)) imports.push(written)
        if (open.length === 0 && last === '=' && (before === 'syntax' || before === 'edition')) syntax = written
      }
      before = last
      last = token
    }
    this.#spend(block.options * optionTokens)
    return { imports, syntax }
  }

  /** Answers the block around. */
  #closed({ kind, tokens, options }: Block, open: Block[]): Block {
    const around = open.pop() ?? { kind: null, tokens: 0, options: 0 }
    // The members of a oneof are fields of the message around it. The values of an enum cost no more the more there are, nor does what stands outside.
    if (kind === 'oneof') around.tokens += tokens
    else this.#spend(kind === 'enum' ? options * optionTokens : tokens)
    return around
  }

  #spend(tokens: number): void {
    this.#squares += tokens ** 2
    if (this.#squares <= squaresMax) return
    throw new DataError(
      `The schema has messages, or options, that are too large: one message of 4,000 fields is read, or ten of 1,200. ${remedy}`
    )
  }
}

/** `import "a.proto"`, `import public "a.proto"`. */
function isImport(before: string | null | undefined, last: string | null | undefined): boolean {
  return last === 'import' || (before === 'import' && (last === 'public' || last === 'weak'))
}
