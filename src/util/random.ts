// The door to chance: jitter and identifiers come from here, so that a seed can replay a run.
import { randomBytes } from 'node:crypto'

/** A source of chance. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** `size` random bytes. */
  bytes(size: number): Uint8Array
}

/** The machine's own chance. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: size => randomBytes(size)
}
