// One assigned partition of a consumer: where it stands, what is fetched of it, whether it is paused.
import { partitionKey, type TopicPartition } from '../group/topic-partition.ts'
import { type EpochStart } from '../records/batch-header.ts'
import { type BatchCursor } from '../records/record-cursor.ts'

/** Why a partition has no place to fetch from yet. */
export type PlaceNeeded =
  | { readonly kind: 'committed' }
  | { readonly kind: 'reset'; readonly from: number | null; readonly why: string; readonly anew?: boolean }
  | { readonly kind: 'none' }

const epochsMax = 16

export class PartitionState implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly key: string
  paused = false
  placeNeeded: PlaceNeeded = { kind: 'committed' }
  /** The topic's id when it was assigned; another one later means the topic was deleted and made again. */
  topicId: string | null = null
  /** Another topic has our topic's name by now: there is nothing left to read here. */
  replaced = false
  /** We read another topic of that name before, which was deleted. */
  isAnew = false
  /** What may still stand committed of that one. */
  former: ReadonlySet<number> = new Set()
  /** What was found or sent as committed, the latest two: they may outlive the topic. */
  committed: readonly number[] = []
  highWatermark = -1
  lastStableOffset = -1
  logStartOffset = -1
  /** A fetch that holds this partition is under way. */
  fetching = false
  /** No fetch before that monotonic instant. */
  retryAt = 0
  failures = 0
  /** The replica the leader told us to read from (`client.rack`), and until when. */
  preferredReplica = -1
  preferredUntil = 0
  /** Leader epoch of the last batch before the fetch position, -1 unknown; what truncation is checked with. */
  positionEpoch = -1
  /** The leader's epoch against which the position was last found to be on the same log. */
  validatedEpoch = -1
  /** Raised by every seek: answers to questions asked before it are void. */
  stamp = 0
  #fetchOffset = 0
  #buffered: BatchCursor | null = null
  #handed: BatchCursor | null = null
  /** Where each leader's batches begin among what was fetched, the latest last; few, since a commit needs only the recent ones. */
  #epochs: EpochStart[] = []

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic
    this.partition = partition
    this.key = partitionKey(this)
  }

  /** The offset the next fetch begins at: ahead of the reader by what is buffered. */
  get fetchOffset(): number {
    return this.#fetchOffset
  }

  /** The offset the reader stands at; null before a place is found. */
  get position(): number | null {
    if (!this.hasPlace) return null
    return this.#handed?.nextOffset ?? this.#buffered?.nextOffset ?? this.#fetchOffset
  }

  get hasPlace(): boolean {
    return this.placeNeeded.kind === 'none' && !this.replaced
  }

  get hasBuffered(): boolean {
    return this.#buffered !== null
  }

  get bufferedBytes(): number {
    return (this.#buffered?.fetchedBytes ?? 0) + (this.#handed?.fetchedBytes ?? 0)
  }

  /** Goes to `offset`; drops what was fetched. */
  place(offset: number, leaderEpoch = -1): void {
    // What lies behind a jump was of other leaders, perhaps of another log.
    this.#epochs = leaderEpoch < 0 ? [] : [{ epoch: leaderEpoch, from: offset - 1 }]
    this.placeNeeded = { kind: 'none' }
    this.#fetchOffset = offset
    this.positionEpoch = leaderEpoch
    this.validatedEpoch = -1
    this.drop()
  }

  /** Asks for a new place by the reset policy. */
  needReset(from: number | null, why: string): void {
    this.placeNeeded = { kind: 'reset', from, why }
    this.drop()
  }

  /** Asks for a place in a topic that was made anew: an offset of the one before, `from`, means nothing in it. */
  needBeginning(from: number | null): void {
    const why = 'is of a topic that was deleted and made again'
    this.placeNeeded = { kind: 'reset', from, why, anew: true }
    this.drop()
  }

  noteCommitted(offset: number): void {
    if (this.committed.at(-1) !== offset) this.committed = [...this.committed.slice(-1), offset]
  }

  /** The leader epoch of the last record before `offset`, as far as it was seen; -1: unknown. */
  epochBefore(offset: number): number {
    return this.#epochs.findLast(({ from }) => from < offset)?.epoch ?? -1
  }

  drop(): void {
    this.#buffered = null
    this.#handed = null
    this.retryAt = 0
    this.stamp++
  }

  /** Takes in what a fetch brought; the next one begins at `nextOffset`. */
  buffer(cursor: BatchCursor, nextOffset: number, epochs: readonly EpochStart[]): void {
    this.#buffered = cursor
    this.#fetchOffset = nextOffset
    for (const start of epochs) if (start.epoch !== this.#epochs.at(-1)?.epoch) this.#epochs.push(start)
    this.#epochs = this.#epochs.slice(-epochsMax)
    this.positionEpoch = epochs.at(-1)?.epoch ?? this.positionEpoch
  }

  /** A cursor with records (or damage to report) for the reader: first what it left unread, then what is buffered. */
  take(): BatchCursor | null {
    if (this.#handed?.waiting() === true) return this.#handed
    // Whoever read it had its time; what is dropped unread by `drop` may still be in somebody's hands, and is left to the collector.
    this.#handed?.lease?.release()
    this.#handed = null
    while (this.#buffered !== null) {
      const cursor: BatchCursor = this.#buffered
      this.#buffered = null
      // Batches of nothing but control or aborted records leave only their offsets behind.
      if (cursor.waiting()) {
        this.#handed = cursor
        return cursor
      }
      cursor.lease?.release()
    }
    return null
  }
}
