// What is known of the cluster: brokers, topics with their ids, leaders and epochs, group coordinators.
import { causeChain } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Clock } from '../util/clock.ts'
import { type Random } from '../util/random.ts'
import { type BrokerAddress } from './client-properties.ts'
import { AuthenticationFailedError, BrokerError, BrokerUnreachableError, UnsupportedVersionError } from './errors.ts'
import { type ApiName, type RequestOf, type ResponseOf } from './protocol/apis.ts'
import { brokerError, errorCode } from './protocol/error-codes.ts'
import { type RequestOptions, type Wire } from './wire.ts'

export interface PartitionLeader {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
}

export interface TopicMetadata {
  readonly name: string
  /** 32 hex digits; zeros where the brokers are too old to know ids. */
  readonly id: string
  readonly errorCode: number
  readonly internal: boolean
  readonly partitions: ReadonlyMap<number, PartitionLeader>
}

export interface ClusterOptions {
  readonly wire: Wire
  readonly bootstrap: readonly BrokerAddress[]
  readonly metadataMsMax: number
  readonly retryBackoffMs: number
  readonly retryBackoffMsMax: number
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** Of brokers before 2.8. */
const unknownId = '0'.repeat(32)
const idsMax = 4
const movedCoordinator: readonly number[] = [errorCode.notCoordinator, errorCode.coordinatorNotAvailable]

export class Cluster {
  readonly wire: Wire
  readonly #options: ClusterOptions
  #brokers = new Map<number, BrokerAddress & { rack: string | null }>()
  #topics = new Map<string, TopicMetadata>()
  /** The ids that each name has had, the present one last. */
  readonly #ids = new Map<string, readonly string[]>()
  #wanted: ReadonlySet<string> | null = new Set()
  #refreshedAt = -Infinity
  #stale = true
  #attempts = 0
  #retryAt = 0
  #refreshing: Promise<void> | null = null
  #coordinators = new Map<string, number>()
  readonly #closing = new AbortController()
  #onRefresh: () => void = () => undefined
  clusterId: string | null = null
  /** How often metadata were had, whoever asked for them. */
  refreshes = 0
  /** Why what is tried again failed last; null: it never did. */
  trouble: string | null = null

  constructor(options: ClusterOptions) {
    this.#options = options
    this.wire = options.wire
  }

  /** Closes the wire; what is tried again and again ends. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.wire.close()
  }

  /** The topics to know about; null: all of them (a subscription by pattern). */
  want(topics: ReadonlySet<string> | null): void {
    const known = this.#wanted
    const more = topics === null ? known !== null : known === null || [...topics].some(topic => !known.has(topic))
    this.#wanted = topics
    if (more) this.markStale()
  }

