// Leaving a group in company: who leaves while others of this thread are at it goes with the next request, a thousand tasks of a connector in a few.
import { type Clock } from '../../util/clock.ts'
import { type Cluster } from '../cluster.ts'
import { brokerError, errorCode } from '../protocol/error-codes.ts'

export interface Leaver {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly groupId: string
  readonly memberId: string
  readonly reason: string
}

interface Waiting extends Leaver {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const membersMax = 500
/** Who has not been heard of for so long asks by itself: another one's connection may be broken. */
const patienceMs = 2000
/** By group and coordinator: a request is under way, and these wait for it to come back. */
const underway = new Map<string, Waiting[]>()

/** Resolves when the coordinator knows that the member has left. */
export async function leaveTogether(leaver: Leaver): Promise<void> {
  const { host, port } = await leaver.cluster.coordinator(leaver.groupId)
  const key = `${host}:${port} ${leaver.groupId}`
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const one = { ...leaver, resolve, reject }
  const waiting = underway.get(key)
  if (waiting === undefined) void sendAll(key, one)
  else {
    waiting.push(one)
    const timer = leaver.clock.setTimer(patienceMs, () => void alone(one))
    await promise.finally(() => timer.clear())
  }
  await promise
}

async function sendAll(key: string, first: Waiting): Promise<void> {
  const waiting = [first]
  underway.set(key, waiting)
  while (waiting.length > 0) await send(waiting.splice(0, membersMax))
  underway.delete(key)
}

/** The first of them asks for all; whom the answer does not name asks alone. */
async function send(leavers: readonly Waiting[]): Promise<void> {
  const [first, ...others] = leavers
  if (first === undefined) return
  let codes: ReadonlyMap<string, number>
  try {
    codes = await ask(first, leavers)
  } catch (error) {
    // It may be the first one's own trouble: its connection is cut when its time is over.
    first.reject(error)
    for (const leaver of others) void alone(leaver)
    return
  }
  for (const leaver of leavers) {
    const code = codes.get(leaver.memberId)
    if (code === undefined) void alone(leaver)
    else settle(leaver, code)
  }
}

async function alone(leaver: Waiting): Promise<void> {
  try {
    settle(leaver, (await ask(leaver, [leaver])).get(leaver.memberId) ?? 0)
  } catch (error) {
    leaver.reject(error)
  }
}

/** Error codes by member. A broker that takes one member at a time (before 2.4) heard of the first. */
async function ask({ cluster, groupId, memberId }: Leaver, all: readonly Leaver[]): Promise<Map<string, number>> {
  const answer = await cluster.wire.request(
    await cluster.coordinator(groupId),
    'LeaveGroup',
    {
      groupId,
      memberId,
      members: all.map(each => ({ memberId: each.memberId, groupInstanceId: null, reason: each.reason }))
    },
    // Not the group's own connection: a join under way there would hold up everything behind it.
    { channel: 'main' }
  )
  if (answer.errorCode !== 0) return new Map(all.map(each => [each.memberId, answer.errorCode]))
  if (answer.members.length === 0) return new Map([[memberId, 0]])
  return new Map(answer.members.map(each => [each.memberId, each.errorCode]))
}

function settle({ groupId, resolve, reject }: Waiting, code: number): void {
  // Whom the coordinator does not know has left.
  if (code === 0 || code === errorCode.unknownMemberId) resolve()
  else reject(brokerError(`group ${groupId}: leaving`, code))
}
