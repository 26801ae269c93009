// SyncGroup, Heartbeat, LeaveGroup and the check of a commit, as a classic group answers them.
import { errors } from '../errors.ts'
import { type ClassicGroup } from './classic-group.ts'
import { type Answer, noBytes, type SyncAnswer, syncFailure } from './member.ts'

export interface MemberName {
  readonly memberId: string
  readonly instanceId: string | null
  readonly generation: number
}

export interface SyncRequest extends MemberName {
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: ReadonlyMap<string, Buffer>
}

export function sync(group: ClassicGroup, request: SyncRequest, answer: Answer<SyncAnswer>): void {
  const { memberId, protocolType, protocolName } = request
  const refused = refusalOf(group, request)
  const member = group.members.get(memberId)
  if (refused !== errors.none || member === undefined) return answer(syncFailure(refused))
  const isOther =
    (protocolType !== null && protocolType !== group.protocolType) ||
    (protocolName !== null && protocolName !== group.protocolName)
  if (isOther) return answer(syncFailure(errors.inconsistentGroupProtocol))
  switch (group.state) {
    case 'Empty':
      return answer(syncFailure(errors.unknownMemberId))
    case 'PreparingRebalance':
      return answer(syncFailure(errors.rebalanceInProgress))
    case 'Stable':
      group.beginSession(member)
      member.syncing = answer
      return group.answerSync(member, errors.none)
    case 'CompletingRebalance':
      member.syncing = answer
      if (group.leader === memberId)
        group.deal(new Map([...request.assignments].map(([id, bytes]) => [id, bytes.length === 0 ? noBytes : bytes])))
  }
}

export function heartbeat(group: ClassicGroup, name: MemberName): number {
  const refused = refusalOf(group, name)
  const member = group.members.get(name.memberId)
  if (refused !== errors.none || member === undefined) return refused
  if (group.state === 'Empty') return errors.unknownMemberId
  group.beginSession(member)
  return group.state === 'PreparingRebalance' ? errors.rebalanceInProgress : errors.none
}

export function leave(group: ClassicGroup, memberId: string, instanceId: string | null, reason: string): number {
  const pending = group.pending.get(memberId)
  if (pending !== undefined) {
    pending.clear()
    group.pending.delete(memberId)
    group.tryComplete()
    return errors.none
  }
  const holder = instanceId === null ? undefined : group.byInstance(instanceId)
  // An operator removes a static member by its instance alone.
  const id = memberId === '' && holder !== undefined ? holder.id : memberId
  const refused = group.refusal(id, instanceId)
  const member = group.members.get(id)
  if (refused !== errors.none || member === undefined) return refused
  group.remove(member, `it left: ${reason}`)
  return errors.none
}

/** 0: the offsets may be written. */
export function commitRefusal(group: ClassicGroup, name: MemberName): number {
  const { memberId, instanceId, generation } = name
  if (generation < 0 && group.state === 'Empty') return errors.none
  if (generation < 0 && memberId === '' && instanceId === null) return errors.unknownMemberId
  const refused = refusalOf(group, name)
  if (refused !== errors.none) return refused
  if (group.state === 'CompletingRebalance') return errors.rebalanceInProgress
  const member = group.members.get(memberId)
  if (member !== undefined) group.beginSession(member)
  return errors.none
}

function refusalOf(group: ClassicGroup, { memberId, instanceId, generation }: MemberName): number {
  const refused = group.refusal(memberId, instanceId)
  if (refused !== errors.none) return refused
  return generation === group.generation ? errors.none : errors.illegalGeneration
}
