// Redis goes away: under every policy the worker rides it out, loses nothing, and commits nothing that Redis did not answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker } from '../kit/worker.ts'
import { systemClock } from '../../src/util/clock.ts'

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

test('while Redis is away the lag is the truth, the metric and /health say what is waited for, and nothing says so when it is over', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('waits')
  const name = uniqueName('waits')
  const send = (from: number, to: number) =>
    kafka.send(
      topic,
      Array.from({ length: to - from }, (_, index) => ({ value: `{"id":${from + index}}` }))
    )
  await send(0, 12)
  await using worker = await startWorker([
    { name, topics: topic, 'connect.redis.port': server.port, 'connect.redis.kcql': `SELECT id FROM ${topic} PK id` }
  ])
  const rest = await restOf(worker)
  const health = async () => (await rest.get('/health')).json as { status: string; message: string }
  const series = async (start: string): Promise<number | null> => {
    const line = (await rest.get('/metrics')).text.split('\n').find(each => each.startsWith(start))
    return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ') + 1))
  }
  const lag = () => series(`kafka_consumer_fetch_manager_records_lag{clientId="connector-consumer-${name}-0"`)
  const waiting = () => series(`kafka_connect_task_waiting_seconds{connector="${name}",task="0",for="redis"}`)
  const quiet = { status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }
  await worker.said(new RegExp(`WorkerSinkTask\\{id=${name}-0\\} continues at ${topic}-0@0, 12 behind`))
  await worker.until(async () => (await redis.dbsize()) === 12 && (await lag()) === 0)
  assert.deepEqual([await waiting(), await health()], [null, quiet])
  await server.kill()
  await send(12, 20)
  await worker.said(
    new RegExp(`Task ${name}-0 is waiting for Redis at 127.0.0.1:${server.port} since \\S+Z, attempt 1: `)
  )
  // What was read and waits in memory counts, and what comes later, too.
  await worker.until(async () => (await lag()) === 8)
  await send(20, 30)
  await worker.until(async () => (await lag()) === 18)
  assert.ok(((await waiting()) ?? -1) >= 0)
  const { status, message } = await health()
  assert.equal(status, 'healthy')
  assert.match(
    message,
    new RegExp(`handle requests\\. Task ${name}-0 is waiting for Redis at 127.0.0.1:${server.port} since `)
  )
  // Connect shows a trace only of what failed.
  const task = (await rest.get(`/connectors/${name}/status`)).json as { tasks: readonly object[] }
  assert.deepEqual(Object.keys(task.tasks[0] ?? {}), ['id', 'state', 'worker_id', 'version'])
  // Restarted while it waits: the wait is told to be over, once, and begins anew.
  await rest.ask('POST', `/connectors/${name}/tasks/0/restart`)
  await worker.said(/is no longer waiting for Redis at \S+: the task ends, after /)
  await worker.until(async () => (await waiting()) !== null)
  await rest.ask('PUT', `/connectors/${name}/stop`)
  assert.deepEqual([await waiting(), await health()], [null, quiet])
  await rest.ask('PUT', `/connectors/${name}/resume`)
  await worker.until(async () => (await waiting()) !== null)
  await server.start()
  await worker.said(/is no longer waiting for Redis at \S+: it answers, after /)
  await worker.until(async () => (await lag()) === 0 && (await waiting()) === null)
  assert.deepEqual(await health(), quiet)
  await worker.stop()
  // Three starts of a task, and one banner.
  assert.equal(worker.logAtEnd().split('____        __        __  ___').length - 1, 1)
})

test('Kafka that is not there is told with the task that waits, and questions for its brokers are answered soon', async () => {
  const name = uniqueName('nowhere')
  await using worker = await startWorker(
    [{ name, topics: 't', 'connect.redis.port': 1, 'connect.redis.kcql': 'SELECT id FROM t PK id' }],
    { 'bootstrap.servers': '127.0.0.1:1' }
  )
  await worker.said(
    new RegExp(`Task ${name}-0 is waiting for Kafka at 127.0.0.1:1 since \\S+Z, attempt \\d+: .*ECONNREFUSED`)
  )
  const rest = await restOf(worker)
  const before = systemClock.monotonic()
  const answer = await rest.get(`/connectors/${name}/offsets`)
  const tookMs = systemClock.monotonic() - before
  assert.equal(answer.status, 500)
  assert.match(
    answer.text,
    new RegExp(
      `Request timed out\\. The worker is currently asking the brokers at 127.0.0.1:1 for the offsets of group connect-${name}, .*ECONNREFUSED`
    )
  )
  assert.ok(tookMs < 30_000, `${tookMs} ms`)
  assert.match((await rest.get('/health')).text, /"healthy".*is waiting for Kafka at 127\.0\.0\.1:1 since/)
  assert.match((await rest.get('/metrics')).text, /kafka_connect_task_waiting_seconds\{[^}]*for="kafka"\} \d/)
  await worker.stop()
  // Not a line a second.
  assert.equal(worker.logAtEnd().split(`Task ${name}-0 is waiting for Kafka`).length - 1, 1)
  worker.neverSaid(/ WARN .*metadata: /)
})
