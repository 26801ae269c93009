// Leaving a group in every moment of joining it, on a real broker: nobody stays behind for whom the others would have to wait.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BrokerUnreachableError } from '../../src/kafka/errors.ts'
import { numbered, openConsumer, sendValues, type Properties } from '../kit/consumer.ts'
import { membersOf } from '../kit/kafka-groups.ts'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openWatched, type Moment } from '../kit/watched-wire.ts'
import { oldClass, openKafka, openRedis, startWorker } from '../kit/worker.ts'

/** A member left behind is waited for that long: these tests would not end. */
const sessionMs = 1_800_000

const classicMoments: readonly Moment[] = [
  ['FindCoordinator', 1, 'asked'],
  ['FindCoordinator', 1, 'held'],
  ['FindCoordinator', 1, 'answered'],
  ['JoinGroup', 1, 'asked'],
  ['JoinGroup', 1, 'held'],
  ['JoinGroup', 1, 'answered'],
  ['JoinGroup', 2, 'asked'],
  ['JoinGroup', 2, 'held'],
  ['JoinGroup', 2, 'answered'],
  ['SyncGroup', 1, 'asked'],
  ['SyncGroup', 1, 'held'],
  ['SyncGroup', 1, 'answered']
]
const newerMoments: readonly Moment[] = [
  ['FindCoordinator', 1, 'asked'],
  ['FindCoordinator', 1, 'held'],
  ['FindCoordinator', 1, 'answered'],
  ['ConsumerGroupHeartbeat', 1, 'asked'],
  ['ConsumerGroupHeartbeat', 1, 'held'],
  ['ConsumerGroupHeartbeat', 1, 'answered'],
  ['ConsumerGroupHeartbeat', 2, 'asked'],
  ['ConsumerGroupHeartbeat', 2, 'held'],
  ['ConsumerGroupHeartbeat', 2, 'answered']
]

const quick = { 'session.timeout.ms': sessionMs, 'heartbeat.interval.ms': 50 }
const protocols: readonly (readonly [string, Properties, readonly Moment[]])[] = [
  ['eager', quick, classicMoments],
  [
    'cooperative',
    {
      ...quick,
      'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor'
    },
    classicMoments
  ],
  ['KIP-848', { 'group.protocol': 'consumer' }, newerMoments]
]

/** Joins, and leaves as soon as that moment has come, in the middle of whatever is under way. */
async function leaveAt(moment: Moment, topic: string, properties: Properties): Promise<void> {
  await using opened = await openWatched(properties)
  const { member, wire } = opened
  const come = wire.when(moment)
  member.subscribe([topic])
  let closed = false
  const polling = (async () => {
    while (!closed) await member.poll(20)
  })().catch((error: unknown) => {
    // A poll that waits for a position when its consumer is closed says so.
    if (!closed) throw error
  })
  await come
  closed = true
  await member.consumer.close()
  await polling
}

for (const [name, protocol, moments] of protocols) {
  for (const cycles of [6, 12]) {
    test(`${cycles} members that leave while they join stay in nobody’s way (${name})`, async () => {
      await using kafka = await openKafka()
      const topic = await kafka.createTopic('leave', 2)
      await sendValues(topic, numbered('v', 100), 2)
      const properties = { ...protocol, 'group.id': uniqueName('group') }
      await using first = await openConsumer(properties)
      await first.subscribe([topic]).untilRead(100)
      const members = await membersOf(properties['group.id'])
      let left = false
      const leaving = (async () => {
        for (let cycle = 0; cycle < cycles; cycle++) {
          await leaveAt(moments[cycle % moments.length] as Moment, topic, properties)
        }
        left = true
      })()
      await Promise.all([leaving, first.until(() => left)])
      assert.deepEqual(await membersOf(properties['group.id']), members)
      await using next = await openConsumer(properties)
      next.subscribe([topic])
      const shared = () => [first, next].every(({ consumer }) => consumer.assignment().length === 1)
      await Promise.all([first.until(shared), next.until(shared)])
    })
  }
}

test('a member that leaves while the group waits for others to join is not waited for', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('leave', 2)
  await sendValues(topic, numbered('v', 100), 2)
  const properties = { ...quick, 'group.id': uniqueName('group') }
  await using first = await openConsumer(properties)
  await first.subscribe([topic]).untilRead(100)
  const [firstMember] = await membersOf(properties['group.id'])
  // Nobody polls here: the group waits for this member, and the next one's join for the group.
  await leaveAt(['JoinGroup', 2, 'asked'], topic, properties)
  assert.deepEqual(await membersOf(properties['group.id']), [firstMember])
  await using next = await openConsumer(properties)
  next.subscribe([topic])
  let read = false
  await Promise.all([
    first.until(() => read),
    next.until(() => next.consumer.assignment().length === 1).then(() => (read = true))
  ])
})

test('a member that leaves tells a coordinator that is not ready yet until it hears', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('leave', 1)
  const properties = { ...quick, 'group.id': uniqueName('group') }
  await using opened = await openWatched(properties)
  await opened.member.subscribe([topic]).until(() => opened.member.events.length > 0)
  let failures = 0
  opened.wire.before = api => {
    if (api === 'LeaveGroup' && failures++ === 0) throw new BrokerUnreachableError('the coordinator moved away')
  }
  await opened.member.consumer.close()
  assert.equal(failures, 2)
  assert.deepEqual(await membersOf(properties['group.id']), [])
})

for (const changes of [6, 12]) {
  test(`after ${changes} changes of a connector in a row its tasks read at once`, async () => {
    await using kafka = await openKafka()
    await using server = await startRedis()
    await using redis = openRedis(server.port)
    const topic = await kafka.createTopic('changes', 4)
    const name = uniqueName('changes')
    const config = {
      'connector.class': oldClass,
      'tasks.max': '2',
      topics: topic,
      'connect.redis.host': '127.0.0.1',
      'connect.redis.port': String(server.port),
      'connect.redis.kcql': `SELECT * FROM ${topic} PK id`,
      'consumer.override.auto.offset.reset': 'earliest',
      'consumer.override.session.timeout.ms': String(sessionMs)
    }
    await using worker = await startWorker([])
    const rest = await restOf(worker)
    for (let change = 0; change < changes; change++) {
      const body = { ...config, 'connect.redis.error.policy': change % 2 === 0 ? 'THROW' : 'RETRY' }
      assert.ok((await rest.ask('PUT', `/connectors/${name}/config`, { body })).status < 300)
      // The trouble itself, no wait for anything: changes as fast as a script makes them, while the last join is under way.
      await sleep(100)
    }
    const records = Array.from({ length: 100 }, (_, id) => ({ value: JSON.stringify({ id }), partition: id % 4 }))
    await kafka.send(topic, records)
    await worker.until(async () => (await redis.dbsize()) === 100)
    // The first of the two may have read everything before the second has joined.
    const members = await worker.until(async () => {
      const present = await membersOf(`connect-${name}`)
      return present.length >= 2 ? present : null
    })
    assert.equal(members.length, 2)
    await worker.stop()
    assert.deepEqual(await membersOf(`connect-${name}`), [])
  })
}
