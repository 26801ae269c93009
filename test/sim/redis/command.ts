// What a command is to the stand-in: its name, what Redis's table says of it, and what it does.
import { type Answer } from './answer.ts'
import { type Client } from './client.ts'
import { type Keyspace } from './keyspace.ts'
import { type Moods } from './moods.ts'
import { type Traits } from './traits.ts'

/** What a command may look at and change. */
export interface Server {
  readonly data: Keyspace
  readonly moods: Moods
  readonly address: string
  readonly runId: string
  readonly port: number
  readonly startedAt: number
  readonly clients: readonly Client[]
  kill(client: Client): void
}

export interface Command extends Traits {
  /** `client|kill` for a subcommand. */
  readonly name: string
  /** Words, the name included; negative: at least so many. */
  readonly arity: number
  run(words: readonly string[], server: Server, client: Client): Answer
}
