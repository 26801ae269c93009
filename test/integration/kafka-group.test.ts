// Groups of our own members on a real broker, in every protocol: who reads what, what is given up before it moves, who is fenced.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  clientOptions,
  keyOf,
  numbered,
  openAdmin,
  openConsumer,
  sendValues,
  TestConsumer,
  type Properties
} from '../kit/consumer.ts'
import { uniqueName } from '../kit/stack.ts'
import { openKafka, until } from '../kit/worker.ts'

const quick = { 'heartbeat.interval.ms': 100, 'session.timeout.ms': 6000, 'metadata.max.age.ms': 500 }

/** All members poll at once, each in its own loop, until `done`. */
async function pollAll(members: readonly TestConsumer[], done: () => boolean): Promise<void> {
  await Promise.all(members.map(member => member.until(done)))
}

function assigned(member: TestConsumer): string[] {
  return member.consumer.assignment().map(keyOf).sort()
}

function isShared(members: readonly TestConsumer[], partitions: number): boolean {
  const all = members.flatMap(assigned)
  const fair = Math.floor(partitions / members.length)
  return (
    all.length === partitions &&
    new Set(all).size === partitions &&
    members.every(each => assigned(each).length >= fair)
  )
}

/** Each value stands in what one member read at the offset it was produced to; nothing is missing and nothing was read twice. */
function assertReadOnce(members: readonly TestConsumer[], expected: readonly string[]): void {
  const values = members.flatMap(({ read }) => read.map(({ value }) => value ?? ''))
  assert.deepEqual(values.toSorted(), [...expected].sort())
}

const protocols: readonly (readonly [string, Properties])[] = [
  ['range, eager', {}],
  ['round robin', { 'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.RoundRobinAssignor' }],
  ['sticky', { 'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.StickyAssignor' }],
  ['cooperative', { 'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor' }],
  ['KIP-848', { 'group.protocol': 'consumer' }]
]

for (const [name, protocol] of protocols) {
  test(`members come and go without loss and without reading twice (${name})`, async () => {
    await using kafka = await openKafka()
    const topic = await kafka.createTopic('moves', 6)
    const properties = {
      ...('group.protocol' in protocol ? { 'metadata.max.age.ms': 500 } : quick),
      ...protocol,
      'group.id': uniqueName('group')
    }
    const expected: string[] = []
    const send = async (count: number): Promise<void> => {
      const values = numbered('v', count, expected.length)
      expected.push(...values)
      await sendValues(topic, values, 6)
    }
    await send(600)
    await using first = await openConsumer(properties)
    await first.subscribe([topic]).untilRead(600)
    await using second = await openConsumer(properties)
    second.subscribe([topic])
    await pollAll([first, second], () => isShared([first, second], 6))
    await send(600)
    await pollAll([first, second], () => first.read.length + second.read.length >= expected.length)
    await using third = await openConsumer(properties)
    third.subscribe([topic])
    await pollAll([first, second, third], () => isShared([first, second, third], 6))
    await second.commit()
    await second.consumer.close()
    await send(600)
    const left = [first, third]
    await pollAll(
      left,
      () => isShared(left, 6) && left.reduce((sum, { read }) => sum + read.length, second.read.length) >= 1800
    )
    assertReadOnce([first, second, third], expected)
    // An incremental group leaves with its member what stays with its member.
    if (name === 'cooperative' || name === 'KIP-848') {
      const kept = first.events.filter(event => event.startsWith('revoked')).flatMap(event => event.split(' ').slice(1))
      assert.ok(kept.length <= 4, `gave up only what moved: ${first.events.join('; ')}`)
    }
  })
}

test('a member that is no task of the connector is told by the member that leads the group, with what it takes', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('stranger', 2)
  const properties = { ...quick, 'group.id': uniqueName('group') }
  const own = await clientOptions({ ...properties, 'client.id': 'connector-consumer-orders-0' })
  await using sink = new TestConsumer({ ...own, kin: ['connector-consumer-orders-'] })
  sink.subscribe([topic])
  await sink.until(() => assigned(sink).length === 2)
  await using task = await openConsumer({ ...properties, 'client.id': 'connector-consumer-orders-1' })
  task.subscribe([topic])
  await pollAll([sink, task], () => isShared([sink, task], 2))
  const told = (): readonly string[] => own.log.lines.filter(line => line.includes('is no task of this connector'))
  assert.deepEqual(told(), [])
  await task.consumer.close()
  await using stranger = await openConsumer({ ...properties, 'client.id': 'console-consumer' })
  stranger.subscribe([topic])
  await pollAll([sink, stranger], () => isShared([sink, stranger], 2))
  assert.equal(told().length, 1)
  assert.match(
    told()[0] ?? '',
    new RegExp(`member console-consumer-\\S+ is .* and reads ${assigned(stranger).join()}:`)
  )
})

