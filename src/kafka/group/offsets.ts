// Committed offsets of a group: read, and written in the name of the current generation only.
import { type Logger } from '../../connect/log.ts'
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
  /** Of the topic whose records the offset counts: where it is known, one of the same name that was made later gets nothing. */
  readonly topicId?: string
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
  readonly log: Logger
}

const fenced: readonly number[] = [
  errorCode.illegalGeneration,
  errorCode.unknownMemberId,
  errorCode.fencedInstanceId,
  errorCode.fencedMemberEpoch
]

const unknownTopic: readonly number[] = [errorCode.unknownTopicOrPartition, errorCode.unknownTopicId]
const unknownId = '0'.repeat(32)
/** The last version in which topics go by their names. */
const namedVersion = 9

interface NamedTopic {
  readonly name: string
  readonly topicId: string
}

/** By name where an id is missing; the request holds both, and its version says which of them is sent. */
function byIdOrName(topics: readonly NamedTopic[] | null): { readonly versionMax?: number } {
  return topics === null || topics.some(({ topicId }) => topicId === unknownId) ? { versionMax: namedVersion } : {}
}

function namesById(topics: readonly NamedTopic[]): ReadonlyMap<string, string> {
  return new Map(topics.map(({ name, topicId }) => [topicId, name]))
}

/** Answers hold what their requests held, name or id. */
function nameOf(
  topic: { readonly name: string; readonly topicId?: string },
  names: ReadonlyMap<string, string>
): string {
  return topic.name !== '' ? topic.name : (names.get(topic.topicId ?? '') ?? '')
}

export interface Found {
  readonly committed: Map<string, CommittedOffset & TopicPartition>
  readonly unknown: Map<string, Error>
}

export class GroupOffsets {
  readonly #options: OffsetsOptions

  constructor(options: OffsetsOptions) {
    this.#options = options
  }

  /**
   * Commits, through coordinator moves and other passing trouble. `identity` is asked for at every try; `refused` learns of
   * the codes that say something about the membership they were met in. Offsets whose topic is gone are left out. Throws CommitFailedError
   * where the group has gone on without us.
   */
  async commit(
    offsets: readonly OffsetToCommit[],
    identity: () => GroupIdentity,
    refused: (code: number, session: string) => void
  ): Promise<void> {
    const begun = identity()
    let left = this.#present(offsets, false)
    await this.#persist('committing offsets', async () => {
      if (left.length === 0) return
      const { generation, memberId, instanceId, session } = identity()
      if (session !== begun.session) throw commitOvertaken(this.#options.groupId, left)
      const { topics, names } = await this.#commitOnce(left, generation, memberId, instanceId)
      for (const topic of topics) {
        for (const { partitionIndex, errorCode: code } of topic.partitions) {
          if (code === 0) continue
          refused(code, session)
          if (fenced.includes(code)) throw commitOvertaken(this.#options.groupId, left, code)
          const where = `group ${this.#options.groupId}: committing ${nameOf(topic, names)}-${partitionIndex}`
          // The group waits for the leader's deal, which comes without our doing.
          if (code === errorCode.rebalanceInProgress) throw new BrokerError(where, code, errorName(code), true)
          if (unknownTopic.includes(code)) {
            await this.#options.cluster.refresh()
            left = this.#present(left, true)
          }
          throw brokerError(where, code)
        }
      }
    })
  }

  /** Those whose topic is still the one they were read from; `asked`: a broker did not know it, and metadata is fresh. */
  #present(offsets: readonly OffsetToCommit[], asked: boolean): readonly OffsetToCommit[] {
    const { cluster, groupId, log } = this.#options
    return offsets.filter(offset => {
      if (offset.topicId === undefined || offset.topicId === unknownId) return true
      const isGone =
        cluster.isReplaced(offset.topic, offset.topicId) || (asked && cluster.isGone(offset.topic, offset.partition))
      if (isGone)
        log.info(
          `group ${groupId}: offset ${offset.offset} of ${partitionKey(offset)} is not committed: its topic was deleted`
        )
      return !isGone
    })
  }

  async #commitOnce(
    offsets: readonly OffsetToCommit[],
    generation: number,
    memberId: string,
    instanceId: string | null
  ): Promise<{ topics: ResponseOf<'OffsetCommit'>['topics']; names: ReadonlyMap<string, string> }> {
    const { cluster, groupId } = this.#options
    const topics = [...Map.groupBy(offsets, offset => offset.topic)].map(([name, list]) => ({
      name,
      topicId: list[0]?.topicId ?? unknownId,
      partitions: list.map(({ partition, offset, leaderEpoch, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: metadata ?? ''
      }))
    }))
    const answer = await cluster.wire.request(
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
      { channel: 'main', ...byIdOrName(topics) }
    )
    return { topics: answer.topics, names: namesById(topics) }
  }

  /** The committed offsets of `partitions` (null: of all the group has), by partition key; those without one are left out. */
  async fetch(partitions: readonly TopicPartition[] | null): Promise<Map<string, CommittedOffset & TopicPartition>> {
    const { committed, unknown } = await this.#find(partitions, () => unknownId)
    for (const error of unknown.values()) throw error
    return committed
  }

  /**
   * As `fetch`, for topics of these very ids: what was committed for an earlier topic of the same name is left out, as far as the broker can tell them
   * apart (Kafka 4.1 and later do). `unknown` holds the partitions that the coordinator does not know by their id.
   */
  find(partitions: readonly TopicPartition[]): Promise<Found> {
    return this.#find(partitions, topic => this.#options.cluster.topic(topic)?.id ?? unknownId)
  }

  async #find(partitions: readonly TopicPartition[] | null, idOf: (topic: string) => string): Promise<Found> {
    const { cluster, groupId } = this.#options
    const committed = new Map<string, CommittedOffset & TopicPartition>()
    const unknown = new Map<string, Error>()
    const asked =
      partitions === null
        ? null
        : [...byTopic(partitions)].map(([name, partitionIndexes]) => ({ name, topicId: idOf(name), partitionIndexes }))
    const names = namesById(asked ?? [])
    await this.#persist('reading committed offsets', async () => {
      const answer = await cluster.wire.request(
        await cluster.coordinator(groupId),
        'OffsetFetch',
        {
          groupId,
          topics: asked,
          groups: [{ groupId, memberId: null, memberEpoch: -1, topics: asked }],
          requireStable: true
        },
        { channel: 'main', ...byIdOrName(asked) }
      )
      const group = answer.groups[0] ?? answer
      // Versions before 8 have no group level, and before 2 no code of their own.
      if (group.errorCode > 0) throw brokerError(`group ${groupId}: reading committed offsets`, group.errorCode)
      for (const topic of group.topics) {
        for (const each of topic.partitions) {
          const partition = { topic: nameOf(topic, names), partition: each.partitionIndex }
          const key = partitionKey(partition)
          const error = brokerError(`group ${groupId}: reading the committed offset of ${key}`, each.errorCode)
          if (each.errorCode === errorCode.unknownTopicId) unknown.set(key, error)
          // An unstable offset is one that a transaction may still commit: wait, as Java's consumer does.
          else if (each.errorCode !== 0) throw error
          if (each.errorCode !== 0 || each.committedOffset < 0) continue
          const { committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata } = each
          committed.set(key, { ...partition, offset, leaderEpoch, metadata: metadata ?? '' })
        }
      }
    })
    return { committed, unknown }
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
