// A broker by script, for a consumer in a group: one topic `t`, one coordinator, and a say in every answer; of either protocol.
import { Consumer } from '../../src/kafka/consumer.ts'
import { type ClientOptions } from '../../src/kafka/client-config.ts'
import { type BrokerAddress } from '../../src/kafka/client-properties.ts'
import { BrokerUnreachableError } from '../../src/kafka/errors.ts'
import { type TopicPartition } from '../../src/kafka/group/topic-partition.ts'
import { serializeAssignment } from '../../src/kafka/group/consumer-protocol.ts'
import { type ApiName, type RequestOf, type ResponseOf } from '../../src/kafka/protocol/apis.ts'
import { type Wire } from '../../src/kafka/wire.ts'
import { keepingLogger } from './consumer.ts'
import { FakeClock, middleRandom, settle } from './fake-clock.ts'
import { toldWaits } from './told-waits.ts'

type Answers = { [A in ApiName]?: (args: RequestOf<A>) => ResponseOf<A> | Promise<ResponseOf<A>> }

export const unknownMember = 25

export class ScriptedGroup implements Wire {
  /** Every request, in order. */
  readonly asked: { readonly api: ApiName; readonly args: unknown }[] = []
  memberId = 'm-1'
  topicId = 'ab'.repeat(16)
  leaderEpoch = 3
  endOffset = 0
  /** Of partition 0; null: none. */
  committed: { readonly offset: number; readonly leaderEpoch: number } | null = null
  generation = 1
  heartbeatCode = 0
  /** In place of what this broker would answer. */
  readonly answers: Answers = {}
  /** Waited for before an answer is read. */
  before: (api: ApiName) => Promise<void> | void = () => undefined
  /** What becomes of each answer on the way. */
  changed: (api: ApiName, answer: unknown) => unknown = (_api, answer) => answer
  readonly #closed = Promise.withResolvers<never>()

  constructor() {
    this.#closed.promise.catch(() => undefined)
  }

  count(api: ApiName): number {
    return this.asked.filter(each => each.api === api).length
  }

  async request<A extends ApiName>(_broker: BrokerAddress, api: A, args: RequestOf<A>): Promise<ResponseOf<A>> {
    this.asked.push({ api, args })
    const scripted = this.answers[api] as ((args: RequestOf<A>) => ResponseOf<A>) | undefined
    const answer = scripted === undefined ? this.#answer(api, args) : scripted(args)
    await Promise.race([this.before(api), this.#closed.promise])
    return this.changed(api, await Promise.race([answer, this.#closed.promise])) as ResponseOf<A>
  }

  supports(): Promise<boolean> {
    return Promise.resolve(true)
  }

  close(): Promise<void> {
    this.#closed.reject(new BrokerUnreachableError('the client is closed'))
    return Promise.resolve()
  }

  #answer(api: ApiName, args: unknown): unknown {
    switch (api) {
      case 'Metadata':
        return this.#metadata()
      case 'FindCoordinator':
        return { coordinators: [{ key: 'g', nodeId: 1, host: 'h', port: 1, errorCode: 0, errorMessage: null }] }
      case 'JoinGroup':
        return this.join(args as RequestOf<'JoinGroup'>)
      case 'SyncGroup':
        return {
          errorCode: 0,
          assignment: serializeAssignment({ partitions: [{ topic: 't', partition: 0 }], userData: null })
        }
      case 'Heartbeat':
        return { throttleTimeMs: 0, errorCode: this.heartbeatCode }
      case 'LeaveGroup':
        return { throttleTimeMs: 0, errorCode: 0, members: [] }
      case 'ConsumerGroupHeartbeat':
        return this.newerHeartbeat(args as RequestOf<'ConsumerGroupHeartbeat'>)
      case 'OffsetFetch':
        return this.#offsetFetch(args as RequestOf<'OffsetFetch'>)
      case 'ListOffsets':
        return this.#listOffsets(args as RequestOf<'ListOffsets'>)
      case 'OffsetForLeaderEpoch':
        return this.#epochEnd()
      case 'Fetch':
        // Nothing comes.
        return new Promise(() => undefined)
      default:
        throw new Error(`no script for ${api}`)
    }
  }

  join({ memberId: named }: RequestOf<'JoinGroup'>): ResponseOf<'JoinGroup'> {
    const answer = { throttleTimeMs: 0, protocolType: 'consumer', protocolName: 'range', skipAssignment: false }
    const { memberId } = this
    if (named === '') return { ...answer, errorCode: 79, generationId: -1, leader: '', memberId, members: [] }
    return { ...answer, errorCode: 0, generationId: this.generation, leader: 'another', memberId, members: [] }
  }

  newerHeartbeat({ memberEpoch }: RequestOf<'ConsumerGroupHeartbeat'>): ResponseOf<'ConsumerGroupHeartbeat'> {
    const isJoin = memberEpoch === 0
    const { memberId } = this
    const topicPartitions = [{ topicId: this.topicId, partitions: [0] }]
    return {
      throttleTimeMs: 0,
      errorCode: isJoin ? 0 : this.heartbeatCode,
      errorMessage: null,
      memberId,
      memberEpoch: isJoin ? this.generation : memberEpoch,
      heartbeatIntervalMs: 5000,
      assignment: isJoin ? { topicPartitions } : null
    }
  }

  #metadata(): ResponseOf<'Metadata'> {
    const { topicId, leaderEpoch } = this
    const partition = { errorCode: 0, partitionIndex: 0, leaderId: 1, leaderEpoch, replicaNodes: [1], isrNodes: [1], offlineReplicas: [] } // prettier-ignore
    const topic = { errorCode: 0, name: 't', topicId, isInternal: false, partitions: [partition], topicAuthorizedOperations: 0 } // prettier-ignore
    const brokers = [{ nodeId: 1, host: 'h', port: 1, rack: null }]
    return { throttleTimeMs: 0, brokers, clusterId: 'c', controllerId: 1, topics: [topic], clusterAuthorizedOperations: 0 } // prettier-ignore
  }

  /** As a broker before Kafka 4.1 answers: by names. */
  #offsetFetch({ groupId }: RequestOf<'OffsetFetch'>): ResponseOf<'OffsetFetch'> {
    const { offset, leaderEpoch } = this.committed ?? { offset: -1, leaderEpoch: -1 }
    const partition = { partitionIndex: 0, committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata: '', errorCode: 0 } // prettier-ignore
    const topics = [{ name: 't', topicId: '', partitions: [partition] }]
    return { throttleTimeMs: 0, topics: [], errorCode: 0, groups: [{ groupId, topics, errorCode: 0 }] }
  }

  #listOffsets({ topics }: RequestOf<'ListOffsets'>): ResponseOf<'ListOffsets'> {
    const offset = topics[0]?.partitions[0]?.timestamp === -1 ? this.endOffset : 0
    const partition = { partitionIndex: 0, errorCode: 0, timestamp: -1, offset, leaderEpoch: this.leaderEpoch }
    return { throttleTimeMs: 0, topics: [{ name: 't', partitions: [partition] }] }
  }

  #epochEnd(): ResponseOf<'OffsetForLeaderEpoch'> {
    const partition = { errorCode: 0, partition: 0, leaderEpoch: this.leaderEpoch, endOffset: this.endOffset }
    return { throttleTimeMs: 0, topics: [{ topic: 't', partitions: [partition] }] }
  }
}

