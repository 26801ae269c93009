// Produce: batches of idle producers are taken apart, given their offsets, and stored.
import { type Call } from '../call.ts'
import { readSentBatch } from '../log/batch.ts'
import { errors } from '../errors.ts'
import { ledBy } from '../state.ts'

interface Result {
  readonly index: number
  readonly code: number
  readonly base: number
  readonly begin: number
}

export function produce(call: Call): void {
  const { version, read, throttleMs } = call
  if (version >= 3) read.nullableString()
  const acks = read.int16()
  read.int32()
  const topics = read.array(() => {
    const name = read.string()
    const partitions = read.array(() => {
      const index = read.int32()
      const bytes = read.nullableBytes()
      read.tags()
      return store(call, name, index, bytes)
    })
    read.tags()
    return { name, partitions }
  })
  if (acks === 0) return call.answer(null)
  call.answer(to => {
    to.array(topics, ({ name, partitions }) => {
      to.string(name)
      to.array(partitions, ({ index, code, base, begin }) => {
        to.int32(index)
        to.int16(code)
        to.int64(base)
        to.int64(-1)
        if (version >= 5) to.int64(begin)
        if (version >= 8) to.array([], () => undefined)
        if (version >= 8) to.string(null)
        to.tags()
      })
      to.tags()
    })
    to.int32(throttleMs)
    to.tags()
  })
}

function store({ core, broker, error }: Call, topic: string, index: number, bytes: Buffer | null): Result {
  const led = error === 0 ? ledBy(broker, broker.image.topics.get(topic), index, -1) : { error }
  const failed = (code: number): Result => ({ index, code, base: -1, begin: -1 })
  if (!('partition' in led)) return failed(led.error)
  if ((bytes?.length ?? 0) > core.settings.messageBytesMax) return failed(errors.messageTooLarge)
  const records = bytes === null ? null : readSentBatch(bytes)
  if (bytes === null || records === null) return failed(errors.corruptMessage)
  const { partition } = led
  const offsets = partition.log.appendSent(records, bytes, partition.epoch)
  const at = core.scheduler.now
  records.forEach((record, place) => {
    const produced = { ...record, offset: offsets[place] ?? -1, at, topic, partition: index }
    core.history.produced.push(produced)
    core.events.onProduced(produced)
  })
  partition.stir()
  return { index, code: errors.none, base: offsets[0] ?? -1, begin: partition.log.begin }
}
