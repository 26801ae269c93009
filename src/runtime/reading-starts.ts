// Tells where reading goes on after a start, a rebalance or a pause: "continues at t-0@4711, 12 behind", one line for what begins together.
import { type Logger } from '../connect/log.ts'
import { type TopicPartition, topicPartitionKey } from '../connect/record.ts'

/** Named one by one; of the others the number, and how far they are behind together. */
const namedMax = 10

interface Start extends TopicPartition {
  readonly offset: number
  /** It was found not to be in the log: reading goes on elsewhere, and only there it is told. */
  doubted: boolean
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
    this.#starts.set(topicPartitionKey(topic, partition), { topic, partition, offset, doubted: false })
  }

  forget({ topic, partition }: TopicPartition): void {
    this.#starts.delete(topicPartitionKey(topic, partition))
  }

  /** Those whose offset was not in the log when it was looked at last. */
  get doubted(): readonly Start[] {
    return [...this.#starts.values()].filter(({ doubted }) => doubted)
  }

  /** Tells of those whose log is known by now: `ends`, the offset behind the last record, and `begins`, the first one, by `topic-partition`. */
  tell(ends: ReadonlyMap<string, number>, begins: ReadonlyMap<string, number>): void {
    const named: string[] = []
    let more = 0
    let behindMore = 0
    for (const [key, start] of this.#starts) {
      const [begin, end] = [begins.get(key), ends.get(key)]
      if (begin === undefined || end === undefined) continue
      const { offset } = start
      start.doubted = offset < begin || offset > end
      if (start.doubted) continue
      this.#starts.delete(key)
      const behind = end - offset
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
