// What is true of the cluster, and what each broker knows of it: changes are true at once and heard a little later.
import { errors } from './errors.ts'
import { Log } from './log/log.ts'

export class Partition {
  readonly topic: string
  readonly index: number
  readonly log = new Log()
  /** -1: none. */
  leader: number
  epoch = 0
  /** A new leader does not know at once how far its followers are. */
  endKnownAt = 0
  readonly watchers = new Set<() => void>()

  constructor(topic: string, index: number, leader: number) {
    this.topic = topic
    this.index = index
    this.leader = leader
    this.log.epochs.begin(0, 0)
  }

  /** Whoever waits for something to read looks again. */
  stir(): void {
    for (const look of [...this.watchers]) look()
  }
}

export interface Topic {
  readonly name: string
  readonly id: string
  readonly partitions: Partition[]
}

export interface Placed {
  readonly partition: Partition
  readonly leader: number
  readonly epoch: number
}

export interface PlacedTopic {
  readonly name: string
  readonly id: string
  readonly partitions: readonly Placed[]
}

/** The cluster as it was at some instant. */
export class Image {
  readonly version: number
  readonly alive: readonly number[]
  readonly topics: ReadonlyMap<string, PlacedTopic>
  readonly ids: ReadonlyMap<string, PlacedTopic>

  constructor(version: number, alive: readonly number[], topics: Iterable<Topic>) {
    this.version = version
    this.alive = alive
    const placed = [...topics].map(({ name, id, partitions }) => ({
      name,
      id,
      partitions: partitions.map(partition => ({ partition, leader: partition.leader, epoch: partition.epoch }))
    }))
    this.topics = new Map(placed.map(topic => [topic.name, topic]))
    this.ids = new Map(placed.map(topic => [topic.id, topic]))
  }
}

/** What a broker may answer for a partition: itself, or why not. */
export type Led = { readonly error: 0; readonly partition: Partition } | { readonly error: number }

/** Whether `broker` leads that partition as far as it knows, and as far as the client knows. */
export function ledBy(
  broker: { readonly id: number },
  topic: PlacedTopic | undefined,
  index: number,
  clientEpoch: number
): Led {
  // prettier-ignore
  const placed = topic?.partitions[index]
  if (placed === undefined) return { error: errors.unknownTopicOrPartition }
  const { partition, leader, epoch } = placed
  if (clientEpoch >= 0 && clientEpoch < epoch) return { error: errors.fencedLeaderEpoch }
  if (clientEpoch > epoch) return { error: errors.unknownLeaderEpoch }
  if (leader !== broker.id || partition.leader !== broker.id || partition.epoch !== epoch)
    return { error: errors.notLeader }
  return { error: errors.none, partition }
}
