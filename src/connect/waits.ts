// How a wait for somebody outside is told: whoever waits begins one, the runtime tells of it in the log, in metrics and in /health until it ends.

/** Whom is waited for, as the label of the metric has it. */
export type WaitFor = 'redis' | 'registry' | 'deadletterqueue' | 'kafka' | 'group' | 'topic' | 'converter' | 'transform'

/** What can be said of a wait at a moment. */
export interface WaitWords {
  /** Tries so far, the first being 1. */
  readonly attempts: number
  readonly reason: string
  /** What becomes of the records meanwhile, and what to do: whole sentences, or an empty text. */
  readonly hint: string
}

export interface WaitPlan {
  readonly for: WaitFor
  /** As in "waiting for Redis at host:6379". */
  readonly what: string
  /** Nobody is told of a wait that is over sooner. 0: it is told at once. */
  readonly patienceMs: number
  /** How long it has lasted already when it is begun; 0 where it is not given. */
  readonly lastedMs?: number
  /** Asked whenever something is to be said. */
  readonly words: () => WaitWords
}

export interface Wait {
  /** There is something new to say: another try was in vain. Cheap; no line is logged for it. */
  look(): void
  /** Tells of it now, whatever the patience. */
  tell(): void
  /** `how`: why nobody waits any more. Further calls do nothing. */
  end(how: string): void
  /** As `end`, without an answer of whoever was waited for: the next wait for the same is news, however soon it begins. */
  giveUp(how: string): void
}

export interface Waits {
  begin(plan: WaitPlan): Wait
}

const silentWait: Wait = {
  look: () => undefined,
  tell: () => undefined,
  end: () => undefined,
  giveUp: () => undefined
}

/** Nobody is told, for tests and tools. */
export const silentWaits: Waits = { begin: () => silentWait }
