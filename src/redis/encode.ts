// What a record becomes: commands, and their bytes in Redis's protocol (RESP2 requests).
import { type SinkRecord } from '../connect/record.ts'
import { type Item } from './fields.ts'

export type CommandKind = 'SET' | 'SETEX' | 'ZADD' | 'GEOADD' | 'PUBLISH' | 'XADD'

/**
 * One command of one statement for one record. `args` are all words after the command's name, in order, as text (sent as UTF-8, a lone surrogate as `?`, as Java does).
 * `key` is the key, stream or channel whose order must hold.
 */
export interface Command {
  readonly kind: CommandKind
  readonly key: string
  readonly args: readonly string[]
  /** Index of the statement it comes from. */
  readonly statement: number
  /** Seconds; where ZADD answers that it added a member, the key's expiry is set anew (the old sink's rule). 0: never. */
  readonly expireWhenAdded: bigint
}

/** Why a record becomes no command although nothing is wrong with it, for the one warning the old sink gives (geo records without numbers). */
export interface Skip {
  readonly skipped: string
}

/** A mode turns a record, whose value is already opened as `top`, into the commands of one statement. It is pure; it throws RefusedError where the record does not fit. */
export type Mode = (record: SinkRecord, top: Item) => readonly Command[] | Skip

/** The whole command as words, name first, as `redis-cli` would be given them. */
export function commandWords(command: Command): readonly string[] {
  return [command.kind, ...command.args]
}
