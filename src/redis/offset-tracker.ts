// Which offsets may be committed: per partition the first record that is not settled yet, whatever came after it.
import { type Offsets, type OffsetToCommit } from '../connect/plugin.ts'
import { type SinkRecord, type TopicPartition, topicPartitionKey } from '../connect/record.ts'

/** A record from `put` until it is settled: every command answered, dropped by the policy, or safe in the dead letter queue. */
export interface Receipt {
  readonly record: SinkRecord
  readonly offset: number
  /** Its place among all records the task was given, over all partitions. */
  readonly sequence: number
  /** Commands not settled yet, and one more for each place (a dead letter under way) that still holds the record. */
  pending: number
  /** The policy has given it up: none of its commands is started any more. */
  dropped: boolean
  /** Its partition was given up: its answers count for nothing here. */
  closed: boolean
}

interface Partition {
  /** In order; settled ones are taken off at the head. */
  receipts: Receipt[]
  head: number
}

/** The task's book of records under way. */
export class OffsetTracker {
  readonly #partitions = new Map<string, Partition>()
  #sequence = 0
  #unsettled = 0
  /** The last partition asked for: records come in runs. */
  #last: { topic: string; partition: number; entry: Partition } | null = null

  get unsettled(): number {
    return this.#unsettled
  }

  /** Notes a record that was put; it holds its offset back until `release` was called `pending` times. */
  take(record: SinkRecord, pending: number): Receipt {
    const { topic, partition, offset } = record.original
    const receipt: Receipt = { record, offset, sequence: this.#sequence++, pending, dropped: false, closed: false }
    if (pending === 0) return receipt
    this.#unsettled++
    this.#partition(topic, partition).receipts.push(receipt)
    return receipt
  }

  /** One thing less holds the record; true where that settled it. */
  release(receipt: Receipt): boolean {
    if (receipt.pending <= 0) throw new Error(`Record at offset ${receipt.offset} is settled twice`)
    receipt.pending--
    if (receipt.pending > 0 || receipt.closed) return false
    const { topic, partition } = receipt.record.original
    this.#unsettled--
    this.#advance(this.#partition(topic, partition))
    return true
  }

  /** Of the positions given, what may be committed: they themselves, or the first unsettled offset before them. */
  committable(offsets: Offsets): Offsets {
    const result = new Map<string, OffsetToCommit>()
    for (const [name, position] of offsets) {
      const entry = this.#partitions.get(topicPartitionKey(position.topic, position.partition))
      const first = entry?.receipts[entry.head]?.offset
      result.set(name, first === undefined || first >= position.offset ? position : { ...position, offset: first })
    }
    return result
  }

  /** Forgets partitions that the task gave up. Gives what was unsettled, so that none of it is started any more. */
  close(partitions: readonly TopicPartition[]): void {
    this.#last = null
    for (const { topic, partition } of partitions) {
      const entry = this.#partitions.get(topicPartitionKey(topic, partition))
      if (entry === undefined) continue
      this.#partitions.delete(topicPartitionKey(topic, partition))
      for (const receipt of entry.receipts.slice(entry.head)) {
        if (receipt.pending > 0) this.#unsettled--
        receipt.closed = true
      }
    }
  }

  #partition(topic: string, partition: number): Partition {
    const last = this.#last
    if (last !== null && last.partition === partition && last.topic === topic) return last.entry
    const name = topicPartitionKey(topic, partition)
    const entry = this.#partitions.get(name) ?? { receipts: [], head: 0 }
    this.#partitions.set(name, entry)
    this.#last = { topic, partition, entry }
    return entry
  }

  #advance(entry: Partition): void {
    const { receipts } = entry
    while (entry.head < receipts.length && receipts[entry.head]?.pending === 0) entry.head++
    if (entry.head === receipts.length) {
      entry.receipts = []
      entry.head = 0
    } else if (entry.head > 4096 && entry.head * 2 > receipts.length) {
      entry.receipts = receipts.slice(entry.head)
      entry.head = 0
    }
  }
}
