// Sticky dealing where members want different topics: everybody keeps what it may, then partitions move while that evens things out.
import { compareText } from '../assignor.ts'
import { partitionKey, type TopicPartition } from '../topic-partition.ts'
import { Movements } from './movements.ts'
import { drop, type Ownership } from './ownership.ts'

interface Claim {
  readonly memberId: string
  readonly generation: number
}

export function dealUnequal(ownership: Ownership): Map<string, TopicPartition[]> {
  return new UnequalDealing(ownership).deal()
}

class UnequalDealing {
  readonly #ownership: Ownership
  readonly #topicsOf = new Map<string, string[]>()
  readonly #membersOf = new Map<string, string[]>()
  readonly #assignment = new Map<string, TopicPartition[]>()
  readonly #owner = new Map<TopicPartition, string>()
  /** Who owned what in an older generation than the newest one. */
  readonly #before = new Map<TopicPartition, Claim>()
  readonly #movements = new Movements()
  /** Members in play, by load, then by id. */
  #byLoad: string[] = []
  #revocationNeeded = false

  constructor(ownership: Ownership) {
    this.#ownership = ownership
    const { partitionsByTopic, members } = ownership
    for (const topic of partitionsByTopic.keys()) this.#membersOf.set(topic, [])
    for (const [memberId, member] of members) {
      const topics = member.topics.filter(topic => partitionsByTopic.has(topic))
      this.#topicsOf.set(memberId, topics)
      for (const topic of topics) this.#membersOf.get(topic)?.push(memberId)
    }
    this.#remember()
  }

