// Our producer: few records, each delivered at least once and in order; `send` resolves when the replicas have it.
//
// One request per broker is under way at a time; whatever comes meanwhile goes out together in the next one. A request whose
// fate is unknown is sent again before anything newer, so order holds and only duplicates are possible.
import { causeChain, ConnectError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Clock, type Timer } from '../util/clock.ts'
import { type Random } from '../util/random.ts'
import { openCluster, type ClientOptions } from './client-config.ts'
import { type Cluster, type TopicMetadata } from './cluster.ts'
import {
  AuthenticationFailedError,
  BrokerUnreachableError,
  DeliveryTimeoutError,
  RecordTooLargeError,
  UnsupportedVersionError
} from './errors.ts'
import { PartitionQueue, type Pending } from './produce/partition-queue.ts'
import { partitionForKey } from './produce/murmur2.ts'
import { readProducerConfig, type ProducerConfig } from './produce/producer-config.ts'
import { type ResponseOf } from './protocol/apis.ts'
import { brokerError, errorCode, errorName, isRetriable } from './protocol/error-codes.ts'
import { recordBytesMax, writeBatch } from './records/batch-writer.ts'

export interface OutgoingRecord {
  readonly topic: string
  /** Chosen by the key, or at random without one, where absent. */
  readonly partition?: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  /** null: the present time. */
  readonly timestamp: number | null
}

interface TopicQueues {
  /** Records that wait for the topic's metadata. */
  homeless: { readonly outgoing: OutgoingRecord; readonly pending: Pending }[]
  readonly queues: Map<number, PartitionQueue>
  /** The partition that records without a key go to until it has a batch full. */
  sticky: number
  stickyBytes: number
  readonly blockedUntil: number
}

/** Attempts in a row of which none had a record acknowledged, and the reason of the last. */
export interface ProducerTrouble {
  readonly attempts: number
  readonly reason: string
}

interface Sent {
  readonly queue: PartitionQueue
  readonly batch: readonly Pending[]
}

export class Producer {
  readonly #config: ProducerConfig
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Logger
  readonly #cluster: Cluster
  readonly #topics = new Map<string, TopicQueues>()
  readonly #busy = new Set<number>()
  #timer: Timer | null = null
  #refreshing = false
  /** Why nothing of what waits was acknowledged, and how often in a row it was tried. */
  #trouble: ProducerTrouble | null = null
  #closed = false

