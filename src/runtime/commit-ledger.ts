// The offsets of a task: how far each partition was put, what was committed last, and what may be committed next.
import { type Logger } from '../connect/log.ts'
import { type Offsets, type OffsetToCommit } from '../connect/plugin.ts'
import { type TopicPartition, topicPartitionKey } from '../connect/record.ts'

export class CommitLedger {
  /** How often something was put. */
  puts = 0
  readonly #log: Logger
  readonly #current = new Map<string, OffsetToCommit>()
  readonly #committed = new Map<string, OffsetToCommit>()
  /** How often each partition was given up: an answer from before says nothing of it now. */
  readonly #givenUp = new Map<string, number>()

  constructor(log: Logger) {
    this.#log = log
  }

  /** A partition begins, or was rewound: nothing of it is put beyond `offset`, which needs no commit of its own. */
  begin(partition: TopicPartition, offset: number): void {
    const { topic, partition: number } = partition
    const at = { topic, partition: number, offset }
    this.#current.set(topicPartitionKey(topic, number), at)
    this.#committed.set(topicPartitionKey(topic, number), at)
  }

  /** A batch was put. Partitions that were given up meanwhile stay forgotten. */
  put(next: Offsets): void {
    if (next.size > 0) this.puts++
    for (const [key, offset] of next) if (this.#current.has(key)) this.#current.set(key, offset)
  }

  /** Part of a batch was put before one of its records failed; nothing moves back. */
  advance(taken: Offsets): void {
    for (const [key, { topic, partition, offset }] of taken) {
      const current = this.#current.get(key)
      if (current !== undefined && offset > current.offset) this.#current.set(key, { topic, partition, offset })
    }
  }

  forget(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      const key = topicPartitionKey(topic, partition)
      this.#current.delete(key)
      this.#committed.delete(key)
      this.#givenUp.set(key, (this.#givenUp.get(key) ?? 0) + 1)
    }
  }

  /** Records that were put and are not committed yet, by their offsets. */
  get active(): number {
    let active = 0
    for (const [key, { offset }] of this.#current)
      active += Math.max(0, offset - (this.#committed.get(key)?.offset ?? 0))
    return active
  }

  /** What was put of these partitions (of all, if left out). */
  current(partitions?: readonly TopicPartition[]): Offsets {
    if (partitions === undefined) return new Map(this.#current)
    const keys = new Set(partitions.map(({ topic, partition }) => topicPartitionKey(topic, partition)))
    return new Map([...this.#current].filter(([key]) => keys.has(key)))
  }

  /** Of what the task allows, what may be committed: nothing that was not put, nothing at or behind an unsettled record. */
  committable(allowed: Offsets, firstUnsettled: (partition: TopicPartition) => number): Offsets {
    const result = new Map<string, OffsetToCommit>()
    for (const [key, asked] of allowed) {
      const current = this.#current.get(key)
      if (current === undefined) {
        this.#log.warn(`Ignoring invalid task provided offset ${key}/${asked.offset} -- partition not assigned`)
      } else if (asked.offset > current.offset) {
        this.#log.warn(
          `Ignoring invalid task provided offset ${key}/${asked.offset} -- not yet consumed, ` +
            `taskOffset=${asked.offset}, currentOffset=${current.offset}`
        )
      } else {
        const bound = firstUnsettled(asked)
        result.set(key, bound < asked.offset ? { ...asked, offset: bound } : asked)
      }
    }
    return result
  }

  /**
   * Those of `offsets` that differ from what was committed last. Others are not committed along: an offset that did not move would be written anew after
   * its topic was deleted, and stand for records of the next topic of that name.
   */
  moved(offsets: Offsets): Offsets {
    return new Map(
      [...offsets].filter(([key, { offset, metadata }]) => {
        const last = this.#committed.get(key)
        return last?.offset !== offset || last.metadata !== metadata
      })
    )
  }

  /** To be asked before `offsets` are sent: tells, when the answer comes, of which partitions it still speaks. */
  holding(offsets: Offsets): (key: string) => boolean {
    const before = new Map([...offsets.keys()].map(key => [key, this.#givenUp.get(key)]))
    return key => this.#current.has(key) && before.get(key) === this.#givenUp.get(key)
  }

  /** The group has taken these. Commits follow each other: the answer that comes last is to the one that was sent last. */
  markCommitted(offsets: Offsets, isStill: (key: string) => boolean): void {
    for (const [key, offset] of offsets) if (isStill(key)) this.#committed.set(key, offset)
  }

  /** Back to what was committed last; answers where to read on. */
  rewind(): Offsets {
    for (const [key, offset] of this.#committed) this.#current.set(key, offset)
    return new Map(this.#committed)
  }
}
