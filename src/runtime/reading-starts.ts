// Tells where reading goes on after a start, a rebalance or a pause: "continues at t-0@4711, 12 behind", one line for what begins together.
import { type Logger } from '../connect/log.ts'
import { type TopicPartition, topicPartitionKey } from '../connect/record.ts'

/** Named one by one; of the others the number, and how far they are behind together. */
const namedMax = 10

interface Start extends TopicPartition {
  readonly offset: number
}

export class ReadingStarts {
  readonly #log: Logger
  readonly #name: string
  /** Where those begin whose end is not known yet. */
  readonly #starts = new Map<string, Start>()

  /** `name`: who reads, as `WorkerSinkTask{id=orders-0}`. */
  constructor(log: Logger, name: string) {
    this.#log = log
    this.#name = name
  }

  /** Those whose end is still to be asked for. */
  get pending(): readonly TopicPartition[] {
    return [...this.#starts.values()]
  }

  begin({ topic, partition }: TopicPartition, offset: number): void {
    this.#starts.set(topicPartitionKey(topic, partition), { topic, partition, offset })
  }

  forget({ topic, partition }: TopicPartition): void {
    this.#starts.delete(topicPartitionKey(topic, partition))
  }

  /** Tells of those whose end is known by now. `ends`: the offset behind the last record, by `topic-partition`. */
  tell(ends: ReadonlyMap<string, number>): void {
    const named: string[] = []
    let more = 0
    let behindMore = 0
    for (const [key, { offset }] of this.#starts) {
      const end = ends.get(key)
      if (end === undefined) continue
      this.#starts.delete(key)
      const behind = Math.max(0, end - offset)
      if (named.length < namedMax) named.push(`${key}@${offset}, ${behind} behind`)
      else {
        more++
        behindMore += behind
      }
    }
    if (named.length === 0) return
    const others = more === 0 ? '' : `; and ${more} more partitions, ${behindMore} behind together`
    this.#log.info(`${this.#name} continues at ${named.join('; ')}${others}`)
  }
}
