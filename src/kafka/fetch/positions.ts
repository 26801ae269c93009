// Finds every assigned partition its place: the committed offset, or what auto.offset.reset says; a jump is always named.
import { type Logger } from '../../connect/log.ts'
import { type Clock } from '../../util/clock.ts'
import { type Cluster } from '../cluster.ts'
import { LogTruncatedError, OffsetResetError } from '../errors.ts'
import { type GroupOffsets } from '../group/offsets.ts'
import { earliestTime, epochEnds, latestTime, listOffsets, type LogOffset } from './log-offsets.ts'
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

  /** The leader changed since the position was last held against its log. */
  needsValidation(state: PartitionState): boolean {
    if (!state.hasPlace || state.positionEpoch < 0) return false
    const leader = this.#options.cluster.leader(state.topic, state.partition)
    return leader !== undefined && leader.leaderEpoch > state.validatedEpoch
  }

  /** Places those of `states` that need it; returns the first trouble met, which may pass, after all others have their place. */
  async find(states: readonly PartitionState[]): Promise<Error | null> {
    const troubles = [
      await this.#committed(states.filter(state => state.placeNeeded.kind === 'committed')),
      await this.#reset(states.filter(state => state.placeNeeded.kind === 'reset')),
      await this.#validate(states.filter(state => this.needsValidation(state)))
    ]
    return troubles.find(trouble => trouble !== null) ?? null
  }

  /** Where these end now, for whoever tells how far they are behind; one that can't be asked is left out. */
  async endsOf(states: readonly PartitionState[]): Promise<Map<string, number>> {
    const { cluster, readCommitted } = this.#options
    const stamps = states.map(state => state.stamp)
    const asked = states.map(({ topic, partition }) => ({ topic, partition, time: latestTime }))
    const ends = await listOffsets(cluster, asked, readCommitted)
    const found = new Map<string, number>()
    states.forEach((state, index) => {
      const end = ends.get(state.key)
      if (end === undefined || end instanceof Error || state.stamp !== stamps[index]) return
      // A fetch may have told a later one meanwhile.
      if (readCommitted) state.lastStableOffset = Math.max(state.lastStableOffset, end.offset)
      else state.highWatermark = Math.max(state.highWatermark, end.offset)
      found.set(state.key, end.offset)
    })
    return found
  }

  /** Where their logs begin now; one that can't be asked is left out. */
  async beginsOf(states: readonly PartitionState[]): Promise<Map<string, number>> {
    const { cluster, readCommitted } = this.#options
    const asked = states.map(({ topic, partition }) => ({ topic, partition, time: earliestTime }))
    const found = new Map<string, number>()
    for (const [key, begin] of await listOffsets(cluster, asked, readCommitted))
      if (!(begin instanceof Error)) found.set(key, begin.offset)
    return found
  }

  async #committed(states: readonly PartitionState[]): Promise<Error | null> {
    const { offsets } = this.#options
    if (states.length === 0) return null
    if (offsets === null) {
      for (const state of states) state.needReset(null, 'has no group')
      return null
    }
    const stamps = states.map(state => state.stamp)
    const { committed, unknown } = await offsets.find(states)
    if (unknown.size > 0) this.#options.cluster.markStale()
    states.forEach((state, index) => {
      if (state.stamp !== stamps[index] || unknown.has(state.key)) return
      const found = committed.get(state.key)
      if (found === undefined) {
        if (state.isAnew) state.needBeginning(null)
        else state.needReset(null, 'has no committed offset')
      } else if (state.former.has(found.offset)) {
        // Brokers before 4.1 can't tell of which topic it is. Whoever read the new one has hardly come to just this offset.
        state.needBeginning(found.offset)
      } else {
        state.place(found.offset, found.leaderEpoch)
        state.noteCommitted(found.offset)
      }
    })
    return unknown.values().next().value ?? null
  }

  async #reset(states: readonly PartitionState[]): Promise<Error | null> {
    const { cluster, policy, readCommitted, clock } = this.#options
    if (states.length === 0) return null
    const stamps = states.map(state => state.stamp)
    const at = (time: number) => states.map(({ topic, partition }) => ({ topic, partition, time }))
    const [begins, ends] = await Promise.all([
      listOffsets(cluster, at(earliestTime), readCommitted),
      listOffsets(cluster, at(latestTime), readCommitted)
    ])
    const times =
      policy.kind === 'by_duration'
        ? await listOffsets(cluster, at(clock.now() - policy.durationMs), readCommitted)
        : new Map<string, LogOffset | Error>()
    let trouble: Error | null = null
    states.forEach((state, index) => {
      const [begin, end, time] = [begins, ends, times].map(answers => answers.get(state.key))
      if (begin instanceof Error || end instanceof Error || time instanceof Error) {
        trouble ??= [begin, end, time].find(answer => answer instanceof Error) ?? null
      } else if (state.stamp === stamps[index] && begin !== undefined && end !== undefined) {
        this.#resetOne(state, begin, end, time)
      }
    })
    return trouble
  }

  #resetOne(state: PartitionState, begin: LogOffset, end: LogOffset, atTime: LogOffset | undefined): void {
    const { policy, log } = this.#options
    if (state.placeNeeded.kind !== 'reset') return
    const { from, why, anew = false } = state.placeNeeded
    const found = `${state.key}: ${from === null ? 'it' : `offset ${from}`} ${why}; the log holds ${begin.offset} to ${end.offset}`
    if (policy.kind === 'none') {
      throw new OffsetResetError(
        `${found}, and auto.offset.reset is none. Commit an offset to go on from, or set auto.offset.reset to earliest or latest`
      )
    }
    const byTime = atTime !== undefined && atTime.offset >= 0 ? atTime : end
    const to = policy.kind === 'earliest' ? begin : policy.kind === 'latest' ? end : byTime
    if (anew) {
      const skipped = to.offset > begin.offset ? `; records ${begin.offset} to ${to.offset - 1} are SKIPPED` : ''
      // Where our own memory told it, the consumer has said so once for the whole topic.
      log[skipped === '' && state.isAnew ? 'info' : 'warn'](
        `${found}. Beginning at ${to.offset} (auto.offset.reset=${policy.kind})${skipped}`
      )
    } else if (from === null) {
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

  /** After an unclean election the same offsets may hold other records: asks the new leader where the epoch we read from ended. */
  async #validate(states: readonly PartitionState[]): Promise<Error | null> {
    const { cluster } = this.#options
    if (states.length === 0) return null
    const asked = states.map(state => ({
      state,
      stamp: state.stamp,
      topic: state.topic,
      partition: state.partition,
      leaderEpoch: state.positionEpoch,
      fetchOffset: state.fetchOffset,
      against: cluster.leader(state.topic, state.partition)?.leaderEpoch ?? -1
    }))
    const ends = await epochEnds(cluster, asked)
    let trouble: Error | null = null
    for (const { state, stamp, leaderEpoch, fetchOffset, against } of asked) {
      const end = ends.get(state.key)
      if (end instanceof Error) trouble ??= end
      else if (end !== undefined && state.stamp === stamp && state.positionEpoch === leaderEpoch) {
        const isBeyond = end.offset >= 0 && end.offset < fetchOffset
        // An election raises the epoch: this leader's log never held what lies behind the end of its own epoch, nor anything of a later one.
        const isOfAnother = isBeyond ? leaderEpoch >= against : end.offset < 0 && leaderEpoch > against
        if (isOfAnother && against >= 0) state.needBeginning(state.position)
        else if (isBeyond) this.#truncated(state, end)
        state.validatedEpoch = against
      }
    }
    return trouble
  }

  #truncated(state: PartitionState, end: LogOffset): void {
    const { policy, log } = this.#options
    const position = state.position ?? state.fetchOffset
    // What was fetched ahead but not read is simply fetched again.
    if (position <= end.offset) return state.place(position, end.leaderEpoch)
    const found =
      `${state.key}: the log was truncated to offset ${end.offset} by the election of a leader that lacked what followed; ` +
      `records ${end.offset} to ${position - 1} were read from it before and are GONE from Kafka`
    if (policy.kind === 'none') {
      throw new LogTruncatedError(
        `${found}, and auto.offset.reset is none. Commit offset ${end.offset} for this partition to go on, or set auto.offset.reset`
      )
    }
    log.warn(`${found}. Going on at ${end.offset}: what was written in their place is read`)
    state.place(end.offset, end.leaderEpoch)
  }
}
