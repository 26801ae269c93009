// Redis goes away: under every policy the worker rides it out, loses nothing, and commits nothing that Redis did not answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker } from '../kit/worker.ts'

const durable = ['--appendonly', 'yes', '--appendfsync', 'always']

for (const policy of ['NOOP', 'THROW', 'RETRY']) {
  test(`Redis killed and started again in mid-load under ${policy}: nothing is lost`, async () => {
    await using kafka = await openKafka()
    await using server = await startRedis({ args: durable })
    await using redis = openRedis(server.port)
    const topic = await kafka.createTopic('outage', 2)
    const name = uniqueName('outage')
    const count = 20_000
    const records = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => ({
        value: JSON.stringify({ id: from + index }),
        partition: index % 2
      }))
    await kafka.send(topic, records(0, count / 2))
    await using worker = await startWorker([
      {
        name,
        topics: topic,
        'connect.redis.port': server.port,
        'connect.redis.error.policy': policy,
        'connect.redis.retry.interval': 200,
        'connect.redis.max.retries': 50,
        'connect.redis.kcql': `SELECT id FROM ${topic} PK id`
      }
    ])
    await worker.until(async () => (await redis.dbsize()) > 0)
    await server.kill()
    await kafka.send(topic, records(count / 2, count))
    await worker.said(/Redis/)
    await server.start()
    await worker.until(async () => (await redis.dbsize().catch(() => 0)) === count)
    await worker.until(async () => {
      const offsets = await kafka.committed(`connect-${name}`, topic)
      return offsets.get(0) === count / 2 && offsets.get(1) === count / 2
    })
    await worker.stop()
  })
}

test('Redis down at start is an outage like any other', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  const topic = await kafka.createTopic('down')
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await server.kill()
  await using worker = await startWorker([
    {
      name: uniqueName('down'),
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.kcql': `SELECT id FROM ${topic} PK id`
    }
  ])
  await worker.said(new RegExp(`127.0.0.1:${server.port}`))
  await server.start()
  await using redis = openRedis(server.port)
  await worker.until(async () => (await redis.get('1')) === '{"id":1}')
})

test('no offset passes what Redis has answered', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('frozen')
  const name = uniqueName('frozen')
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await using worker = await startWorker([
    { name, topics: topic, 'connect.redis.port': server.port, 'connect.redis.kcql': `SELECT id FROM ${topic} PK id` }
  ])
  const committed = async () => (await kafka.committed(`connect-${name}`, topic)).get(0)
  await worker.until(async () => (await committed()) === 1)
  // Redis takes what is written and answers nothing, until it is told to go on.
  await redis.call('CLIENT', 'PAUSE', '600000', 'WRITE')
  await kafka.send(
    topic,
    Array.from({ length: 100 }, (_, index) => ({ value: JSON.stringify({ id: index }) }))
  )
  // Redis holds the client of a write back ("b"): the records are on their way. Its last command was a SET before, too.
  await worker.until(async () => / flags=b /.test(String(await redis.call('CLIENT', 'LIST'))))
  // Several commit intervals (200 ms) pass while the answer is outstanding, counted by commits of another connector's group.
  const other = await kafka.createTopic('frozen-clock')
  await using second = await startRedis()
  const clockName = uniqueName('clock')
  await using clock = await startWorker([
    {
      name: clockName,
      topics: other,
      'connect.redis.port': second.port,
      'connect.redis.kcql': `SELECT id FROM ${other} PK id`
    }
  ])
  for (let tick = 1; tick <= 3; tick++) {
    await kafka.send(other, [{ value: `{"id":${tick}}` }])
    await clock.until(async () => (await kafka.committed(`connect-${clockName}`, other)).get(0) === tick)
  }
  assert.equal(await committed(), 1)
  await redis.call('CLIENT', 'UNPAUSE')
  await worker.until(async () => (await committed()) === 101)
})
