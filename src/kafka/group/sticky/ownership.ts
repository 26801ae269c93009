// What members say they own, made free of contradictions, and which racks they and the partitions stand in.
import { type AssignorMember, type PartitionsByTopic } from '../assignor.ts'
import { partitionKey, type TopicPartition } from '../topic-partition.ts'

/** All that both ways of sticky dealing start from. Partitions are one object each, so that sets and maps can hold them. */
export class Ownership {
  readonly members: ReadonlyMap<string, AssignorMember>
  readonly partitionsByTopic: ReadonlyMap<string, readonly TopicPartition[]>
  /** By member: what it may keep; claims of an older generation and doubtful ones are gone. */
  readonly owned = new Map<string, TopicPartition[]>()
  /** Claimed by two members of one generation, so kept by none. */
  readonly disputed = new Set<TopicPartition>()
  readonly racks: Racks
  readonly count: number

  constructor(partitions: PartitionsByTopic, members: readonly AssignorMember[]) {
    this.members = new Map(members.map(member => [member.memberId, member]))
    const byKey = new Map<string, TopicPartition>()
    const byTopic = new Map<string, TopicPartition[]>()
    const wanted = new Set(members.flatMap(member => [...member.topics]))
    for (const [topic, racks] of partitions) {
      if (!wanted.has(topic) || racks.length === 0) continue
      const list = [...racks.keys()].map(partition => ({ topic, partition }))
      byTopic.set(topic, list)
      for (const partition of list) byKey.set(partitionKey(partition), partition)
    }
    this.partitionsByTopic = byTopic
    this.count = byKey.size
    this.racks = new Racks(partitions, byTopic, members)
    this.#settleClaims(members, byKey)
  }

  get subscriptionsEqual(): boolean {
    const [first, ...others] = this.members.values()
    const topics = new Set(first?.topics)
    return others.every(member => member.topics.length === topics.size && member.topics.every(each => topics.has(each)))
  }

  #settleClaims(members: readonly AssignorMember[], byKey: ReadonlyMap<string, TopicPartition>): void {
    const owners = new Map<TopicPartition, AssignorMember>()
    for (const member of members) {
      const kept: TopicPartition[] = []
      this.owned.set(member.memberId, kept)
      for (const claim of member.owned) {
        const partition = byKey.get(partitionKey(claim))
        if (partition === undefined) continue
        const other = owners.get(partition)
        if (other !== undefined && other.generation > member.generation) continue
        if (other !== undefined) drop(this.owned.get(other.memberId), partition)
        if (other?.generation === member.generation) this.disputed.add(partition)
        else kept.push(partition)
        owners.set(partition, member)
      }
    }
  }
}

/** Racks of members and partitions, where minding them makes a difference. */
export class Racks {
  /** Whether to mind racks at all. */
  readonly aware: boolean
  readonly #ofMember = new Map<string, string>()
  readonly #ofPartition = new Map<TopicPartition, ReadonlySet<string>>()
  readonly #membersNear = new Map<TopicPartition, number>()

  constructor(
    partitions: PartitionsByTopic,
    byTopic: ReadonlyMap<string, readonly TopicPartition[]>,
    members: readonly AssignorMember[]
  ) {
    const counts = new Map<string, number>()
    for (const { memberId, rack } of members) {
      if (rack === null || rack === '') continue
      this.#ofMember.set(memberId, rack)
      counts.set(rack, (counts.get(rack) ?? 0) + 1)
    }
    const all = new Set<string>()
    if (counts.size > 0) {
      for (const [topic, list] of byTopic) {
        for (const partition of list) {
          const racks = new Set(partitions.get(topic)?.[partition.partition])
          this.#ofPartition.set(partition, racks)
          for (const rack of racks) all.add(rack)
          this.#membersNear.set(
            partition,
            [...racks].reduce((sum, rack) => sum + (counts.get(rack) ?? 0), 0)
          )
        }
      }
    }
    const shared = [...counts.keys()].some(rack => all.has(rack))
    this.aware = shared && ![...this.#ofPartition.values()].every(racks => racks.size === all.size)
    if (!this.aware) {
      this.#ofMember.clear()
      this.#ofPartition.clear()
    }
  }

  ofMember(memberId: string): string | null {
    return this.#ofMember.get(memberId) ?? null
  }

  mismatch(memberId: string, partition: TopicPartition): boolean {
    const rack = this.#ofMember.get(memberId)
    return rack !== undefined && this.#ofPartition.get(partition)?.has(rack) !== true
  }

  /** Member and partition both have racks, and share one. */
  match(memberId: string, partition: TopicPartition): boolean {
    const rack = this.#ofMember.get(memberId)
    return rack !== undefined && this.#ofPartition.get(partition)?.has(rack) === true
  }

  /** Those with the fewest members near first: they have the least choice. */
  hardestFirst(partitions: readonly TopicPartition[]): TopicPartition[] {
    const near = this.#membersNear
    return partitions.toSorted((a, b) => (near.get(a) ?? 0) - (near.get(b) ?? 0))
  }

  /** The next of `members` from `first` on, around the circle, that is near `partition`; -1: none. */
  nextNear(partition: TopicPartition, members: readonly string[], first: number): number {
    for (let step = 0; step < members.length; step++) {
      const at = (first + step) % members.length
      if (this.match(members[at] ?? '', partition)) return at
    }
    return -1
  }
}

/** Takes one item out of a list, if it is there. */
export function drop<T>(list: T[] | undefined, item: T): void {
  const at = list?.indexOf(item) ?? -1
  if (at >= 0) list?.splice(at, 1)
}
