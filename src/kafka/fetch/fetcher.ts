// Fetches from all leaders at once: one request per broker under way, the next one out while the last is being read.
import { causeChain, ConnectError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Clock, type Timer } from '../../util/clock.ts'
import { type Cluster } from '../cluster.ts'
import { type ResponseOf } from '../protocol/apis.ts'
import { brokerError, errorCode, errorName } from '../protocol/error-codes.ts'
import { endOfBatches } from '../records/batch-header.ts'
import { frameBuffers, type FrameLease } from '../frame-buffers.ts'
import { BatchCursor } from '../records/record-cursor.ts'
import { FetchSession, type AskedPartition } from './fetch-session.ts'
import { type PartitionState } from './partition-state.ts'

export interface FetcherOptions {
  readonly cluster: Cluster
  readonly readCommitted: boolean
  readonly minBytes: number
  /** `fetch.max.bytes`: of one answer, and the bound of all that is fetched but not read. */
  readonly bytesMax: number
  readonly partitionBytesMax: number
  readonly waitMsMax: number
  readonly requestTimeoutMs: number
  readonly metadataMsMax: number
  readonly rack: string
  readonly decompressedBytesMax: number
  readonly checkCrcs: boolean
  readonly clock: Clock
  readonly log: Logger
}

/** What the fetcher tells its consumer. */
export interface FetchEvents {
  /** Something arrived or may be tried again: look. */
  ready(): void
  /** An error the user must see, such as a missing right. */
  failed(error: Error): void
  /** What is read from there does not come: it is tried again. */
  away(source: string, reason: string): void
  /** It does again, or is read elsewhere. */
  answered(source: string): void
  /** Nothing is read any more, neither there nor elsewhere. */
  unasked(source: string): void
}

type PartitionAnswer = ResponseOf<'Fetch'>['responses'][number]['partitions'][number]

interface Node {
  readonly session: FetchSession
  underway: boolean
  failures: number
  retryAt: number
}

interface Asked {
  readonly state: PartitionState
  readonly stamp: number
  readonly fetchOffset: number
}

const staleLeader: readonly number[] = [
  errorCode.notLeaderOrFollower,
  errorCode.unknownTopicOrPartition,
  errorCode.leaderNotAvailable,
  errorCode.fencedLeaderEpoch,
  errorCode.unknownLeaderEpoch,
  errorCode.unknownTopicId,
  errorCode.inconsistentTopicId
]
const staleSession: readonly number[] = [
  errorCode.fetchSessionIdNotFound,
  errorCode.invalidFetchSessionEpoch,
  errorCode.fetchSessionTopicIdError
]

export class Fetcher {
  readonly #options: FetcherOptions
  readonly #events: FetchEvents
  readonly #nodes = new Map<number, Node>()
  readonly #timers = new Set<Timer>()
  /** Brokers whose last answer failed, and -1 for partitions without a leader. */
  readonly #away = new Set<number>()
  /** The metadata that last named no leader, by their count. */
  #leaderlessAt = -1
  #closed = false

  constructor(options: FetcherOptions, events: FetchEvents) {
    this.#options = options
    this.#events = events
  }

  /** Sends what can be sent for `partitions`, all that are assigned, but for those that are `held`. Never waits. */
  send(partitions: Iterable<PartitionState>, held: (state: PartitionState) => boolean): void {
    if (this.#closed) return
    const now = this.#options.clock.monotonic()
    const byNode = new Map<number, PartitionState[]>()
    const occupied = new Set<number>()
    const wanted = this.#away.size > 0 ? new Set<number>() : null
    let budget = this.#options.bytesMax
    for (const state of partitions) {
      budget -= state.bufferedBytes
      const node = this.#nodeFor(state, now)
      if (!state.paused) wanted?.add(node)
      if (node < 0) {
        if (!state.paused) this.#noLeader(state)
        continue
      }
      // While something of this broker waits to be read, a request for its other partitions would only hold up the next
      // one: it might wait fetch.max.wait.ms for data while the reader has run dry.
      if (state.hasBuffered && !state.paused) occupied.add(node)
      if (state.paused || state.hasBuffered || state.fetching || !state.hasPlace || state.retryAt > now) continue
      if (held(state)) continue
      const list = byNode.get(node)
      if (list === undefined) byNode.set(node, [state])
      else list.push(state)
    }
    if (wanted !== null) this.#leave(wanted)
    for (const [nodeId, states] of byNode) {
      const node = this.#node(nodeId)
      if (node.underway || occupied.has(nodeId) || node.retryAt > now || budget <= 0) continue
      void this.#fetch(nodeId, node, states, budget)
      budget -= Math.min(budget, states.length * this.#options.partitionBytesMax)
    }
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#timers) timer.clear()
    this.#timers.clear()
  }

  #failed(nodeId: number, reason: string): void {
    this.#away.add(nodeId)
    this.#events.away(`broker ${nodeId}`, reason)
  }

  /** One attempt for each time that metadata name none, however often and for how many partitions it is asked. */
  #noLeader({ key }: PartitionState): void {
    const { refreshes } = this.#options.cluster
    if (this.#away.has(-1) && this.#leaderlessAt === refreshes) return
    this.#leaderlessAt = refreshes
    this.#failed(-1, `${key} has no leader`)
  }

  #answered(nodeId: number): void {
    if (this.#away.delete(nodeId)) this.#events.answered(`broker ${nodeId}`)
  }

  /** Those that are away are asked no more, unless they are `wanted`. */
  #leave(wanted: ReadonlySet<number>): void {
    for (const nodeId of this.#away) {
      if (wanted.size > 0 && !wanted.has(nodeId)) this.#answered(nodeId)
      else if (wanted.size === 0 && this.#away.delete(nodeId)) this.#events.unasked(`broker ${nodeId}`)
    }
  }

  #node(nodeId: number): Node {
    let node = this.#nodes.get(nodeId)
    if (node === undefined) {
      node = { session: new FetchSession(), underway: false, failures: 0, retryAt: 0 }
      this.#nodes.set(nodeId, node)
    }
    return node
  }

