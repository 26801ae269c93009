// A classic group at its coordinator: members, generations, and the rebalance that waits for all of them. Requests come in by the files beside it.
import { type Timer } from '../../../../src/util/clock.ts'
import { errors } from '../errors.ts'
import { dealtTo } from './assignments.ts'
import { type JoinRequest, joinFailure, type Member, noBytes, type Protocol, syncFailure } from './member.ts'

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/** What survives a coordinator: written when a generation is dealt, and when a group has become empty. */
export interface StoredGroup {
  readonly generation: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string | null
  readonly members: readonly Omit<Member, 'joining' | 'syncing' | 'deadline' | 'timer' | 'ringsAt' | 'isNew'>[]
}

/** What a group asks of the broker it is at. */
export interface GroupHost {
  readonly now: () => number
  after(delayMs: number, run: () => void): Timer
  store(group: string, stored: StoredGroup): void
  newMemberId(name: string): string
  /** The broker waits that long for further members of a group that was empty. */
  readonly initialDelayMs: number
  told(event: GroupEvent): void
}

export type GroupEvent =
  | { readonly kind: 'generation'; readonly group: string; readonly generation: number; readonly members: readonly string[] } // prettier-ignore
  | { readonly kind: 'dealt'; readonly group: string; readonly generation: number; readonly members: ReadonlyMap<string, readonly string[]> } // prettier-ignore
  | { readonly kind: 'removed'; readonly group: string; readonly member: string; readonly why: string }

const newMemberTimeoutMs = 300_000

export class ClassicGroup {
  readonly id: string
  readonly host: GroupHost
  state: GroupState = 'Empty'
  generation = 0
  protocolType: string | null = null
  protocolName: string | null = null
  leader: string | null = null
  readonly members = new Map<string, Member>()
  /** Given an id that they have not joined with yet. */
  readonly pending = new Map<string, Timer>()
  #rebalance: Timer | null = null
  #isInitial = false
  #hasNewcomers = false
  #sync: Timer | null = null

  constructor(id: string, host: GroupHost) {
    this.id = id
    this.host = host
  }

  /** As it was stored: each session begins anew. */
  static load(id: string, host: GroupHost, stored: StoredGroup): ClassicGroup {
    const group = new ClassicGroup(id, host)
    Object.assign(group, { generation: stored.generation, protocolType: stored.protocolType, protocolName: stored.protocolName, leader: stored.leader }) // prettier-ignore
    for (const each of stored.members) {
      const member = { ...each, isNew: false, joining: null, syncing: null, deadline: 0, timer: null, ringsAt: 0 }
      group.members.set(member.id, member)
      group.beginSession(member)
    }
    group.state = group.members.size === 0 ? 'Empty' : 'Stable'
    return group
  }

  /** Its broker coordinates it no more: whoever waits is told so. */
  unload(): void {
    this.#rebalance?.clear()
    this.#sync?.clear()
    for (const timer of this.pending.values()) timer.clear()
    for (const member of this.members.values()) {
      member.timer?.clear()
      this.answerJoin(member, errors.notCoordinator)
      this.answerSync(member, errors.notCoordinator)
    }
  }

  byInstance(instanceId: string): Member | undefined {
    return [...this.members.values()].find(member => member.instanceId === instanceId)
  }

  /** 0, or why a request in this name is refused. */
  refusal(memberId: string, instanceId: string | null): number {
    if (instanceId !== null) {
      const holder = this.byInstance(instanceId)
      if (holder === undefined) return errors.unknownMemberId
      return holder.id === memberId ? errors.none : errors.fencedInstanceId
    }
    return this.members.has(memberId) ? errors.none : errors.unknownMemberId
  }

  /** Whether somebody with these protocols could be dealt to together with the others. */
  accepts({ protocolType, protocols, memberId }: JoinRequest): boolean {
    if (protocolType === '' || protocols.length === 0) return false
    if (this.state === 'Empty') return true
    if (protocolType !== this.protocolType) return false
    const others = [...this.members.values()].filter(({ id }) => id !== memberId)
    return protocols.some(({ name }) => others.every(other => other.protocols.some(each => each.name === name)))
  }

