// A member of a classic group: joins, syncs, heartbeats by the clock, leaves. Serves consumers and Connect workers alike.
import { type Logger } from '../../connect/log.ts'
import { causeChain } from '../../connect/errors.ts'
import { type Clock, type Timer } from '../../util/clock.ts'
import { type BrokerAddress } from '../client-properties.ts'
import { type Cluster } from '../cluster.ts'
import { BrokerError, BrokerUnreachableError } from '../errors.ts'
import { type ResponseOf } from '../protocol/apis.ts'
import { brokerError, errorCode, errorName } from '../protocol/error-codes.ts'
import { Confirmation, withMargin, type Instant } from './confirmation.ts'
import { type GroupIdentity } from './consumer-group.ts'
import { leaveTogether } from './leave-together.ts'
import { sayGoodbye } from './goodbye.ts'

/** What to do about an answer whose name alone says little to whoever runs the worker. */
const joinAdvice: ReadonlyMap<number, string> = new Map([
  [
    errorCode.inconsistentGroupProtocol,
    'another program is in this group and shares partitions in another way. Stop it or give it a group of its own ' +
      '(kafka-consumer-groups.sh --describe --members --group ... names it), then restart the task; ' +
      'where it belongs there, write its partition.assignment.strategy into consumer.override.partition.assignment.strategy'
  ]
])

export interface JoinedMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly metadata: Uint8Array
}

/** What a user of the group puts into it: what to offer when joining, and how to deal as the leader. */
export interface GroupUser {
  protocols(): readonly { readonly name: string; readonly metadata: Uint8Array }[]
  /** Called on the leader: an assignment for every member that shall get one. */
  assign(protocol: string, members: readonly JoinedMember[], leaderId: string): Promise<ReadonlyMap<string, Uint8Array>>
}

export interface Joined {
  readonly generation: number
  readonly memberId: string
  readonly leaderId: string
  readonly protocol: string
  readonly assignment: Uint8Array
}

export interface MembershipOptions {
  readonly cluster: Cluster
  readonly groupId: string
  /** `group.instance.id`: a static member, which comes back after a restart without a rebalance. */
  readonly instanceId: string | null
  readonly protocolType: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** Polls further apart than that leave the group. */
  readonly pollIntervalMsMax: number
  readonly requestTimeoutMs: number
  readonly clock: Clock
  readonly log: Logger
}

const noGeneration = -1
const joinMarginMs = 5000

export class GroupMembership {
  readonly #options: MembershipOptions
  readonly #user: GroupUser
  readonly #changed: () => void
  readonly #closing = new AbortController()
  #memberId = ''
  #generation = noGeneration
  #rejoinNeeded = true
  #rejoinReason = ''
  #joining = false
  /** Of the join under way: how often it was tried, and why in vain. */
  #joinTrouble: { readonly attempts: number; readonly reason: string | null } | null = null
  #lost = false
  #fatal: Error | null = null
  #timer: Timer | null = null
  readonly #confirmed: Confirmation
  /** The last instant known to lie before the rebalance that waits for us. */
  #rebalancing: Instant | null = null
  #beating: Promise<void> | null = null
  #polledAt: number
  /** A join without a member id that is under way: its answer tells the id, which the coordinator knows before we do. */
  #naming: Promise<unknown> | null = null
  /** A goodbye under way, of a membership that ended before we closed. */
  #goodbye: Promise<void> = Promise.resolve()

  /** `changed` is called whenever the user should look again: a rebalance began, membership was lost or failed for good. */
  constructor(options: MembershipOptions, user: GroupUser, changed: () => void) {
    this.#options = options
    this.#user = user
    this.#changed = changed
    this.#polledAt = options.clock.monotonic()
    this.#confirmed = new Confirmation(options.clock)
  }

