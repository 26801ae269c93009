// The bytes consumers of one group exchange: subscriptions and assignments, as Java's ConsumerProtocol writes them.
import { blob, GroupReader, int16, int32, text } from './group-bytes.ts'
import { byTopic, comparePartitions, type TopicPartition } from './topic-partition.ts'

export interface Subscription {
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  /** -1: none yet. */
  readonly generation: number
  readonly rack: string | null
  readonly userData: Uint8Array | null
}

export interface Assignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Uint8Array | null
}

export const protocolVersion = 3

export function serializeSubscription(subscription: Subscription, version = protocolVersion): Buffer {
  const parts = [int16(version), int32(subscription.topics.length)]
  for (const topic of [...subscription.topics].sort()) parts.push(text(topic))
  parts.push(blob(subscription.userData))
  if (version >= 1) pushPartitions(parts, byTopic([...subscription.owned].sort(comparePartitions)))
  if (version >= 2) parts.push(int32(subscription.generation))
  if (version >= 3) parts.push(subscription.rack === null ? int16(-1) : text(subscription.rack))
  return Buffer.concat(parts)
}

export function serializeAssignment(assignment: Assignment, version = protocolVersion): Buffer {
  const parts = [int16(version)]
  pushPartitions(parts, byTopic(assignment.partitions))
  parts.push(blob(assignment.userData))
  return Buffer.concat(parts)
}

/** Versions newer than ours only add fields at the end, which are passed over. */
export function deserializeSubscription(bytes: Uint8Array): Subscription {
  const reader = new GroupReader(bytes, 'subscription')
  const version = reader.version()
  const topics = reader.list(() => reader.text() ?? '')
  const userData = reader.blob()
  const owned = version >= 1 ? readPartitions(reader) : []
  const generation = version >= 2 ? reader.int32() : -1
  const rack = version >= 3 ? reader.text() : null
  return { topics, owned, generation, rack, userData }
}

export function deserializeAssignment(bytes: Uint8Array): Assignment {
  const reader = new GroupReader(bytes, 'assignment')
  reader.version()
  const partitions = readPartitions(reader)
  return { partitions, userData: reader.blob() }
}

function pushPartitions(parts: Buffer[], topics: ReadonlyMap<string, readonly number[]>): void {
  parts.push(int32(topics.size))
  for (const [topic, partitions] of topics) {
    parts.push(text(topic), int32(partitions.length))
    for (const partition of partitions) parts.push(int32(partition))
  }
}

function readPartitions(reader: GroupReader): TopicPartition[] {
  return reader
    .list(() => {
      const topic = reader.text() ?? ''
      return reader.list(() => ({ topic, partition: reader.int32() }))
    })
    .flat()
}
