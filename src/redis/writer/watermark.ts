// What holds commits back: whatever was taken and is not settled. The one truth about what may be committed.
import { type Offsets, type OffsetToCommit } from '../../connect/plugin.ts'
import { topicPartitionKey } from '../../connect/record.ts'

/** Carries records that are not settled: a flight, or what is being mended. */
export interface Holder {
  /** The first offset of a partition that it holds back; Infinity where it holds none. */
  firstUnsettled(partition: string): number
}

/**
 * It rises only when a holder lets go, and a holder lets go only when it is settled: by answers, by a verdict of the error policy, or because its
 * partitions were given up. Whatever else forgets a flight, an exception above all, leaves the watermark where it was.
 */
export class Watermark {
  readonly #holders = new Set<Holder>()

  hold(holder: Holder): void {
    this.#holders.add(holder)
  }

  /** Everything that `holder` carried is settled, or another holder carries it from now on. */
  release(holder: Holder): void {
    this.#holders.delete(holder)
  }

  holds(holder: Holder): boolean {
    return this.#holders.has(holder)
  }

  /** The first unsettled offset of a partition; Infinity where all of it is settled. */
  firstUnsettled(partition: string): number {
    let first = Infinity
    for (const holder of this.#holders) first = Math.min(first, holder.firstUnsettled(partition))
    return first
  }

  /** Of the positions given, what may be committed: they themselves, or the first unsettled offset before them. */
  committable(offsets: Offsets): Offsets {
    const result = new Map<string, OffsetToCommit>()
    for (const [name, position] of offsets) {
      const key = topicPartitionKey(position.topic, position.partition)
      const first = this.firstUnsettled(key)
      result.set(name, first >= position.offset ? position : { ...position, offset: first })
    }
    return result
  }
}
