// The range assignor: per topic, each member a run of neighbouring partitions, near replicas first where racks are known.
import { compareMembers, type Assignor, type AssignorMember, type PartitionsByTopic } from './assignor.ts'
import { comparePartitions, type TopicPartition } from './topic-partition.ts'

/** One topic while it is being dealt out. */
class TopicState {
  readonly topic: string
  readonly racks: readonly (readonly string[])[]
  readonly members: readonly AssignorMember[]
  readonly rackAware: boolean
  readonly anyMemberRack: boolean
  readonly unassigned: Set<number>
  readonly #counts = new Map<string, number>()
  readonly #quota: number
  #extras: number

  constructor(topic: string, racks: readonly (readonly string[])[], members: readonly AssignorMember[]) {
    this.topic = topic
    this.racks = racks
    this.members = [...members].sort(compareMembers)
    this.unassigned = new Set(racks.keys())
    this.#quota = members.length === 0 ? 0 : Math.floor(racks.length / members.length)
    this.#extras = members.length === 0 ? 0 : racks.length % members.length
    const memberRacks = new Set(members.map(member => member.rack).filter(rack => rack !== null))
    this.anyMemberRack = memberRacks.size > 0
    this.rackAware = this.anyMemberRack && racksDiffer(memberRacks, racks)
  }

  racksMatch(member: AssignorMember, partition: number): boolean {
    return member.rack === null || this.racks[partition]?.includes(member.rack) === true
  }

  room(member: AssignorMember): number {
    return Math.max(0, this.#quota + (this.#extras > 0 ? 1 : 0) - (this.#counts.get(member.memberId) ?? 0))
  }

  give(member: AssignorMember, partitions: readonly number[], assignment: Map<string, TopicPartition[]>): void {
    const count = (this.#counts.get(member.memberId) ?? 0) + partitions.length
    this.#counts.set(member.memberId, count)
    if (count > this.#quota) this.#extras--
    for (const partition of partitions) {
      this.unassigned.delete(partition)
      assignment.get(member.memberId)?.push({ topic: this.topic, partition })
    }
  }

  /** Members that are equal here, racks included, may be dealt several topics in step. */
  get membersKey(): string {
    return JSON.stringify(this.members.map(member => [member.memberId, member.rack]))
  }
}

/** Racks matter only if some member shares one with some replica, and not every partition lies in all racks. */
function racksDiffer(memberRacks: ReadonlySet<string>, racks: readonly (readonly string[])[]): boolean {
  const all = new Set(racks.flat())
  if (![...memberRacks].some(rack => all.has(rack))) return false
  return !racks.every(replicas => new Set(replicas).size === all.size)
}

export const rangeAssignor: Assignor = {
  name: 'range',
  cooperative: false,
  assign(partitions: PartitionsByTopic, members: readonly AssignorMember[]): Map<string, TopicPartition[]> {
    const assignment = new Map<string, TopicPartition[]>(members.map(member => [member.memberId, []]))
    const states: TopicState[] = []
    for (const [topic, racks] of partitions) {
      if (racks.length === 0) continue
      const subscribed = members.filter(member => member.topics.includes(topic))
      states.push(new TopicState(topic, racks, subscribed))
    }
    const rackAware = states.some(state => state.rackAware)
    if (rackAware) assignByRack(states, assignment)
    for (const state of states) assignRange(state, assignment, () => true)
    if (rackAware) for (const list of assignment.values()) list.sort(comparePartitions)
    return assignment
  }
}

function assignRange(
  state: TopicState,
  assignment: Map<string, TopicPartition[]>,
  may: (member: AssignorMember, partition: number) => boolean
): void {
  for (const member of state.members) {
    if (state.unassigned.size === 0) return
    const fitting = [...state.unassigned].filter(partition => may(member, partition)).slice(0, state.room(member))
    if (fitting.length > 0) state.give(member, fitting, assignment)
  }
}

function assignByRack(states: readonly TopicState[], assignment: Map<string, TopicPartition[]>): void {
  // Topics with the same members and partition count are dealt together, so that joins across them stay local.
  const groups = Map.groupBy(states, state => `${state.membersKey} ${state.anyMemberRack ? state.racks.length : 0}`)
  for (const group of groups.values()) {
    const [first] = group
    if (first === undefined) continue
    if (group.length > 1) assignInStep(group, first, assignment)
    else if (first.rackAware) assignRange(first, assignment, (member, partition) => first.racksMatch(member, partition))
  }
}

function assignInStep(
  group: readonly TopicState[],
  first: TopicState,
  assignment: Map<string, TopicPartition[]>
): void {
  const partitionCount = first.anyMemberRack ? first.racks.length : 0
  let candidates = [...first.members]
  for (let partition = 0; partition < partitionCount && candidates.length > 0; partition++) {
    const member = candidates.find(candidate =>
      group.every(state => state.racksMatch(candidate, partition) && state.room(candidate) > 0)
    )
    if (member === undefined) continue
    for (const state of group) state.give(member, [partition], assignment)
    if (group.every(state => state.room(member) === 0)) candidates = candidates.filter(other => other !== member)
  }
}
