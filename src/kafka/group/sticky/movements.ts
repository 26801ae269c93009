// Which partition moved from whom to whom while a deal was evened out, so that no two members swap partitions of one topic.
import { type TopicPartition } from '../topic-partition.ts'

interface Movement {
  readonly from: string
  readonly to: string
}

export class Movements {
  readonly #moved = new Map<TopicPartition, Movement>()

  /** The partition to move instead of `partition`: one that came the opposite way goes back first. */
  actual(partition: TopicPartition, from: string, to: string): TopicPartition {
    const origin = this.#moved.get(partition)?.from ?? from
    let first: TopicPartition | undefined
    for (const [other, movement] of this.#moved) {
      if (other.topic !== partition.topic || movement.from !== to || movement.to !== origin) continue
      // The set that Java keeps gives them back by their hashes: within a topic that is mostly the number.
      if (first === undefined || other.partition < first.partition) first = other
    }
    return first ?? partition
  }

  add(partition: TopicPartition, from: string, to: string): void {
    const origin = this.#moved.get(partition)?.from ?? from
    this.#moved.delete(partition)
    if (origin !== to) this.#moved.set(partition, { from: origin, to })
  }
}
