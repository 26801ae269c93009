// JoinGroup: newcomers get an id, members come back, static ones take their places over.
import { errors } from '../errors.ts'
import { type ClassicGroup } from './classic-group.ts'
import { type Answer, hasSameProtocols, type JoinAnswer, joinFailure, type JoinRequest, type Member } from './member.ts'

export function join(group: ClassicGroup, request: JoinRequest, answer: Answer<JoinAnswer>): void {
  const { memberId, instanceId } = request
  if (!group.accepts(request)) return answer(joinFailure(errors.inconsistentGroupProtocol, memberId))
  if (memberId === '') return joinAnew(group, request, answer)
  const pending = group.pending.get(memberId)
  if (pending !== undefined) {
    pending.clear()
    group.pending.delete(memberId)
    return enter(group, group.add(memberId, request), answer)
  }
  const refused = group.refusal(memberId, instanceId)
  const member = group.members.get(memberId)
  if (refused !== errors.none || member === undefined) return answer(joinFailure(refused, memberId))
  comeBack(group, member, request, answer)
}

function joinAnew(group: ClassicGroup, request: JoinRequest, answer: Answer<JoinAnswer>): void {
  const { instanceId, clientId, takesId, sessionTimeoutMs } = request
  const id = group.host.newMemberId(instanceId ?? clientId)
  const holder = instanceId === null ? undefined : group.byInstance(instanceId)
  if (holder !== undefined) return takeOver(group, holder, id, request, answer)
  if (instanceId !== null || !takesId) return enter(group, group.add(id, request), answer)
  const timer = group.host.after(sessionTimeoutMs, () => {
    group.pending.delete(id)
    group.tryComplete()
  })
  group.pending.set(id, timer)
  answer(joinFailure(errors.memberIdRequired, id))
}

function enter(group: ClassicGroup, member: Member, answer: Answer<JoinAnswer>): void {
  // A join that was sent again: the earlier one is answered by nobody any more.
  member.joining = answer
  if (group.state === 'PreparingRebalance') group.tryComplete()
  else group.prepareRebalance()
}

function update(member: Member, { protocols, sessionTimeoutMs, rebalanceTimeoutMs }: JoinRequest): void {
  Object.assign(member, { protocols, sessionTimeoutMs, rebalanceTimeoutMs })
}

function comeBack(group: ClassicGroup, member: Member, request: JoinRequest, answer: Answer<JoinAnswer>): void {
  const isSame = hasSameProtocols(member, request.protocols)
  const { state } = group
  const isKnown =
    (state === 'CompletingRebalance' && isSame) || (state === 'Stable' && isSame && group.leader !== member.id)
  if (isKnown) {
    group.beginSession(member)
    return answer(group.joinAnswer(member))
  }
  update(member, request)
  enter(group, member, answer)
}

/** A static member has come back under another id: the former one is fenced. */
function takeOver(
  group: ClassicGroup,
  holder: Member,
  id: string,
  request: JoinRequest,
  answer: Answer<JoinAnswer>
): void {
  const formerLeader = group.leader ?? ''
  group.answerJoin(holder, errors.fencedInstanceId)
  group.answerSync(holder, errors.fencedInstanceId)
  const former = holder.id
  group.members.delete(former)
  holder.id = id
  group.members.set(id, holder)
  if (group.leader === former) group.leader = id
  group.host.told({ kind: 'removed', group: group.id, member: former, why: `${id} has taken its place` })
  update(holder, request)
  group.beginSession(holder)
  if (group.state === 'Stable' && group.vote() === group.protocolName) {
    group.store()
    const isLeader = group.leader === id
    // Old clients are told the former name of a leader that comes back, so that it does not deal.
    return answer(request.skipsAssignment ? group.joinAnswer(holder, group.leader ?? '', isLeader) : group.joinAnswer(holder, formerLeader)) // prettier-ignore
  }
  enter(group, holder, answer)
}
