// A worker that is frozen past its session timeout: another one owns its partitions by then, and what the frozen one held must not be written over the newer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, until, type Settings } from '../kit/worker.ts'

/** The least that a broker takes by default. */
const sessionMs = 6000

test('a worker that wakes up after another one has taken over writes nothing of what it held', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  // The test's own eyes and hands keep all rights.
  await redis.call('ACL', 'SETUSER', 'eye', 'on', 'nopass', '~*', '&*', '+@all')
  await redis.call('AUTH', 'eye', 'any')
  const topic = await kafka.createTopic('frozen')
  const name = uniqueName('frozen')
  const group = `connect-${name}`
  const connector: Settings = {
    name,
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.error.policy': 'RETRY',
    'connect.redis.max.retries': -1,
    'connect.redis.retry.interval': 2000,
    'connect.redis.kcql': `SELECT n FROM ${topic} PK id`,
    'consumer.override.session.timeout.ms': sessionMs,
    'consumer.override.heartbeat.interval.ms': 1000
  }
  const committed = async () => (await kafka.committed(group, topic)).get(0)
  await using frozen = await startWorker([connector])
  await kafka.send(topic, [{ value: '{"id":"a","n":0}' }])
  await frozen.until(async () => (await committed()) === 1)
  // What is refused waits in the worker for its next try.
  await redis.call('ACL', 'SETUSER', 'default', '-set', '-mset')
  await kafka.send(topic, [{ value: '{"id":"a","n":1}' }])
  await frozen.said(/NOPERM/)
  process.kill(frozen.pid, 'SIGSTOP')
  try {
    await redis.call('ACL', 'SETUSER', 'default', '+@all')
    await until(async () => (await kafka.membersOf(group)) === 0)
    await using owner = await startWorker([connector])
    await kafka.send(topic, [{ value: '{"id":"a","n":2}' }])
    await owner.until(async () => (await committed()) === 3)
    assert.equal(await redis.get('a'), '{"n":2}')
    process.kill(frozen.pid, 'SIGCONT')
    // It has joined again: whatever it had to say of the old time, it has said.
    await until(async () => (await kafka.membersOf(group)) === 2)
    await frozen.stop()
    assert.equal(await redis.get('a'), '{"n":2}', 'the older value was written over the newer')
  } finally {
    try {
      process.kill(frozen.pid, 'SIGCONT')
    } catch {
      // It has ended.
    }
  }
})
