// Offsets of the log itself: where it begins and ends, and where a time stands.
import { type Cluster } from '../cluster.ts'
import { BrokerUnreachableError } from '../errors.ts'
import { brokerError } from '../protocol/error-codes.ts'
import { partitionKey, type TopicPartition } from '../group/topic-partition.ts'

/** The special times of ListOffsets. */
export const latestTime = -1
export const earliestTime = -2

export interface LogOffset {
  readonly offset: number
  readonly leaderEpoch: number
}

/**
 * The first offset at or after `time` of each partition; -1 where no record is that young. Under `readCommitted` the latest
 * is the last stable offset. Rejects with the first error met, which is retriable while leaders move.
 */
export async function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  time: number,
  readCommitted: boolean
): Promise<Map<string, LogOffset>> {
  const byLeader = new Map<number, TopicPartition[]>()
  for (const partition of partitions) {
    const leader = cluster.leader(partition.topic, partition.partition)
    if (leader === undefined) {
      cluster.markStale()
      throw new BrokerUnreachableError(`${partitionKey(partition)} has no leader`)
    }
    const list = byLeader.get(leader.leaderId)
    if (list === undefined) byLeader.set(leader.leaderId, [partition])
    else list.push(partition)
  }
  const found = new Map<string, LogOffset>()
  await Promise.all(
    [...byLeader].map(([leaderId, list]) => listFrom(cluster, leaderId, list, time, readCommitted, found))
  )
  return found
}

async function listFrom(
  cluster: Cluster,
  leaderId: number,
  partitions: readonly TopicPartition[],
  time: number,
  readCommitted: boolean,
  found: Map<string, LogOffset>
): Promise<void> {
  const broker = cluster.broker(leaderId)
  if (broker === undefined) throw new BrokerUnreachableError(`broker ${leaderId} is not known`)
  const topics = [...Map.groupBy(partitions, partition => partition.topic)].map(([name, list]) => ({
    name,
    partitions: list.map(({ topic, partition }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: cluster.leader(topic, partition)?.leaderEpoch ?? -1,
      timestamp: time
    }))
  }))
  const answer = await cluster.wire.request(broker, 'ListOffsets', {
    replicaId: -1,
    isolationLevel: readCommitted ? 1 : 0,
    topics
  })
  for (const { name, partitions: list } of answer.topics) {
    for (const { partitionIndex, errorCode, offset, leaderEpoch } of list) {
      const key = partitionKey({ topic: name, partition: partitionIndex })
      if (errorCode !== 0) {
        cluster.markStale()
        throw brokerError(`asking for the offsets of ${key}`, errorCode)
      }
      found.set(key, { offset, leaderEpoch })
    }
  }
}