/** A fake clock whose wall may go its own way. */
class TwoClocks extends FakeClock {
  wallAheadMs = 0

  override now(): number {
    return super.now() + this.wallAheadMs
  }
}

/** A consumer of `t` in group `g` that polls all the time; `events` holds what its listener was told. */
export function openScripted(
  more: Readonly<Record<string, string>> = {},
  extras: Partial<Pick<ClientOptions, 'kin' | 'warns'>> = {}
) {
  const wire = new ScriptedGroup()
  const clock = new TwoClocks()
  const log = keepingLogger()
  const properties = new Map(
    Object.entries({ 'bootstrap.servers': 'h:1', 'group.id': 'g', 'auto.offset.reset': 'earliest', ...more })
  )
  const { waits, shown } = toldWaits('c-0', clock, log)
  const consumer = new Consumer({ properties, clock, random: middleRandom, log, wire, waits, ...extras })
  const events: string[] = []
  const listener = {
    onAssigned: (_partitions: readonly TopicPartition[]) => Promise.resolve(),
    onRevoked: (_partitions: readonly TopicPartition[]) => Promise.resolve(),
    onLost: (_partitions: readonly TopicPartition[]) => Promise.resolve()
  }
  const note =
    (what: string, call: (partitions: readonly TopicPartition[]) => Promise<void>) =>
    (partitions: readonly TopicPartition[]) => {
      events.push(what)
      return call(partitions)
    }
  consumer.subscribe(
    { names: ['t'] },
    {
      onAssigned: note('assigned', partitions => listener.onAssigned(partitions)),
      onRevoked: note('revoked', partitions => listener.onRevoked(partitions)),
      onLost: note('lost', partitions => listener.onLost(partitions))
    }
  )
  let isPolling = true
  let failure: unknown = null
  const polling = (async () => {
    while (isPolling) await consumer.poll(1000)
  })().catch((error: unknown) => (failure = error))
  return {
    wire,
    clock,
    log,
    consumer,
    events,
    /** What the consumer is shown to wait for. */
    shown,
    /** What the listener does then. */
    listener,
    failure: () => failure,
    /** Time goes on, in small steps, until then. */
    async until(done: () => boolean): Promise<void> {
      for (await settle(); !done(); await settle()) clock.advance(10)
    },
    /** Polls no more. */
    async stopPolling(): Promise<void> {
      isPolling = false
      consumer.wakeup()
      await polling
    },
    async [Symbol.asyncDispose]() {
      isPolling = false
      await consumer.close()
      await polling
    }
  }
}
