// Which keys a flight's commands touch, where some of them hold only as long as nothing else touches theirs: streams, and sets whose members were asked about.

/** `stream`: XADD, PUBLISH. `expiring`: a ZADD that counts on what the set holds (expiry-steps.ts). */
export type Claim = 'stream' | 'expiring' | 'other'

/**
 * A transaction keeps a stream's order only while nothing but stream commands touches that key inside it, and which members of a set are new is
 * known only while nothing but such ZADDs touches it.
 */
export class Claims {
  readonly #keys = new Map<string, Claim>()
  #streams = false

  /** Whether a further command fits into the flight. `solo`: Redis takes no transactions. */
  admits(key: string, claim: Claim, solo: boolean): boolean {
    // Each command of a stream must be answered before the next is sent.
    if (solo && (this.#streams || claim === 'stream')) return false
    return (this.#keys.get(key) ?? claim) === claim
  }

  note(key: string, claim: Claim): void {
    this.#keys.set(key, claim)
    this.#streams ||= claim === 'stream'
  }
}
