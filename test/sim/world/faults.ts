// The kinds of faults, and how one is drawn: what it hits, for how long.
import { type Chance } from '../engine/chance.ts'

export const faultKinds = [
  'redis-crash',
  'redis-freeze',
  'redis-reset',
  'redis-up-cut',
  'redis-down-cut',
  'redis-stuck',
  'redis-slow',
  'redis-split',
  'redis-readonly',
  'redis-oom',
  'redis-loading',
  'redis-busy',
  'redis-misconf',
  'redis-deny',
  'redis-moved',
  'redis-unknown',
  'broker-crash',
  'broker-freeze',
  'kafka-reset',
  'kafka-up-cut',
  'kafka-down-cut',
  'kafka-slow',
  'kafka-stuck',
  'leader-move',
  'coordinator-move',
  'commit-late',
  'commit-lost',
  'api-error',
  'worker-kill',
  'worker-freeze',
  'worker-restart',
  'clock-jump'
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface FaultDraw {
  readonly fault: FaultKind
  /** Which worker, broker or partition, by number; taken modulo how many there are. */
  readonly target: number
  readonly spanMs: number
  /** What else is left to chance, 0 to 1. */
  readonly detail: number
}

export function randomFault(chance: Chance, kinds: readonly FaultKind[], workers: number): FaultDraw {
  return {
    fault: chance.pick(kinds),
    target: chance.between(0, Math.max(3, workers) - 1),
    // Shorter and longer than request timeouts, sessions, and Connect's graceful timeout.
    spanMs: chance.pick([5, 50, 400, 2000, 8000, 15_000, 40_000]),
    detail: chance.next()
  }
}
