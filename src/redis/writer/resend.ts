// The order rule: of the commands that were under way when something went wrong, which are done and which must be sent again.
import { type SinkRecord } from '../../connect/record.ts'
import { type Command } from '../encode.ts'
import { type Outcome } from './flight.ts'

/** A record that waits for commands of its own to be settled. */
export interface Receipt {
  readonly record: SinkRecord
  /** Commands not settled yet. */
  pending: number
  /** The policy has given it up: none of its commands is started any more. */
  dropped: boolean
}

/** One command that was under way. */
export interface Slot {
  readonly receipt: Receipt
  readonly command: Command
  outcome: Outcome
}

export interface Resend {
  readonly done: readonly Slot[]
  /** In record order. */
  readonly again: readonly Slot[]
}

/** Sent twice it stands there twice, sent late in the wrong place. */
export function isStreamCommand({ command: { kind } }: Slot): boolean {
  return kind === 'XADD' || kind === 'PUBLISH'
}

/** SET and SETEX replace whatever stood under their key. */
function overwrites({ command: { kind } }: Slot): boolean {
  return kind === 'SET' || kind === 'SETEX'
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
    const { key } = slot.command
    const place = seen.get(key) ?? 0
    seen.set(key, place + 1)
    const start = starts.get(key)
    if (start === undefined || place < start) done.push(slot)
    else again.push(slot)
  }
  return { done, again }
}

function groupByKey(slots: readonly Slot[]): Map<string, Slot[]> {
  const groups = new Map<string, Slot[]>()
  for (const slot of slots) {
    const group = groups.get(slot.command.key)
    if (group === undefined) groups.set(slot.command.key, [slot])
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
