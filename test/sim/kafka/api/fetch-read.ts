// What a fetch finds in one partition.
import { type Call } from '../call.ts'
import { type EpochEnd } from '../log/epochs.ts'
import { type AbortedTransaction, type Slice } from '../log/log.ts'
import { errors } from '../errors.ts'
import { ledBy, type Partition, type PlacedTopic } from '../state.ts'
import { type Wanted } from './fetch-sessions.ts'

export interface Found {
  readonly wanted: Wanted
  readonly error: number
  readonly end: number
  readonly lastStable: number
  readonly begin: number
  readonly slice: Slice
  readonly aborted: readonly AbortedTransaction[] | null
  readonly diverging: EpochEnd | null
  /** Where the client should ask instead. */
  readonly leader: { readonly id: number; readonly epoch: number } | null
  /** The partition to wait for; null where an error is told. */
  readonly partition: Partition | null
}

const nothing: Slice = { pieces: [], bytes: 0 }

export function topicOf({ broker, version }: Call, topic: string): PlacedTopic | undefined {
  return version >= 13 ? broker.image.ids.get(topic) : broker.image.topics.get(topic)
}

/** `budget`: bytes that the answer still has room for; `isFirst`: no other partition has given any. */
export function readPartition(
  call: Call,
  wanted: Wanted,
  readCommitted: boolean,
  budget: number,
  isFirst: boolean
): Found {
  // prettier-ignore
  const topic = topicOf(call, wanted.topic)
  if (call.error !== 0) return refused(wanted, call.error, null)
  if (topic === undefined && call.version >= 13) return refused(wanted, errors.unknownTopicId, null)
  const led = ledBy(call.broker, topic, wanted.partition, wanted.leaderEpoch)
  if (!('partition' in led)) {
    const placed = topic?.partitions[wanted.partition]
    const isElsewhere = placed !== undefined && placed.leader >= 0 && placed.leader !== call.broker.id
    const leader = isElsewhere && led.error !== errors.unknownLeaderEpoch ? { id: placed.leader, epoch: placed.epoch } : null // prettier-ignore
    return refused(wanted, led.error, leader)
  }
  const { partition } = led
  const { log } = partition
  const heads = { wanted, end: log.end, lastStable: log.lastStable, begin: log.begin, leader: null, partition }
  if (wanted.lastEpoch >= 0) {
    const end = log.epochs.endOf(wanted.lastEpoch, log.end)
    if (end.epoch < 0) return refused(wanted, errors.offsetOutOfRange, null)
    if (end.epoch < wanted.lastEpoch || end.endOffset < wanted.offset)
      return { ...heads, error: errors.none, slice: nothing, aborted: null, diverging: end }
  }
  if (wanted.offset < log.begin || wanted.offset > log.end) return refused(wanted, errors.offsetOutOfRange, null)
  const limit = readCommitted ? log.lastStable : log.end
  const slice = budget <= 0 && !isFirst ? nothing : log.slice(wanted.offset, limit, Math.min(wanted.bytesMax, Math.max(budget, 0)), isFirst) // prettier-ignore
  const aborted = readCommitted ? log.abortedIn(wanted.offset, limit) : null
  return { ...heads, error: errors.none, slice, aborted, diverging: null }
}

function refused(wanted: Wanted, error: number, leader: Found['leader']): Found {
  // Said before anything is read, and so without a word on what is not there.
  const aborted = error === errors.unknownTopicOrPartition || error === errors.unknownTopicId ? [] : null
  return { wanted, error, end: -1, lastStable: -1, begin: -1, slice: nothing, aborted, diverging: null, leader, partition: null } // prettier-ignore
}
