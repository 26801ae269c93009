// Our admin client: topics and their settings, groups and their committed offsets.
import { type Logger } from '../connect/log.ts'
import {
  openCluster,
  readClientConfig,
  uselessSettings,
  type ClientConfig,
  type ClientOptions
} from './client-config.ts'
import { ClientProperties } from './client-properties.ts'
import { type Cluster } from './cluster.ts'
import { GroupNotEmptyError } from './errors.ts'
import { GroupOffsets, type CommittedOffset, type OffsetToCommit } from './group/offsets.ts'
import { byTopic, partitionKey, type TopicPartition } from './group/topic-partition.ts'
import { brokerError, errorCode } from './protocol/error-codes.ts'

export interface TopicToCreate {
  readonly name: string
  readonly partitions: number
  /** -1: the brokers' default. */
  readonly replicationFactor: number
  readonly configs?: ReadonlyMap<string, string>
}

export interface TopicDescription {
  readonly name: string
  readonly id: string
  readonly internal: boolean
  readonly partitions: number
}

// Outside of every generation: the coordinator takes such a commit only while the group has no members.
const noMember = { generation: -1, memberId: '', instanceId: null, session: '' }

export class KafkaAdmin {
  readonly #config: ClientConfig
  readonly #log: Logger
  readonly #cluster: Cluster

  constructor({ properties: values, ...doors }: ClientOptions) {
    const properties = new ClientProperties(values)
    this.#config = readClientConfig(properties, 'kafka-connect-redis-admin')
    properties.text('retries')
    for (const warning of uselessSettings('admin', properties, new Map())) doors.log.warn(warning)
    this.#log = doors.log
    this.#cluster = openCluster(this.#config, doors)
  }

  /** Why no broker gave an answer last; null: none failed so far. */
  get trouble(): string | null {
    return this.#cluster.trouble
  }

  async close(): Promise<void> {
    await this.#cluster.close()
  }

  async clusterId(): Promise<string | null> {
    await this.#persist('asking for the cluster', () => this.#cluster.refresh())
    return this.#cluster.clusterId
  }

