// Groups of production members: rebalances, sessions that end, commits that come late.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster, numbered } from './reader-kit.ts'

const briefly = { 'session.timeout.ms': '6000', 'heartbeat.interval.ms': '500' }

test('two members share what there is, and each record is read by its owner', async () => {
  const cluster = new Cluster(3, { initialDelayMs: 3000 })
  const { kafka } = cluster
  kafka.createTopic('t', 4)
  for (let partition = 0; partition < 4; partition++) kafka.append('t', partition, numbered(0, 5))
  const a = cluster.member('a', ['t'], briefly)
  await cluster.whole('t', 4, 5)
  const b = cluster.member('b', ['t'], briefly)
  await cluster.until(() => b.events.length > 0)
  for (let partition = 0; partition < 4; partition++) kafka.append('t', partition, numbered(5, 5))
  await cluster.whole('t', 4, 10)
  assert.equal(a.read.length + b.read.length, 40)
  assert.equal(b.read.length, 10)
  const [first, second] = [kafka.history.generations[0], kafka.history.generations.at(-1)]
  assert.deepEqual([...(first?.members.values() ?? [])], [['t-0', 't-1', 't-2', 't-3']])
  assert.deepEqual([...(second?.members.values() ?? [])].flat().toSorted(), ['t-0', 't-1', 't-2', 't-3'])
  assert.equal(second?.members.size, 2)
  await cluster.settled(a.close())
  await cluster.until(() => kafka.history.generations.at(-1)?.members.size === 1)
})

test('a member that is frozen is put out by its session, and its commit is refused', async () => {
  const cluster = new Cluster(1)
  const { kafka } = cluster
  kafka.createTopic('t', 2)
  kafka.append('t', 0, numbered(0, 5))
  kafka.append('t', 1, numbered(0, 5))
  const a = cluster.member('a', ['t'], briefly)
  a.commits = false
  await cluster.until(() => a.read.length === 10)
  const b = cluster.member('b', ['t'], briefly)
  await cluster.until(() => kafka.history.generations.at(-1)?.members.size === 2)
  await cluster.until(() => false, 2000)
  kafka.append('t', 0, numbered(5, 1))
  kafka.append('t', 1, numbered(5, 1))
  await cluster.until(() => a.read.length + b.read.length >= 12)
  a.process.freeze()
  await cluster.until(() => kafka.history.removals.length > 0)
  assert.match(kafka.history.removals[0]?.why ?? '', /session/)
  await cluster.whole('t', 2, 6)
  const taken = kafka.history.commits.length
  const late = a.commit()
  a.process.thaw()
  await assert.rejects(cluster.settled(late), /UNKNOWN_MEMBER_ID|gone on without/)
  assert.equal(kafka.history.commits.slice(taken).filter(({ member }) => member.startsWith('a-')).length, 0)
  assert.match(a.events.join(), /lost/)
})

test('a commit that is answered late is taken at once', async () => {
  const cluster = new Cluster(1)
  const { kafka } = cluster
  kafka.createTopic('t', 1)
  kafka.append('t', 0, numbered(0, 5))
  kafka.delayAnswers('OffsetCommit', 4000, 1)
  const member = cluster.member('a', ['t'], briefly)
  await cluster.whole('t', 1, 5)
  const at = cluster.scheduler.now
  assert.equal(kafka.history.commits.length, 1)
  kafka.append('t', 0, numbered(5, 5))
  await cluster.whole('t', 1, 10)
  assert.ok(cluster.scheduler.now - at >= 4000)
  assert.deepEqual(member.failures, [])
})

for (const when of ['before', 'after'] as const) {
  test(`a commit that is lost ${when} it is taken is sent again`, async () => {
    const cluster = new Cluster(3)
    const { kafka } = cluster
    kafka.createTopic('t', 1)
    kafka.append('t', 0, numbered(0, 5))
    kafka.loseAnswers('OffsetCommit', when, 1)
    const member = cluster.member('a', ['t'], briefly)
    await cluster.until(() => false, 10_000)
    assert.deepEqual(
      kafka.history.commits.map(({ offset }) => offset),
      when === 'after' ? [5, 5] : [5]
    )
    assert.deepEqual(member.failures, [])
  })
}

test('a static member comes back without a rebalance, and whoever has its name is fenced', async () => {
  const cluster = new Cluster(1, { profile: '4.1', initialDelayMs: 0 })
  const { kafka } = cluster
  kafka.createTopic('t', 2)
  const named = { ...briefly, 'group.instance.id': 'i', 'session.timeout.ms': '30000' }
  const first = cluster.member('a', ['t'], named)
  await cluster.until(() => first.events.length > 0)
  const generations = kafka.history.generations.length
  const second = cluster.member('b', ['t'], named)
  await cluster.until(() => second.events.length > 0)
  assert.equal(kafka.history.generations.length, generations)
  await cluster.until(() => first.failures.length > 0)
  assert.match(String(first.failures[0]), /another member has taken group.instance.id/)
  first.process.kill()
})

test('members that lost their coordinator find the next one, which knows them', async () => {
  const cluster = new Cluster(3, { initialDelayMs: 0 })
  const { kafka } = cluster
  kafka.createTopic('t', 2)
  const a = cluster.member('a', ['t'], briefly)
  await cluster.until(() => a.events.length > 0)
  const before = kafka.history.generations.length
  for (let move = 0; move < 3; move++) {
    kafka.moveCoordinators()
    kafka.append('t', 0, numbered(move, 1))
    await cluster.until(() => kafka.committed('g', 't', 0) === move + 1)
  }
  assert.equal(kafka.history.generations.length, before)
  assert.deepEqual(a.failures, [])
})
