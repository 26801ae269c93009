// What an assignor is: the leader's pure function from members and partitions to who reads what.
import { type Subscription } from './consumer-protocol.ts'
import { type TopicPartition } from './topic-partition.ts'

export interface AssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  readonly generation: number
  readonly rack: string | null
}

/** Topics that exist: one entry per partition, the racks of its replicas (empty where unknown). */
export type PartitionsByTopic = ReadonlyMap<string, readonly (readonly string[])[]>

export interface Assignor {
  /** The protocol's name, known to members of every language. */
  readonly name: string
  /** Incremental: members keep what they own while they join. */
  readonly cooperative: boolean
  /** What a member with this last assignment sends along as user data; nothing where absent. */
  readonly userData?: (owned: readonly TopicPartition[], generation: number) => Uint8Array | null
  /** What a member says it had, where that is not simply what its subscription names. */
  readonly previous?: (subscription: Subscription) => {
    readonly owned: readonly TopicPartition[]
    readonly generation: number
  }
  /** Partitions per member id; every member has an entry. `members` come in the order of the join answer. */
  assign(partitions: PartitionsByTopic, members: readonly AssignorMember[]): Map<string, TopicPartition[]>
}

/** Static members first, by instance id; the others by member id: an order that survives restarts. */
export function compareMembers(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compareText(a.instanceId, b.instanceId)
  if (a.instanceId !== null) return -1
  if (b.instanceId !== null) return 1
  return compareText(a.memberId, b.memberId)
}

export function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
