// What a consumer waits for is told: brokers that are away, a place in its group, a leader, a topic; and it is over when it is over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../test/kit/fake-clock.ts'
import { openScripted, unknownMember } from '../../test/kit/scripted-group.ts'
import { BrokerUnreachableError } from './errors.ts'

const away = (): never => {
  throw new BrokerUnreachableError('h:1: connect ECONNREFUSED')
}
type Opened = ReturnType<typeof openScripted>
const kinds = ({ shown }: Opened): readonly string[] => shown.waits.map(wait => wait.for)
const told = ({ log }: Opened): readonly string[] => log.lines.filter(line => /^(?:WARN|INFO) Task c-0 /.test(line))

test('brokers that are away are told once and then once a minute, with the task and their addresses', async () => {
  await using opened = openScripted({ 'metadata.max.age.ms': '500' })
  opened.wire.answers.Metadata = away
  const { clock } = opened
  await opened.until(() => clock.monotonic() >= 130_000)
  const lines = opened.log.lines.filter(line => line.startsWith('WARN'))
  const shown = kinds(opened)
  // A close waits for a broker that answers.
  delete opened.wire.answers.Metadata
  assert.deepEqual(shown, ['kafka'])
  assert.equal(lines.length, 3, lines.join('\n'))
  assert.match(
    lines[0] ?? '',
    /^WARN Task c-0 is waiting for Kafka at h:1 since 2023-11-14T22:13:\S+, attempt \d+: h:1: connect ECONNREFUSED\. Nothing is lost/
  )
  await opened.until(() => kinds(opened).length === 0)
  assert.match(
    told(opened).at(-1) ?? '',
    /^INFO Task c-0 is no longer waiting for Kafka at h:1: it answers, after 1\d\d s/
  )
})

test('metadata that the group or a commit asked for end the wait for them', async () => {
  // Its own next try would come half an hour later.
  const slow = { 'retry.backoff.ms': '1800000', 'retry.backoff.max.ms': '1800000' }
  await using opened = openScripted({ 'metadata.max.age.ms': '5000', ...slow })
  const { wire, clock, consumer } = opened
  wire.committed = { offset: 0, leaderEpoch: 3 }
  await opened.until(() => opened.events.includes('assigned'))
  wire.answers.Metadata = away
  await opened.until(() => kinds(opened).length > 0)
  delete wire.answers.Metadata
  const unknownTopic = 3
  wire.answers.OffsetCommit = () => ({
    throttleTimeMs: 0,
    topics: [{ name: 't', topicId: '', partitions: [{ partitionIndex: 0, errorCode: unknownTopic }] }]
  })
  const asked = wire.count('Metadata')
  const from = clock.monotonic()
  const committed = consumer.commit(new Map([['t-0', { topic: 't', partition: 0, offset: 1 }]])).catch(() => undefined)
  await opened.until(() => kinds(opened).length === 0)
  assert.equal(wire.count('Metadata'), asked + 1)
  assert.ok(clock.monotonic() - from < 1000)
  assert.match(told(opened).at(-1) ?? '', /no longer waiting for Kafka at h:1: it answers/)
  await opened.consumer.close()
  await committed
})

test('a broker that does not give what is fetched is told, also where others answer, until it does or nothing is read from it', async () => {
  await using opened = openScripted()
  opened.wire.committed = { offset: 0, leaderEpoch: 3 }
  opened.wire.answers.Fetch = away
  const { clock, consumer } = opened
  await opened.until(() => kinds(opened).length > 0)
  assert.match(told(opened)[0] ?? '', /fetching from broker 1: h:1: connect ECONNREFUSED/)
  consumer.pause(consumer.assignment())
  await opened.until(() => kinds(opened).length === 0)
  assert.match(told(opened)[1] ?? '', /no longer waiting for Kafka at h:1: nothing is read from it now, after/)
  const from = clock.monotonic()
  await opened.until(() => clock.monotonic() - from >= 20_000)
  assert.equal(told(opened).length, 2)
})

