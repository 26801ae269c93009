// Fetch: reads, or waits until there is enough to read; a session's answer holds only what is new.
import { type Call } from '../call.ts'
import { errors } from '../errors.ts'
import { type Found, readPartition } from './fetch-read.ts'
import { type SessionCall, type Wanted, wantedKey } from './fetch-sessions.ts'
import { writeFetchAnswer } from './fetch-answer.ts'

interface FetchRequest {
  readonly waitMs: number
  readonly bytesMin: number
  readonly bytesMax: number
  readonly readCommitted: boolean
}

export function fetch(call: Call): void {
  const { version, read, broker } = call
  if (version <= 14) read.int32()
  const waitMs = read.int32()
  const bytesMin = read.int32()
  const bytesMax = read.int32()
  const readCommitted = read.int8() === 1
  const id = version >= 7 ? read.int32() : 0
  const epoch = version >= 7 ? read.int32() : -1
  const usesIds = version >= 13
  const topicName = (): string => (usesIds ? read.uuid() : read.string())
  const wanted = read.array(() => {
    const topic = topicName()
    const partitions = read.array(() => readWanted(call, topic))
    read.tags()
    return partitions
  })
  const forgotten =
    version < 7
      ? []
      : read.array(() => {
          const topic = topicName()
          const keys = read.array(() => wantedKey(topic, read.int32()))
          read.tags()
          return keys
        })
  const session = broker.sessions.take({ id, epoch, usesIds, wanted: wanted.flat(), forgotten: forgotten.flat() })
  if (session.error !== 0) return writeFetchAnswer(call, session, [])
  answerOrWait(call, session, { waitMs, bytesMin, bytesMax, readCommitted })
}

function readWanted({ version, read }: Call, topic: string): Wanted {
  const partition = read.int32()
  const leaderEpoch = version >= 9 ? read.int32() : -1
  const offset = read.int64()
  const lastEpoch = version >= 12 ? read.int32() : -1
  if (version >= 5) read.int64()
  const bytesMax = read.int32()
  read.tags()
  return { topic, partition, offset, leaderEpoch, lastEpoch, bytesMax, toldEnd: -1, toldBegin: -1 }
}

function lookAt(call: Call, { wanted }: SessionCall, { bytesMax, readCommitted }: FetchRequest): Found[] {
  let budget = bytesMax
  let isFirst = true
  return wanted.map(each => {
    const found = readPartition(call, each, readCommitted, budget, isFirst)
    budget -= found.slice.bytes
    if (found.slice.bytes > 0) isFirst = false
    return found
  })
}

function isEnough(found: readonly Found[], { bytesMin }: FetchRequest): boolean {
  let bytes = 0
  for (const { error, diverging, slice } of found) {
    if (error !== errors.none || diverging !== null) return true
    bytes += slice.bytes
  }
  return bytes >= bytesMin
}

function answerOrWait(call: Call, session: SessionCall, request: FetchRequest): void {
  const first = lookAt(call, session, request)
  if (request.waitMs <= 0 || session.wanted.length === 0 || isEnough(first, request)) return writeFetchAnswer(call, session, first) // prettier-ignore
  const { process } = call.broker
  const watched = first.flatMap(({ partition }) => partition ?? [])
  let isOver = false
  let isLooking = false
  const end = (found: readonly Found[]): void => {
    isOver = true
    late.clear()
    for (const { watchers } of watched) watchers.delete(look)
    writeFetchAnswer(call, session, found)
  }
  const look = (): void => {
    if (isLooking || isOver) return
    isLooking = true
    process.after(0, () => {
      isLooking = false
      if (isOver) return
      const found = lookAt(call, session, request)
      if (isEnough(found, request)) end(found)
    })
  }
  const late = process.after(request.waitMs, () => {
    if (!isOver) end(lookAt(call, session, request))
  })
  for (const { watchers } of watched) watchers.add(look)
}
