// What a sink task asks of its Kafka consumer; structurally the facade of kafka/consumer.ts, so that tests hand in their own.
import { type Offsets, type Ownership } from '../connect/plugin.ts'
import { type RecordCursor, type TopicPartition } from '../connect/record.ts'

/** Called by `poll` between two batches; the group waits for each of them. A rejection is thrown by that poll. */
export interface RebalanceListener {
  onAssigned(partitions: readonly TopicPartition[]): Promise<void>
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>
  /** Taken away without asking: nothing of them may be committed. */
  onLost(partitions: readonly TopicPartition[]): Promise<void>
}

/** Names, or what a whole name must match. */
export type Topics = { readonly names: readonly string[] } | { readonly matches: (topic: string) => boolean }

/** A cursor that tells the size of what was fetched for it. */
export interface FetchedCursor extends RecordCursor {
  readonly fetchedBytes?: number
}

export interface TaskConsumer {
  subscribe(topics: Topics, listener: RebalanceListener): void
  /** Records of any assigned partitions that are not paused, or none after `timeoutMs` or a wakeup. */
  poll(timeoutMs: number): Promise<readonly FetchedCursor[]>
  /** Ends the poll that waits now, or the next one. */
  wakeup(): void
  /** The application works on records and will poll again: the group's poll interval does not run out until it does. */
  keepPolling(): void
  assignment(): readonly TopicPartition[]
  position(partition: TopicPartition): Promise<number> | number
  seek(partition: TopicPartition, offset: number): void
  /** Records between the reader and the end of the partition; null where not known. */
  lag?(partition: TopicPartition): number | null
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** The task goes on after a pause: how far each partition is behind is told anew. */
  resumed?(): void
  /** The offset behind the last record as far as it is known, -1: not yet. */
  endOffset?(partition: TopicPartition): number
  /** Asks where these end now, by `topic-partition`; those that can't be asked are left out. Never rejects. */
  endsOf?(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>>
  /** As `endsOf`: the first offset that their logs hold now. */
  beginsOf?(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>>
  commit(offsets: Offsets): Promise<void>
  /** Whether what is assigned is still ours; absent where it can't be lost. */
  readonly ownership?: Ownership
  /** Gives up all that is assigned, as a rebalance would; after the last poll, before `close`. */
  readonly release?: () => Promise<void>
  /** Leaves the group. */
  close(): Promise<void>
}