test('what is in flight is settled and committed before a partition moves', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('await', 2)
  await sendValues(topic, numbered('v', 200), 2)
  const properties = { ...quick, 'group.id': uniqueName('group') }
  await using first = await openConsumer(properties)
  let settle: (() => void) | null = null
  first.onRevoke = async () => {
    await new Promise<void>(resolve => (settle = resolve))
    await first.commit()
  }
  await first.subscribe([topic]).untilRead(200)
  await using second = await openConsumer(properties)
  second.subscribe([topic])
  const polling = first.until(() => first.events.length >= 3)
  for (let polls = 0; polls < 10 || settle === null; polls++) await second.poll(100)
  assert.deepEqual(second.events, [], 'the group waits for the member that still works')
  ;(settle as () => void)()
  await Promise.all([polling, second.until(() => second.events.length > 0)])
  await second.poll(300)
  assert.deepEqual(second.read, [], 'begins behind what was committed')
})

for (const protocol of ['classic', 'consumer']) {
  const group = () => ({
    ...(protocol === 'classic' ? quick : { 'metadata.max.age.ms': 500 }),
    ...{ 'group.protocol': protocol, 'group.id': uniqueName('group') }
  })

  test(`a member whose polls stop is put out, and its commits are refused (${protocol})`, async () => {
    await using kafka = await openKafka()
    const topic = await kafka.createTopic('late', 1)
    await sendValues(topic, ['a'])
    const properties = { ...group(), 'max.poll.interval.ms': 1000 }
    await using late = await openConsumer(properties)
    await late.subscribe([topic]).untilRead(1)
    // The group waits for its most patient member: it is not the broker that puts the late one out, but its own clock.
    await using other = await openConsumer({ ...properties, 'max.poll.interval.ms': 60_000 })
    await other.subscribe([topic]).untilRead(1)
    await assert.rejects(late.commit(), /rebalanced without us/)
    await late.until(() => late.events.some(event => event.startsWith('lost')))
    assert.ok(late.log.lines.some(line => line.includes('max.poll.interval.ms')))
  })

  test(`a member that says it works on keeps its place past max.poll.interval.ms (${protocol})`, async () => {
    await using kafka = await openKafka()
    const topic = await kafka.createTopic('working', 1)
    await sendValues(topic, ['a'])
    const properties = { ...group(), 'max.poll.interval.ms': 500 }
    await using member = await openConsumer(properties)
    await member.subscribe([topic]).untilRead(1)
    member.consumer.keepPolling()
    const since = Date.now()
    await until(() => Date.now() - since > 2000)
    await member.commit()
    assert.deepEqual(await kafka.committed(properties['group.id'], topic), new Map([[0, 1]]))
  })
}

for (const protocol of ['classic', 'consumer']) {
  test(`a static member comes back to its partitions without a rebalance (${protocol})`, async () => {
    await using kafka = await openKafka()
    const topic = await kafka.createTopic('static', 4)
    const group = {
      ...(protocol === 'classic' ? quick : {}),
      'group.protocol': protocol,
      'group.id': uniqueName('group')
    }
    await using other = await openConsumer({ ...group, 'group.instance.id': 'a' })
    await using member = await openConsumer({ ...group, 'group.instance.id': 'b' })
    other.subscribe([topic])
    member.subscribe([topic])
    await pollAll([other, member], () => isShared([other, member], 4))
    const before = assigned(member)
    const events = other.events.length
    await member.consumer.close()
    await using again = await openConsumer({ ...group, 'group.instance.id': 'b' })
    again.subscribe([topic])
    await pollAll([other, again], () => assigned(again).length > 0)
    assert.deepEqual(assigned(again), before)
    assert.equal(other.events.length, events)
  })
}

test('a second member with the same group.instance.id fences the first', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('fence', 1)
  const group = { ...quick, 'group.id': uniqueName('group'), 'group.instance.id': 'same' }
  await using first = await openConsumer(group)
  await first.subscribe([topic]).until(() => first.events.length > 0)
  await using second = await openConsumer(group)
  await second.subscribe([topic]).until(() => second.events.length > 0)
  await assert.rejects(
    first.until(() => false),
    /another member has taken group.instance.id same.*FENCED_INSTANCE_ID/
  )
})

test('new partitions and topics that match are picked up; a missing topic is waited for with one warning', async () => {
  await using admin = await openAdmin()
  const prefix = uniqueName('match')
  await admin.ensureTopic({ name: `${prefix}-a`, partitions: 1, replicationFactor: 1 })
  const pattern = { ...quick, 'group.id': uniqueName('group') }
  await using byPattern = await openConsumer(pattern)
  byPattern.subscribe({ matches: topic => topic.startsWith(prefix) })
  await byPattern.until(() => assigned(byPattern).length === 1)
  await using byName = await openConsumer({ ...quick, 'group.id': uniqueName('group') })
  byName.subscribe([`${prefix}-b`])
  await byName.until(() => byName.log.lines.filter(line => line.includes('does not exist')).length > 0)
  await admin.ensureTopic({ name: `${prefix}-b`, partitions: 2, replicationFactor: 1 })
  await pollAll([byPattern, byName], () => assigned(byPattern).length === 3 && assigned(byName).length === 2)
  assert.equal(byName.log.lines.filter(line => line.includes('does not exist')).length, 1)
  await sendValues(`${prefix}-b`, ['x'])
  await pollAll([byPattern, byName], () => byPattern.read.length === 1 && byName.read.length === 1)
})
