// A consumer's place in a group of the newer protocol (KIP-848, group.protocol=consumer): the coordinator deals, heartbeats carry it all.
//
// Every heartbeat says what is subscribed to and what is owned; an answer may bring a new assignment. The poll after that gives
// up what is no longer in it, takes what is new (the coordinator names only what nobody else has), and the next heartbeat,
// sent at once, says so.
import { causeChain } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Wait, type Waits } from '../../connect/waits.ts'
import { type Clock, type Timer } from '../../util/clock.ts'
import { type Random } from '../../util/random.ts'
import { type Cluster } from '../cluster.ts'
import { BrokerError, UnsupportedVersionError, BrokerUnreachableError } from '../errors.ts'
import { type ResponseOf } from '../protocol/apis.ts'
import { brokerError, errorCode, errorName } from '../protocol/error-codes.ts'
import { Confirmation, withMargin, type Instant } from './confirmation.ts'
import { type ConsumerGroup, type GroupIdentity, type Holdings, joinPatienceMs } from './consumer-group.ts'
import { sayGoodbye } from './goodbye.ts'
import { partitionKey, type TopicPartition } from './topic-partition.ts'

export interface ServerAssignedGroupOptions {
  readonly cluster: Cluster
  readonly groupId: string
  readonly instanceId: string | null
  readonly rack: string
  /** `group.remote.assignor`; null leaves the choice to the coordinator. */
  readonly remoteAssignor: string | null
  readonly pollIntervalMsMax: number
  readonly requestTimeoutMs: number
  readonly topics: () => readonly string[]
  readonly owned: () => readonly TopicPartition[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly waits: Waits
  /** The poll that waits should look again. */
  readonly changed: () => void
}

interface Target {
  readonly topicId: string
  readonly partitions: readonly number[]
}

const joinEpoch = 0
const leaveEpoch = -1
const staticLeaveEpoch = -2
const heartbeatMsFirst = 5000
/** Trying again may help with these, although they are no passing trouble of a broker. */
const awaited: readonly number[] = [errorCode.unreleasedInstanceId]
const gone: readonly number[] = [errorCode.unknownMemberId, errorCode.groupIdNotFound, errorCode.fencedInstanceId]

export class ServerAssignedGroup implements ConsumerGroup {
  readonly #options: ServerAssignedGroupOptions
  readonly #closing = new AbortController()
  #memberId: string
  #epoch = joinEpoch
  /** How often we have joined: partitions of a former membership are not ours. */
  #session = 0
  #joined = false
  /** A join was sent since we last left: the coordinator may know us, also where its answer never came. */
  #introduced = false
  #goodbye: Promise<void> = Promise.resolve()
  #started = false
  #lost = false
  #fatal: Error | null = null
  /** What the coordinator wants us to have; null: what we have is right. */
  #target: readonly Target[] | null = null
  #intervalMs = heartbeatMsFirst
  #timer: Timer | null = null
  #underway: Promise<void> | null = null
  readonly #confirmed: Confirmation
  /** When we asked for the answer that wants something given up. */
  #targetAt: Instant | null = null
  #again = false
  #failures = 0
  #polledAt: number
  #sentTopics = ''
  #warned = false
  /** Since it waits to become a member, and why in vain so far. */
  #wait: Wait | null = null
  #trouble = ''

  constructor(options: ServerAssignedGroupOptions) {
    this.#options = options
    this.#memberId = newName(options.random)
    this.#confirmed = new Confirmation(options.clock)
    this.#polledAt = options.clock.monotonic()
  }