  /** Creates the topic where there is none; true: it was created. One that exists is left as it is. */
  async ensureTopic({ name, partitions, replicationFactor, configs }: TopicToCreate): Promise<boolean> {
    return this.#persist(`creating topic ${name}`, async () => {
      const topic = {
        name,
        numPartitions: partitions,
        replicationFactor,
        assignments: [],
        configs: [...(configs ?? [])].map(([key, value]) => ({ name: key, value }))
      }
      // Any broker forwards this to the controller.
      const answer = await this.#cluster.requestAny('CreateTopics', {
        topics: [topic],
        timeoutMs: this.#config.requestTimeoutMs,
        validateOnly: false
      })
      const { errorCode: code, errorMessage } = answer.topics[0] ?? { errorCode: 0, errorMessage: null }
      if (code === errorCode.topicAlreadyExists) return false
      if (code !== 0) throw brokerError(`creating topic ${name}`, code, errorMessage)
      this.#log.info(
        `created topic ${name} with ${partitions} partition(s) and replication factor ${replicationFactor}`
      )
      return true
    })
  }

  /** Topics by name; those that do not exist are left out. Null: all. */
  async topics(names: readonly string[] | null): Promise<Map<string, TopicDescription>> {
    return this.#persist('asking for topics', async () => {
      const answer = await this.#cluster.requestAny('Metadata', {
        topics: names?.map(name => ({ topicId: '0'.repeat(32), name })) ?? null,
        allowAutoTopicCreation: false,
        includeClusterAuthorizedOperations: false,
        includeTopicAuthorizedOperations: false
      })
      const found = new Map<string, TopicDescription>()
      for (const { name, topicId, errorCode: code, isInternal, partitions } of answer.topics) {
        if (name === null || code === errorCode.unknownTopicOrPartition) continue
        if (code !== 0) throw brokerError(`asking for topic ${name}`, code)
        found.set(name, { name, id: topicId, internal: isInternal, partitions: partitions.length })
      }
      return found
    })
  }

  /** The settings of a topic as they are in force. */
  async topicConfig(name: string): Promise<Map<string, string | null>> {
    return this.#persist(`asking for the settings of topic ${name}`, async () => {
      const answer = await this.#cluster.requestAny('DescribeConfigs', {
        resources: [{ resourceType: 2, resourceName: name, configurationKeys: null }],
        includeSynonyms: false,
        includeDocumentation: false
      })
      const result = answer.results[0]
      if (result === undefined) return new Map<string, string | null>()
      if (result.errorCode !== 0)
        throw brokerError(`asking for the settings of topic ${name}`, result.errorCode, result.errorMessage)
      return new Map(result.configs.map(config => [config.name, config.value]))
    })
  }

  /** All committed offsets of a group, by partition key. */
  async groupOffsets(group: string): Promise<Map<string, CommittedOffset & TopicPartition>> {
    return this.#offsets(group).fetch(null)
  }

  /** Sets committed offsets of a group that has no members. */
  async alterGroupOffsets(group: string, offsets: readonly OffsetToCommit[]): Promise<void> {
    const busy = { found: false }
    try {
      await this.#offsets(group).commit(
        offsets,
        () => noMember,
        code => (busy.found = code === errorCode.unknownMemberId)
      )
    } catch (error) {
      if (busy.found) throw new GroupNotEmptyError(group, error)
      throw error
    }
  }

  /** Forgets committed offsets; the group must not read those topics just now. */
  async deleteGroupOffsets(group: string, partitions: readonly TopicPartition[]): Promise<void> {
    await this.#persist(
      `group ${group}: deleting offsets`,
      async () => {
        const topics = [...byTopic(partitions)].map(([name, list]) => ({
          name,
          partitions: list.map(partitionIndex => ({ partitionIndex }))
        }))
        const coordinator = await this.#cluster.coordinator(group)
        const answer = await this.#cluster.wire.request(coordinator, 'OffsetDelete', { groupId: group, topics })
        if (answer.errorCode === errorCode.groupIdNotFound) return
        if (answer.errorCode === errorCode.nonEmptyGroup) throw new GroupNotEmptyError(group)
        if (answer.errorCode !== 0) throw brokerError(`group ${group}: deleting offsets`, answer.errorCode)
        for (const { name, partitions: list } of answer.topics) {
          for (const { partitionIndex, errorCode: code } of list) {
            if (code === errorCode.groupSubscribedToTopic) throw new GroupNotEmptyError(group)
            const partition = partitionKey({ topic: name, partition: partitionIndex })
            if (code !== 0) throw brokerError(`group ${group}: deleting the offset of ${partition}`, code)
          }
        }
      },
      group
    )
  }

  /** Deletes a group with all its offsets; one that does not exist is fine. */
  async deleteGroup(group: string): Promise<void> {
    await this.#persist(
      `deleting group ${group}`,
      async () => {
        const coordinator = await this.#cluster.coordinator(group)
        const answer = await this.#cluster.wire.request(coordinator, 'DeleteGroups', { groupsNames: [group] })
        const code = answer.results[0]?.errorCode ?? 0
        if (code === errorCode.nonEmptyGroup) throw new GroupNotEmptyError(group)
        if (code !== 0 && code !== errorCode.groupIdNotFound) throw brokerError(`deleting group ${group}`, code)
      },
      group
    )
  }

  #offsets(groupId: string): GroupOffsets {
    return new GroupOffsets({ ...this.#config, cluster: this.#cluster, groupId, log: this.#log })
  }

  #persist<T>(what: string, once: () => Promise<T>, group: string | null = null): Promise<T> {
    return this.#cluster.persist(what, this.#config.apiTimeoutMs, group, once)
  }
}
