// OffsetFetch: what a group has committed.
import { type Call } from '../call.ts'
import { type CommittedOffset } from '../group/coordinators.ts'
import { errors } from '../errors.ts'
import { type Writer } from '../wire/writer.ts'

interface AskedTopic {
  /** Name or id, as the request's version has it. */
  readonly topic: string
  readonly partitions: readonly number[]
}

interface AskedGroup {
  readonly id: string
  /** null: all that there are. */
  readonly topics: readonly AskedTopic[] | null
}

export function offsetFetch(call: Call): void {
  const { version, read, throttleMs } = call
  const readTopic = (): AskedTopic => {
    const topic = version >= 10 ? read.uuid() : read.string()
    const partitions = read.array(() => read.int32())
    read.tags()
    return { topic, partitions }
  }
  const groups =
    version >= 8
      ? read.array((): AskedGroup => {
          const id = read.string()
          if (version >= 9) read.nullableString()
          if (version >= 9) read.int32()
          const topics = read.nullableArray(readTopic)
          read.tags()
          return { id, topics }
        })
      : [{ id: read.string(), topics: read.nullableArray(readTopic) }]
  const requireStable = version >= 7 && read.bool()
  const [only] = groups
  call.answer(to => {
    if (version >= 3) to.int32(throttleMs)
    if (version >= 8)
      to.array(groups, group => {
        to.string(group.id)
        const code = refusalOf(call, group.id)
        writeTopics(to, call, group, code, requireStable)
        to.int16(code)
        to.tags()
      })
    else if (only !== undefined) {
      const code = refusalOf(call, only.id)
      writeTopics(to, call, only, code, requireStable)
      if (version >= 2) to.int16(code)
    }
    to.tags()
  })
}

function refusalOf({ core, broker, error }: Call, group: string): number {
  if (error !== 0) return error === errors.unstableOffsetCommit ? errors.none : error
  const found = core.coordinators.find(broker, group)
  return typeof found === 'number' ? found : errors.none
}

function writeTopics(to: Writer, call: Call, { id, topics }: AskedGroup, code: number, requireStable: boolean): void {
  const { version, core, broker, error } = call
  const record = core.coordinators.records.get(id)
  const asked = code !== errors.none ? [] : (topics ?? all(call, record?.offsets ?? new Map()))
  to.array(asked, ({ topic, partitions }) => {
    const name = version >= 10 ? broker.image.ids.get(topic)?.name : topic
    if (version >= 10) to.uuid(topic)
    else to.string(topic)
    to.array(partitions, index => {
      const key = `${name ?? ''}-${index}`
      const isUnstable = requireStable && (record?.unstable.has(key) === true || error === errors.unstableOffsetCommit)
      const known = record?.offsets.get(key)
      // Of another topic that had the same name before.
      const isForeign = version >= 10 && known !== undefined && known.topicId !== null && known.topicId !== topic
      const found = isUnstable || isForeign ? undefined : known
      to.int32(index)
      to.int64(found?.offset ?? -1)
      if (version >= 5) to.int32(found?.epoch ?? -1)
      to.string(found?.metadata ?? '')
      to.int16(name === undefined ? errors.unknownTopicId : isUnstable ? errors.unstableOffsetCommit : errors.none)
      to.tags()
    })
    to.tags()
  })
}

function all({ version, broker }: Call, offsets: ReadonlyMap<string, CommittedOffset>): AskedTopic[] {
  const keys = [...offsets.keys()].map(key => {
    const dash = key.lastIndexOf('-')
    return { name: key.slice(0, dash), partition: Number(key.slice(dash + 1)) }
  })
  return [...Map.groupBy(keys, ({ name }) => name)].flatMap(([name, list]) => {
    const topic = version >= 10 ? broker.image.topics.get(name)?.id : name
    return topic === undefined ? [] : [{ topic, partitions: list.map(({ partition }) => partition) }]
  })
}
