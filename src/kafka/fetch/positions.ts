// Finds every assigned partition its place: the committed offset, or what auto.offset.reset says; a jump is always named.
import { type Logger } from '../../connect/log.ts'
import { type Clock } from '../../util/clock.ts'
import { type Cluster } from '../cluster.ts'
import { OffsetResetError } from '../errors.ts'
import { type GroupOffsets } from '../group/offsets.ts'
import { earliestTime, latestTime, listOffsets, type LogOffset } from './log-offsets.ts'
import { type PartitionState } from './partition-state.ts'

export type ResetPolicy =
  { readonly kind: 'earliest' | 'latest' | 'none' } | { readonly kind: 'by_duration'; readonly durationMs: number }

export interface PositionsOptions {
  readonly cluster: Cluster
  /** Null for a consumer without a group. */
  readonly offsets: GroupOffsets | null
  readonly policy: ResetPolicy
  readonly readCommitted: boolean
  readonly clock: Clock
  readonly log: Logger
}

export class Positions {
  readonly #options: PositionsOptions

  constructor(options: PositionsOptions) {
    this.#options = options
  }

  /** Places those of `states` that need it; rejects with a retriable error while leaders or coordinator move. */
  async find(states: readonly PartitionState[]): Promise<void> {
    const { offsets } = this.#options
    const waiting = states.filter(state => state.placeNeeded.kind === 'committed')
    if (waiting.length > 0 && offsets !== null) {
      const stamps = waiting.map(state => state.stamp)
      const committed = await offsets.fetch(waiting)
      waiting.forEach((state, index) => {
        if (state.stamp !== stamps[index]) return
        const found = committed.get(state.key)
        if (found !== undefined) state.place(found.offset, found.leaderEpoch)
        else state.needReset(null, 'has no committed offset')
      })
    } else {
      for (const state of waiting) state.needReset(null, 'has no group')
    }
    const lost = states.filter(state => state.placeNeeded.kind === 'reset')
    if (lost.length > 0) await this.#reset(lost)
  }

  async #reset(states: readonly PartitionState[]): Promise<void> {
    const { cluster, policy, readCommitted, clock } = this.#options
    const stamps = states.map(state => state.stamp)
    const [begins, ends] = await Promise.all([
      listOffsets(cluster, states, earliestTime, readCommitted),
      listOffsets(cluster, states, latestTime, readCommitted)
    ])
    const times =
      policy.kind === 'by_duration'
        ? await listOffsets(cluster, states, clock.now() - policy.durationMs, readCommitted)
        : null
    states.forEach((state, index) => {
      const begin = begins.get(state.key)
      const end = ends.get(state.key)
      if (state.stamp !== stamps[index] || begin === undefined || end === undefined) return
      this.#resetOne(state, begin, end, times?.get(state.key))
    })
  }

  #resetOne(state: PartitionState, begin: LogOffset, end: LogOffset, atTime: LogOffset | undefined): void {
    const { policy, log } = this.#options
    if (state.placeNeeded.kind !== 'reset') return
    const { from, why } = state.placeNeeded
    const found = `${state.key}: ${from === null ? 'it' : `offset ${from}`} ${why}; the log holds ${begin.offset} to ${end.offset}`
    if (policy.kind === 'none') {
      throw new OffsetResetError(
        `${found}, and auto.offset.reset is none. Commit an offset to go on from, or set auto.offset.reset to earliest or latest`
      )
    }
    const byTime = atTime !== undefined && atTime.offset >= 0 ? atTime : end
    const to = policy.kind === 'earliest' ? begin : policy.kind === 'latest' ? end : byTime
    if (from === null) {
      log.info(`${found}; beginning at ${to.offset} (auto.offset.reset=${policy.kind})`)
    } else {
      const jump =
        to.offset > from
          ? `records ${from} to ${to.offset - 1} are SKIPPED`
          : `records from ${to.offset} on are read, some perhaps again`
      log.warn(`${found}. Going on at ${to.offset} (auto.offset.reset=${policy.kind}): ${jump}`)
    }
    state.place(to.offset, to.leaderEpoch)
  }
}
