// Signals: the first one lets tasks finish and commit, the second one ends the worker at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker } from '../kit/worker.ts'

test('SIGINT ends the worker as SIGTERM does: committed, out of the group, exit code 0', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('signal')
  const name = uniqueName('signal')
  await kafka.send(
    topic,
    [1, 2, 3].map(id => ({ value: JSON.stringify({ id }) }))
  )
  await using worker = await startWorker(
    [{ name, topics: topic, 'connect.redis.port': server.port, 'connect.redis.kcql': `SELECT * FROM ${topic} PK id` }],
    { 'offset.flush.interval.ms': 600_000 }
  )
  await worker.until(async () => (await redis.get('3')) !== null)
  process.kill(worker.pid, 'SIGINT')
  assert.equal(await worker.ended, 0, worker.logAtEnd())
  assert.equal((await kafka.committed(`connect-${name}`, topic)).get(0), 3)
  assert.equal(await kafka.membersOf(`connect-${name}`), 0)
})

test('a second signal does not wait for a Redis that stands still', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('signal')
  const name = uniqueName('signal')
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await using worker = await startWorker(
    [{ name, topics: topic, 'connect.redis.port': server.port, 'connect.redis.kcql': `SELECT * FROM ${topic} PK id` }],
    { 'task.shutdown.graceful.timeout.ms': 3_600_000 }
  )
  await worker.until(async () => (await redis.get('1')) !== null)
  await redis.call('CLIENT', 'PAUSE', '3600000', 'ALL')
  await kafka.send(topic, [{ value: '{"id":2}' }])
  process.kill(worker.pid, 'SIGTERM')
  await worker.said(/Kafka Connect stopping/)
  process.kill(worker.pid, 'SIGTERM')
  assert.equal(await worker.ended, 143)
})