  constructor({ properties, warns = true, ...doors }: ClientOptions) {
    this.#config = readProducerConfig(properties)
    this.#clock = doors.clock
    this.#random = doors.random
    this.#log = doors.log
    if (warns) for (const warning of this.#config.warnings) doors.log.warn(warning)
    this.#cluster = openCluster(this.#config, doors, warns)
  }

  /** Resolves when the record is acknowledged; rejects only where it never will be (too large, no right, time over, closed). */
  send(outgoing: OutgoingRecord): Promise<void> {
    if (this.#closed) return Promise.reject(new BrokerUnreachableError('the producer is closed'))
    const { requestBytesMax, deliveryTimeoutMs } = this.#config
    const record = { ...outgoing, timestamp: outgoing.timestamp ?? this.#clock.now() }
    const bytes = recordBytesMax(record)
    if (bytes > requestBytesMax) {
      return Promise.reject(
        new RecordTooLargeError(
          `a record for ${outgoing.topic} takes up to ${bytes} bytes, allowed are ${requestBytesMax}. Raise max.request.size of the producer (and max.message.bytes of the topic)`
        )
      )
    }
    const deadline = this.#clock.monotonic() + deliveryTimeoutMs
    return new Promise((resolve, reject) => {
      this.#topic(outgoing.topic).homeless.push({ outgoing, pending: { record, bytes, deadline, resolve, reject } })
      this.#pump()
    })
  }

  /** What is not acknowledged by now is rejected: whoever must not lose it waits for its `send` first. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.clear()
    await this.#cluster.close()
    this.#expire(Infinity, closedError)
  }

  /** Why nothing is acknowledged at present; null: there is no trouble, or nothing is on its way. */
  get trouble(): ProducerTrouble | null {
    return this.#hasWork() || this.#busy.size > 0 ? this.#trouble : null
  }

  #troubled(reason: string): void {
    this.#trouble = { attempts: (this.#trouble?.attempts ?? 0) + 1, reason }
  }

  #topic(name: string): TopicQueues {
    let found = this.#topics.get(name)
    if (found === undefined) {
      const blockedUntil = this.#clock.monotonic() + this.#config.blockMsMax
      found = { homeless: [], queues: new Map(), sticky: -1, stickyBytes: 0, blockedUntil }
      this.#topics.set(name, found)
      this.#cluster.want(new Set(this.#topics.keys()))
    }
    return found
  }

  /** Sends what can be sent now and sets the clock for the rest. Never waits. */
  #pump(): void {
    if (this.#closed) return
    this.#timer?.clear()
    const now = this.#clock.monotonic()
    this.#giveUp(now)
    if (this.#cluster.due && this.#hasWork()) this.#refresh()
    for (const [name, topic] of this.#topics) this.#settle(name, topic)
    this.#sendAll(now)
    if (this.#hasWork())
      this.#timer = this.#clock.setTimer(Math.max(1, this.#nextInstant(now) - now), () => this.#look())
  }

  /** From a timer or an answer, where nothing may be thrown: whoever waits for a record hears of it. */
  #look(): void {
    try {
      this.#pump()
    } catch (error) {
      this.#expire(Infinity, () => error as Error)
    }
  }

  #hasWork(): boolean {
    for (const { homeless, queues } of this.#topics.values()) {
      if (homeless.length > 0) return true
      for (const queue of queues.values()) if (!queue.isEmpty) return true
    }
    return false
  }

  /** When something may be tried again, or somebody's time is over. Requests under way call by themselves. */
  #nextInstant(now: number): number {
    let next = this.#refreshing ? Infinity : now + this.#cluster.dueInMs
    for (const { homeless, queues, blockedUntil } of this.#topics.values()) {
      if (homeless.length > 0) next = Math.min(next, blockedUntil)
      for (const { pending } of homeless) next = Math.min(next, pending.deadline)
      for (const queue of queues.values()) {
        if (queue.isEmpty) continue
        next = Math.min(next, queue.nextDeadline, queue.retryAt > now ? queue.retryAt : Infinity)
      }
    }
    return next
  }

  #refresh(): void {
    if (this.#refreshing) return
    this.#refreshing = true
    this.#cluster
      .refresh()
      .then(() => this.#lookAtMetadata())
      .catch((error: unknown) => {
        this.#log.debug(`metadata: ${causeChain(error)}`)
        this.#troubled(`no broker names the leaders: ${causeChain(error)}`)
        if (isFinal(error)) this.#expire(Infinity, () => error)
      })
      .finally(() => {
        this.#refreshing = false
        this.#look()
      })
      .catch((error: unknown) => this.#expire(Infinity, () => error as Error))
  }

  #lookAtMetadata(): void {
    for (const [name, topic] of this.#topics) {
      const metadata = this.#cluster.topic(name)
      if (metadata === undefined) continue
      if (metadata.errorCode !== 0)
        this.#troubled(`the broker answers ${errorName(metadata.errorCode)} (${metadata.errorCode}) for topic ${name}`)
      else this.#rehome(topic, metadata.partitions.size)
    }
  }

  /** A topic made anew may have fewer partitions: what waits for those that are gone finds others. */
  #rehome(topic: TopicQueues, partitions: number): void {
    if (partitions === 0) return
    for (const [partition, queue] of topic.queues) {
      if (partition < partitions || queue.underway) continue
      topic.queues.delete(partition)
      const waiting = queue.expire(Infinity)
      topic.homeless.unshift(
        ...waiting.map(pending => ({ outgoing: { ...pending.record, topic: queue.topic }, pending }))
      )
    }
  }

  /** Gives records their partitions, once the topic's are known. */
  #settle(name: string, topic: TopicQueues): void {
    const metadata = this.#cluster.topic(name)
    if (topic.homeless.length === 0 || metadata === undefined) return
    if (metadata.errorCode !== 0) {
      if (isRetriable(metadata.errorCode)) return
      const error = brokerError(`sending to topic ${name}`, metadata.errorCode)
      for (const { pending } of topic.homeless.splice(0)) pending.reject(error)
      return
    }
    if (metadata.partitions.size === 0) return
    for (const { outgoing, pending } of topic.homeless.splice(0)) {
      const partition = outgoing.partition ?? this.#choose(topic, metadata, outgoing.key, pending.bytes)
      let queue = topic.queues.get(partition)
      if (queue === undefined) {
        queue = new PartitionQueue(name, partition)
        topic.queues.set(partition, queue)
      }
      queue.add(pending)
    }
  }

