// Offsets of the log itself: where it begins and ends, where a time stands, and where a leader's epoch ended.
import { type Cluster } from '../cluster.ts'
import { BrokerUnreachableError } from '../errors.ts'
import { brokerError, errorCode } from '../protocol/error-codes.ts'
import { partitionKey, type TopicPartition } from '../group/topic-partition.ts'

/** The special times of ListOffsets. */
export const latestTime = -1
export const earliestTime = -2

export interface LogOffset {
  readonly offset: number
  readonly leaderEpoch: number
}

/** Answers by partition key: one partition's trouble, which may pass, never takes its neighbours' answers away. */
export type Answers<T> = Map<string, T | Error>

export interface TimeAsked extends TopicPartition {
  /** Milliseconds since the epoch, or one of the special times. */
  readonly time: number
}

/** The first offset at or after the asked time; -1 where no record is that young. Under `readCommitted` the latest is the last stable offset. */
export async function listOffsets(
  cluster: Cluster,
  partitions: readonly TimeAsked[],
  readCommitted: boolean
): Promise<Answers<LogOffset>> {
  return askLeaders(cluster, partitions, async (broker, asked, answers) => {
    const topics = [...Map.groupBy(asked, ({ topic }) => topic)].map(([name, list]) => ({
      name,
      partitions: list.map(({ topic, partition, time }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: cluster.leader(topic, partition)?.leaderEpoch ?? -1,
        timestamp: time
      }))
    }))
    const isolationLevel = readCommitted ? 1 : 0
    const answer = await cluster.wire.request(broker, 'ListOffsets', { replicaId: -1, isolationLevel, topics })
    for (const { name, partitions: list } of answer.topics) {
      for (const { partitionIndex, errorCode: code, offset, leaderEpoch } of list) {
        const key = partitionKey({ topic: name, partition: partitionIndex })
        answers.set(key, code === 0 ? { offset, leaderEpoch } : brokerError(`asking for the offsets of ${key}`, code))
      }
    }
  })
}

export interface EpochAsked extends TopicPartition {
  readonly leaderEpoch: number
}

/** Where the log of that epoch (or the last one before it) ended, as the present leader has it; offset -1: it knows no such epoch. */
export async function epochEnds(cluster: Cluster, partitions: readonly EpochAsked[]): Promise<Answers<LogOffset>> {
  return askLeaders(cluster, partitions, async (broker, asked, answers) => {
    if (!(await cluster.wire.supports(broker, 'OffsetForLeaderEpoch'))) {
      // A broker before Kafka 2.1 can't tell; what it serves is taken as it is.
      for (const partition of asked) answers.set(partitionKey(partition), { offset: Infinity, leaderEpoch: -1 })
      return
    }
    const topics = [...Map.groupBy(asked, ({ topic }) => topic)].map(([topic, list]) => ({
      topic,
      partitions: list.map(({ partition, leaderEpoch }) => ({
        partition,
        currentLeaderEpoch: cluster.leader(topic, partition)?.leaderEpoch ?? -1,
        leaderEpoch
      }))
    }))
    const answer = await cluster.wire.request(broker, 'OffsetForLeaderEpoch', { replicaId: -1, topics })
    for (const { topic, partitions: list } of answer.topics) {
      for (const { partition, errorCode: code, leaderEpoch, endOffset } of list) {
        const key = partitionKey({ topic, partition })
        const error = brokerError(`asking where epochs of ${key} ended`, code)
        answers.set(key, code === 0 ? { offset: endOffset, leaderEpoch } : error)
      }
    }
  })
}

async function askLeaders<P extends TopicPartition>(
  cluster: Cluster,
  partitions: readonly P[],
  ask: (
    broker: { readonly host: string; readonly port: number },
    asked: readonly P[],
    answers: Answers<LogOffset>
  ) => Promise<void>
): Promise<Answers<LogOffset>> {
  const answers: Answers<LogOffset> = new Map()
  const byLeader = Map.groupBy(partitions, ({ topic, partition }) => cluster.leader(topic, partition)?.leaderId ?? -1)
  await Promise.all(
    [...byLeader].map(async ([leaderId, asked]) => {
      const broker = cluster.broker(leaderId)
      try {
        if (broker === undefined) throw new BrokerUnreachableError('the partition has no leader')
        await ask(broker, asked, answers)
      } catch (error) {
        for (const partition of asked) answers.set(partitionKey(partition), error as Error)
      }
    })
  )
  for (const partition of partitions) {
    const key = partitionKey(partition)
    if (!answers.has(key)) answers.set(key, brokerError(`asking about ${key}`, errorCode.unknownTopicOrPartition))
  }
  if ([...answers.values()].some(answer => answer instanceof Error)) cluster.markStale()
  return answers
}
