// What a log may hold besides plain records, read by the production consumer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster, numbered } from './reader-kit.ts'

const readCommitted = { 'isolation.level': 'read_committed' }

test('compaction leaves gaps within and between batches, and empty batches', async () => {
  const cluster = new Cluster(1)
  const { kafka } = cluster
  kafka.createTopic('t', 1)
  for (let from = 0; from < 30; from += 5) kafka.append('t', 0, numbered(from, 5), { batchMax: 3, codec: from === 10 ? 'gzip' : 'none' }) // prettier-ignore
  kafka.compact('t', 0, 28)
  const left = kafka.log('t', 0).map(({ offset }) => offset)
  assert.ok(left.length < 30 && left.length >= 3)
  const member = cluster.member('a', ['t'])
  await cluster.whole('t', 1, 30)
  assert.deepEqual(
    member.read.map(({ offset }) => offset),
    left
  )
})

test('readers of committed records see no aborted transaction, and nothing behind an open one', async () => {
  const cluster = new Cluster(1)
  const { kafka } = cluster
  kafka.createTopic('t', 1)
  kafka.append('t', 0, numbered(0, 3), { transaction: 'committed' })
  kafka.append('t', 0, numbered(4, 3), { transaction: 'aborted' })
  kafka.append('t', 0, numbered(8, 2))
  kafka.append('t', 0, numbered(10, 2), { transaction: 'open' })
  kafka.append('t', 0, numbered(12, 2))
  const careful = cluster.member('a', ['t'], readCommitted)
  const careless = cluster.member('b', ['t'], { 'group.id': 'h' })
  await cluster.until(() => careless.read.length === 12)
  await cluster.until(() => kafka.committed('g', 't', 0) === 10)
  assert.deepEqual(careful.offsets, ['t-0@0', 't-0@1', 't-0@2', 't-0@8', 't-0@9'])
  kafka.endTransactions('t', 0, 'abort')
  await cluster.until(() => kafka.committed('g', 't', 0) === 15)
  assert.deepEqual(careful.offsets.slice(5), ['t-0@12', 't-0@13'])
  for (const { offset, value } of careful.read) assert.equal(value, `v${offset}`)
})

test('a reader whose place is gone begins where the log does', async () => {
  const cluster = new Cluster(1)
  const { kafka } = cluster
  kafka.createTopic('t', 1)
  kafka.append('t', 0, numbered(0, 10))
  const first = cluster.member('a', ['t'])
  await cluster.whole('t', 1, 10)
  await cluster.settled(first.close())
  kafka.append('t', 0, numbered(10, 10), { batchMax: 4 })
  kafka.retain('t', 0, 15)
  const second = cluster.member('b', ['t'])
  await cluster.whole('t', 1, 20)
  assert.deepEqual(second.offsets, ['t-0@15', 't-0@16', 't-0@17', 't-0@18', 't-0@19'])
})

test('an unclean election takes records back, and the reader hears where', async () => {
  const cluster = new Cluster(3, { profile: '4.1' })
  const { kafka } = cluster
  kafka.createTopic('t', 1)
  kafka.append('t', 0, numbered(0, 10), { batchMax: 2 })
  const member = cluster.member('a', ['t'])
  await cluster.whole('t', 1, 10)
  kafka.electUnclean('t', 0, 4)
  kafka.append('t', 0, numbered(100, 2))
  await cluster.until(() => member.read.length === 12)
  assert.deepEqual(
    member.read.slice(10).map(({ offset, value }) => [offset, value]),
    [
      [6, 'v100'],
      [7, 'v101']
    ]
  )
  assert.match(member.lines.join('\n'), /truncated/)
})

test('a topic that is made again is read from its beginning', async () => {
  const cluster = new Cluster(3, { profile: '4.1' })
  const { kafka } = cluster
  kafka.createTopic('t', 1)
  kafka.append('t', 0, numbered(0, 10))
  const member = cluster.member('a', ['t'], { 'metadata.max.age.ms': '1000' })
  await cluster.whole('t', 1, 10)
  kafka.deleteTopic('t')
  await cluster.until(() => false, 1500)
  kafka.createTopic('t', 2)
  kafka.append('t', 0, numbered(50, 2))
  kafka.append('t', 1, numbered(60, 1))
  await cluster.until(() => kafka.committed('g', 't', 0) === 2 && kafka.committed('g', 't', 1) === 1)
  assert.deepEqual(member.read.slice(10).map(({ value }) => value).toSorted(), ['v50', 'v51', 'v60']) // prettier-ignore
})

test('partitions that are added are found', async () => {
  const cluster = new Cluster(2)
  const { kafka } = cluster
  kafka.createTopic('t', 1)
  const member = cluster.member('a', ['t'], { 'metadata.max.age.ms': '1000' })
  await cluster.until(() => member.events.length === 1)
  kafka.addPartitions('t', 3)
  kafka.append('t', 2, numbered(0, 4))
  assert.ok(await cluster.until(() => kafka.committed('g', 't', 2) === 4))
})

test('answers larger than any before are whole', async () => {
  const cluster = new Cluster(1)
  const { kafka } = cluster
  kafka.createTopic('t', 1)
  for (const kilobytes of [1, 60, 70, 300, 900, 20])
    kafka.append('t', 0, [{ key: null, value: Buffer.alloc(1024 * kilobytes, 'x') }])
  const member = cluster.member('a', ['t'])
  await cluster.whole('t', 1, 6)
  assert.deepEqual(
    member.read.map(({ value }) => (value?.length ?? 0) / 1024),
    [1, 60, 70, 300, 900, 20]
  )
})
