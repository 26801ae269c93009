// Metadata: brokers, topics and leaders as this broker has heard of them.
import { type Call } from '../call.ts'
import { errors } from '../errors.ts'
import { type Placed, type PlacedTopic } from '../state.ts'
import { type Writer } from '../wire/writer.ts'

const noId = '0'.repeat(32)
const noRights = -2147483648

interface Asked {
  readonly id: string
  readonly name: string | null
}

export function metadata(call: Call): void {
  const { version, read, broker, core, throttleMs, error } = call
  const asked = read.nullableArray((): Asked => {
    const id = version >= 10 ? read.uuid() : noId
    const name = version >= 10 ? read.nullableString() : read.string()
    read.tags()
    return { id, name }
  })
  if (version >= 4) read.bool()
  const { image } = broker
  const all = asked ?? [...image.topics.values()]
  call.answer(to => {
    if (version >= 3) to.int32(throttleMs)
    to.array(image.alive, id => {
      to.int32(id)
      to.string(`kafka-${id}`)
      to.int32(9092)
      to.string(null)
      to.tags()
    })
    if (version >= 2) to.string('simulated')
    to.int32(image.alive[0] ?? -1)
    to.array(all, topic => {
      const found = topic.name !== null && topic.id === noId ? image.topics.get(topic.name) : image.ids.get(topic.id)
      writeTopic(to, version, topic, found, error, core.brokers.size)
    })
    if (version >= 8 && version <= 10) to.int32(noRights)
    to.tags()
  })
}

function writeTopic(
  to: Writer,
  version: number,
  asked: Asked,
  found: PlacedTopic | undefined,
  error: number,
  brokers: number
): void {
  // prettier-ignore
  const unknown = asked.id === noId ? errors.unknownTopicOrPartition : errors.unknownTopicId
  const code = error !== 0 ? error : found === undefined ? unknown : errors.none
  to.int16(code)
  to.string(asked.name ?? found?.name ?? (version >= 12 ? null : ''))
  if (version >= 10) to.uuid(found?.id ?? asked.id)
  to.bool(asked.name === '__consumer_offsets')
  const replicas = Array.from({ length: brokers }, (_, index) => index + 1)
  to.array(code === errors.none ? (found?.partitions ?? []) : [], placed =>
    writePartition(to, version, placed, replicas)
  )
  if (version >= 8) to.int32(noRights)
  to.tags()
}

function writePartition(
  to: Writer,
  version: number,
  { partition, leader, epoch }: Placed,
  replicas: readonly number[]
): void {
  // prettier-ignore
  to.int16(leader < 0 ? errors.leaderNotAvailable : errors.none)
  to.int32(partition.index)
  to.int32(leader)
  if (version >= 7) to.int32(epoch)
  to.int32s(replicas)
  to.int32s(leader < 0 ? [] : [leader, ...replicas.filter(id => id !== leader)])
  if (version >= 5) to.int32s([])
  to.tags()
}
