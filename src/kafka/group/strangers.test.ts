// A member that is no task of the connector is told by whoever sees it: what it reads never comes to the sink.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openScripted } from '../../../test/kit/scripted-group.ts'
import { type TopicPartition } from './topic-partition.ts'
import { serializeSubscription } from './consumer-protocol.ts'
import { Strangers, type StrangersOptions } from './strangers.ts'
import { keepingLogger } from '../../../test/kit/consumer.ts'

const uuid = 'ee60a4b3-5c38-4aa2-9f1c-1d6f8d1c9a10'
const own = `connector-consumer-o-0-${uuid}`
const console = `console-consumer-${uuid}`
const dynamic = (memberId: string) => ({ memberId, instanceId: null })
const partitions = (topic: string, count: number): TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

function setUp(more: Partial<StrangersOptions> = {}) {
  const log = keepingLogger()
  const strangers = new Strangers({
    groupId: 'connect-o',
    kin: ['connector-consumer-o-'],
    clientId: 'connector-consumer-o-0',
    instanceId: null,
    tellsLeader: true,
    log,
    ...more
  })
  return { strangers, lines: log.lines }
}

test('the leader tells once of each member that is none of its tasks, with what it reads and what to do', () => {
  const { strangers, lines } = setUp()
  const members = [own, `connector-consumer-o-1-${uuid}`, console].map(dynamic)
  const dealt = new Map([[own, partitions('t', 1)], [console, partitions('t', 12)]]) // prettier-ignore
  strangers.dealt(own, members, dealt, ['t'])
  strangers.dealt(own, members, dealt, ['t'])
  assert.deepEqual(lines, [
    `WARN group connect-o: member ${console} is no task of this connector, and reads t-0, t-1, t-2, t-3, t-4, t-5, t-6, t-7, t-8, t-9 and 2 more: as long as it ` +
      'is in the group their records are not written by this sink, and what it commits is not read again. Stop it, or give it a group of its own; ' +
      'kafka-consumer-groups.sh --describe --members --group names its host'
  ])
  strangers.dealt(own, [dynamic(own)], dealt, ['t'])
  strangers.dealt(own, members, dealt, ['t'])
  assert.equal(lines.length, 2, 'one that left and came again is news')
})

test('a member that gets nothing of what we read takes nothing from us', () => {
  const { strangers, lines } = setUp()
  const members = [own, console].map(dynamic)
  strangers.dealt(own, members, new Map([[console, partitions('other', 3)]]), ['t'])
  strangers.dealt(own, members, new Map(), ['t'])
  assert.deepEqual(lines, [])
  strangers.dealt(own, members, new Map([[console, partitions('t', 1)]]), ['t'])
  assert.equal(lines.length, 1, 'told when it gets some')
})

test('client ids of the connector are its own, whichever worker they are of', () => {
  const { strangers, lines } = setUp({ clientId: 'mine', kin: ['connector-consumer-o-', 'mine-'] })
  const members = [`mine-${uuid}`, `mine-1${uuid}`, `connector-consumer-o-7-${uuid}`].map(dynamic)
  strangers.dealt(`mine-${uuid}`, members, new Map(members.map(({ memberId }) => [memberId, partitions('t', 1)])), [
    't'
  ])
  assert.deepEqual(lines, [])
})

test('a static member is judged where we are none ourselves: its id is made of its instance id', () => {
  const member = { memberId: `host-7-${uuid}`, instanceId: 'host-7' }
  const dealt = new Map([[member.memberId, partitions('t', 1)]])
  const dynamics = setUp()
  dynamics.strangers.dealt(own, [dynamic(own), member], dealt, ['t'])
  assert.equal(dynamics.lines.length, 1)
  const statics = setUp({ instanceId: 'host-1' })
  statics.strangers.dealt(`host-1-${uuid}`, [member], dealt, ['t'])
  statics.strangers.ledBy(`host-1-${uuid}`, member.memberId)
  assert.deepEqual(statics.lines, [])
  statics.strangers.dealt(`host-1-${uuid}`, [dynamic(console)], new Map([[console, partitions('t', 1)]]), ['t'])
  assert.equal(statics.lines.length, 1)
})

test('where ids are made in another way than by brokers of Kafka nobody is judged by them', () => {
  const { strangers, lines } = setUp()
  const odd = `ns:c:group:I:${own}`
  strangers.dealt(odd, [odd, `ns:c:group:I:${console}`].map(dynamic), new Map([[`ns:c:group:I:${console}`, partitions('t', 1)]]), ['t']) // prettier-ignore
  strangers.ledBy(odd, `ns:c:group:I:${console}`)
  assert.deepEqual(lines, [])
})

test('a leader that is none of ours is told by one of those who see it', () => {
  for (const tellsLeader of [true, false]) {
    const { strangers, lines } = setUp({ tellsLeader })
    strangers.ledBy(own, `connector-consumer-o-1-${uuid}`)
    assert.deepEqual(lines, [])
    strangers.ledBy(own, console)
    strangers.ledBy(own, console)
    assert.equal(lines.length, tellsLeader ? 1 : 0)
  }
})

for (const leads of [true, false]) {
  test(`a consumer that joins tells of a stranger ${leads ? 'in the group it leads' : 'that leads its group'}`, async () => {
    const properties = { 'client.id': 'connector-consumer-o-0' }
    await using opened = openScripted(properties, { kin: ['connector-consumer-o-'] })
    const { wire, log } = opened
    wire.memberId = own
    const metadata = Buffer.from(
      serializeSubscription({ topics: ['t'], owned: [], generation: -1, rack: null, userData: null })
    )
    // By name console-consumer comes behind connector-consumer, and the topic has one partition: so it is called otherwise.
    const other = `a-${uuid}`
    const members = [own, other].map(memberId => ({ memberId, groupInstanceId: null, metadata }))
    wire.answers.JoinGroup = args =>
      args.memberId === '' ? wire.join(args) : { ...wire.join(args), leader: leads ? own : other, members: leads ? members : [] } // prettier-ignore
    await opened.until(() => opened.events.includes('assigned'))
    const told = log.lines.filter(line => line.startsWith('WARN') && line.includes(`member ${other}`))
    assert.equal(told.length, 1, log.lines.join('\n'))
    assert.match(told[0] ?? '', leads ? /reads t-0: / : /which leads the group/)
  })
}