  /** The broker to read this partition from, -1 while none is known. */
  #nodeFor(state: PartitionState, now: number): number {
    const { cluster } = this.#options
    if (state.preferredReplica >= 0) {
      if (now < state.preferredUntil && cluster.broker(state.preferredReplica) !== undefined)
        return state.preferredReplica
      state.preferredReplica = -1
    }
    const leader = cluster.leader(state.topic, state.partition)
    if (leader !== undefined) return leader.leaderId
    cluster.markStale()
    return -1
  }

  async #fetch(nodeId: number, node: Node, states: readonly PartitionState[], budget: number): Promise<void> {
    const { cluster, clock, log, waitMsMax, minBytes, requestTimeoutMs, readCommitted, rack } = this.#options
    const broker = cluster.broker(nodeId)
    if (broker === undefined) return
    const asked = new Map<string, Asked>()
    for (const state of states) {
      state.fetching = true
      asked.set(state.key, { state, stamp: state.stamp, fetchOffset: state.fetchOffset })
    }
    const session = node.session.next(states.map(state => this.#ask(state)))
    node.underway = true
    try {
      const answer = await cluster.wire.request(
        broker,
        'Fetch',
        {
          replicaId: -1,
          maxWaitMs: waitMsMax,
          minBytes,
          maxBytes: budget,
          isolationLevel: readCommitted ? 1 : 0,
          sessionId: session.sessionId,
          sessionEpoch: session.sessionEpoch,
          topics: byTopicId(session.send).map(list => ({ ...topicOf(list), partitions: list.map(toRequest) })),
          forgottenTopics: byTopicId(session.forget).map(list => ({
            ...topicOf(list),
            partitions: list.map(({ partition }) => partition)
          })),
          rackId: rack
        },
        { channel: 'fetch', timeoutMs: requestTimeoutMs + waitMsMax }
      )
      if (this.#closed) return
      node.failures = 0
      this.#answered(nodeId)
      this.#take(answer, node, asked)
      if (answer.throttleTimeMs > 0) {
        // The broker would let the next request wait that long by itself, but ours has a time limit.
        node.retryAt = clock.monotonic() + answer.throttleTimeMs
        this.#readyIn(answer.throttleTimeMs)
      }
    } catch (error) {
      if (this.#closed) return
      // Not the broker's: our own mistake, which no second try mends.
      if (!(error instanceof ConnectError)) this.#events.failed(error as Error)
      log.debug(`fetching from broker ${nodeId}: ${causeChain(error)}`)
      this.#failed(nodeId, `fetching from broker ${nodeId}: ${causeChain(error)}`)
      // What the broker made of the request is unknown, so the session is too.
      node.session.reset()
      node.retryAt = clock.monotonic() + cluster.backoffMs(++node.failures)
      cluster.markStale()
      this.#readyIn(node.retryAt - clock.monotonic())
    } finally {
      node.underway = false
      for (const { state } of asked.values()) state.fetching = false
      this.#events.ready()
    }
  }

  #readyIn(delayMs: number): void {
    // A timer may be a little early; whoever looks then must not find it too early.
    const timer = this.#options.clock.setTimer(delayMs + 1, () => {
      this.#timers.delete(timer)
      this.#events.ready()
    })
    this.#timers.add(timer)
  }

  #ask(state: PartitionState): AskedPartition {
    const { cluster, partitionBytesMax } = this.#options
    return {
      key: state.key,
      topic: state.topic,
      topicId: cluster.topic(state.topic)?.id ?? '0'.repeat(32),
      partition: state.partition,
      fetchOffset: state.fetchOffset,
      leaderEpoch: cluster.leader(state.topic, state.partition)?.leaderEpoch ?? -1,
      bytesMax: partitionBytesMax
    }
  }

  #take(answer: ResponseOf<'Fetch'>, node: Node, asked: ReadonlyMap<string, Asked>): void {
    const { cluster, log } = this.#options
    if (answer.errorCode !== 0) {
      node.session.reset()
      if (!staleSession.includes(answer.errorCode)) throw brokerError('fetching', answer.errorCode)
      log.debug(`the fetch session is gone (${errorName(answer.errorCode)}), beginning a new one`)
      if (answer.errorCode === errorCode.fetchSessionTopicIdError) cluster.markStale()
      return
    }
    node.session.accepted(answer.sessionId)
    const lease = leaseOf(answer)
    for (const response of answer.responses) {
      const topic = response.topic !== '' ? response.topic : cluster.topicById(response.topicId)?.name
      for (const partition of response.partitions) {
        const question = asked.get(`${topic ?? ''}-${partition.partitionIndex}`)
        // Revoked, paused or sought elsewhere meanwhile: the answer is to a question nobody asks any more.
        if (question === undefined || question.stamp !== question.state.stamp) continue
        this.#takePartition(question, partition, lease)
      }
    }
    lease?.release()
  }

  #takePartition({ state, fetchOffset }: Asked, partition: PartitionAnswer, lease: FrameLease | null): void {
    const { clock, metadataMsMax, readCommitted, decompressedBytesMax, checkCrcs } = this.#options
    if (partition.currentLeader !== null) {
      const { leaderId, leaderEpoch } = partition.currentLeader
      this.#options.cluster.updateLeader(state.topic, state.partition, leaderId, leaderEpoch)
    }
    if (partition.errorCode !== 0) return this.#refused(state, partition.errorCode)
    state.failures = 0
    state.highWatermark = partition.highWatermark
    state.lastStableOffset = partition.lastStableOffset
    state.logStartOffset = partition.logStartOffset
    if (partition.preferredReadReplica >= 0) {
      state.preferredReplica = partition.preferredReadReplica
      state.preferredUntil = clock.monotonic() + metadataMsMax
      return
    }
    const records = partition.records
    if (records === null || records.length === 0) return
    const cursor = new BatchCursor(state.topic, state.partition, records, {
      fetchOffset,
      abortedTransactions: readCommitted ? (partition.abortedTransactions ?? []) : null,
      decompressedBytesMax,
      checkCrcs,
      lease
    })
    // The partition's hold: it is released when the reader has come to the end.
    lease?.hold()
    const { nextOffset, epochs } = endOfBatches(records, fetchOffset)
    state.buffer(cursor, nextOffset, epochs)
  }

  #refused(state: PartitionState, code: number): void {
    const { cluster, clock, log } = this.#options
    if (code === errorCode.offsetOutOfRange) {
      // A follower may lag: only the leader's word counts.
      if (state.preferredReplica >= 0) state.preferredReplica = -1
      else state.needReset(state.fetchOffset, 'is not in the log')
      return
    }
    if (code === errorCode.topicAuthorizationFailed) {
      return this.#events.failed(brokerError(`reading ${state.key}: no right to read the topic`, code))
    }
    if (staleLeader.includes(code)) {
      cluster.markStale()
      state.preferredReplica = -1
      log.debug(`${state.key}: ${errorName(code)}, asking for metadata`)
    } else {
      const line = `${state.key}@${state.fetchOffset}: the broker answered ${errorName(code)} (${code}); trying again`
      if (state.failures === 0) log.warn(line)
      else log.debug(line)
    }
    // Its neighbours go on: only this partition waits.
    const delayMs = cluster.backoffMs(++state.failures)
    state.retryAt = clock.monotonic() + delayMs
    this.#readyIn(delayMs)
  }
}

/** The lease of the answer's memory; null where it brought no records. All of them lie in the one frame. */
function leaseOf({ responses }: ResponseOf<'Fetch'>): FrameLease | null {
  for (const { partitions } of responses)
    for (const { records } of partitions) if (records !== null && records.length > 0) return frameBuffers.lease(records)
  return null
}

function byTopicId(partitions: readonly AskedPartition[]): AskedPartition[][] {
  return [...Map.groupBy(partitions, partition => `${partition.topicId} ${partition.topic}`).values()]
}

function topicOf(list: readonly AskedPartition[]): { topic: string; topicId: string } {
  const [first] = list
  return { topic: first?.topic ?? '', topicId: first?.topicId ?? '' }
}

function toRequest({ partition, leaderEpoch, fetchOffset, bytesMax }: AskedPartition): {
  partition: number
  currentLeaderEpoch: number
  fetchOffset: number
  lastFetchedEpoch: number
  logStartOffset: number
  partitionMaxBytes: number
} {
  return {
    partition,
    currentLeaderEpoch: leaderEpoch,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: bytesMax
  }
}
