// A connector's offsets as REST reads, alters and resets them: those of its consumer group in Kafka.
import { ConnectError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { connectorAdminConfig, consumerGroup, workerClient } from './client-config.ts'
import { type TopicPartition } from '../connect/record.ts'
import { type ConfigTransformer } from './config-transformer.ts'
import { type ConnectorOffset, type OffsetChange } from './herder.ts'
import { messages } from './herder-errors.ts'

/** What is asked of Kafka here; structurally the admin client of kafka/admin.ts. */
export interface GroupAdmin {
  clusterId(): Promise<string | null>
  groupOffsets(group: string): Promise<ReadonlyMap<string, ConnectorOffset>>
  alterGroupOffsets(group: string, offsets: readonly ConnectorOffset[]): Promise<void>
  deleteGroupOffsets(group: string, partitions: readonly TopicPartition[]): Promise<void>
  /** A group that is not there is deleted already. */
  deleteGroup(group: string): Promise<void>
  close(): Promise<void>
}

export interface ConnectorOffsetsOptions {
  readonly worker: Config
  readonly transformer: ConfigTransformer
  readonly newAdmin: (properties: ReadonlyMap<string, string>) => Promise<GroupAdmin>
}

export class ConnectorOffsets {
  readonly #options: ConnectorOffsetsOptions
  #clusterId: Promise<string> | null = null

  constructor(options: ConnectorOffsetsOptions) {
    this.#options = options
  }

  /** Asked once: a cluster keeps its id. */
  clusterId(): Promise<string> {
    this.#clusterId ??= this.#with(workerClient(this.#options.worker), async admin => (await admin.clusterId()) ?? '')
    this.#clusterId.catch(() => (this.#clusterId = null))
    return this.#clusterId
  }

  read(name: string, config: Config): Promise<readonly ConnectorOffset[]> {
    return this.#of(name, config, async (admin, group) =>
      [...(await admin.groupOffsets(group)).values()]
        .map(({ topic, partition, offset }) => ({ topic, partition, offset }))
        .sort(byPlace)
    )
  }

  async alter(name: string, config: Config, changes: readonly OffsetChange[]): Promise<string> {
    try {
      await this.#of(name, config, async (admin, group) => {
        const forgotten = changes.filter(change => change.offset === null)
        const moved = changes.flatMap(({ topic, partition, offset }) =>
          offset === null ? [] : [{ topic, partition, offset }]
        )
        if (moved.length > 0) await admin.alterGroupOffsets(group, moved)
        if (forgotten.length > 0) await admin.deleteGroupOffsets(group, forgotten)
      })
    } catch (error) {
      throw new ConnectError(`Failed to alter consumer group offsets for connector ${name}`, { cause: error })
    }
    return messages.offsetsAltered
  }

  async reset(name: string, config: Config): Promise<string> {
    try {
      await this.#of(name, config, (admin, group) => admin.deleteGroup(group))
    } catch (error) {
      throw new ConnectError(`Failed to reset consumer group offsets for connector ${name}`, { cause: error })
    }
    return messages.offsetsReset
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #of<T>(name: string, given: Config, ask: (admin: GroupAdmin, group: string) => Promise<T>): Promise<T> {
    const config = await this.#options.transformer.transform(given)
    const properties = connectorAdminConfig(`connector-adminclient-${name}`, this.#options.worker, config)
    return this.#with(properties, admin => ask(admin, consumerGroup(name, config)))
  }

  async #with<T>(properties: ReadonlyMap<string, string>, ask: (admin: GroupAdmin) => Promise<T>): Promise<T> {
    const admin = await this.#options.newAdmin(properties)
    try {
      return await ask(admin)
    } finally {
      await admin.close()
    }
  }
}

function byPlace(a: ConnectorOffset, b: ConnectorOffset): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}
