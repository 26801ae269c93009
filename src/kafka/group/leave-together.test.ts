// Leaving in company: few requests for many members, and nobody stays behind because of another one's trouble.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '../../../test/kit/fake-clock.ts'
import { type Cluster } from '../cluster.ts'
import { BrokerUnreachableError } from '../errors.ts'
import { errorCode } from '../protocol/error-codes.ts'
import { leaveTogether } from './leave-together.ts'

interface Asked {
  readonly by: string
  readonly memberId: string
  readonly members: readonly { readonly memberId: string }[]
}

type Answer = (asked: Asked) => Promise<unknown>

const member = (memberId: string, code = 0) => ({ memberId, groupInstanceId: null, errorCode: code })
const heard: Answer = async ({ members }) => ({ errorCode: 0, members: members.map(each => member(each.memberId)) })

let groups = 0

/** Members of a new group, each with a cluster of its own, whose coordinator answers as told once all have asked or wait. */
function newGroup(answer: Answer = heard) {
  const groupId = `g${groups++}`
  const clock = new FakeClock()
  const asked: Asked[] = []
  const leave = (by: string): Promise<void> => {
    const request = async (_broker: unknown, _api: unknown, args: Omit<Asked, 'by'>): Promise<unknown> => {
      asked.push({ ...args, by })
      await settle()
      return answer({ ...args, by })
    }
    const cluster = { coordinator: async () => ({ host: 'b', port: 1 }), wire: { request } } as unknown as Cluster
    return leaveTogether({ cluster, clock, groupId, memberId: by, reason: 'over' })
  }
  const names = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `m${at}`)
  return { clock, asked, leave, leaveAll: (count: number) => Promise.allSettled(names(count).map(leave)) }
}

const isDone = ({ status }: PromiseSettledResult<void>): boolean => status === 'fulfilled'

test('a thousand members leave by a few requests, each named once', async () => {
  const group = newGroup()
  const results = await group.leaveAll(1000)
  assert.ok(results.every(isDone))
  assert.ok(group.asked.length <= 4, `${group.asked.length} requests`)
  const named = group.asked.flatMap(({ members }) => members.map(({ memberId }) => memberId))
  assert.deepEqual([named.length, new Set(named).size], [1000, 1000])
})

test('a broker that takes one member at a time hears of every one', async () => {
  const left: string[] = []
  const group = newGroup(async ({ memberId }) => {
    left.push(memberId)
    return { errorCode: 0, members: [] }
  })
  const results = await group.leaveAll(5)
  assert.ok(results.every(isDone))
  assert.deepEqual(left.toSorted(), ['m0', 'm1', 'm2', 'm3', 'm4'])
})

test('whom the coordinator does not know has left; any other refusal is that member’s own', async () => {
  const codes: Readonly<Record<string, number>> = {
    m1: errorCode.unknownMemberId,
    m2: errorCode.groupAuthorizationFailed
  }
  const group = newGroup(async ({ members }) => ({
    errorCode: 0,
    members: members.map(({ memberId }) => member(memberId, codes[memberId]))
  }))
  assert.deepEqual((await group.leaveAll(4)).map(isDone), [true, true, false, true])
})

test('where the one who asks for all is cut off, the others ask for themselves', async () => {
  const group = newGroup(async asked => {
    if (asked.members.length > 1) throw new BrokerUnreachableError('cut')
    return heard(asked)
  })
  const results = await group.leaveAll(5)
  assert.deepEqual(results.map(isDone), [true, false, true, true, true])
})

test('where the one who asks for all hears nothing, the others ask for themselves after a while', async () => {
  const group = newGroup(asked => (asked.by === 'm0' ? new Promise(() => undefined) : heard(asked)))
  void group.leave('m0')
  const others = Promise.all([group.leave('m1'), group.leave('m2')])
  await settle()
  assert.equal(group.asked.length, 1)
  group.clock.advance(5000)
  await others
  assert.equal(group.clock.pending, 0)
})