  /** Further topics to know about, which a later `want` may drop again. */
  wantAlso(topics: ReadonlySet<string>): void {
    if (this.#wanted !== null) this.want(new Set([...this.#wanted, ...topics]))
  }

  /** What is known may be wrong (a leader moved): the next `refreshIfDue` asks again. */
  markStale(): void {
    this.#stale = true
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  topics(): IterableIterator<TopicMetadata> {
    return this.#topics.values()
  }

  topicById(id: string): TopicMetadata | undefined {
    for (const topic of this.#topics.values()) if (topic.id === id) return topic
    return undefined
  }

  /** Another topic has that name by now, as far as metadata tells: the one of that id was deleted. */
  isReplaced(name: string, id: string): boolean {
    const found = this.#topics.get(name)
    return found?.errorCode === 0 && found.id !== id && found.id !== unknownId && id !== unknownId
  }

  /** Metadata says that there is no such partition. */
  isGone(name: string, partition: number): boolean {
    const found = this.#topics.get(name)
    if (found === undefined) return false
    return (
      found.errorCode === errorCode.unknownTopicOrPartition ||
      (found.errorCode === 0 && !found.partitions.has(partition))
    )
  }

  leader(topic: string, partition: number): PartitionLeader | undefined {
    const found = this.#topics.get(topic)?.partitions.get(partition)
    return found === undefined || found.leaderId < 0 ? undefined : found
  }

  broker(nodeId: number): BrokerAddress | undefined {
    return this.#brokers.get(nodeId)
  }

  rackOf(nodeId: number): string | null {
    return this.#brokers.get(nodeId)?.rack ?? null
  }

  /** `listener` is called whenever metadata were had; it must not throw. */
  onRefresh(listener: () => void): void {
    this.#onRefresh = listener
  }

  /** Whether any metadata was had. */
  get known(): boolean {
    return this.#refreshedAt > -Infinity
  }

  /** Whether `refreshIfDue` would ask a broker now. */
  get due(): boolean {
    const { clock, metadataMsMax } = this.#options
    const now = clock.monotonic()
    if (this.#stale) return now >= this.#retryAt
    return now - this.#refreshedAt >= metadataMsMax
  }

  /** Milliseconds until a refresh is due. */
  get dueInMs(): number {
    const { clock, metadataMsMax } = this.#options
    const at = this.#stale ? this.#retryAt : this.#refreshedAt + metadataMsMax
    return Math.max(0, at - clock.monotonic())
  }

  /** Asks for fresh metadata where it is stale or old; concurrent callers share one request. Failures are kept for the next try. */
  async refreshIfDue(): Promise<void> {
    if (this.due) await this.refresh()
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #refresh(): Promise<void> {
    const { clock } = this.#options
    const wanted = this.#wanted
    // A failed or useless answer must not be asked for again at once, also where what is known was only old.
    this.#stale = true
    this.#retryAt = clock.monotonic() + this.backoffMs(++this.#attempts)
    const topics = wanted === null ? null : [...wanted].map(name => ({ topicId: unknownId, name }))
    const answer = await this.requestAny('Metadata', {
      topics,
      // Connect's consumer leaves allow.auto.create.topics at true in Java; a sink must not create what it only reads.
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false
    })
    this.#take(answer)
    if (wanted === this.#wanted) {
      this.#refreshedAt = clock.monotonic()
      this.#stale = [...this.#topics.values()].some(incomplete)
      if (!this.#stale) this.#attempts = 0
    }
    this.refreshes++
    this.#onRefresh()
  }

  #take(answer: ResponseOf<'Metadata'>): void {
    this.clusterId = answer.clusterId
    if (answer.brokers.length > 0) {
      this.#brokers = new Map(answer.brokers.map(({ nodeId, host, port, rack }) => [nodeId, { host, port, rack }]))
    }
    const topics = new Map<string, TopicMetadata>()
    for (const topic of answer.topics) {
      if (topic.name === null) continue
      const known = this.#topics.get(topic.name)
      if (this.#isOutdated(topic.name, topic.topicId)) {
        // A broker that lags behind still names the topic that was deleted: what we know is newer.
        if (known !== undefined) topics.set(topic.name, known)
        continue
      }
      const partitions = new Map<number, PartitionLeader>()
      for (const partition of topic.partitions) {
        const before = known?.id === topic.topicId ? known.partitions.get(partition.partitionIndex) : undefined
        // A broker that lags behind may name a deposed leader: an older epoch never replaces a newer one.
        const newer = before === undefined || partition.leaderEpoch < 0 || partition.leaderEpoch >= before.leaderEpoch
        const { leaderId, leaderEpoch, replicaNodes } = partition
        partitions.set(partition.partitionIndex, newer ? { leaderId, leaderEpoch, replicas: replicaNodes } : before)
      }
      topics.set(topic.name, {
        name: topic.name,
        id: topic.topicId,
        errorCode: topic.errorCode,
        internal: topic.isInternal,
        partitions
      })
    }
    this.#topics = topics
  }

  /** Ids are never used twice: one that another has followed is of a topic that is gone. */
  #isOutdated(name: string, id: string): boolean {
    if (id === unknownId) return false
    const ids = this.#ids.get(name) ?? []
    if (ids.at(-1) === id) return false
    if (ids.includes(id)) return true
    this.#ids.set(name, [...ids.slice(-idsMax), id])
    return false
  }

  /** A fetch answer may name the new leader itself. */
  updateLeader(topic: string, partition: number, leaderId: number, leaderEpoch: number): void {
    const found = this.#topics.get(topic)
    const known = found?.partitions.get(partition)
    if (found === undefined || known === undefined || leaderEpoch <= known.leaderEpoch || !this.#brokers.has(leaderId))
      return
    const partitions = new Map(found.partitions).set(partition, { ...known, leaderId, leaderEpoch })
    this.#topics.set(topic, { ...found, partitions })
  }

  /** Asks any broker: the known ones in random order, then the bootstrap list. */
  async requestAny<A extends ApiName>(api: A, args: RequestOf<A>, options?: RequestOptions): Promise<ResponseOf<A>> {
    const known = shuffled([...this.#brokers.values()], this.#options.random)
    let last: unknown = new BrokerUnreachableError('no broker is known')
    for (const broker of [...known, ...this.#options.bootstrap]) {
      try {
        return await this.wire.request(broker, api, args, options)
      } catch (error) {
        if (error instanceof UnsupportedVersionError || error instanceof AuthenticationFailedError) throw error
        last = error
      }
    }
    throw last
  }

  /** Whether some broker speaks `api`. */
  async supports(api: ApiName): Promise<boolean> {
    const broker = this.#brokers.values().next().value ?? this.#options.bootstrap[0]
    return broker !== undefined && (await this.wire.supports(broker, api))
  }

  /** The coordinator of `group`, looked up where it is not known. Throws a retriable BrokerError while it moves. */
  async coordinator(group: string): Promise<BrokerAddress> {
    const known = this.#coordinators.get(group)
    const address = known === undefined ? undefined : this.#brokers.get(known)
    if (address !== undefined) return address
    const answer = await this.requestAny('FindCoordinator', { key: group, keyType: 0, coordinatorKeys: [group] })
    const found = answer.coordinators[0] ?? { ...answer, key: group }
    if (found.errorCode !== 0)
      throw brokerError(`group ${group}: looking for its coordinator`, found.errorCode, found.errorMessage)
    this.#brokers.set(found.nodeId, { host: found.host, port: found.port, rack: this.rackOf(found.nodeId) })
    this.#coordinators.set(group, found.nodeId)
    this.#options.log.debug(`group ${group}: coordinator is ${found.host}:${found.port} (${found.nodeId})`)
    return found
  }

  forgetCoordinator(group: string): void {
    this.#coordinators.delete(group)
  }

  /** Tries `once` again while trouble is of the passing kind and `limitMs` are not over; a coordinator of `group` that failed is looked up anew. */
  async persist<T>(what: string, limitMs: number, group: string | null, once: () => Promise<T>): Promise<T> {
    const { clock, log } = this.#options
    const deadline = clock.monotonic() + limitMs
    for (let attempt = 1; ; attempt++) {
      try {
        return await once()
      } catch (error) {
        const passing = error instanceof BrokerUnreachableError || (error instanceof BrokerError && error.retriable)
        if (!passing || this.#closing.signal.aborted || clock.monotonic() >= deadline) throw error
        const moved = error instanceof BrokerUnreachableError || movedCoordinator.includes(error.errorCode)
        if (moved && group !== null) this.forgetCoordinator(group)
        this.trouble = causeChain(error)
        log.debug(`${what}, try ${attempt}: ${this.trouble}`)
        await clock.sleep(this.backoffMs(attempt), this.#closing.signal)
      }
    }
  }

  /** Exponential backoff with 20 % jitter for the given attempt (1, 2, ...). */
  backoffMs(attempt: number): number {
    const { retryBackoffMs, retryBackoffMsMax, random } = this.#options
    return Math.min(retryBackoffMs * 2 ** (attempt - 1), retryBackoffMsMax) * (0.8 + 0.4 * random.next())
  }
}

/** Missing, or without a leader somewhere: worth asking again soon. */
function incomplete(topic: TopicMetadata): boolean {
  if (topic.errorCode === errorCode.leaderNotAvailable || topic.errorCode === errorCode.unknownTopicOrPartition)
    return true
  for (const partition of topic.partitions.values()) if (partition.leaderId < 0) return true
  return false
}

function shuffled<T>(items: T[], random: Random): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const at = Math.floor(random.next() * (last + 1))
    const [a, b] = [items[at] as T, items[last] as T]
    items[at] = b
    items[last] = a
  }
  return items
}
