// A fetch session with one broker: only what changed since the last request is sent again.

export interface AskedPartition {
  readonly key: string
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly fetchOffset: number
  readonly leaderEpoch: number
  readonly bytesMax: number
}

export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly send: readonly AskedPartition[]
  readonly forget: readonly AskedPartition[]
}

const fullEpoch = 0
const epochMax = 2 ** 31 - 1

export class FetchSession {
  #id = 0
  #epoch = fullEpoch
  #asked = new Map<string, AskedPartition>()

  /** The request that makes the broker answer for exactly `partitions`. */
  next(partitions: readonly AskedPartition[]): SessionRequest {
    const before = this.#asked
    this.#asked = new Map(partitions.map(partition => [partition.key, partition]))
    if (this.#epoch === fullEpoch) return { sessionId: 0, sessionEpoch: fullEpoch, send: partitions, forget: [] }
    const send = partitions.filter(partition => changed(before.get(partition.key), partition))
    // A recreated topic has another id under the same name: its old self must be forgotten by that id.
    const forget = [...before.values()].filter(
      partition => this.#asked.get(partition.key)?.topicId !== partition.topicId
    )
    return { sessionId: this.#id, sessionEpoch: this.#epoch, send, forget }
  }

  /** The broker took the request; `sessionId` 0 or less: it keeps no session for us (none free, or too old). */
  accepted(sessionId: number): void {
    if (sessionId <= 0) return this.reset()
    this.#id = sessionId
    this.#epoch = this.#epoch === epochMax ? 1 : this.#epoch + 1
  }

  /** The next request begins a new session. */
  reset(): void {
    this.#id = 0
    this.#epoch = fullEpoch
    this.#asked.clear()
  }
}

function changed(before: AskedPartition | undefined, now: AskedPartition): boolean {
  return (
    before?.topicId !== now.topicId ||
    before.fetchOffset !== now.fetchOffset ||
    before.leaderEpoch !== now.leaderEpoch ||
    before.bytesMax !== now.bytesMax
  )
}
