// The bytes consumers of one group exchange: subscriptions and assignments, as Java's ConsumerProtocol writes them.
import { byTopic, comparePartitions, type TopicPartition } from './topic-partition.ts'

export interface Subscription {
  readonly topics: readonly string[]
  readonly owned: readonly TopicPartition[]
  /** -1: none yet. */
  readonly generation: number
  readonly rack: string | null
  readonly userData: Uint8Array | null
}

export interface Assignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Uint8Array | null
}

export const protocolVersion = 3

export function serializeSubscription(subscription: Subscription, version = protocolVersion): Buffer {
  const parts = [int16(version), int32(subscription.topics.length)]
  for (const topic of [...subscription.topics].sort()) parts.push(text(topic))
  parts.push(blob(subscription.userData))
  if (version >= 1) pushPartitions(parts, byTopic([...subscription.owned].sort(comparePartitions)))
  if (version >= 2) parts.push(int32(subscription.generation))
  if (version >= 3) parts.push(subscription.rack === null ? int16(-1) : text(subscription.rack))
  return Buffer.concat(parts)
}

export function serializeAssignment(assignment: Assignment, version = protocolVersion): Buffer {
  const parts = [int16(version)]
  pushPartitions(parts, byTopic(assignment.partitions))
  parts.push(blob(assignment.userData))
  return Buffer.concat(parts)
}

/** Versions newer than ours only add fields at the end, which are passed over. */
export function deserializeSubscription(bytes: Uint8Array): Subscription {
  const reader = new Reader(bytes, 'subscription')
  const version = reader.version()
  const topics = reader.list(() => reader.text() ?? '')
  const userData = reader.blob()
  const owned = version >= 1 ? reader.partitions() : []
  const generation = version >= 2 ? reader.int32() : -1
  const rack = version >= 3 ? reader.text() : null
  return { topics, owned, generation, rack, userData }
}

export function deserializeAssignment(bytes: Uint8Array): Assignment {
  const reader = new Reader(bytes, 'assignment')
  reader.version()
  const partitions = reader.partitions()
  return { partitions, userData: reader.blob() }
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([int16(bytes.length), bytes])
}

function blob(value: Uint8Array | null): Buffer {
  return value === null ? int32(-1) : Buffer.concat([int32(value.length), value])
}

function pushPartitions(parts: Buffer[], topics: ReadonlyMap<string, readonly number[]>): void {
  parts.push(int32(topics.size))
  for (const [topic, partitions] of topics) {
    parts.push(text(topic), int32(partitions.length))
    for (const partition of partitions) parts.push(int32(partition))
  }
}

/** Any member may have written these bytes: every length is checked against what is left. */
class Reader {
  readonly #buffer: Buffer
  readonly #what: string
  #at = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#what = what
  }

  #take(size: number): number {
    const left = this.#buffer.length - this.#at
    if (size < 0 || size > left)
      throw new Error(`a member's ${this.#what} declares ${size} bytes where ${left} are left`)
    const at = this.#at
    this.#at += size
    return at
  }

  version(): number {
    const version = this.#buffer.readInt16BE(this.#take(2))
    if (version < 0) throw new Error(`a member's ${this.#what} has version ${version}`)
    return version
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4))
  }

  text(): string | null {
    const length = this.#buffer.readInt16BE(this.#take(2))
    if (length < 0) return null
    const at = this.#take(length)
    return this.#buffer.toString('utf8', at, at + length)
  }

  blob(): Uint8Array | null {
    // Some clients leave the trailing user data out altogether.
    if (this.#at === this.#buffer.length) return null
    const length = this.int32()
    if (length < 0) return null
    const at = this.#take(length)
    return this.#buffer.subarray(at, at + length)
  }

  list<T>(item: () => T): T[] {
    const count = this.int32()
    if (count > this.#buffer.length - this.#at) throw new Error(`a member's ${this.#what} declares ${count} items`)
    const items: T[] = []
    for (let index = 0; index < count; index++) items.push(item())
    return items
  }

  partitions(): TopicPartition[] {
    return this.list(() => {
      const topic = this.text() ?? ''
      return this.list(() => ({ topic, partition: this.int32() }))
    }).flat()
  }
}
