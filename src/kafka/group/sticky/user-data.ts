// What members of a sticky group say of their last assignment in a subscription's user data.
import { byTopic, type TopicPartition } from '../topic-partition.ts'

export interface PreviousAssignment {
  readonly owned: readonly TopicPartition[]
  /** -1: none. */
  readonly generation: number
}

/** Topics, each with its partitions, then the generation. */
export function writePreviousAssignment(owned: readonly TopicPartition[], generation: number): Uint8Array | null {
  if (owned.length === 0 && generation < 0) return null
  const topics = byTopic(owned)
  const parts = [int32(topics.size)]
  for (const [topic, partitions] of topics) {
    const name = Buffer.from(topic, 'utf8')
    const length = Buffer.alloc(2)
    length.writeInt16BE(name.length)
    parts.push(length, name, int32(partitions.length), ...partitions.map(int32))
  }
  return Buffer.concat([...parts, int32(generation)])
}

export function writeGeneration(generation: number): Uint8Array {
  return int32(generation)
}

/** Any member may have written these bytes; what can't be read counts as nothing owned, as in Java. */
export function readPreviousAssignment(userData: Uint8Array): PreviousAssignment {
  const bytes = Buffer.from(userData.buffer, userData.byteOffset, userData.byteLength)
  const owned: TopicPartition[] = []
  try {
    let at = 4
    for (let topics = bytes.readInt32BE(0); topics > 0; topics--) {
      const nameEnd = at + 2 + bytes.readInt16BE(at)
      const topic = bytes.toString('utf8', at + 2, nameEnd)
      at = nameEnd + 4
      for (let count = bytes.readInt32BE(nameEnd); count > 0; count--, at += 4) {
        owned.push({ topic, partition: bytes.readInt32BE(at) })
      }
    }
    // Before Kafka 2.3 no generation followed.
    return { owned, generation: at < bytes.length ? bytes.readInt32BE(at) : -1 }
  } catch (error) {
    if (error instanceof RangeError) return { owned: [], generation: -1 }
    throw error
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