  #choose(topic: TopicQueues, metadata: TopicMetadata, key: Uint8Array | null, bytes: number): number {
    const count = metadata.partitions.size
    if (key !== null) return partitionForKey(key, count)
    topic.stickyBytes += bytes
    if (topic.sticky < 0 || topic.sticky >= count || topic.stickyBytes > this.#config.batchBytesMax) {
      const led = [...metadata.partitions.keys()].filter(id => this.#cluster.leader(metadata.name, id) !== undefined)
      const choice = led.length > 0 ? led : [...metadata.partitions.keys()]
      topic.sticky = choice[Math.floor(this.#random.next() * choice.length)] ?? 0
      topic.stickyBytes = bytes
    }
    return topic.sticky
  }

  #sendAll(now: number): void {
    const byNode = new Map<number, PartitionQueue[]>()
    for (const { queues } of this.#topics.values()) {
      for (const queue of queues.values()) {
        if (queue.isEmpty || queue.underway || queue.retryAt > now) continue
        const leader = this.#cluster.leader(queue.topic, queue.partition)
        if (leader === undefined || this.#cluster.broker(leader.leaderId) === undefined) {
          this.#cluster.markStale()
          continue
        }
        byNode.set(leader.leaderId, [...(byNode.get(leader.leaderId) ?? []), queue])
      }
    }
    for (const [nodeId, queues] of byNode) if (!this.#busy.has(nodeId)) void this.#request(nodeId, queues)
  }

  async #request(nodeId: number, queues: readonly PartitionQueue[]): Promise<void> {
    const { acks, batchBytesMax, codec, requestTimeoutMs } = this.#config
    const broker = this.#cluster.broker(nodeId)
    if (broker === undefined) return
    const sent = queues.map((queue): Sent => ({ queue, batch: queue.take(batchBytesMax) }))
    this.#busy.add(nodeId)
    for (const { queue } of sent) queue.underway = true
    try {
      const topicData = [...Map.groupBy(sent, ({ queue }) => queue.topic)].map(([name, list]) => ({
        name,
        partitionData: list.map(({ queue, batch }) => ({
          index: queue.partition,
          records: writeBatch(
            batch.map(({ record }) => record),
            codec
          )
        }))
      }))
      const args = { transactionalId: null, acks, timeoutMs: requestTimeoutMs, topicData }
      const answer = await this.#cluster.wire.request(broker, 'Produce', args, {
        timeoutMs: requestTimeoutMs * 2
      })
      for (const each of sent) this.#judge(each, answer)
    } catch (error) {
      this.#log.debug(`sending to broker ${nodeId}: ${causeChain(error)}`)
      this.#troubled(`broker ${nodeId}: ${causeChain(error)}`)
      this.#cluster.markStale()
      const final = this.#closed ? closedError() : isFinal(error) ? error : null
      for (const each of sent) if (each.queue.underway) this.#again(each, final)
    } finally {
      this.#busy.delete(nodeId)
      for (const { queue } of sent) queue.underway = false
      this.#look()
    }
  }

  #judge(sent: Sent, answer: ResponseOf<'Produce'>): void {
    const { queue, batch } = sent
    const found = answer.responses
      .find(({ name }) => name === queue.topic)
      ?.partitionResponses.find(({ index }) => index === queue.partition)
    queue.underway = false
    const code = found?.errorCode ?? errorCode.unknownTopicOrPartition
    if (code === 0) {
      queue.failures = 0
      this.#trouble = null
      for (const pending of batch) pending.resolve()
      return
    }
    const error = brokerError(`sending to ${queue.topic}-${queue.partition}`, code, found?.errorMessage)
    if (code === errorCode.messageTooLarge && queue.split(batch.length)) return queue.putBack(batch)
    if (!error.retriable) return this.#again(sent, error)
    this.#troubled(`the broker answers ${errorName(code)} (${code}) for ${queue.topic}-${queue.partition}`)
    this.#log.warn(`${queue.topic}-${queue.partition}: the broker answered ${errorName(code)} (${code}); sending again`)
    this.#cluster.markStale()
    this.#again(sent, null)
  }

  /** Puts the batch back for another try, or rejects it with `error`. */
  #again({ queue, batch }: Sent, error: Error | null): void {
    if (error !== null) {
      for (const pending of batch) pending.reject(error)
      return
    }
    queue.putBack(batch)
    queue.retryAt = this.#clock.monotonic() + this.#cluster.backoffMs(++queue.failures)
  }

  #giveUp(now: number): void {
    this.#expire(
      now,
      topic =>
        new DeliveryTimeoutError(
          `a record for ${topic} was not acknowledged within delivery.timeout.ms (${this.#config.deliveryTimeoutMs}). Look at the brokers, or raise it`
        )
    )
    for (const [name, topic] of this.#topics) {
      if (topic.homeless.length === 0 || topic.blockedUntil > now || this.#cluster.topic(name)?.errorCode === 0)
        continue
      const error = new DeliveryTimeoutError(
        `topic ${name} was not found within max.block.ms (${this.#config.blockMsMax}). Create it, or raise max.block.ms of the producer`
      )
      for (const { pending } of topic.homeless.splice(0)) pending.reject(error)
      // A later record waits anew.
      this.#topics.delete(name)
    }
  }

  #expire(now: number, error: (topic: string) => Error): void {
    for (const [name, topic] of this.#topics) {
      for (const { pending } of topic.homeless) if (pending.deadline <= now) pending.reject(error(name))
      topic.homeless = topic.homeless.filter(({ pending }) => pending.deadline > now)
      for (const queue of topic.queues.values()) for (const pending of queue.expire(now)) pending.reject(error(name))
    }
  }
}

function closedError(): Error {
  return new BrokerUnreachableError('the producer was closed before the record was acknowledged')
}

/** Trying again without a change is no use; nor where the mistake is our own. */
function isFinal(error: unknown): error is Error {
  if (!(error instanceof ConnectError)) return true
  return error instanceof AuthenticationFailedError || error instanceof UnsupportedVersionError
}