test('brokers of which nothing is read any more are not said to answer, whichever way it ended; read again they are told at once', async () => {
  await using opened = openScripted()
  opened.wire.committed = { offset: 0, leaderEpoch: 3 }
  opened.wire.answers.Fetch = away
  const { clock, consumer, wire } = opened
  await opened.until(() => kinds(opened).length > 0)
  consumer.pause(consumer.assignment())
  await opened.until(() => kinds(opened).length === 0)
  consumer.resume(consumer.assignment())
  await opened.until(() => kinds(opened).length > 0)
  assert.equal(told(opened).length, 3, 'the same reason is news after a wait that was given up')
  const held = Promise.withResolvers<void>()
  wire.before = api => (api === 'JoinGroup' ? held.promise : undefined)
  wire.heartbeatCode = unknownMember
  await opened.until(() => opened.events.includes('lost'))
  const from = clock.monotonic()
  await opened.until(() => clock.monotonic() - from >= 1000)
  const ends = told(opened).filter(line => line.includes('no longer waiting for Kafka'))
  // A close waits for the join.
  wire.heartbeatCode = 0
  held.resolve()
  assert.equal(ends.length, 2)
  for (const line of ends) assert.match(line, /: nothing is read from it now, after/)
})

test('a place that is looked for no more, since its partition is lost, is not said to be answered', async () => {
  await using opened = openScripted({ 'metadata.max.age.ms': '500' })
  const { wire, clock } = opened
  wire.committed = { offset: 0, leaderEpoch: 3 }
  await opened.until(() => opened.events.includes('assigned'))
  wire.answers.OffsetForLeaderEpoch = away
  wire.leaderEpoch = 4
  await opened.until(() => kinds(opened).length > 0)
  assert.match(told(opened)[0] ?? '', /no place to read from/)
  const held = Promise.withResolvers<void>()
  wire.before = api => (api === 'JoinGroup' ? held.promise : undefined)
  wire.heartbeatCode = unknownMember
  const from = clock.monotonic()
  await opened.until(() => clock.monotonic() - from >= 20_000)
  const ends = told(opened).filter(line => line.includes('no longer waiting for Kafka'))
  // A close waits for the join.
  wire.heartbeatCode = 0
  held.resolve()
  assert.equal(ends.length, 1)
  assert.match(ends[0] ?? '', /: nothing is read from it now, after/)
})

test('a partition without a leader is told, with each look for one as an attempt', async () => {
  await using opened = openScripted()
  opened.wire.committed = { offset: 0, leaderEpoch: 3 }
  await opened.until(() => opened.events.includes('assigned'))
  opened.wire.changed = (api, answer) =>
    api === 'Metadata' ? JSON.parse(JSON.stringify(answer).replace('"leaderId":1', '"leaderId":-1')) : answer
  opened.wire.answers.Fetch = away
  await opened.until(() => told(opened).some(line => line.includes('t-0 has no leader')))
  const looks = opened.wire.count('Metadata')
  await opened.until(() => opened.wire.count('Metadata') >= looks + 20)
  assert.ok((opened.shown.waits[0]?.attempts ?? 0) >= 10, JSON.stringify(opened.shown.waits))
})

test('a join that was tried in vain and waits for other members now says the latter', async () => {
  await using opened = openScripted()
  const { wire } = opened
  const held = Promise.withResolvers<void>()
  wire.answers.JoinGroup = args => (wire.count('JoinGroup') === 1 ? away() : held.promise.then(() => wire.join(args)))
  await opened.until(() => kinds(opened).includes('group'))
  assert.match(told(opened)[0] ?? '', /, attempt 2: other members have not come back to the group yet\. /)
  held.resolve()
  await opened.until(() => opened.events.includes('assigned'))
})

