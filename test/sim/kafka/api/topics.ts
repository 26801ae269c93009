// CreateTopics, CreatePartitions, DeleteTopics and DeleteRecords.
import { type Call } from '../call.ts'
import { errors } from '../errors.ts'
import { ledBy } from '../state.ts'

const defaultPartitions = 1

export function createTopics(call: Call): void {
  const { core, version, read, throttleMs, error } = call
  const asked = read.array(() => {
    const name = read.string()
    const count = read.int32()
    const replicas = read.int16()
    read.array(() => {
      read.int32()
      read.array(() => read.int32())
      read.tags()
    })
    read.array(() => {
      read.string()
      read.nullableString()
      read.tags()
    })
    read.tags()
    return { name, count: count === -1 ? defaultPartitions : count, replicas }
  })
  read.int32()
  const validateOnly = read.bool()
  const results = asked.map(each => ({ ...each, code: error !== 0 ? error : refusalOf(call, each) }))
  for (const { name, count, code } of results) if (code === errors.none && !validateOnly) core.makeTopic(name, count)
  core.publish()
  call.answer(to => {
    to.int32(throttleMs)
    to.array(results, ({ name, count, replicas, code }) => {
      const topic = code === errors.none ? core.topics.get(name) : undefined
      to.string(name)
      if (version >= 7) to.uuid(topic?.id ?? '0'.repeat(32))
      to.int16(code)
      to.string(null)
      if (version >= 5) {
        to.int32(code === errors.none ? count : -1)
        to.int16(code === errors.none ? replicas : -1)
        to.array([], () => undefined)
      }
      to.tags()
    })
    to.tags()
  })
}

function refusalOf(
  { core }: Call,
  { name, count, replicas }: { name: string; count: number; replicas: number }
): number {
  if (core.topics.has(name)) return errors.topicAlreadyExists
  if (!/^[\w.-]{1,249}$/.test(name) || name === '.' || name === '..') return errors.invalidTopic
  if (count < 1) return errors.invalidPartitions
  const most = core.running.length
  return replicas !== -1 && (replicas < 1 || replicas > most) ? errors.invalidReplicationFactor : errors.none
}

export function createPartitions(call: Call): void {
  const { core, read, throttleMs, error } = call
  const asked = read.array(() => {
    const name = read.string()
    const count = read.int32()
    read.nullableArray(() => {
      read.array(() => read.int32())
      read.tags()
    })
    read.tags()
    return { name, count }
  })
  read.int32()
  const validateOnly = read.bool()
  const results = asked.map(({ name, count }) => {
    const topic = core.topics.get(name)
    if (error !== 0 || topic === undefined) return { name, code: error !== 0 ? error : errors.unknownTopicOrPartition }
    if (count <= topic.partitions.length) return { name, code: errors.invalidPartitions }
    if (!validateOnly) core.addPartitions(topic, count)
    return { name, code: errors.none }
  })
  core.publish()
  call.answer(to => {
    to.int32(throttleMs)
    to.array(results, ({ name, code }) => {
      to.string(name)
      to.int16(code)
      to.string(null)
      to.tags()
    })
    to.tags()
  })
}

export function deleteTopics(call: Call): void {
  const { core, version, read, throttleMs, error } = call
  const names = read.array(() => read.string())
  read.int32()
  const results = names.map(name => {
    const code = error !== 0 ? error : core.topics.has(name) ? errors.none : errors.unknownTopicOrPartition
    if (code === errors.none) core.dropTopic(name)
    return { name, code }
  })
  core.publish()
  call.answer(to => {
    to.int32(throttleMs)
    to.array(results, ({ name, code }) => {
      to.string(name)
      to.int16(code)
      if (version >= 5) to.string(null)
      to.tags()
    })
    to.tags()
  })
}

export function deleteRecords(call: Call): void {
  const { broker, read, throttleMs, error } = call
  const topics = read.array(() => {
    const name = read.string()
    const partitions = read.array(() => {
      const index = read.int32()
      const offset = read.int64()
      read.tags()
      const led = error === 0 ? ledBy(broker, broker.image.topics.get(name), index, -1) : { error }
      if (!('partition' in led)) return { index, code: led.error, begin: -1 }
      const { log } = led.partition
      const before = offset === -1 ? log.end : offset
      if (before > log.end) return { index, code: errors.offsetOutOfRange, begin: -1 }
      log.retain(before)
      return { index, code: errors.none, begin: log.begin }
    })
    read.tags()
    return { name, partitions }
  })
  call.answer(to => {
    to.int32(throttleMs)
    to.array(topics, ({ name, partitions }) => {
      to.string(name)
      to.array(partitions, ({ index, code, begin }) => {
        to.int32(index)
        to.int64(begin)
        to.int16(code)
        to.tags()
      })
      to.tags()
    })
    to.tags()
  })
}
