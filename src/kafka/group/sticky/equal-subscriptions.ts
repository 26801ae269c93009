// Sticky dealing where all members want the same topics: everybody keeps what fits its quota, the rest goes round.
import { compareText } from '../assignor.ts'
import { comparePartitions, type TopicPartition } from '../topic-partition.ts'
import { drop, type Ownership } from './ownership.ts'

export interface Dealt {
  readonly assignment: Map<string, TopicPartition[]>
  /** Partitions that somebody else still owns: a cooperative group deals them once that one has given them up. */
  readonly moving: Map<TopicPartition, string>
}

export function dealEqual(ownership: Ownership): Dealt {
  return new EqualDealing(ownership).deal()
}

class EqualDealing {
  readonly #ownership: Ownership
  readonly #assignment: Map<string, TopicPartition[]>
  readonly #moving = new Map<TopicPartition, string>()
  /** What a member had and may not keep, by that member; it may yet get it back. */
  readonly #revoked = new Map<TopicPartition, string>()
  /** Every member gets at least this many, and `#extras` of them one more. */
  readonly #quota: number
  readonly #quotaMax: number
  readonly #extras: number
  #withExtra = 0
  #belowQuota: string[] = []
  #atQuota: string[] = []

  constructor(ownership: Ownership) {
    const { owned, count } = ownership
    this.#ownership = ownership
    this.#assignment = new Map([...owned.keys()].map(memberId => [memberId, []]))
    this.#quota = Math.floor(count / owned.size)
    this.#extras = count % owned.size
    this.#quotaMax = this.#quota + (this.#extras > 0 ? 1 : 0)
  }

  deal(): Dealt {
    const { partitionsByTopic, racks } = this.#ownership
    for (const [memberId, owned] of this.#ownership.owned) this.#keep(memberId, owned)
    const kept = new Set([...this.#assignment.values()].flat())
    const free = [...partitionsByTopic.values()].flat().filter(partition => !kept.has(partition))
    this.#belowQuota.sort(compareText)
    this.#atQuota.sort(compareText)
    const order = racks.hardestFirst(free.sort(comparePartitions))
    this.#goRound(racks.aware ? this.#dealNear(order) : order)
    return { assignment: this.#assignment, moving: this.#moving }
  }

  #listOf(memberId: string): TopicPartition[] {
    return this.#assignment.get(memberId) ?? []
  }

  #keep(memberId: string, owned: readonly TopicPartition[]): void {
    const { racks, disputed } = this.#ownership
    for (const partition of owned) if (racks.mismatch(memberId, partition)) this.#revoked.set(partition, memberId)
    const keepable = owned
      .filter(partition => !this.#revoked.has(partition) && !disputed.has(partition))
      .sort((a, b) => a.partition - b.partition || compareText(a.topic, b.topic))
    let keeps = keepable.length
    if (keeps < this.#quota) this.#belowQuota.push(memberId)
    else if (keeps >= this.#quotaMax && this.#withExtra < this.#extras) {
      keeps = this.#quotaMax
      this.#withExtra++
      if (this.#withExtra === this.#extras) this.#atQuota = []
    } else {
      keeps = this.#quota
      if (this.#withExtra < this.#extras) this.#atQuota.push(memberId)
    }
    this.#listOf(memberId).push(...keepable.slice(0, keeps))
    for (const partition of keepable.slice(keeps)) this.#revoked.set(partition, memberId)
  }

  #give(partition: TopicPartition, memberId: string): number {
    const list = this.#listOf(memberId)
    list.push(partition)
    const isRevoked = (this.#revoked.get(partition) ?? memberId) !== memberId
    if (isRevoked || this.#ownership.disputed.has(partition)) this.#moving.set(partition, memberId)
    return list.length
  }

  /** Deals what can be dealt within racks; returns the rest. */
  #dealNear(free: readonly TopicPartition[]): TopicPartition[] {
    let next = 0
    return free.filter(partition => {
      let at = this.#ownership.racks.nextNear(partition, this.#belowQuota, next)
      const below = this.#belowQuota[at]
      if (below !== undefined) {
        const count = this.#give(partition, below)
        if (count >= this.#quota) {
          drop(this.#belowQuota, below)
          if (count < this.#quotaMax && this.#withExtra < this.#extras) this.#atQuota.push(below)
        } else at++
        next = this.#belowQuota.length === 0 ? 0 : at % this.#belowQuota.length
        return false
      }
      const full = this.#atQuota[this.#ownership.racks.nextNear(partition, this.#atQuota, 0)]
      if (full === undefined) return true
      if (this.#give(partition, full) === this.#quotaMax) {
        drop(this.#atQuota, full)
        this.#withExtra++
        if (this.#withExtra === this.#extras) this.#atQuota = []
      }
      return false
    })
  }

  #goRound(free: readonly TopicPartition[]): void {
    let at = 0
    for (const partition of free) {
      if (at >= this.#belowQuota.length) at = 0
      const below = this.#belowQuota[at]
      const memberId = below ?? this.#atQuota.shift()
      if (memberId === undefined) throw new Error(`no member has room for ${partition.topic}-${partition.partition}`)
      const count = this.#give(partition, memberId)
      if (below === undefined) continue
      if (count === this.#quota) {
        this.#belowQuota.splice(at, 1)
        this.#atQuota.push(memberId)
      } else at++
    }
  }
}
