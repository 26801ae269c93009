// When a command may be refused: what Redis says of it in its own table.

/** Of Redis's own table (COMMAND INFO of 7.0), those that decide when a command is refused. */
export interface Traits {
  /** Changes data: no replica takes it. */
  readonly writes?: boolean
  /** May need memory. */
  readonly grows?: boolean
  /** Taken while the data is loaded. */
  readonly whileLoading?: boolean
  /** Taken while a script runs. */
  readonly whileBusy?: boolean
  /** Taken without a password. */
  readonly withoutLogin?: boolean
  /** Executed inside a transaction, not queued. */
  readonly atOnce?: boolean
  /** Has an effect though it does not count as a write: it stands in the history too. */
  readonly acts?: boolean
}
