// Committed offsets of a group: read, and written in the name of the current generation only.
import { type Cluster } from '../cluster.ts'
import { BrokerError, CommitFailedError } from '../errors.ts'
import { type ResponseOf } from '../protocol/apis.ts'
import { brokerError, errorCode, errorName } from '../protocol/error-codes.ts'
import { type GroupIdentity } from './consumer-group.ts'
import { byTopic, partitionKey, type TopicPartition } from './topic-partition.ts'

export interface OffsetToCommit extends TopicPartition {
  /** The next offset to read. */
  readonly offset: number
  readonly leaderEpoch?: number
  readonly metadata?: string
}

export interface CommittedOffset {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

export interface OffsetsOptions {
  readonly cluster: Cluster
  readonly groupId: string
  /** `default.api.timeout.ms`: how long retriable trouble is tried through. */
  readonly apiTimeoutMs: number
}

const fenced: readonly number[] = [
  errorCode.illegalGeneration,
  errorCode.unknownMemberId,
  errorCode.fencedInstanceId,
  errorCode.fencedMemberEpoch
]

export class GroupOffsets {
  readonly #options: OffsetsOptions

  constructor(options: OffsetsOptions) {
    this.#options = options
  }

  /**
   * Commits, through coordinator moves and other passing trouble. `identity` is asked for at every try; `refused` learns of
   * the codes that say something about the membership they were met in. Throws CommitFailedError where the group has gone on
   * without us.
   */
  async commit(
    offsets: readonly OffsetToCommit[],
    identity: () => GroupIdentity,
    refused: (code: number, session: string) => void
  ): Promise<void> {
    if (offsets.length === 0) return
    const begun = identity()
    await this.#persist('committing offsets', async () => {
      const { generation, memberId, instanceId, session } = identity()
      if (session !== begun.session) throw commitOvertaken(this.#options.groupId, offsets)
      const answer = await this.#commitOnce(offsets, generation, memberId, instanceId)
      for (const topic of answer.topics) {
        for (const { partitionIndex, errorCode: code } of topic.partitions) {
          if (code === 0) continue
          refused(code, session)
          if (fenced.includes(code)) throw commitOvertaken(this.#options.groupId, offsets, code)
          const where = `group ${this.#options.groupId}: committing ${topic.name}-${partitionIndex}`
          // The group waits for the leader's deal, which comes without our doing.
          if (code === errorCode.rebalanceInProgress) throw new BrokerError(where, code, errorName(code), true)
          throw brokerError(where, code)
        }
      }
    })
  }

  async #commitOnce(
    offsets: readonly OffsetToCommit[],
    generation: number,
    memberId: string,
    instanceId: string | null
  ): Promise<ResponseOf<'OffsetCommit'>> {
    const { cluster, groupId } = this.#options
    const topics = [...Map.groupBy(offsets, offset => offset.topic)].map(([name, list]) => ({
      name,
      partitions: list.map(({ partition, offset, leaderEpoch, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: metadata ?? ''
      }))
    }))
    return cluster.wire.request(
      await cluster.coordinator(groupId),
      'OffsetCommit',
      {
        groupId,
        generationIdOrMemberEpoch: generation,
        memberId,
        groupInstanceId: instanceId,
        retentionTimeMs: -1,
        topics
      },
      { channel: 'main' }
    )
  }

  /** The committed offsets of `partitions` (null: of all the group has), by partition key; those without one are left out. */
  async fetch(partitions: readonly TopicPartition[] | null): Promise<Map<string, CommittedOffset & TopicPartition>> {
    const { cluster, groupId } = this.#options
    const topics =
      partitions === null
        ? null
        : [...byTopic(partitions)].map(([name, partitionIndexes]) => ({ name, partitionIndexes }))
    const committed = new Map<string, CommittedOffset & TopicPartition>()
    await this.#persist('reading committed offsets', async () => {
      const coordinator = await cluster.coordinator(groupId)
      const answer = await cluster.wire.request(
        coordinator,
        'OffsetFetch',
        { groupId, topics, groups: [{ groupId, memberId: null, memberEpoch: -1, topics }], requireStable: true },
        { channel: 'main' }
      )
      const group = answer.groups[0] ?? answer
      // Versions before 8 have no group level, and before 2 no code of their own.
      if (group.errorCode > 0) throw brokerError(`group ${groupId}: reading committed offsets`, group.errorCode)
      for (const topic of group.topics) {
        for (const {
          partitionIndex,
          errorCode: code,
          committedOffset,
          committedLeaderEpoch,
          metadata
        } of topic.partitions) {
          // An unstable offset is one that a transaction may still commit: wait, as Java's consumer does.
          if (code !== 0)
            throw brokerError(`group ${groupId}: reading the committed offset of ${topic.name}-${partitionIndex}`, code)
          if (committedOffset < 0) continue
          const partition = { topic: topic.name, partition: partitionIndex }
          committed.set(partitionKey(partition), {
            ...partition,
            offset: committedOffset,
            leaderEpoch: committedLeaderEpoch,
            metadata: metadata ?? ''
          })
        }
      }
    })
    return committed
  }

  async #persist(what: string, once: () => Promise<void>): Promise<void> {
    const { cluster, groupId, apiTimeoutMs } = this.#options
    await cluster.persist(`group ${groupId}: ${what}`, apiTimeoutMs, groupId, once)
  }
}

export function commitOvertaken(groupId: string, offsets: readonly TopicPartition[], code?: number): CommitFailedError {
  return new CommitFailedError(
    `group ${groupId}: the offsets of ${offsets.map(partitionKey).join(', ')} were not committed: the group has ` +
      `rebalanced without us${code === undefined ? '' : ` (${errorName(code)})`}. Their records will be delivered again to the new ` +
      'owner; if this repeats, raise max.poll.interval.ms or session.timeout.ms'
  )
}