  get identity(): GroupIdentity {
    const { instanceId } = this.#options
    const session = this.#joined ? `${this.#memberId}/${this.#session}` : ''
    return { generation: this.#joined ? this.#epoch : leaveEpoch, memberId: this.#memberId, instanceId, session }
  }

  get fatal(): Error | null {
    return this.#fatal
  }

  get rebalancePending(): boolean {
    return this.#target !== null || this.#lost
  }

  get lost(): boolean {
    return this.#lost
  }

  /**
   * The session timeout is the broker's own, and nobody tells it; a broker demands only that it be longer than the heartbeat interval, which it tells
   * (by default 45 s and 5 s). Two intervals are safe: where a session were no longer than that, one late heartbeat would put a member out, and no group
   * could live. What we are to give up must be given up within max.poll.interval.ms.
   */
  get sure(): boolean {
    if (!this.#joined || this.#lost || !this.#confirmed.isWithin(2 * this.#intervalMs)) return false
    return (
      this.#targetAt === null || this.#confirmed.isSince(this.#targetAt, withMargin(this.#options.pollIntervalMsMax))
    )
  }

  /** Sends a heartbeat at once. */
  async confirm(): Promise<void> {
    if (this.#underway === null) this.#beat()
    await this.#underway
  }

  async step(holdings: Holdings): Promise<void> {
    const { cluster } = this.#options
    if (this.#lost) {
      this.#lost = false
      await holdings.lose()
    }
    if (!this.#started && cluster.known && !this.#closing.signal.aborted) {
      this.#started = true
      this.#wait ??= this.#waitForPlace()
      this.#beat()
    }
    const target = this.#target
    if (target === null) return
    const named = this.#named(target)
    const changed = await this.#reconcile(named.partitions, holdings)
    // Topics whose names are not known yet are taken when metadata has brought them.
    if (this.#target === target && named.complete) {
      this.#target = null
      this.#targetAt = null
    }
    if (changed) this.#beat()
  }

  async #reconcile(assigned: readonly TopicPartition[], holdings: Holdings): Promise<boolean> {
    const { groupId, log } = this.#options
    const keys = new Set(assigned.map(partitionKey))
    const had = holdings.assignment()
    const hadKeys = new Set(had.map(partitionKey))
    const revoked = had.filter(partition => !keys.has(partitionKey(partition)))
    const added = assigned.filter(partition => !hadKeys.has(partitionKey(partition)))
    if (revoked.length === 0 && added.length === 0) return false
    const session = this.#session
    await holdings.giveUp(revoked)
    // Fenced meanwhile: the next step gives up the rest, and nothing of the old assignment may be begun.
    if (session !== this.#session || this.#lost || this.#closing.signal.aborted) return true
    log.info(`group ${groupId}: assigned [${assigned.map(partitionKey).join(', ')}]`)
    await holdings.take(added)
    return true
  }

  #named(target: readonly Target[]): { partitions: TopicPartition[]; complete: boolean } {
    const { cluster } = this.#options
    const partitions: TopicPartition[] = []
    let complete = true
    for (const { topicId, partitions: numbers } of target) {
      const topic = cluster.topicById(topicId)?.name
      if (topic === undefined) {
        complete = false
        cluster.markStale()
      } else for (const partition of numbers) partitions.push({ topic, partition })
    }
    return { partitions, complete }
  }

  lookAtMetadata(): void {
    if (this.#started && this.#sentTopics !== this.#options.topics().join()) this.#beat()
    if (this.#target !== null) this.#options.changed()
  }

  subscriptionChanged(): void {
    if (this.#started) this.#beat()
  }

  polled(): void {
    this.#polledAt = this.#options.clock.monotonic()
  }

  keepPolling(): void {
    this.#polledAt = Infinity
  }

  refused(code: number, session: string): void {
    if (session !== this.identity.session) return
    if (code === errorCode.unknownMemberId || code === errorCode.fencedMemberEpoch) this.#fenced(errorName(code))
    if (code === errorCode.staleMemberEpoch) this.#beat()
  }

  /** Sends a heartbeat now, or after the one under way. */
  #beat(): void {
    this.#timer?.clear()
    this.#timer = null
    if (!this.#started || this.#closing.signal.aborted || this.#fatal !== null) return
    if (this.#underway !== null) {
      this.#again = true
      return
    }
    this.#underway = this.#heartbeat().finally(() => {
      this.#underway = null
      if (this.#again) {
        this.#again = false
        this.#beat()
      } else this.#schedule()
    })
  }

  #schedule(): void {
    if (!this.#started || this.#closing.signal.aborted || this.#fatal !== null) return
    const { clock, cluster } = this.#options
    const delayMs = this.#failures > 0 ? cluster.backoffMs(this.#failures) : this.#intervalMs
    this.#timer = clock.setTimer(delayMs, () => this.#beat())
  }

  async #heartbeat(): Promise<void> {
    const { clock, cluster, groupId, pollIntervalMsMax, log } = this.#options
    if (clock.monotonic() - this.#polledAt > pollIntervalMsMax) return this.#pollTooLate()
    const epoch = this.#epoch
    try {
      const { answer, asked } = await this.#request(this.#memberId, epoch)
      if (this.#closing.signal.aborted || epoch !== this.#epoch) return
      this.#take(answer, asked)
    } catch (error) {
      if (this.#closing.signal.aborted || epoch !== this.#epoch) return
      this.#failures++
      this.#trouble = causeChain(error)
      this.#wait?.look()
      if (error instanceof BrokerError) return this.#judge(error)
      if (error instanceof UnsupportedVersionError)
        return this.#end(new UnsupportedVersionError(unsupported, { cause: error }))
      if (!(error instanceof BrokerUnreachableError)) return this.#end(error as Error)
      log.debug(`group ${groupId}: heartbeat failed: ${causeChain(error)}`)
      cluster.forgetCoordinator(groupId)
    }
  }

  async #request(
    memberId: string,
    epoch: number
  ): Promise<{ answer: ResponseOf<'ConsumerGroupHeartbeat'>; asked: Instant }> {
    const { cluster, groupId, instanceId, rack, remoteAssignor, pollIntervalMsMax, requestTimeoutMs } = this.#options
    const topics = this.#options.topics()
    this.#sentTopics = topics.join()
    // A request with all fields set makes the coordinator repeat the assignment: when joining, and where an answer got lost.
    const isFull = epoch === joinEpoch || this.#failures > 0
    const coordinator = await cluster.coordinator(groupId)
    if (epoch >= joinEpoch) {
      // Once we have left, nothing may make us a member again. What was sent before goes the same way as the goodbye, ahead of it.
      if (this.#closing.signal.aborted) throw new BrokerUnreachableError(`group ${groupId}: closed`)
      this.#introduced = true
    }
    const asked = this.#confirmed.now()
    const answer = await cluster.wire.request(
      coordinator,
      'ConsumerGroupHeartbeat',
      {
        groupId,
        memberId,
        memberEpoch: epoch,
        instanceId,
        rackId: rack === '' ? null : rack,
        rebalanceTimeoutMs: isFull ? pollIntervalMsMax : -1,
        subscribedTopicNames: [...topics],
        subscribedTopicRegex: null,
        serverAssignor: remoteAssignor,
        // Whoever joins owns nothing, whatever it still holds.
        topicPartitions: epoch === joinEpoch ? [] : this.#ownedById()
      },
      { channel: 'group', timeoutMs: requestTimeoutMs }
    )
    if (answer.errorCode !== 0) throw brokerError(`group ${groupId}: heartbeat`, answer.errorCode, answer.errorMessage)
    return { answer, asked }
  }

  #ownedById(): { topicId: string; partitions: number[] }[] {
    const { owned, cluster } = this.#options
    return [...Map.groupBy(owned(), ({ topic }) => topic)].flatMap(([topic, list]) => {
      const topicId = cluster.topic(topic)?.id
      return topicId === undefined ? [] : [{ topicId, partitions: list.map(({ partition }) => partition) }]
    })
  }

  #take(answer: ResponseOf<'ConsumerGroupHeartbeat'>, asked: Instant): void {
    const { groupId, log, changed } = this.#options
    this.#failures = 0
    this.#warned = false
    this.#confirmed.heard(asked)
    this.#intervalMs = Math.max(1, answer.heartbeatIntervalMs)
    if (!this.#joined) {
      this.#joined = true
      this.#session++
      this.#endWait('it has joined')
      log.info(`group ${groupId}: joined as ${this.#memberId} with epoch ${answer.memberEpoch} (consumer protocol)`)
    }
    this.#epoch = answer.memberEpoch
    if (answer.assignment !== null) {
      this.#target = answer.assignment.topicPartitions
      this.#targetAt ??= asked
      changed()
    }
  }

  #judge(error: BrokerError): void {
    const { cluster, groupId, log } = this.#options
    switch (error.errorCode) {
      case errorCode.unknownMemberId:
      case errorCode.fencedMemberEpoch:
        return this.#fenced(error.errorName)
      case errorCode.notCoordinator:
      case errorCode.coordinatorNotAvailable:
        return cluster.forgetCoordinator(groupId)
      default:
        if (error.retriable) return log.debug(error.message)
        if (!awaited.includes(error.errorCode)) return this.#end(error)
        if (!this.#warned) log.warn(`${error.message}; trying until its session has timed out`)
        this.#warned = true
    }
  }

  #waitForPlace(): Wait {
    const { waits, groupId } = this.#options
    return waits.begin({
      for: 'group',
      what: `its place in group ${groupId}`,
      patienceMs: joinPatienceMs,
      words: () => ({
        attempts: this.#failures + 1,
        reason: this.#trouble === '' ? 'the coordinator has not answered yet' : this.#trouble,
        hint: 'A static member that died is waited for until its session ends. Nothing is lost: reading goes on then'
      })
    })
  }

  #endWait(how: string): void {
    this.#wait?.end(how)
    this.#wait = null
    this.#trouble = ''
  }

  #end(error: Error): void {
    this.#endWait('it does not join any more')
    this.#fatal = error
    this.#options.changed()
  }

