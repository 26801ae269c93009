// What a client's connections tell of themselves, as they open, close and are used.

/** Numbers that somebody else keeps. */
export interface ClientMeter {
  /** Connections that stand now. */
  readonly connections: { add(amount: number): void }
  /** Bytes that came from brokers, ever, and those that went to them. */
  readonly incomingBytes: { add(amount: number): void }
  readonly outgoingBytes: { add(amount: number): void }
}
