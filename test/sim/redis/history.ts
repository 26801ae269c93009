// What the stand-in has executed, in order, for whoever checks promises against it.
import { type Answer } from './answer.ts'

/** A connection as the server knew it. Ids begin anew with each run of the server. */
export interface ConnectionFacts {
  readonly run: number
  readonly id: number
  readonly addr: string
  /** Bytes of answers that the other end was handed. */
  readonly bytesTaken: number
}

/** A command that writes or publishes and was executed; those of a transaction stand one by one, when EXEC executes them. */
export interface Executed {
  /** Milliseconds since the world began. */
  readonly at: number
  readonly connection: ConnectionFacts
  /** One character per byte; see `textOf`. */
  readonly words: readonly string[]
  readonly reply: Answer
  /** Where its answer ends among the bytes of the connection's answers; that of EXEC for a transaction's. */
  answerEnd: number
}

/** The other end was handed all of its answer. */
export function isAnswered({ connection, answerEnd }: Executed): boolean {
  return connection.bytesTaken >= answerEnd
}

export class History {
  readonly #executed: Executed[] = []
  /** Called for each, before its answer goes out. */
  onExecuted: ((executed: Executed) => void) | null = null

  get executed(): readonly Executed[] {
    return this.#executed
  }

  add(executed: Executed): void {
    this.#executed.push(executed)
    this.onExecuted?.(executed)
  }

  /** The answer to all from `first` on ends there. */
  answeredAt(first: number, answerEnd: number): void {
    for (let index = first; index < this.#executed.length; index++) {
      const executed = this.#executed[index]
      if (executed !== undefined) executed.answerEnd = answerEnd
    }
  }
}