  /** Our place in the group is gone, perhaps with our partitions already somebody else's: join anew under the same name. */
  #fenced(why: string): void {
    if (!this.#joined) return
    const { groupId, log, changed } = this.#options
    log.warn(`group ${groupId}: membership is lost (${why}); joining anew`)
    this.#leaveBehind()
    this.#failures = 0
    changed()
  }

  /** The next poll gives up what is lost, and only then joins again: no commit of the old membership may pass for one of the new. */
  #leaveBehind(): void {
    this.#started = false
    this.#timer?.clear()
    this.#joined = false
    this.#epoch = joinEpoch
    this.#confirmed.forget()
    this.#target = null
    this.#targetAt = null
    this.#lost = true
  }

  #pollTooLate(): void {
    const { groupId, log, random, pollIntervalMsMax, changed } = this.#options
    log.warn(
      `group ${groupId}: leaving, since the last poll was more than max.poll.interval.ms (${pollIntervalMsMax}) ago; ` +
        'raise it, or lower max.poll.records'
    )
    this.#leaveBehind()
    this.#polledAt = Infinity
    this.#goodbye = this.#sayGoodbye(this.#memberId)
    // Under the old name a goodbye that comes late would end the next membership.
    this.#memberId = newName(random)
    this.#introduced = false
    changed()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#timer?.clear()
    this.#joined = false
    this.#endWait('it leaves the group')
    await Promise.all([this.#goodbye, this.#introduced ? this.#sayGoodbye(this.#memberId) : null])
  }

  /** A static member says that it comes back: its partitions wait for it. */
  #sayGoodbye(memberId: string): Promise<void> {
    const { groupId, instanceId } = this.#options
    return sayGoodbye({ ...this.#options, what: `group ${groupId}: leaving` }, async () => {
      try {
        await this.#request(memberId, instanceId === null ? leaveEpoch : staticLeaveEpoch)
      } catch (error) {
        // Whom the coordinator does not know has left; a static member whose name another one holds never came in.
        if (!(error instanceof BrokerError) || !gone.includes(error.errorCode)) throw error
      }
    })
  }
}

/** A member names itself; the coordinator keeps to that name. */
function newName(random: Random): string {
  return Buffer.from(random.bytes(16)).toString('base64url')
}

const unsupported =
  'group.protocol=consumer: the brokers do not speak it (Kafka 4.0 and later do). Set group.protocol=classic, or leave it out'
