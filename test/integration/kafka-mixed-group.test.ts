// Java’s consumers and ours in one group, joining and leaving in turn under load: nothing skipped, re-delivery only of what was uncommitted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openConsumer, openProducer, type Properties, type TestConsumer } from '../kit/consumer.ts'
import { peerMember } from '../kit/kafka-peer.ts'
import { uniqueName } from '../kit/stack.ts'
import { openKafka, until } from '../kit/worker.ts'

const assignorPackage = 'org.apache.kafka.clients.consumer.'
const partitions = 6

const protocols: readonly (readonly [string, string, string, Properties])[] = [
  [
    'Java’s default list and range',
    'partition.assignment.strategy',
    `${assignorPackage}RangeAssignor,${assignorPackage}CooperativeStickyAssignor`,
    {}
  ],
  ['sticky', 'partition.assignment.strategy', `${assignorPackage}StickyAssignor`, {}],
  ['cooperative-sticky', 'partition.assignment.strategy', `${assignorPackage}CooperativeStickyAssignor`, {}],
  ['KIP-848', 'group.protocol', 'consumer', {}]
]

/** A member of ours that polls, and commits after each batch, until it is stopped. */
function run(member: TestConsumer) {
  let stopped = false
  let committed = true
  const loop = async (): Promise<void> => {
    while (!stopped || !committed) {
      if ((await member.poll(50)) > 0) committed = false
      if (!committed) committed = await commitOrLose(member)
    }
  }
  const running = loop()
  return {
    member,
    stop: async () => {
      stopped = true
      await running
    }
  }
}

/** A commit may meet a rebalance that began without us: its records are read again, by whoever gets them. */
async function commitOrLose(member: TestConsumer): Promise<boolean> {
  try {
    await member.commit()
    return true
  } catch (error) {
    if (!/rebalanced without us|REBALANCE_IN_PROGRESS/.test(String(error))) throw error
    return false
  }
}

/** "npm run chaos" asks for more. */
const rounds = Number(process.env['KCR_CHAOS_ROUNDS'] ?? 1)

for (const [name, property, value, more] of Array.from({ length: rounds }, () => protocols).flat()) {
  test(`Java members and ours share a group (${name})`, async () => {
    await using kafka = await openKafka()
    const topic = await kafka.createTopic('mixed', partitions)
    const group = uniqueName('group')
    const quick = property === 'group.protocol' ? {} : { 'heartbeat.interval.ms': 100, 'session.timeout.ms': 6000 }
    const properties = { ...quick, 'metadata.max.age.ms': 500, ...more, [property]: value, 'group.id': group }
    await using producer = await openProducer()
    let sent = 0
    let producing = true
    const load = (async () => {
      while (producing) {
        await Promise.all(
          Array.from({ length: 60 }, () =>
            producer.send({
              topic,
              partition: sent++ % partitions,
              key: null,
              value: Buffer.from('x'),
              headers: [],
              timestamp: null
            })
          )
        )
      }
    })()
    const ours: TestConsumer[] = []
    const open = async () => {
      const member = await openConsumer(properties)
      member.onRevoke = async () => void (await commitOrLose(member))
      ours.push(member)
      member.subscribe([topic])
      return run(member)
    }
    const has = (member: TestConsumer) => member.consumer.assignment().length > 0

    const a = await open()
    await using java = await peerMember(topic, group, property, value)
    // Ours leads, Java follows.
    await java.said(/^read /m)
    const b = await open()
    await until(() => has(a.member) && has(b.member))
    // The leader goes: Java may lead now, ours follows.
    await a.stop()
    await a.member.consumer.close()
    await using second = await peerMember(topic, group, property, value)
    await second.said(/^read /m)
    await until(() => has(b.member))
    await java.leave()
    const c = await open()
    await until(() => has(c.member) && has(b.member))
    producing = false
    await load
    const seen = (): Set<string> =>
      new Set([
        ...java.read(),
        ...second.read(),
        ...ours.flatMap(({ read }) => read.map(({ partition, offset }) => `${partition} ${offset}`))
      ])
    await until(() => seen().size === sent)
    for (const each of [b, c]) {
      await each.stop()
      await each.member.consumer.close()
    }
    await second.leave()
    await java.said(/left/)
    const reads = java.read().length + second.read().length + ours.reduce((sum, { read }) => sum + read.length, 0)
    const lost = ours.flatMap(({ events }) => events.filter(event => event.startsWith('lost')))
    // Everybody gives up in order here: at most what a commit could not place any more is read twice.
    assert.ok(reads - sent < sent / 10, `${reads} reads of ${sent} records`)
    assert.deepEqual(lost, [])
    const committed = await kafka.committed(group, topic)
    assert.equal(
      [...committed.values()].reduce((sum, offset) => sum + offset, 0),
      sent
    )
  })
}
