// Whom the simulated coordinator puts out once the time to sync is over: the silent, and nobody else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scheduler } from '../../engine/scheduler.ts'
import { errors } from '../errors.ts'
import { ClassicGroup, type GroupEvent } from './classic-group.ts'
import { join } from './join.ts'
import { type JoinRequest, type SyncAnswer } from './member.ts'
import { sync } from './requests.ts'

function request(clientId: string): JoinRequest {
  const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
  return { memberId: '', instanceId: null, clientId, sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 1000, protocolType: 'consumer', protocols, takesId: false, skipsAssignment: false } // prettier-ignore
}

test('a leader that joins and does not sync is put out alone', async () => {
  const scheduler = new Scheduler()
  const events: GroupEvent[] = []
  const group = new ClassicGroup('g', {
    now: () => scheduler.now,
    after: (delayMs, run) => scheduler.after(delayMs, run),
    store: () => undefined,
    newMemberId: name => name,
    initialDelayMs: 10,
    told: event => events.push(event)
  })
  for (const name of ['a', 'b', 'c']) join(group, request(name), () => undefined)
  await scheduler.run(() => group.state === 'CompletingRebalance', 5000)
  assert.equal(group.leader, 'a')
  const answers: SyncAnswer[] = []
  const asked = { instanceId: null, generation: group.generation, protocolType: 'consumer', protocolName: 'range', assignments: new Map<string, Buffer>() } // prettier-ignore
  for (const memberId of ['b', 'c']) sync(group, { ...asked, memberId }, answer => answers.push(answer))
  await scheduler.run(() => group.state !== 'CompletingRebalance', 5000)
  assert.deepEqual(
    answers.map(({ error }) => error),
    [errors.rebalanceInProgress, errors.rebalanceInProgress]
  )
  assert.deepEqual([...group.members.keys()], ['b', 'c'])
  assert.deepEqual(
    events.flatMap(event => (event.kind === 'removed' ? event.member : [])),
    ['a']
  )
})