  deal(): Map<string, TopicPartition[]> {
    const { partitionsByTopic, racks } = this.#ownership
    this.#keepOwned()
    const choice = (topic: string): number => this.#membersOf.get(topic)?.length ?? 0
    const topics = [...partitionsByTopic.keys()].sort((a, b) => choice(a) - choice(b) || compareText(a, b))
    const all = topics.flatMap(topic => partitionsByTopic.get(topic) ?? [])
    const kept = new Set([...this.#assignment.values()].flat())
    const free = all.filter(partition => !kept.has(partition))
    this.#byLoad = [...this.#assignment.keys()]
    this.#sortByLoad()
    const fresh = this.#load(this.#byLoad.at(-1) ?? '') === 0
    const rest = racks.aware ? free.filter(partition => !this.#place(partition, true)) : free
    for (const partition of rest) this.#place(partition, false)
    this.#even(all, free, fresh)
    return this.#assignment
  }

  #remember(): void {
    const newest = [...this.#ownership.members.values()].reduce((max, member) => Math.max(max, member.generation), -1)
    const known = new Map(
      [...this.#ownership.partitionsByTopic.values()].flat().map(each => [partitionKey(each), each])
    )
    for (const { memberId, generation, owned } of this.#ownership.members.values()) {
      if (generation >= newest) continue
      for (const claim of owned) {
        const partition = known.get(partitionKey(claim))
        if (partition === undefined) continue
        const other = this.#before.get(partition)
        if (other === undefined || generation > other.generation) this.#before.set(partition, { memberId, generation })
      }
    }
  }

  #keepOwned(): void {
    for (const [memberId, owned] of this.#ownership.owned) {
      const kept: TopicPartition[] = []
      for (const partition of owned) {
        this.#owner.set(partition, memberId)
        const wanted = this.#topicsOf.get(memberId)?.includes(partition.topic) === true
        if (wanted && !this.#ownership.racks.mismatch(memberId, partition)) kept.push(partition)
        else this.#revocationNeeded = true
      }
      this.#assignment.set(memberId, kept)
    }
  }

  #load(memberId: string): number {
    return this.#assignment.get(memberId)?.length ?? 0
  }

  #sortByLoad(): void {
    this.#byLoad.sort((a, b) => this.#load(a) - this.#load(b) || compareText(a, b))
  }

  #wants(memberId: string, topic: string): boolean {
    return this.#topicsOf.get(memberId)?.includes(topic) === true
  }

  /** Gives a free partition to the least loaded member that may have it. */
  #place(partition: TopicPartition, near: boolean): boolean {
    const { racks } = this.#ownership
    const memberId = this.#byLoad.find(
      each => this.#wants(each, partition.topic) && !(near && racks.mismatch(each, partition))
    )
    if (memberId === undefined) return false
    this.#assignment.get(memberId)?.push(partition)
    this.#owner.set(partition, memberId)
    this.#sortByLoad()
    return true
  }

  #even(all: readonly TopicPartition[], free: readonly TopicPartition[], fresh: boolean): void {
    const movable = (partition: TopicPartition): boolean => (this.#membersOf.get(partition.topic)?.length ?? 0) >= 2
    const fixed = [...this.#topicsOf.keys()].filter(memberId => !this.#inPlay(memberId, movable))
    const aside = fixed.map(memberId => [memberId, this.#assignment.get(memberId) ?? []] as const)
    this.#byLoad = this.#byLoad.filter(memberId => !fixed.includes(memberId))
    for (const memberId of fixed) this.#assignment.delete(memberId)
    const before = new Map([...this.#assignment].map(([memberId, list]) => [memberId, [...list]]))
    if (!this.#revocationNeeded) this.#move(free.filter(movable))
    const moved = this.#move(all.filter(movable))
    // Keeping what there was is worth more than moving without gain.
    if (!fresh && moved && unevenness(this.#assignment) >= unevenness(before)) {
      for (const [memberId, list] of before) this.#assignment.set(memberId, list)
    }
    for (const [memberId, list] of aside) this.#assignment.set(memberId, list)
  }

  /** Whether a member may still get or lose a partition. */
  #inPlay(memberId: string, movable: (partition: TopicPartition) => boolean): boolean {
    const list = this.#assignment.get(memberId) ?? []
    return list.length < this.#loadMax(memberId) || list.some(movable)
  }

  #loadMax(memberId: string): number {
    const topics = this.#topicsOf.get(memberId) ?? []
    return topics.reduce((sum, topic) => sum + (this.#ownership.partitionsByTopic.get(topic)?.length ?? 0), 0)
  }

  #isBalanced(): boolean {
    const [first, last] = [this.#byLoad[0], this.#byLoad.at(-1)]
    if (first === undefined || last === undefined || this.#load(first) >= this.#load(last) - 1) return true
    const owner = new Map<TopicPartition, string>()
    for (const [memberId, list] of this.#assignment) for (const partition of list) owner.set(partition, memberId)
    for (const memberId of this.#byLoad) {
      const load = this.#load(memberId)
      if (load === this.#loadMax(memberId)) continue
      for (const topic of this.#topicsOf.get(memberId) ?? []) {
        for (const partition of this.#ownership.partitionsByTopic.get(topic) ?? []) {
          const other = owner.get(partition)
          if (other !== undefined && other !== memberId && load + 1 < this.#load(other)) return false
        }
      }
    }
    return true
  }

  #move(partitions: readonly TopicPartition[]): boolean {
    let moved = false
    for (let again = true; again;) {
      again = false
      for (const partition of partitions) {
        if (this.#isBalanced()) break
        if (this.#moveOne(partition)) {
          again = true
          moved = true
        }
      }
    }
    return moved
  }

  #moveOne(partition: TopicPartition): boolean {
    const memberId = this.#owner.get(partition)
    if (memberId === undefined) return false
    const load = this.#load(memberId)
    const before = this.#before.get(partition)?.memberId
    if (before !== undefined && this.#assignment.has(before) && load > this.#load(before) + 1) {
      this.#moveTo(partition, memberId, before)
      return true
    }
    const candidates = this.#membersOf.get(partition.topic) ?? []
    if (!candidates.some(other => this.#assignment.has(other) && load > this.#load(other) + 1)) return false
    const to = this.#byLoad.find(other => this.#wants(other, partition.topic))
    if (to === undefined) return false
    this.#moveTo(partition, memberId, to)
    return true
  }

  #moveTo(partition: TopicPartition, from: string, to: string): void {
    const moving = this.#movements.actual(partition, from, to)
    const source = this.#owner.get(moving) ?? from
    this.#movements.add(moving, source, to)
    drop(this.#assignment.get(source), moving)
    this.#assignment.get(to)?.push(moving)
    this.#owner.set(moving, to)
    this.#sortByLoad()
  }
}

/** The sum of the differences of all pairs of loads; 0 is perfectly even. */
function unevenness(assignment: ReadonlyMap<string, readonly TopicPartition[]>): number {
  const loads = [...assignment.values()].map(list => list.length)
  let sum = 0
  loads.forEach((load, at) => {
    for (const other of loads.slice(at + 1)) sum += Math.abs(load - other)
  })
  return sum
}
