// A consumer's part in its group: what it subscribes to, what it owns, and how it deals as the leader.
import { type Logger } from '../../connect/log.ts'
import { type Cluster } from '../cluster.ts'
import { type Assignor, type AssignorMember } from './assignor.ts'
import {
  deserializeAssignment,
  deserializeSubscription,
  serializeAssignment,
  serializeSubscription
} from './consumer-protocol.ts'
import { type GroupUser, type JoinedMember } from './membership.ts'
import { type Strangers } from './strangers.ts'
import { type TopicPartition } from './topic-partition.ts'

export interface ConsumerMemberOptions {
  readonly cluster: Cluster
  readonly assignors: readonly Assignor[]
  readonly rack: string
  readonly log: Logger
  /** Null: nobody is one. */
  readonly strangers: Strangers | null
  /** The topics subscribed to just now, and what is owned while joining. */
  readonly topics: () => readonly string[]
  readonly owned: () => readonly TopicPartition[]
  readonly generation: () => number
}

export class ConsumerMember implements GroupUser {
  readonly #options: ConsumerMemberOptions
  #joinedTopics: readonly string[] = []
  /** What the last assignment held: an eager member has given it up by the time it joins. */
  #lastAssigned: readonly TopicPartition[] = []
  /** Partition counts the leader dealt by; null on the others. */
  #dealt: ReadonlyMap<string, number> | null = null

  constructor(options: ConsumerMemberOptions) {
    this.#options = options
  }

  /** Incremental only where every assignor offered is; with Connect's default list (range first) all goes eagerly, as in Java. */
  get cooperative(): boolean {
    return this.#options.assignors.every(assignor => assignor.cooperative)
  }

  protocols(): { name: string; metadata: Uint8Array }[] {
    const { assignors, topics, owned, generation, rack } = this.#options
    this.#joinedTopics = topics()
    this.#dealt = null
    return assignors.map(({ name, userData }) => ({
      name,
      metadata: serializeSubscription({
        topics: this.#joinedTopics,
        owned: owned(),
        generation: generation(),
        rack: rack === '' ? null : rack,
        userData: userData?.(this.#lastAssigned, generation()) ?? null
      })
    }))
  }

  async assign(
    protocol: string,
    joined: readonly JoinedMember[],
    leaderId: string
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const { assignors, cluster, strangers } = this.#options
    const assignor = assignors.find(({ name }) => name === protocol)
    if (assignor === undefined) throw new Error(`the group chose the assignor ${protocol}, which was not offered`)
    const members = joined.map(member => toMember(member, assignor))
    const topics = new Set(members.flatMap(member => [...member.topics]))
    await this.#learn(topics)
    const partitions = new Map<string, string[][]>()
    for (const name of topics) {
      const topic = cluster.topic(name)
      if (topic === undefined || topic.errorCode !== 0) continue
      const racks = [...topic.partitions]
        .sort(([a], [b]) => a - b)
        .map(([, { replicas }]) => replicas.map(node => cluster.rackOf(node)).filter(found => found !== null))
      partitions.set(name, racks)
    }
    this.#dealt = new Map([...topics].map(name => [name, partitions.get(name)?.length ?? 0]))
    const dealt = assignor.assign(partitions, members)
    strangers?.dealt(leaderId, joined, dealt, this.#joinedTopics)
    return new Map(
      [...dealt].map(([memberId, list]) => [memberId, serializeAssignment({ partitions: list, userData: null })])
    )
  }

  /** The leader deals topics of all members, also those it does not subscribe to itself. */
  async #learn(topics: ReadonlySet<string>): Promise<void> {
    const { cluster } = this.#options
    const known = this.#options.topics()
    if ([...topics].every(topic => known.includes(topic) && cluster.topic(topic) !== undefined)) return
    cluster.wantAlso(topics)
    await cluster.refresh()
  }

  /** The partitions of an assignment; topics no longer subscribed to are left out. */
  read(assignment: Uint8Array): TopicPartition[] {
    this.#lastAssigned = []
    if (assignment.length === 0) return []
    const topics = this.#options.topics()
    this.#lastAssigned = deserializeAssignment(assignment).partitions.filter(({ topic }) => topics.includes(topic))
    return [...this.#lastAssigned]
  }

  /** Why the group should deal again, judging by fresh metadata; null where all is as it was. */
  rejoinReason(): string | null {
    const { topics, cluster } = this.#options
    const now = topics()
    if (now.length !== this.#joinedTopics.length || now.some((topic, at) => topic !== this.#joinedTopics[at])) {
      return `the subscribed topics changed from [${this.#joinedTopics.join(', ')}] to [${now.join(', ')}]`
    }
    for (const [topic, count] of this.#dealt ?? []) {
      const found = cluster.topic(topic)
      const partitions = found?.errorCode === 0 ? found.partitions.size : 0
      if (partitions !== count) return `topic ${topic} has ${partitions} partitions, dealt were ${count}`
    }
    return null
  }
}

function toMember({ memberId, instanceId, metadata }: JoinedMember, { previous }: Assignor): AssignorMember {
  const subscription = deserializeSubscription(metadata)
  const { owned, generation } = previous?.(subscription) ?? subscription
  return { memberId, instanceId, topics: subscription.topics, owned, generation, rack: subscription.rack }
}
