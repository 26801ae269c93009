// Our consumer beside Java's on the same topics: same records, same order, same offsets, for every codec and transaction pattern, in every fetch size.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAdmin, openConsumer, openProducer } from '../kit/consumer.ts'
import { dump, peer } from '../kit/kafka-peer.ts'
import { uniqueName } from '../kit/stack.ts'
import { until } from '../kit/worker.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const isolations = ['read_uncommitted', 'read_committed']

async function createTopic(prefix: string, configs: Readonly<Record<string, string>> = {}): Promise<string> {
  await using admin = await openAdmin()
  const name = uniqueName(prefix)
  await admin.ensureTopic({ name, partitions: 2, replicationFactor: 1, configs: new Map(Object.entries(configs)) })
  return name
}

/** Partitions come in any mixture; within one the order counts. */
function byPartition(lines: readonly string[]): string[] {
  return lines.toSorted((a, b) => Number(a[0]) - Number(b[0]))
}

function assertSame(ours: readonly string[], theirs: readonly string[] | undefined): void {
  const [left, right] = [byPartition(ours), byPartition(theirs ?? [])]
  const at = left.findIndex((line, index) => line !== right[index])
  if (at >= 0 || left.length !== right.length)
    assert.equal(left[at], right[at], `${left.length} and ${right.length} records`)
}

test('records of every codec read as Java reads them, however small a fetch is', async () => {
  const topics = await Promise.all(codecs.map(codec => createTopic(codec)))
  const theirs = await peer([
    ...codecs.map((codec, at) => ['records', topics[at] ?? '', codec, '3000']),
    ...topics.map(topic => ['dump', topic, 'read_uncommitted'])
  ])
  for (const [at, topic] of topics.entries()) {
    assert.equal(theirs[at]?.length, 3000)
    assertSame(await dump(topic, 'read_uncommitted'), theirs[at])
    const tiny = { 'max.partition.fetch.bytes': 1, 'fetch.max.bytes': 5000, 'max.poll.records': 7 }
    assertSame(await dump(topic, 'read_uncommitted', tiny), theirs[at])
  }
})

test('a topic that stamps records itself shows its time, not the producer’s', async () => {
  const topic = await createTopic('append-time', { 'message.timestamp.type': 'LogAppendTime' })
  const [theirs] = await peer([
    ['records', topic, 'lz4', '200'],
    ['dump', topic, 'read_uncommitted']
  ])
  const ours = await dump(topic, 'read_uncommitted')
  assertSame(ours, theirs)
  assert.ok(ours.every(line => line.includes(' LogAppendTime ')))
})

test('transactions: aborted records, open ones and the last stable offset are as Java sees them', async () => {
  const kinds = codecs.map((codec, at) => ({ codec, leaveOpen: at % 2 === 0 }))
  const topics = await Promise.all(kinds.map(({ codec }) => createTopic(`tx-${codec}`)))
  const theirs = await peer([
    ...kinds.map(({ codec, leaveOpen }, at) => ['transactions', topics[at] ?? '', codec, String(leaveOpen)]),
    ...topics.flatMap(topic => isolations.map(isolation => ['dump', topic, isolation]))
  ])
  for (const [at, topic] of topics.entries()) {
    const [all = [], committed = []] = theirs.slice(at * 2)
    assert.ok(all.length > committed.length && committed.length > 100)
    for (const properties of [{}, { 'max.partition.fetch.bytes': 1, 'fetch.max.bytes': 3000 }]) {
      assertSame(await dump(topic, 'read_uncommitted', properties), all)
      assertSame(await dump(topic, 'read_committed', properties), committed)
    }
  }
})

test('a compacted topic: gaps, empty batches and the last offsets are as Java sees them', async () => {
  const topic = await createTopic('compact', {
    'cleanup.policy': 'compact',
    'segment.ms': '200',
    'min.cleanable.dirty.ratio': '0.001',
    'min.compaction.lag.ms': '0',
    'delete.retention.ms': '0'
  })
  await peer([
    ['transactions', topic, 'none', 'false'],
    ['records', topic, 'gzip', '2000'],
    ['records', topic, 'none', '500']
  ])
  await using producer = await openProducer()
  // The active segment is never cleaned: further records make it roll.
  await until(async () => {
    for (const partition of [0, 1])
      await producer.send({ topic, partition, key: Buffer.from('roll'), value: null, headers: [], timestamp: null })
    return (await dump(topic, 'read_uncommitted')).length < 1000
  })
  // Cleaning may go on between the two looks: compare until both saw the same log.
  await until(async () => {
    const [theirs] = await peer([['dump', topic, 'read_committed']])
    const ours = await dump(topic, 'read_committed')
    return theirs?.length === ours.length && byPartition(ours).every((line, at) => line === byPartition(theirs)[at])
  })
  await using reader = await openConsumer()
  reader.consumer.assign([{ topic, partition: 0 }])
  await reader.until(() => reader.consumer.lag({ topic, partition: 0 }) === 0)
})
