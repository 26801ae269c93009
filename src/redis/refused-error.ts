// The sink's no to one record: judged by the error policy or sent to the dead letter queue, never by the runtime's tolerance.
import { ConnectError, type ConnectErrorOptions } from '../connect/errors.ts'

/** A record that no plan fits, or whose command Redis refused. */
export class RefusedError extends ConnectError {
  override readonly code: string = 'REFUSED'
  /** The statement's index in `connect.redis.kcql`. */
  readonly statement: number
  /** The record itself can never pass: trying again is of no use. False where Redis refused. */
  readonly permanent: boolean

  constructor(message: string, statement: number, permanent: boolean, options: ConnectErrorOptions = {}) {
    super(message, options)
    this.statement = statement
    this.permanent = permanent
  }
}
