// Statement to plan to commands: binds the statements of a configuration once, then only runs.
import { type SinkRecord } from '../connect/record.ts'
import { type Command } from './encode.ts'

/** What one record becomes: the commands of all its topic's statements, and the warnings for those that leave it out. */
export interface Planned {
  readonly commands: readonly Command[]
  readonly skips: readonly string[]
}

/** The plans of one configuration. Pure: the writer, `explain` and the tests run the very same. */
export interface Plans {
  /** Throws RefusedError where no plan fits: a record is one unit, so none of its commands may be sent then. */
  run(record: SinkRecord): Planned
}
