// A connector's offsets as REST reads, alters and resets them: those of its consumer group in Kafka.
import { ConnectError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { connectorAdminConfig, consumerGroup, workerClient } from './client-config.ts'
import { type TopicPartition } from '../connect/record.ts'
import { GroupNotEmptyError } from '../kafka/errors.ts'
import { type Clock } from '../util/clock.ts'
import { type ConfigTransformer } from './config-transformer.ts'
import { type ConnectorConfigDoors } from './connector-keys.ts'
import { type ConnectorOffset, type OffsetChange } from './herder.ts'
import { messages, RequestTimeoutError } from './herder-errors.ts'
import { resolvedConnector } from './secret-bounds.ts'

/** What is asked of Kafka here; structurally the admin client of kafka/admin.ts. */
export interface GroupAdmin {
  clusterId(): Promise<string | null>
  topics(names: readonly string[]): Promise<ReadonlyMap<string, { readonly partitions: number }>>
  groupOffsets(group: string): Promise<ReadonlyMap<string, ConnectorOffset>>
  alterGroupOffsets(group: string, offsets: readonly ConnectorOffset[]): Promise<void>
  deleteGroupOffsets(group: string, partitions: readonly TopicPartition[]): Promise<void>
  /** A group that is not there is deleted already. */
  deleteGroup(group: string): Promise<void>
  /** Why the brokers gave no answer last; null: they never failed. */
  readonly trouble?: string | null
  close(): Promise<void>
}

/** Whoever asks over HTTP waits no longer for brokers: as long as Connect's own /health waits for its herder. */
const answerMsMax = 10_000
/** What changes something is given up later, since its outcome is unknown then: below the 90 s after which Connect answers for itself. */
const changeMsMax = 80_000

export interface ConnectorOffsetsOptions {
  readonly clock: Clock
  readonly doors: ConnectorConfigDoors & { readonly transformer: ConfigTransformer }
  readonly newAdmin: (properties: ReadonlyMap<string, string>) => Promise<GroupAdmin>
}

/** The settings that lead to the brokers and the group. */
const ofClient = /^(?:name|connector\.class|(?:admin|consumer)\.override\..*)$/s

export class ConnectorOffsets {
  readonly #options: ConnectorOffsetsOptions
  #clusterId: Promise<string> | null = null

  constructor(options: ConnectorOffsetsOptions) {
    this.#options = options
  }

  /** Asked once: a cluster keeps its id. */
  clusterId(): Promise<string> {
    this.#clusterId ??= this.#with(
      workerClient(this.#options.doors.worker),
      'the id of their cluster',
      answerMsMax,
      async admin => (await admin.clusterId()) ?? ''
    )
    this.#clusterId.catch(() => (this.#clusterId = null))
    return this.#clusterId
  }

  read(name: string, config: Config): Promise<readonly ConnectorOffset[]> {
    return this.#of(name, config, answerMsMax, async (admin, group) =>
      [...(await admin.groupOffsets(group)).values()]
        .map(({ topic, partition, offset }) => ({ topic, partition, offset }))
        .sort(byPlace)
    )
  }

  async alter(name: string, config: Config, changes: readonly OffsetChange[]): Promise<string> {
    await this.#change('alter', name, config, async (admin, group) => {
      await mustExist(admin, changes)
      const forgotten = changes.filter(change => change.offset === null)
      const moved = changes.flatMap(({ topic, partition, offset }) =>
        offset === null ? [] : [{ topic, partition, offset }]
      )
      if (moved.length > 0) await admin.alterGroupOffsets(group, moved)
      if (forgotten.length > 0) await admin.deleteGroupOffsets(group, forgotten)
    })
    return messages.offsetsAltered
  }

  async reset(name: string, config: Config): Promise<string> {
    await this.#change('reset', name, config, (admin, group) => admin.deleteGroup(group))
    return messages.offsetsReset
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #change(
    what: 'alter' | 'reset',
    name: string,
    config: Config,
    change: (admin: GroupAdmin, group: string) => Promise<void>
  ): Promise<void> {
    try {
      await this.#of(name, config, changeMsMax, change)
    } catch (error) {
      // Nobody knows whether the brokers have done it. Doing it again is no harm.
      if (error instanceof RequestTimeoutError) throw error
      const failed = `Failed to ${what} consumer group offsets for connector ${name}`
      const isBusy = error instanceof GroupNotEmptyError
      const reason = error instanceof ConnectError ? `: ${error.message}` : ''
      throw new ConnectError(isBusy ? `${failed} ${stillRunning(what)}` : `${failed}${reason}`, { cause: error })
    }
  }

  async #of<T>(
    name: string,
    given: Config,
    limitMs: number,
    ask: (admin: GroupAdmin, group: string) => Promise<T>
  ): Promise<T> {
    const { doors } = this.#options
    // What is wrong elsewhere in the configuration is no reason to hide or hold offsets.
    const { config } = await resolvedConnector(new Map([...given].filter(([key]) => ofClient.test(key))), doors)
    const properties = connectorAdminConfig(`connector-adminclient-${name}`, doors.worker, config)
    const group = consumerGroup(name, config)
    return this.#with(properties, `the offsets of group ${group}`, limitMs, admin => ask(admin, group))
  }

  async #with<T>(
    properties: ReadonlyMap<string, string>,
    what: string,
    limitMs: number,
    ask: (admin: GroupAdmin) => Promise<T>
  ): Promise<T> {
    const { clock, newAdmin } = this.#options
    const admin = await newAdmin(properties)
    const began = clock.now()
    const settled = new AbortController()
    const answer = ask(admin)
    const late = clock.sleep(limitMs, settled.signal).then(() => {
      if (settled.signal.aborted) return answer
      // Connect's form of a request that took too long.
      throw new RequestTimeoutError(
        `Request timed out. The worker is currently asking the brokers at ${properties.get('bootstrap.servers') ?? ''} for ${what}, ` +
          `which began at ${new Date(began).toISOString()}: ${admin.trouble ?? 'no answer yet'}. ` +
          'See that they run and can be reached from this worker, then ask again'
      )
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      settled.abort()
      answer.catch(() => undefined)
      await admin.close()
    }
  }
}

function byPlace(a: ConnectorOffset, b: ConnectorOffset): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}

/** Offsets of partitions that are not there would be waited for. */
async function mustExist(admin: GroupAdmin, changes: readonly OffsetChange[]): Promise<void> {
  const topics = await admin.topics([...new Set(changes.map(({ topic }) => topic))])
  const missing = changes.find(({ topic, partition }) => partition >= (topics.get(topic)?.partitions ?? 0))
  if (missing !== undefined) throw new ConnectError(`There is no partition ${missing.topic}-${missing.partition}`)
}

function stillRunning(what: 'alter' | 'reset'): string {
  return (
    "either because its tasks haven't stopped completely yet or the connector was resumed before the request to " +
    `${what} its offsets could be successfully completed. If the connector is in a stopped state, this operation can be ` +
    "safely retried. If it doesn't eventually succeed, the Connect cluster may need to be restarted to get rid of the zombie sink tasks."
  )
}
