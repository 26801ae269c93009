// JoinGroup, SyncGroup, Heartbeat and LeaveGroup: bytes in, what the group says, bytes out.
import { type Call } from '../call.ts'
import { join } from '../group/join.ts'
import { type JoinAnswer, joinFailure, type SyncAnswer, syncFailure } from '../group/member.ts'
import { heartbeat, leave, sync } from '../group/requests.ts'
import { errors } from '../errors.ts'

const sessionMsMin = 6000
const sessionMsMax = 1_800_000

export function joinGroup(call: Call): void {
  const { core, broker, version, read, error, throttleMs, clientId } = call
  const groupId = read.string()
  const sessionTimeoutMs = read.int32()
  const rebalanceTimeoutMs = read.int32()
  const memberId = read.string()
  const instanceId = version >= 5 ? read.nullableString() : null
  const protocolType = read.string()
  const protocols = read.array(() => {
    const name = read.string()
    const metadata = Buffer.from(read.blob())
    read.tags()
    return { name, metadata }
  })
  const answer = (joined: JoinAnswer): void =>
    call.answer(to => {
      to.int32(throttleMs)
      to.int16(joined.error)
      to.int32(joined.generation)
      if (version >= 7) to.string(joined.protocolType)
      to.string(version >= 7 ? joined.protocolName : (joined.protocolName ?? ''))
      to.string(joined.leader)
      if (version >= 9) to.bool(joined.skipAssignment)
      to.string(joined.memberId)
      to.array(joined.members, member => {
        to.string(member.id)
        if (version >= 5) to.string(member.instanceId)
        to.blob(member.metadata)
        to.tags()
      })
      to.tags()
    })
  if (error !== 0) return answer(joinFailure(error, memberId))
  if (groupId === '') return answer(joinFailure(errors.invalidGroupId, memberId))
  if (sessionTimeoutMs < sessionMsMin || sessionTimeoutMs > sessionMsMax)
    return answer(joinFailure(errors.invalidSessionTimeout, memberId))
  const found = core.coordinators.find(broker, groupId)
  if (typeof found === 'number') return answer(joinFailure(found, memberId))
  if (found === null && memberId !== '') return answer(joinFailure(errors.unknownMemberId, memberId))
  const group = found ?? core.coordinators.make(broker, groupId)
  const request = { memberId, instanceId, clientId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols, takesId: version >= 4, skipsAssignment: version >= 9 } // prettier-ignore
  join(group, request, answer)
}

export function syncGroup(call: Call): void {
  const { core, broker, version, read, error, throttleMs } = call
  const groupId = read.string()
  const generation = read.int32()
  const memberId = read.string()
  const instanceId = version >= 3 ? read.nullableString() : null
  const protocolType = version >= 5 ? read.nullableString() : null
  const protocolName = version >= 5 ? read.nullableString() : null
  const assignments = read.array(() => {
    const id = read.string()
    const assignment = Buffer.from(read.blob())
    read.tags()
    return [id, assignment] as const
  })
  const answer = (synced: SyncAnswer): void =>
    call.answer(to => {
      to.int32(throttleMs)
      to.int16(synced.error)
      if (version >= 5) to.string(synced.protocolType)
      if (version >= 5) to.string(synced.protocolName)
      to.blob(synced.assignment)
      to.tags()
    })
  if (error !== 0) return answer(syncFailure(error))
  const group = core.coordinators.find(broker, groupId)
  // What is loading was in a rebalance, as far as the member can tell.
  if (group === errors.coordinatorLoadInProgress) return answer(syncFailure(errors.rebalanceInProgress))
  if (typeof group === 'number') return answer(syncFailure(group))
  if (group === null) return answer(syncFailure(errors.unknownMemberId))
  sync(group, { memberId, instanceId, generation, protocolType, protocolName, assignments: new Map(assignments) }, answer) // prettier-ignore
}

export function heartbeatCall(call: Call): void {
  const { core, broker, version, read, error, throttleMs } = call
  const groupId = read.string()
  const generation = read.int32()
  const memberId = read.string()
  const instanceId = version >= 3 ? read.nullableString() : null
  const code = (): number => {
    const group = core.coordinators.find(broker, groupId)
    // Nobody is put out while the coordinator reads its log.
    if (group === errors.coordinatorLoadInProgress) return errors.none
    if (typeof group === 'number') return group
    return group === null ? errors.unknownMemberId : heartbeat(group, { memberId, instanceId, generation })
  }
  const result = error === 0 ? code() : error
  call.answer(to => {
    to.int32(throttleMs)
    to.int16(result)
    to.tags()
  })
}

export function leaveGroup(call: Call): void {
  const { core, broker, version, read, error, throttleMs } = call
  const groupId = read.string()
  const only = version < 3 ? read.string() : ''
  const members =
    version < 3
      ? [{ memberId: only, instanceId: null, reason: '' }]
      : read.array(() => {
          const memberId = read.string()
          const instanceId = read.nullableString()
          const reason = version >= 5 ? (read.nullableString() ?? '') : ''
          read.tags()
          return { memberId, instanceId, reason }
        })
  const found = error === 0 ? core.coordinators.find(broker, groupId) : error
  const results =
    typeof found === 'number'
      ? []
      : members.map(member => ({
          ...member,
          code:
            found === null ? errors.unknownMemberId : leave(found, member.memberId, member.instanceId, member.reason)
        }))
  call.answer(to => {
    to.int32(throttleMs)
    to.int16(typeof found === 'number' ? found : version < 3 ? (results[0]?.code ?? 0) : errors.none)
    if (version >= 3)
      to.array(results, ({ memberId, instanceId, code }) => {
        to.string(memberId)
        to.string(instanceId)
        to.int16(code)
        to.tags()
      })
    to.tags()
  })
}
