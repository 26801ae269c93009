// DescribeGroups, ListGroups, DeleteGroups and OffsetDelete: groups as operators see them.
import { type Call } from '../call.ts'
import { type ClassicGroup } from '../group/classic-group.ts'
import { subscribedIn } from '../group/assignments.ts'
import { noBytes } from '../group/member.ts'
import { errors } from '../errors.ts'

const noRights = -2147483648

export function describeGroups(call: Call): void {
  const { core, broker, version, read, throttleMs, error } = call
  const ids = read.array(() => read.string())
  call.answer(to => {
    to.int32(throttleMs)
    to.array(ids, id => {
      const found = error === 0 ? core.coordinators.find(broker, id) : error
      const group = typeof found === 'number' ? null : found
      to.int16(typeof found === 'number' ? found : errors.none)
      to.string(id)
      to.string(typeof found === 'number' ? '' : (group?.state ?? 'Dead'))
      to.string(group?.protocolType ?? '')
      to.string(group?.protocolName ?? '')
      to.array([...(group?.members.values() ?? [])], member => {
        to.string(member.id)
        if (version >= 4) to.string(member.instanceId)
        to.string(member.clientId)
        to.string('/10.0.0.1')
        to.blob(member.protocols.find(({ name }) => name === group?.protocolName)?.metadata ?? noBytes)
        to.blob(member.assignment)
        to.tags()
      })
      if (version >= 3) to.int32(noRights)
      to.tags()
    })
    to.tags()
  })
}

export function listGroups(call: Call): void {
  const { core, broker, version, read, throttleMs, error } = call
  const states = version >= 4 ? read.array(() => read.string()) : []
  const groups = core.coordinators.groupsAt(broker).filter(({ state }) => states.length === 0 || states.includes(state))
  call.answer(to => {
    to.int32(throttleMs)
    to.int16(error)
    to.array(error === 0 ? groups : [], group => {
      to.string(group.id)
      to.string(group.protocolType ?? '')
      if (version >= 4) to.string(group.state)
      to.tags()
    })
    to.tags()
  })
}

function find({ core, broker, error }: Call, id: string): ClassicGroup | number {
  if (error !== 0) return error
  return core.coordinators.find(broker, id) ?? errors.groupIdNotFound
}

export function deleteGroups(call: Call): void {
  const { core, read, throttleMs } = call
  const results = read.array(() => {
    const id = read.string()
    const found = find(call, id)
    if (typeof found === 'number') return { id, code: found }
    if (found.state !== 'Empty') return { id, code: errors.nonEmptyGroup }
    core.coordinators.forget(id)
    return { id, code: errors.none }
  })
  call.answer(to => {
    to.int32(throttleMs)
    to.array(results, ({ id, code }) => {
      to.string(id)
      to.int16(code)
      to.tags()
    })
    to.tags()
  })
}

export function offsetDelete(call: Call): void {
  const { core, read, throttleMs } = call
  const id = read.string()
  const found = find(call, id)
  const group = typeof found === 'number' ? null : found
  const subscribed = new Set(
    [...(group?.members.values() ?? [])].flatMap(({ protocols }) => subscribedIn(protocols[0]?.metadata ?? noBytes))
  )
  const topics = read.array(() => {
    const name = read.string()
    const partitions = read.array(() => {
      const index = read.int32()
      if (subscribed.has(name)) return { index, code: errors.groupSubscribedToTopic }
      if (group !== null) core.coordinators.record(id).offsets.delete(`${name}-${index}`)
      return { index, code: errors.none }
    })
    return { name, partitions }
  })
  call.answer(to => {
    to.int16(typeof found === 'number' ? found : errors.none)
    to.int32(throttleMs)
    to.array(group === null ? [] : topics, ({ name, partitions }) => {
      to.string(name)
      to.array(partitions, ({ index, code }) => {
        to.int32(index)
        to.int16(code)
      })
    })
  })
}
