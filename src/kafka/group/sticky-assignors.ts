// The sticky assignors: everybody keeps what it had as far as the loads stay even; the cooperative one moves partitions in two steps.
import { type Assignor, type AssignorMember, type PartitionsByTopic } from './assignor.ts'
import { readPreviousAssignment, writeGeneration, writePreviousAssignment } from './sticky/user-data.ts'
import { dealEqual, type Dealt } from './sticky/equal-subscriptions.ts'
import { drop, Ownership } from './sticky/ownership.ts'
import { dealUnequal } from './sticky/unequal-subscriptions.ts'
import { partitionKey, type TopicPartition } from './topic-partition.ts'

export const stickyAssignor: Assignor = {
  name: 'sticky',
  cooperative: false,
  // Its members give everything up before they join, so what they had travels as user data.
  userData: writePreviousAssignment,
  previous: ({ userData }) => (userData === null ? { owned: [], generation: -1 } : readPreviousAssignment(userData)),
  assign: (partitions, members) => deal(partitions, members).assignment
}

export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  cooperative: true,
  userData: (_owned, generation) => writeGeneration(generation),
  previous({ owned, generation, userData }) {
    // Members before Kafka 3.2 say their generation in the user data alone.
    if (generation >= 0 || userData === null || userData.length < 4) return { owned, generation }
    return { owned, generation: Buffer.from(userData).readInt32BE(0) }
  },
  assign(partitions, members) {
    const { assignment, moving } = deal(partitions, members)
    // Whoever has them must give them up first; the rebalance after that one deals them.
    for (const [partition, memberId] of moving) drop(assignment.get(memberId), partition)
    return assignment
  }
}

function deal(partitions: PartitionsByTopic, members: readonly AssignorMember[]): Dealt {
  const ownership = new Ownership(partitions, members)
  if (ownership.subscriptionsEqual) return dealEqual(ownership)
  const assignment = dealUnequal(ownership)
  return { assignment, moving: movingOf(assignment, members) }
}

/** What one member gets and another one claims to own still. */
function movingOf(
  assignment: ReadonlyMap<string, readonly TopicPartition[]>,
  members: readonly AssignorMember[]
): Map<TopicPartition, string> {
  const revoked = new Set<string>()
  const added = new Map<TopicPartition, string>()
  for (const { memberId, owned } of members) {
    const had = new Set(owned.map(partitionKey))
    const gets = assignment.get(memberId) ?? []
    const getsKeys = new Set(gets.map(partitionKey))
    for (const key of had) if (!getsKeys.has(key)) revoked.add(key)
    for (const partition of gets) if (!had.has(partitionKey(partition))) added.set(partition, memberId)
  }
  return new Map([...added].filter(([partition]) => revoked.has(partitionKey(partition))))
}