for (const properties of [{}, { 'group.protocol': 'consumer' }] as readonly Readonly<Record<string, string>>[]) {
  const newer = 'group.protocol' in properties
  const join = newer ? 'ConsumerGroupHeartbeat' : 'JoinGroup'
  const name = newer ? 'KIP-848' : 'classic'

  test(`a group that keeps its new member waiting is told after five seconds, and when it has joined (${name})`, async () => {
    await using opened = openScripted(properties)
    const { wire, clock } = opened
    const held = Promise.withResolvers<void>()
    wire.before = api => (api === join ? held.promise : undefined)
    await opened.until(() => wire.count(join) > 0)
    const from = clock.monotonic()
    await opened.until(() => kinds(opened).length > 0)
    assert.ok(clock.monotonic() - from >= 4900)
    assert.match(
      told(opened)[0] ?? '',
      /^WARN Task c-0 is waiting for its place in group g since \S+, attempt 1: .*session/
    )
    held.resolve()
    await opened.until(() => opened.events.includes('assigned'))
    assert.deepEqual([kinds(opened), told(opened).length], [[], 2])
    assert.match(told(opened)[1] ?? '', /no longer waiting for its place in group g: it has joined/)
  })

  test(`a consumer that is closed while it waits for its group waits no longer (${name})`, async () => {
    const opened = openScripted(properties)
    opened.wire.before = api => (api === join ? new Promise(() => undefined) : undefined)
    await opened.until(() => kinds(opened).length > 0)
    const closing = opened[Symbol.asyncDispose]()
    await settle()
    opened.clock.advance(60_000)
    await closing
    await settle()
    assert.deepEqual(kinds(opened), [])
    assert.equal(told(opened).filter(line => line.includes('no longer')).length, 1)
    assert.equal(opened.clock.pending, 0)
  })
}

test('where a paused partition ends is asked for: no fetch tells it', async () => {
  await using opened = openScripted()
  const { wire, consumer } = opened
  wire.committed = { offset: 5, leaderEpoch: 3 }
  wire.endOffset = 7
  await opened.until(() => opened.events.includes('assigned'))
  const [partition = assert.fail('nothing is assigned')] = consumer.assignment()
  consumer.pause([partition])
  assert.equal(consumer.lag(partition), null)
  assert.deepEqual(await consumer.endsOf([partition]), new Map([['t-0', 7]]))
  assert.equal(consumer.lag(partition), 2)
  wire.endOffset = 99
  await consumer.endsOf([partition])
  assert.deepEqual([consumer.lag(partition), consumer.endOffset(partition)], [94, 99])
  wire.answers.ListOffsets = away
  assert.deepEqual(await consumer.endsOf([partition]), new Map())
  assert.equal(consumer.lag(partition), 94, 'what is known stays')
})

/** As brokers answer for a topic that is not there. */
function missing(api: string, answer: unknown): unknown {
  if (api !== 'Metadata') return answer
  const metadata = answer as { topics: readonly object[] }
  return { ...metadata, topics: metadata.topics.map(topic => ({ ...topic, errorCode: 3, partitions: [] })) }
}

test('a topic that does not exist is waited for, told in the one form, until it appears', async () => {
  await using opened = openScripted()
  const { wire, clock } = opened
  wire.changed = missing
  await opened.until(() => kinds(opened).length > 0)
  assert.deepEqual(kinds(opened), ['topic'])
  await opened.until(() => clock.monotonic() >= 70_000)
  assert.equal(told(opened).length, 2)
  assert.match(told(opened)[0] ?? '', /^WARN Task c-0 is waiting for topic t since \S+, attempt \d+: it does not exist\. Create it, or correct its name in topics$/) // prettier-ignore
  assert.ok((opened.shown.waits[0]?.attempts ?? 0) > 10, 'each look is an attempt')
  wire.changed = (_api, answer) => answer
  await opened.until(() => kinds(opened).length === 0)
  assert.match(told(opened)[2] ?? '', /^INFO Task c-0 is no longer waiting for topic t: it exists, after 7\d s/)
  wire.changed = missing
  await opened.until(() => kinds(opened).length > 0)
  await opened.consumer.close()
  assert.deepEqual(kinds(opened), [])
  assert.equal(clock.pending, 0)
})

test('one task of a connector tells of a topic that does not exist, for all', async () => {
  await using opened = openScripted({}, { warns: false })
  opened.wire.changed = missing
  await opened.until(() => opened.clock.monotonic() >= 70_000)
  assert.deepEqual([kinds(opened), told(opened)], [[], []])
})
