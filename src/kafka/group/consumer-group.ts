// What a consumer asks of its group, whichever protocol the group speaks.
import { type TopicPartition } from './topic-partition.ts'

/** A group that only begins waits 3 s for further members (group.initial.rebalance.delay.ms of the brokers): longer than this is told. */
export const joinPatienceMs = 5000

/** The identity a commit must carry; the coordinator refuses that of a member it has already replaced. */
export interface GroupIdentity {
  /** Generation or member epoch. */
  readonly generation: number
  readonly memberId: string
  readonly instanceId: string | null
  /** Another value: what was owned under the former one may be somebody else's by now. */
  readonly session: string
}

/** Called by `poll`; the group waits for each of them. A rejection is thrown by that poll. */
export interface RebalanceListener {
  onAssigned(partitions: readonly TopicPartition[]): Promise<void>
  /** What is in flight is settled and committed before this resolves: the next owner begins where we committed. */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>
  /** Taken away without asking: nothing of them may be committed. */
  onLost(partitions: readonly TopicPartition[]): Promise<void>
}

/** What the consumer does with its partitions when the group says so. */
export interface Holdings {
  assignment(): TopicPartition[]
  /** Settled and committed by the time this resolves. */
  giveUp(partitions: readonly TopicPartition[]): Promise<void>
  take(partitions: readonly TopicPartition[]): Promise<void>
  /** Everything is gone already: nothing is committed. */
  lose(): Promise<void>
}

export interface ConsumerGroup {
  readonly identity: GroupIdentity
  /** The error that ended our membership for good, if one did. */
  readonly fatal: Error | null
  /** A rebalance waits for this member's next poll. */
  readonly rebalancePending: boolean
  /** What was owned may be somebody else's by now; the next step gives it up. */
  readonly lost: boolean
  /** The coordinator said lately enough that we are a member; nobody else can own what we own. */
  readonly sure: boolean
  /** Asks the coordinator at once whether we still are; whoever asks meanwhile shares the question. Resolves also where it can't be asked. */
  confirm(): Promise<void>
  /** A part of every poll: joins, gives up and takes what is due. Never waits for the group itself. */
  step(holdings: Holdings): Promise<void>
  /** Topics or their partitions may have changed. */
  lookAtMetadata(): void
  subscriptionChanged(): void
  /** The user polls: the poll interval begins again. */
  polled(): void
  /** The user works on what it was given and will poll again: the poll interval does not run out until then. */
  keepPolling(): void
  /** A commit was refused with `code` in the name of that session of ours. */
  refused(code: number, session: string): void
  /** Ends everything under way and leaves; resolves when the coordinator knows, or can't be told. */
  close(reason: string): Promise<void>
}