  add(id: string, request: JoinRequest): Member {
    const { instanceId, clientId, sessionTimeoutMs, rebalanceTimeoutMs, protocols, protocolType } = request
    const member: Member = { id, instanceId, clientId, sessionTimeoutMs, rebalanceTimeoutMs, protocols, assignment: noBytes, isNew: true, joining: null, syncing: null, deadline: 0, timer: null, ringsAt: 0 } // prettier-ignore
    if (this.members.size === 0) this.protocolType = protocolType
    this.members.set(id, member)
    this.leader ??= id
    this.#hasNewcomers = true
    member.deadline = this.host.now() + newMemberTimeoutMs
    this.#watch(member)
    return member
  }

  /** The member is gone; its join or sync is answered. */
  remove(member: Member, why: string): void {
    this.members.delete(member.id)
    member.timer?.clear()
    if (this.leader === member.id) this.leader = this.members.keys().next().value ?? null
    this.answerJoin(member, errors.unknownMemberId)
    this.answerSync(member, errors.unknownMemberId)
    this.host.told({ kind: 'removed', group: this.id, member: member.id, why })
    if (this.state === 'Stable' || this.state === 'CompletingRebalance') this.prepareRebalance()
    else this.tryComplete()
  }

  beginSession(member: Member): void {
    member.deadline = this.host.now() + member.sessionTimeoutMs
    if (member.timer === null || member.deadline < member.ringsAt) this.#watch(member)
  }

