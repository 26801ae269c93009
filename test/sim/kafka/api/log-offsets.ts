// ListOffsets and OffsetForLeaderEpoch: where things stand in a log.
import { type Call } from '../call.ts'
import { unknownEpoch } from '../log/epochs.ts'
import { type Log } from '../log/log.ts'
import { errors } from '../errors.ts'
import { ledBy } from '../state.ts'

const latest = -1
const earliest = -2
const youngest = -3

interface Place {
  readonly error: number
  readonly offset: number
  readonly timestamp: number
  readonly epoch: number
}

export function listOffsets(call: Call): void {
  const { version, read, throttleMs } = call
  read.int32()
  const readCommitted = version >= 2 && read.int8() === 1
  const topics = read.array(() => {
    const name = read.string()
    const partitions = read.array(() => {
      const index = read.int32()
      const epoch = version >= 4 ? read.int32() : -1
      const timestamp = read.int64()
      read.tags()
      return { index, place: placeOf(call, name, index, epoch, timestamp, readCommitted) }
    })
    read.tags()
    return { name, partitions }
  })
  call.answer(to => {
    if (version >= 2) to.int32(throttleMs)
    to.array(topics, ({ name, partitions }) => {
      to.string(name)
      to.array(partitions, ({ index, place }) => {
        to.int32(index)
        to.int16(place.error)
        to.int64(place.timestamp)
        to.int64(place.offset)
        if (version >= 4) to.int32(place.epoch)
        to.tags()
      })
      to.tags()
    })
    to.tags()
  })
}

function placeOf(
  { broker, core, error, version }: Call,
  name: string,
  index: number,
  epoch: number,
  timestamp: number,
  readCommitted: boolean
): Place {
  // prettier-ignore
  if (timestamp === youngest && version < 7) return { error: errors.unsupportedVersion, offset: -1, timestamp: -1, epoch: -1 } // prettier-ignore
  const led = error === 0 ? ledBy(broker, broker.image.topics.get(name), index, epoch) : { error }
  if (!('partition' in led)) return { error: led.error, offset: -1, timestamp: -1, epoch: -1 }
  const { partition } = led
  const { log } = partition
  if (timestamp === earliest) return at(log, log.begin)
  if (timestamp === latest) {
    // A leader that has just been elected may know less than its predecessor told.
    if (core.scheduler.now < partition.endKnownAt) return { error: errors.offsetNotAvailable, offset: -1, timestamp: -1, epoch: -1 } // prettier-ignore
    return { error: errors.none, offset: readCommitted ? log.lastStable : log.end, timestamp: -1, epoch: log.epochs.latest } // prettier-ignore
  }
  const found = timestamp === youngest ? log.youngest() : log.atTime(timestamp)
  if (found === null) return { error: errors.none, offset: -1, timestamp: -1, epoch: -1 }
  return { ...at(log, found.offset), timestamp: found.timestamp }
}

function at(log: Log, offset: number): Place {
  return { error: errors.none, offset, timestamp: -1, epoch: log.epochs.at(offset) }
}

export function offsetForLeaderEpoch(call: Call): void {
  const { version, read, throttleMs, broker, error } = call
  if (version >= 3) read.int32()
  const topics = read.array(() => {
    const name = read.string()
    const partitions = read.array(() => {
      const index = read.int32()
      const current = version >= 2 ? read.int32() : -1
      const epoch = read.int32()
      read.tags()
      const led = error === 0 ? ledBy(broker, broker.image.topics.get(name), index, current) : { error }
      const end = 'partition' in led ? led.partition.log.epochs.endOf(epoch, led.partition.log.end) : unknownEpoch
      return { index, code: led.error, end }
    })
    read.tags()
    return { name, partitions }
  })
  call.answer(to => {
    to.int32(throttleMs)
    to.array(topics, ({ name, partitions }) => {
      to.string(name)
      to.array(partitions, ({ index, code, end }) => {
        to.int16(code)
        to.int32(index)
        to.int32(end.epoch)
        to.int64(end.endOffset)
        to.tags()
      })
      to.tags()
    })
    to.tags()
  })
}
