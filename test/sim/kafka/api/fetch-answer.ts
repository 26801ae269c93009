// The answer to a fetch, and what its session remembers of it.
import { type Call } from '../call.ts'
import { errors } from '../errors.ts'
import { type Writer } from '../wire/writer.ts'
import { type Found, topicOf } from './fetch-read.ts'
import { type SessionCall, wantedKey } from './fetch-sessions.ts'

export function writeFetchAnswer(call: Call, { error, session, isFull }: SessionCall, found: readonly Found[]): void {
  const { version, throttleMs, core } = call
  const told = isFull ? found : found.filter(isNews)
  for (const { wanted, end, begin, slice } of told) {
    Object.assign(wanted, { toldEnd: end, toldBegin: begin })
    // What had records comes last the next time, so that no partition starves the others.
    const key = wantedKey(wanted.topic, wanted.partition)
    if (session !== null && slice.bytes > 0 && session.wanted.delete(key)) session.wanted.set(key, wanted)
  }
  const byTopic = [...Map.groupBy(told, ({ wanted }) => wanted.topic)]
  if (told.some(({ slice }) => slice.bytes > 0)) core.events.onFetch()
  call.answer(to => {
    to.int32(throttleMs)
    if (version >= 7) to.int16(error)
    if (version >= 7) to.int32(session?.id ?? 0)
    to.array(byTopic, ([topic, list]) => {
      if (version >= 13) to.uuid(topic)
      else to.string(topicOf(call, topic)?.name ?? topic)
      to.array(list, each => writePartition(to, version, each))
      to.tags()
    })
    writeAddresses(to, version, told)
  })
}

function isNews({ error, slice, diverging, end, begin, wanted }: Found): boolean {
  if (error !== errors.none || diverging !== null || slice.bytes > 0) return true
  return end !== wanted.toldEnd || begin !== wanted.toldBegin
}

function writePartition(to: Writer, version: number, found: Found): void {
  const { wanted, error, end, lastStable, begin, slice, aborted, diverging, leader } = found
  to.int32(wanted.partition)
  to.int16(error)
  to.int64(end)
  to.int64(lastStable)
  if (version >= 5) to.int64(begin)
  to.array(aborted, ({ producerId, first }) => {
    to.int64(producerId)
    to.int64(first)
    to.tags()
  })
  if (version >= 11) to.int32(-1)
  to.pieces(slice.pieces, slice.bytes)
  if (version < 12) return
  to.uvarint((diverging === null ? 0 : 1) + (leader === null ? 0 : 1))
  if (diverging !== null) {
    to.uvarint(0)
    to.uvarint(4 + 8 + 1)
    to.int32(diverging.epoch)
    to.int64(diverging.endOffset)
    to.tags()
  }
  if (leader !== null) {
    to.uvarint(1)
    to.uvarint(4 + 4 + 1)
    to.int32(leader.id)
    to.int32(leader.epoch)
    to.tags()
  }
}

/** Of the leaders that the answer names. */
function writeAddresses(to: Writer, version: number, told: readonly Found[]): void {
  const ids = version < 16 ? [] : [...new Set(told.flatMap(({ leader }) => leader?.id ?? []))]
  if (ids.length === 0) return to.tags()
  const nodeBytes = (id: number): number => 4 + 1 + `kafka-${id}`.length + 4 + 1 + 1
  to.uvarint(1)
  to.uvarint(0)
  to.uvarint(1 + ids.reduce((sum, id) => sum + nodeBytes(id), 0))
  to.array(ids, id => {
    to.int32(id)
    to.string(`kafka-${id}`)
    to.int32(9092)
    to.string(null)
    to.tags()
  })
}
