// Restarts and kills: nothing is lost, and nothing is delivered again but what was not committed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker } from '../kit/worker.ts'

function total(offsets: ReadonlyMap<number, number>): number {
  return [...offsets.values()].reduce((sum, offset) => sum + offset, 0)
}

test('a stopped worker has committed what Redis answered, and the next one delivers nothing again', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('restart', 2)
  const name = uniqueName('restart')
  const group = `connect-${name}`
  const connector = {
    name,
    topics: topic,
    'connect.redis.port': server.port,
    // A stream shows every delivery: an entry more is a record twice.
    'connect.redis.kcql': `INSERT INTO events SELECT id FROM ${topic} STOREAS Stream`
  }
  const records = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ value: JSON.stringify({ id: from + index }), partition: index % 2 }))

  await kafka.send(topic, records(0, 500))
  {
    await using worker = await startWorker([connector])
    await worker.until(async () => (await redis.xlen('events')) === 500)
    await worker.stop()
    assert.equal(await kafka.membersOf(group), 0, 'the worker left its group')
    assert.deepEqual(
      new Map([...(await kafka.committed(group, topic))].sort()),
      new Map([
        [0, 250],
        [1, 250]
      ])
    )
  }
  await kafka.send(topic, records(500, 100))
  {
    await using worker = await startWorker([connector])
    await worker.until(async () => (await redis.xlen('events')) >= 600)
    await worker.stop()
  }
  const ids = (await redis.xrange('events', '-', '+')).map(([, fields]) => Number(fields[1]))
  assert.deepEqual(
    ids.sort((a, b) => a - b),
    Array.from({ length: 600 }, (_, index) => index)
  )
})

test('a worker killed in mid-load, again and again, leaves Redis as the topic says', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('kill', 3)
  const name = uniqueName('kill')
  const group = `connect-${name}`
  const connector = {
    name,
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.kcql':
      `INSERT INTO c: SELECT id, n FROM ${topic} PK id;` +
      `INSERT INTO z SELECT id, n FROM ${topic} STOREAS SortedSet(score=n);` +
      `INSERT INTO zs: SELECT n FROM ${topic} PK id STOREAS SortedSet(score=n)`,
    'consumer.override.session.timeout.ms': 6000
  }
  const count = 60_000
  const keys = 300
  // The model: a key always goes to one partition, so its last value is the topic's.
  const last = new Map<number, number>()
  const sent = Array.from({ length: count }, (_, n) => {
    const id = (n * 7) % keys
    last.set(id, n)
    return { value: JSON.stringify({ id, n }), partition: id % 3 }
  })
  await kafka.send(topic, sent.slice(0, count / 2))
  const loading = kafka.send(topic, sent.slice(count / 2))
  for (let kill = 0; kill < 4; kill++) {
    await using worker = await startWorker([connector])
    const before = await redis.zcard('z')
    await worker.until(async () => {
      const now = await redis.zcard('z')
      return now > before || now === count
    })
    await worker.kill()
  }
  await loading
  await using worker = await startWorker([connector])
  await worker.until(async () => total(await kafka.committed(group, topic)) === count)
  await worker.stop()

  for (const [id, n] of last) assert.equal(await redis.get(`c:${id}`), `{"id":${id},"n":${n}}`)
  assert.equal(await redis.dbsize(), 2 * keys + 1)
  assert.equal(await redis.zcard('z'), count)
  assert.equal(await redis.zscore('z', `{"id":${(4711 * 7) % keys},"n":4711}`), '4711')
  for (const id of last.keys()) assert.equal(await redis.zcard(`zs:${id}`), count / keys)
})
