// Records on their way to one partition, in order: what waits, what is under way, when to try again.
import { type RecordToWrite } from '../records/batch-writer.ts'

/** A record that somebody waits for. */
export interface Pending {
  readonly record: RecordToWrite
  readonly bytes: number
  /** Monotonic instant after which it is given up. */
  readonly deadline: number
  resolve(): void
  reject(error: Error): void
}

export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  underway = false
  failures = 0
  /** No request before that monotonic instant. */
  retryAt = 0
  #waiting: Pending[] = []
  /** A refused batch was too large: the next ones hold no more records than this. */
  #recordsMax = Infinity

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(pending: Pending): void {
    this.#waiting.push(pending)
  }

  /** The records of the next batch: at least one, then as many as fit `bytesMax`. */
  take(bytesMax: number): Pending[] {
    let bytes = 0
    let count = 0
    for (const pending of this.#waiting) {
      bytes += pending.bytes
      if (count > 0 && (bytes > bytesMax || count >= this.#recordsMax)) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  /** Records whose request failed go back to the front, so that order holds. */
  putBack(batch: readonly Pending[]): void {
    this.#waiting = [...batch, ...this.#waiting]
  }

  /** The broker finds a batch of that many records too large. False: it was a single one, which can't be split. */
  split(records: number): boolean {
    if (records < 2) return false
    this.#recordsMax = Math.ceil(records / 2)
    return true
  }

  /** Takes out those whose time is over, or all of them. */
  expire(now: number): Pending[] {
    const expired = this.#waiting.filter(({ deadline }) => deadline <= now)
    if (expired.length > 0) this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now)
    return expired
  }

  get nextDeadline(): number {
    return this.#waiting.reduce((first, { deadline }) => Math.min(first, deadline), Infinity)
  }
}
