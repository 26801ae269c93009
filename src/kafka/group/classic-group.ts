// A consumer's place in a group of the classic protocol: it joins in the background, and the poll after that takes what was dealt.
import { type Logger } from '../../connect/log.ts'
import { type Wait, type Waits } from '../../connect/waits.ts'
import { type Cluster } from '../cluster.ts'
import { type ConsumerGroup, type GroupIdentity, type Holdings, joinPatienceMs } from './consumer-group.ts'
import { type ConsumerMember } from './consumer-member.ts'
import { type GroupMembership, type Joined } from './membership.ts'
import { type Strangers } from './strangers.ts'
import { partitionKey } from './topic-partition.ts'

export interface ClassicGroupOptions {
  readonly cluster: Cluster
  readonly groupId: string
  readonly member: ConsumerMember
  readonly membership: GroupMembership
  /** Null: nobody is one. */
  readonly strangers: Strangers | null
  readonly log: Logger
  readonly waits: Waits
  readonly sessionTimeoutMs: number
  /** The poll that waits should look again. */
  readonly changed: () => void
}

export class ClassicGroup implements ConsumerGroup {
  readonly #options: ClassicGroupOptions
  #joining = false
  /** A finished join whose assignment the next poll takes. */
  #outcome: Joined | null = null
  #failure: Error | null = null
  #hasJoined = false
  #closed = false

  constructor(options: ClassicGroupOptions) {
    this.#options = options
  }

  get identity(): GroupIdentity {
    return this.#options.membership.identity
  }

  get fatal(): Error | null {
    return this.#failure ?? this.#options.membership.fatal
  }

  get rebalancePending(): boolean {
    return this.#options.membership.rejoinNeeded && this.#hasJoined
  }

  get lost(): boolean {
    return this.#options.membership.lost
  }

  get sure(): boolean {
    return this.#options.membership.sure
  }

  confirm(): Promise<void> {
    return this.#options.membership.confirm()
  }

  async step(holdings: Holdings): Promise<void> {
    const { membership, member, cluster } = this.#options
    if (membership.takeLost()) {
      this.#outcome = null
      this.#hasJoined = false
      await holdings.lose()
    }
    if (this.#outcome !== null) await this.#takeAssignment(this.#outcome, holdings)
    // Without metadata a pattern matches nothing and a leader would deal nothing.
    if (this.#joining || !membership.rejoinNeeded || !cluster.known || this.#closed) return
    if (!member.cooperative) await holdings.giveUp(holdings.assignment())
    // Lost meanwhile: that is told first.
    if (this.#isClosed() || membership.lost) return
    this.#join()
  }

  #join(): void {
    const { membership, changed } = this.#options
    this.#joining = true
    const wait = this.#waitForPlace()
    membership
      .join()
      .then(
        joined => {
          this.#outcome = joined
          wait.end('it has joined')
        },
        (error: unknown) => {
          if (!this.#closed) this.#failure = error as Error
          wait.end('it does not join any more')
        }
      )
      .finally(() => {
        this.#joining = false
        changed()
      })
      .catch(() => undefined)
  }

  #waitForPlace(): Wait {
    const { waits, groupId, membership, sessionTimeoutMs } = this.#options
    return waits.begin({
      for: 'group',
      what: `its place in group ${groupId}`,
      patienceMs: joinPatienceMs,
      words: () => ({
        attempts: membership.joinTrouble?.attempts ?? 1,
        reason: membership.joinTrouble?.reason ?? 'other members have not come back to the group yet',
        hint:
          `A member that died or was cut off is waited for until its session ends (session.timeout.ms, here ${sessionTimeoutMs}), one that works ` +
          'on records until it polls. Nothing is lost: reading goes on then'
      })
    })
  }

  async #takeAssignment(joined: Joined, holdings: Holdings): Promise<void> {
    const { member, membership, strangers, groupId, log } = this.#options
    this.#outcome = null
    this.#hasJoined = true
    if (joined.leaderId !== joined.memberId) strangers?.ledBy(joined.memberId, joined.leaderId)
    const assigned = member.read(joined.assignment)
    const keys = new Set(assigned.map(partitionKey))
    const had = holdings.assignment()
    const revoked = had.filter(partition => !keys.has(partitionKey(partition)))
    const hadKeys = new Set(had.map(partitionKey))
    const added = assigned.filter(partition => !hadKeys.has(partitionKey(partition)))
    if (revoked.length > 0) {
      await holdings.giveUp(revoked)
      if (this.#isClosed() || membership.lost) return
      // They can be dealt to others only once we have said that they are free.
      membership.requestRejoin('partitions were revoked')
    }
    log.info(`group ${groupId}: assigned [${assigned.map(partitionKey).join(', ')}]`)
    await holdings.take(added)
  }

  lookAtMetadata(): void {
    const reason = this.#hasJoined && !this.#joining ? this.#options.member.rejoinReason() : null
    if (reason !== null) this.#options.membership.requestRejoin(reason)
  }

  subscriptionChanged(): void {
    this.#options.membership.requestRejoin('the subscription changed')
  }

  polled(): void {
    this.#options.membership.polled()
  }

  keepPolling(): void {
    this.#options.membership.keepPolling()
  }

  refused(code: number, session: string): void {
    this.#options.membership.refused(code, session)
  }

  /** Asked again after each wait. */
  #isClosed(): boolean {
    return this.#closed
  }

  async close(reason: string): Promise<void> {
    this.#closed = true
    await this.#options.membership.close(reason)
  }
}