  /** One timer per member, moved on when it rings too early: a heartbeat costs none. */
  #watch(member: Member): void {
    member.timer?.clear()
    member.ringsAt = member.deadline
    member.timer = this.host.after(member.deadline - this.host.now(), () => {
      member.timer = null
      const isWaiting = !member.isNew && (member.joining !== null || member.syncing !== null)
      if (isWaiting) member.deadline = Math.max(member.deadline, this.host.now() + member.sessionTimeoutMs)
      if (member.deadline > this.host.now()) this.#watch(member)
      else this.remove(member, 'its session has ended')
    })
  }

  prepareRebalance(): void {
    if (this.state === 'PreparingRebalance') return
    if (this.state === 'CompletingRebalance') this.#resetSync()
    const { initialDelayMs } = this.host
    this.#isInitial = this.state === 'Empty' && initialDelayMs > 0
    this.state = 'PreparingRebalance'
    this.#hasNewcomers = false
    if (this.#isInitial)
      this.#waitForNewcomers(Math.max(0, this.#rebalanceTimeoutMs() - initialDelayMs), initialDelayMs)
    else {
      this.#rebalance = this.host.after(this.#rebalanceTimeoutMs(), () => this.#completeJoin('the rebalance timeout was over')) // prettier-ignore
      this.tryComplete()
    }
  }

  /** Somebody joined, or is waited for no more. */
  tryComplete(): void {
    if (this.state !== 'PreparingRebalance' || this.#isInitial || this.pending.size > 0) return
    for (const { joining } of this.members.values()) if (joining === null) return
    this.#completeJoin('all have joined')
  }

  #waitForNewcomers(leftMs: number, delayMs: number): void {
    this.#hasNewcomers = false
    this.#rebalance = this.host.after(delayMs, () => {
      if (!this.#hasNewcomers || leftMs === 0) return this.#completeJoin('the initial delay was over')
      const nextMs = Math.min(this.host.initialDelayMs, leftMs)
      this.#waitForNewcomers(Math.max(0, leftMs - nextMs), nextMs)
    })
  }

  #rebalanceTimeoutMs(): number {
    return Math.max(0, ...[...this.members.values()].map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs))
  }

  #completeJoin(why: string): void {
    this.#rebalance?.clear()
    this.#rebalance = null
    this.#isInitial = false
    for (const member of [...this.members.values()]) {
      if (member.joining !== null || member.instanceId !== null) continue
      this.members.delete(member.id)
      member.timer?.clear()
      this.host.told({ kind: 'removed', group: this.id, member: member.id, why: `it had not joined, and ${why}` })
    }
    const joined = [...this.members.values()].find(({ joining }) => joining !== null)
    if (joined === undefined && this.members.size > 0) {
      // Static members only, all of them away: they are waited for until their sessions end.
      this.#rebalance = this.host.after(this.#rebalanceTimeoutMs(), () => this.#completeJoin(why))
      return
    }
    if (this.leader === null || (this.members.get(this.leader)?.joining ?? null) === null)
      this.leader = joined?.id ?? null
    this.generation++
    this.host.told({ kind: 'generation', group: this.id, generation: this.generation, members: [...this.members.keys()] }) // prettier-ignore
    if (joined === undefined) return this.#becomeEmpty()
    this.protocolName = this.vote()
    this.state = 'CompletingRebalance'
    for (const member of this.members.values()) {
      this.beginSession(member)
      member.isNew = false
      this.answerJoin(member, errors.none)
    }
    this.#sync = this.host.after(this.#rebalanceTimeoutMs(), () => this.#expelSilent())
  }

  #becomeEmpty(): void {
    this.state = 'Empty'
    this.protocolName = null
    this.leader = null
    this.store()
  }

  /** Those who have joined and never asked what they are dealt. */
  #expelSilent(): void {
    if (this.state !== 'CompletingRebalance') return
    // Noted first: when one is removed, those who wait are answered, and seem silent too.
    const silent = [...this.members.values()].filter(({ syncing }) => syncing === null)
    for (const member of silent) this.remove(member, 'it had joined and did not sync')
  }

  /** What the leader dealt is known: everyone gets theirs. */
  deal(assignments: ReadonlyMap<string, Buffer>): void {
    this.#sync?.clear()
    for (const member of this.members.values()) member.assignment = assignments.get(member.id) ?? noBytes
    this.store()
    this.state = 'Stable'
    const members = new Map([...this.members.values()].map(({ id, assignment }) => [id, dealtTo(assignment)]))
    this.host.told({ kind: 'dealt', group: this.id, generation: this.generation, members })
    for (const member of this.members.values()) {
      if (member.syncing !== null) this.beginSession(member)
      this.answerSync(member, errors.none)
    }
  }

  #resetSync(): void {
    this.#sync?.clear()
    for (const member of this.members.values()) {
      member.assignment = noBytes
      if (member.syncing !== null) this.beginSession(member)
      this.answerSync(member, errors.rebalanceInProgress)
    }
  }

  /** Each member votes for the first of its protocols that all have. */
  vote(): string {
    const all = [...this.members.values()]
    const common = (name: string): boolean => all.every(({ protocols }) => protocols.some(each => each.name === name))
    const votes = new Map<string, number>()
    for (const { protocols } of all) {
      const choice = protocols.find(({ name }) => common(name))?.name ?? ''
      votes.set(choice, (votes.get(choice) ?? 0) + 1)
    }
    return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best), ['', 0] as [string, number])[0]
  }

  answerJoin(member: Member, error: number): void {
    const { joining } = member
    member.joining = null
    joining?.(error === errors.none ? this.joinAnswer(member) : joinFailure(error, member.id))
  }

  joinAnswer(member: Member, leader = this.leader ?? '', skipAssignment = false) {
    const { generation, protocolType, protocolName } = this
    const metadataOf = (protocols: readonly Protocol[]): Buffer =>
      protocols.find(({ name }) => name === protocolName)?.metadata ?? noBytes
    const members =
      leader === member.id
        ? [...this.members.values()].map(({ id, instanceId, protocols }) => ({ id, instanceId, metadata: metadataOf(protocols) })) // prettier-ignore
        : []
    return { error: errors.none, memberId: member.id, generation, protocolType, protocolName, leader, skipAssignment, members } // prettier-ignore
  }

  answerSync(member: Member, error: number): void {
    const { syncing } = member
    const { protocolType, protocolName } = this
    member.syncing = null
    syncing?.(error === errors.none ? { error, protocolType, protocolName, assignment: member.assignment } : syncFailure(error)) // prettier-ignore
  }

  store(): void {
    const { generation, protocolType, protocolName, leader } = this
    const members = [...this.members.values()].map(({ id, instanceId, clientId, sessionTimeoutMs, rebalanceTimeoutMs, protocols, assignment }) => ({ id, instanceId, clientId, sessionTimeoutMs, rebalanceTimeoutMs, protocols, assignment })) // prettier-ignore
    this.host.store(this.id, { generation, protocolType, protocolName, leader, members })
  }
}
