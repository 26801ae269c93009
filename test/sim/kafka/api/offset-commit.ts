// OffsetCommit: taken from whoever the group takes it from, and written down.
import { type Call } from '../call.ts'
import { type ClassicGroup } from '../group/classic-group.ts'
import { commitRefusal, type MemberName } from '../group/requests.ts'
import { errors } from '../errors.ts'

interface Offset {
  readonly index: number
  readonly offset: number
  readonly epoch: number
  readonly metadata: string
}

export function offsetCommit(call: Call): void {
  const { version, read, throttleMs } = call
  const groupId = read.string()
  const generation = read.int32()
  const memberId = read.string()
  const instanceId = version >= 7 ? read.nullableString() : null
  if (version <= 4) read.int64()
  const topics = read.array(() => {
    const topic = version >= 10 ? read.uuid() : read.string()
    const offsets = read.array((): Offset => {
      const index = read.int32()
      const offset = read.int64()
      const epoch = version >= 6 ? read.int32() : -1
      const metadata = read.nullableString() ?? ''
      read.tags()
      return { index, offset, epoch, metadata }
    })
    read.tags()
    return { topic, offsets }
  })
  const member = { memberId, instanceId, generation }
  const refused = refusalOf(call, groupId, member)
  const results = topics.map(({ topic, offsets }) => ({
    topic,
    codes: offsets.map(each => ({ index: each.index, code: write(call, groupId, member, topic, each, refused) }))
  }))
  call.answer(to => {
    if (version >= 3) to.int32(throttleMs)
    to.array(results, ({ topic, codes }) => {
      if (version >= 10) to.uuid(topic)
      else to.string(topic)
      to.array(codes, ({ index, code }) => {
        to.int32(index)
        to.int16(code)
        to.tags()
      })
      to.tags()
    })
    to.tags()
  })
}

function refusalOf({ core, broker, error, version }: Call, groupId: string, member: MemberName): number {
  if (error !== 0) return error
  const found = core.coordinators.find(broker, groupId)
  if (typeof found === 'number') return found
  if (found === null && member.generation >= 0) return version >= 9 ? errors.groupIdNotFound : errors.illegalGeneration
  const group: ClassicGroup = found ?? core.coordinators.make(broker, groupId)
  const refused = commitRefusal(group, member)
  if (refused === errors.none && found === null) group.store()
  return refused
}

function write(call: Call, group: string, member: MemberName, name: string, offset: Offset, refused: number): number {
  const { version, broker, core } = call
  const topic = version >= 10 ? broker.image.ids.get(name) : broker.image.topics.get(name)
  if (refused !== errors.none) return refused
  if (topic === undefined) return version >= 10 ? errors.unknownTopicId : errors.unknownTopicOrPartition
  if (topic.partitions[offset.index] === undefined) return errors.unknownTopicOrPartition
  const { epoch, metadata, index: partition } = offset
  const topicId = version >= 10 ? name : null
  core.coordinators.record(group).offsets.set(`${topic.name}-${partition}`, { offset: offset.offset, epoch, metadata, topicId }) // prettier-ignore
  const commit = { at: core.scheduler.now, group, member: member.memberId, generation: member.generation, topic: topic.name, partition, offset: offset.offset } // prettier-ignore
  core.history.commits.push(commit)
  core.events.onCommit(commit)
  return errors.none
}