  get identity(): GroupIdentity {
    const { instanceId } = this.#options
    const [generation, memberId] = [this.#generation, this.#memberId]
    return { generation, memberId, instanceId, session: `${memberId}/${generation}` }
  }

  /** A join is due: what is owned must be settled (eager: given up) before `join` is called. */
  get rejoinNeeded(): boolean {
    return this.#rejoinNeeded
  }

  /** Membership ended without our doing, and nobody has taken note yet. */
  get lost(): boolean {
    return this.#lost
  }

  /**
   * No member but us can own what we own: the coordinator has answered for us lately enough, and a rebalance that waits for us has not waited too long
   * (it goes on without us after the rebalance timeout, however alive we are).
   */
  get sure(): boolean {
    if (this.#generation === noGeneration || this.#lost) return false
    const { sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    if (!this.#confirmed.isWithin(withMargin(sessionTimeoutMs))) return false
    return this.#rebalancing === null || this.#confirmed.isSince(this.#rebalancing, withMargin(rebalanceTimeoutMs))
  }

  /** Sends a heartbeat at once. */
  async confirm(): Promise<void> {
    if (this.#generation === noGeneration || this.#closing.signal.aborted) return
    await this.#beat()
  }

  /** True once after membership ended without our doing: what was owned may be somebody else's by now. */
  takeLost(): boolean {
    const lost = this.#lost
    this.#lost = false
    return lost
  }

  /** Why the join under way is tried once more, without a reason where a try waits for its answer; null: it is under way for the first time, or none is. */
  get joinTrouble(): { readonly attempts: number; readonly reason: string | null } | null {
    return this.#joinTrouble
  }

  /** The error that ended this membership for good, if one did. */
  get fatal(): Error | null {
    return this.#fatal
  }

  requestRejoin(reason: string): void {
    if (this.#rejoinNeeded) return
    this.#options.log.info(`group ${this.#options.groupId}: (re-)joining: ${reason}`)
    this.#rejoinNeeded = true
    this.#rejoinReason = reason
    this.#changed()
  }

  /** The user polls: the poll interval begins again. */
  polled(): void {
    this.#polledAt = this.#options.clock.monotonic()
  }

  /** The user works on what it was given and will poll again: the poll interval does not run out until then. */
  keepPolling(): void {
    this.#polledAt = Infinity
  }

  /** Joins and syncs, through coordinator moves and rebalances that overtake it. Rejects only for good, or when closed. */
  async join(): Promise<Joined> {
    const { cluster, clock } = this.#options
    this.#joining = true
    try {
      for (let attempt = 1; ; attempt++) {
        this.#throwIfClosed()
        try {
          return await this.#joinOnce()
        } catch (error) {
          this.#throwIfClosed()
          if (!(error instanceof BrokerUnreachableError) && !(error instanceof BrokerError)) throw error
          const again = this.#judgeJoin(error)
          if (again === 'later')
            this.#joinTrouble = { attempts: (this.#joinTrouble?.attempts ?? 1) + 1, reason: causeChain(error) }
          if (again === 'never') throw error
          if (again === 'at once') attempt = 0
          else await clock.sleep(cluster.backoffMs(attempt), this.#closing.signal)
        }
      }
    } catch (error) {
      if (error instanceof BrokerError) this.#fatal = error
      throw error
    } finally {
      this.#joining = false
      this.#joinTrouble = null
    }
  }

  async #joinOnce(): Promise<Joined> {
    const { cluster, groupId } = this.#options
    const coordinator = await cluster.coordinator(groupId)
    this.#throwIfClosed()
    const joining = this.#ask(coordinator)
    if (this.#memberId === '') this.#naming = joining
    const joined = await joining.finally(() => (this.#naming = null))
    this.#throwIfClosed()
    if (joined.errorCode !== 0)
      throw brokerError(`group ${groupId}: joining`, joined.errorCode, joinAdvice.get(joined.errorCode))
    this.#generation = joined.generationId
    return this.#sync(joined)
  }

  async #ask(coordinator: BrokerAddress): Promise<ResponseOf<'JoinGroup'>> {
    const { cluster, groupId, instanceId, protocolType, sessionTimeoutMs, rebalanceTimeoutMs, requestTimeoutMs } =
      this.#options
    const reason = this.#rejoinReason === '' ? null : this.#rejoinReason
    const protocols = this.#user.protocols().map(({ name, metadata }) => ({ name, metadata }))
    // A rebalance that begins while this one is under way sets it again.
    this.#rejoinNeeded = false
    this.#rejoinReason = ''
    // What was in the way of the last try is over.
    if (this.#joinTrouble !== null) this.#joinTrouble = { ...this.#joinTrouble, reason: null }
    const joined = await cluster.wire.request(
      coordinator,
      'JoinGroup',
      {
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        memberId: this.#memberId,
        groupInstanceId: instanceId,
        protocolType,
        protocols,
        reason
      },
      { channel: 'group', timeoutMs: Math.max(requestTimeoutMs, rebalanceTimeoutMs + joinMarginMs) }
    )
    // Also where we have closed meanwhile: it is in this name that we leave then.
    if (joined.errorCode === 0 || joined.errorCode === errorCode.memberIdRequired) this.#memberId = joined.memberId
    return joined
  }

  /** After every wait while joining: once we have left, nothing of ours may make us a member again. */
  #throwIfClosed(): void {
    if (this.#closing.signal.aborted)
      throw new BrokerUnreachableError(`group ${this.#options.groupId}: closed while joining`)
  }

  async #sync(joined: ResponseOf<'JoinGroup'>): Promise<Joined> {
    const { cluster, groupId, instanceId, protocolType, rebalanceTimeoutMs, requestTimeoutMs, log } = this.#options
    const protocol = joined.protocolName ?? ''
    const assignments: { memberId: string; assignment: Uint8Array }[] = []
    if (joined.leader === joined.memberId) {
      log.debug(
        `group ${groupId}: leading generation ${joined.generationId} of ${joined.members.length} members by ${protocol}`
      )
      const members = joined.members.map(({ memberId, groupInstanceId, metadata }) => ({
        memberId,
        instanceId: groupInstanceId,
        metadata
      }))
      for (const [memberId, assignment] of await this.#user.assign(protocol, members, joined.leader)) {
        // A static leader that came back deals to know the topics it watches over; the group keeps what it has.
        if (!joined.skipAssignment) assignments.push({ memberId, assignment })
      }
    }
    const coordinator = await cluster.coordinator(groupId)
    this.#throwIfClosed()
    const asked = this.#confirmed.now()
    const synced = await cluster.wire.request(
      coordinator,
      'SyncGroup',
      {
        groupId,
        generationId: joined.generationId,
        memberId: joined.memberId,
        groupInstanceId: instanceId,
        protocolType,
        protocolName: protocol,
        assignments
      },
      { channel: 'group', timeoutMs: Math.max(requestTimeoutMs, rebalanceTimeoutMs + joinMarginMs) }
    )
    this.#throwIfClosed()
    if (synced.errorCode !== 0)
      throw brokerError(`group ${groupId}: syncing generation ${joined.generationId}`, synced.errorCode)
    log.info(`group ${groupId}: joined generation ${joined.generationId} as ${joined.memberId} (${protocol})`)
    this.#confirmed.heard(asked)
    this.#rebalancing = null
    this.#scheduleHeartbeat()
    return {
      generation: joined.generationId,
      memberId: joined.memberId,
      leaderId: joined.leader,
      protocol,
      assignment: synced.assignment
    }
  }

  /** What a failed join or sync means, and whether to try again. */
  #judgeJoin(error: BrokerError | BrokerUnreachableError): 'at once' | 'later' | 'never' {
    const { cluster, groupId, log } = this.#options
    this.#rejoinNeeded = true
    if (error instanceof BrokerUnreachableError) {
      log.debug(`group ${groupId}: ${causeChain(error)}`)
      cluster.forgetCoordinator(groupId)
      return 'later'
    }
    switch (error.errorCode) {
      case errorCode.memberIdRequired:
        return 'at once'
      case errorCode.unknownMemberId:
      case errorCode.illegalGeneration:
        log.info(`${error.message}; joining anew`)
        this.#forgetMember(error.errorCode === errorCode.unknownMemberId)
        return 'at once'
      case errorCode.rebalanceInProgress:
        return 'at once'
      case errorCode.notCoordinator:
      case errorCode.coordinatorNotAvailable:
        cluster.forgetCoordinator(groupId)
        return 'later'
      default:
        return error.retriable ? 'later' : 'never'
    }
  }

  /** Our place in the group is gone; the user gives up what it owned without committing. */
  #forgetMember(memberIdToo: boolean): void {
    if (this.#generation !== noGeneration) this.#lost = true
    this.#generation = noGeneration
    this.#confirmed.forget()
    this.#rebalancing = null
    if (memberIdToo) this.#memberId = ''
    this.#rejoinNeeded = true
    this.#stopHeartbeat()
    this.#changed()
  }

  /** A commit or heartbeat was refused in the name of `session`: the same conclusions hold for both. */
  refused(code: number, session: string): void {
    // What was asked in an earlier generation's name says nothing about this one.
    if (session !== this.identity.session) return
    const { groupId, log, cluster } = this.#options
    switch (code) {
      case errorCode.rebalanceInProgress:
        // The join under way is our part in that rebalance.
        if (this.#joining) return
        return this.requestRejoin('the group is rebalancing')
      case errorCode.notCoordinator:
      case errorCode.coordinatorNotAvailable:
        return cluster.forgetCoordinator(groupId)
      case errorCode.illegalGeneration:
      case errorCode.unknownMemberId:
        // An answer to an earlier generation's question says nothing about a join under way.
        if (this.#joining) return
        log.warn(`group ${groupId}: membership is lost (${errorName(code)}); joining anew`)
        return this.#forgetMember(code === errorCode.unknownMemberId)
      case errorCode.fencedInstanceId:
        this.#fatal = brokerError(
          `group ${groupId}: another member has taken group.instance.id ${this.#options.instanceId ?? ''}`,
          code
        )
        return this.#forgetMember(false)
      default:
    }
  }

  #scheduleHeartbeat(): void {
    this.#stopHeartbeat()
    if (this.#closing.signal.aborted) return
    this.#timer = this.#options.clock.setTimer(this.#options.heartbeatIntervalMs, () => {
      this.#scheduleHeartbeat()
      // A join under way says more than a heartbeat.
      if (!this.#joining && this.#generation !== noGeneration) void this.#beat()
    })
  }

  #stopHeartbeat(): void {
    this.#timer?.clear()
    this.#timer = null
  }

  /** One at a time; never rejects. */
  #beat(): Promise<void> {
    return (this.#beating ??= this.#heartbeat().finally(() => (this.#beating = null)))
  }

  async #heartbeat(): Promise<void> {
    const { cluster, clock, groupId, instanceId, sessionTimeoutMs, requestTimeoutMs, log, pollIntervalMsMax } =
      this.#options
    if (clock.monotonic() - this.#polledAt > pollIntervalMsMax) return this.#pollTooLate()
    const { generation: generationId, memberId, session } = this.identity
    try {
      const coordinator = await cluster.coordinator(groupId)
      const asked = this.#confirmed.now()
      const answer = await cluster.wire.request(
        coordinator,
        'Heartbeat',
        { groupId, generationId, memberId, groupInstanceId: instanceId },
        // A join under way would hold it up on the group's own connection.
        { channel: this.#joining ? 'main' : 'group', timeoutMs: Math.min(requestTimeoutMs, sessionTimeoutMs) }
      )
      // Asked in the name of a membership that has ended since.
      if (memberId !== this.#memberId || this.#generation === noGeneration) return
      const isRebalancing = answer.errorCode === errorCode.rebalanceInProgress
      if (isRebalancing && session === this.identity.session) this.#rebalancing ??= this.#confirmed.last
      // Whoever is waited for owns what it has.
      if (answer.errorCode === 0 || isRebalancing) this.#confirmed.heard(asked)
      this.refused(answer.errorCode, session)
    } catch (error) {
      // The session runs on at the coordinator; the next beat looks it up again.
      log.debug(`group ${groupId}: heartbeat failed: ${causeChain(error)}`)
      cluster.forgetCoordinator(groupId)
    }
  }

  #pollTooLate(): void {
    const { groupId, log, pollIntervalMsMax } = this.#options
    log.warn(
      `group ${groupId}: leaving, since the last poll was more than max.poll.interval.ms (${pollIntervalMsMax}) ago; ` +
        'raise it, or lower max.poll.records'
    )
    const memberId = this.#memberId
    this.#forgetMember(true)
    this.#goodbye = sayGoodbye({ ...this.#options, what: `group ${groupId}: leaving` }, () =>
      this.#leave(memberId, 'consumer poll timeout has expired.')
    )
  }

  /**
   * Ends everything under way and gives our place up; nobody is told afterwards that it is lost. Takes as long as the coordinator takes to hear it,
   * within bounds.
   */
  async close(reason: string): Promise<void> {
    const { groupId } = this.#options
    this.#closing.abort()
    this.#stopHeartbeat()
    this.#generation = noGeneration
    await sayGoodbye({ ...this.#options, what: `group ${groupId}: leaving` }, async () => {
      await this.#goodbye
      // A member whose join nobody has heard the answer of would be waited for by the whole group until its session times out.
      await this.#naming?.catch(() => undefined)
      await this.#leave(this.#memberId, reason)
    })
  }

  /** Tells the coordinator that we go; a static member stays silent, so that it can come back. */
  async #leave(memberId: string, reason: string): Promise<void> {
    const { cluster, clock, groupId, instanceId } = this.#options
    if (memberId === '' || instanceId !== null) return
    await leaveTogether({ cluster, clock, groupId, memberId, reason })
  }
}
