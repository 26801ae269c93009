// The order rule: of the commands that were under way when something went wrong, which are done and which must be sent again.
import { type Outcome } from './flight.ts'
import { type Receipt } from './offset-tracker.ts'

/** One command that was under way, its bytes kept for sending it again. */
export interface Slot {
  readonly receipt: Receipt
  readonly bytes: Buffer
  /** The bytes of the key, as latin1 text. */
  readonly key: string
  readonly name: string
  outcome: Outcome
  /** Redis has executed it at least once. */
  landed: boolean
}

export interface Resend {
  readonly done: readonly Slot[]
  /** In record order. */
  readonly again: readonly Slot[]
}

/** SET and SETEX replace whatever stood under their key. */
function overwrites(slot: Slot): boolean {
  return slot.name === 'SET' || slot.name === 'SETEX'
}

/**
 * Judges `slots`, which stand in record order. Per key, from the first command that did not succeed on, all are sent again, also those that succeeded:
 * else the first would be applied behind them. An overwriting command that a later successful one has overwritten is done without being sent.
 */
export function planResend(slots: readonly Slot[]): Resend {
  const starts = new Map<string, number>()
  for (const [key, ofKey] of groupByKey(slots)) {
    const start = firstToResend(ofKey)
    if (start !== null) starts.set(key, start)
  }
  const done: Slot[] = []
  const again: Slot[] = []
  const seen = new Map<string, number>()
  for (const slot of slots) {
    const place = seen.get(slot.key) ?? 0
    seen.set(slot.key, place + 1)
    const start = starts.get(slot.key)
    if (start === undefined || place < start) done.push(slot)
    else again.push(slot)
  }
  return { done, again }
}

function groupByKey(slots: readonly Slot[]): Map<string, Slot[]> {
  const groups = new Map<string, Slot[]>()
  for (const slot of slots) {
    const group = groups.get(slot.key)
    if (group === undefined) groups.set(slot.key, [slot])
    else group.push(slot)
  }
  return groups
}

function firstToResend(ofKey: readonly Slot[]): number | null {
  const lastOverwrite = ofKey.findLastIndex(slot => overwrites(slot) && slot.outcome === 'ok')
  for (const [index, slot] of ofKey.entries()) {
    if (slot.outcome === 'ok') continue
    if (overwrites(slot) && index < lastOverwrite) continue
    return index
  }
  return null
}

/** The slots whose refusal still matters: those not made up for by a later overwrite. */
export function stillRefused(slots: readonly Slot[]): ReadonlySet<Slot> {
  const { again } = planResend(slots)
  return new Set(again.filter(slot => slot.outcome !== 'ok'))
}
