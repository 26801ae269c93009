// Redis says no, for good or for a while: the policy's word on real servers, record by record.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, until, type Sent } from '../kit/worker.ts'

const json = (value: object): Sent => ({ value: JSON.stringify(value) })

/** Two modes of one topic: every record is a string and a member; `list` is a key that is no sorted set. */
async function refusedThird(policy: string) {
  const kafka = await openKafka()
  const server = await startRedis()
  const redis = openRedis(server.port)
  await redis.rpush('z:third', 'in the way')
  const topic = await kafka.createTopic('refused')
  const name = uniqueName('refused')
  await kafka.send(
    topic,
    ['first', 'second', 'third', 'fourth', 'fifth'].map((id, n) => json({ id, n }))
  )
  const worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.error.policy': policy,
      'connect.redis.retry.interval': 200,
      'connect.redis.max.retries': 4,
      'connect.progress.enabled': 'true',
      'connect.redis.kcql': `INSERT INTO z: SELECT n FROM ${topic} PK id STOREAS SortedSet(score=n)`
    }
  ])
  const committed = async () => (await kafka.committed(`connect-${name}`, topic)).get(0)
  return {
    kafka,
    redis,
    topic,
    worker,
    committed,
    place: new RegExp(`${topic}-0@2 .*"z:third".*WRONGTYPE`),
    [Symbol.asyncDispose]: async () => {
      await worker[Symbol.asyncDispose]()
      await redis[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await kafka[Symbol.asyncDispose]()
    }
  }
}

test('WRONGTYPE under NOOP: exactly that record is dropped, and told with its place and key', async () => {
  await using world = await refusedThird('NOOP')
  const { worker, redis, topic } = world
  await worker.until(async () => (await world.committed()) === 5)
  assert.deepEqual((await redis.keys('z:*')).sort(), ['z:fifth', 'z:first', 'z:fourth', 'z:second', 'z:third'])
  await worker.said(world.place)
  await worker.said(/Error policy NOOP: \[Record .*\]\. Processing continuing\./)
  await worker.said(
    new RegExp(`Delivered \\[\\d\\] records for ${topic} since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d`)
  )
  await worker.stop()
})

test('WRONGTYPE under THROW: the task fails at that record, everything before it is written and committed', async () => {
  await using world = await refusedThird('THROW')
  await world.worker.said(/Task is being killed/)
  await world.worker.said(world.place)
  assert.equal(await world.redis.exists('z:first', 'z:second'), 2)
  await until(async () => (await world.committed()) === 2)
})

test('WRONGTYPE under RETRY: tried again until the key is free, and then in order', async () => {
  await using world = await refusedThird('RETRY')
  await world.worker.said(/Remaining attempts \[3\]/)
  await world.redis.del('z:third')
  await world.worker.until(async () => (await world.committed()) === 5)
  assert.deepEqual(await world.redis.zrange('z:third', '0', '-1', 'WITHSCORES'), ['{"n":2}', '2'])
  await world.worker.said(/Recovered from error \[/)
})

test('WRONGTYPE under RETRY without end of it: the attempts are spent, then the task fails', async () => {
  await using world = await refusedThird('RETRY')
  await world.worker.said(/Remaining attempts \[1\][^]*Task is being killed/)
  await world.worker.said(world.place)
  assert.equal(await world.redis.exists('z:first', 'z:second'), 2)
})

test('entries of a stream whose records are refused for their other stream stand there exactly once, in order', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('stream')
  const name = uniqueName('stream')
  const count = 5000
  await redis.set('wrong', 'a string')
  await kafka.send(
    topic,
    Array.from({ length: count }, (_, id) => json({ id }))
  )
  await using worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.error.policy': 'NOOP',
      'connect.redis.kcql':
        `INSERT INTO events SELECT id FROM ${topic} STOREAS Stream;` +
        `INSERT INTO wrong SELECT id FROM ${topic} STOREAS Stream`
    }
  ])
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === count)
  const ids = (await redis.xrange('events', '-', '+')).map(([, fields]) => Number(fields[1]))
  assert.deepEqual(
    ids,
    Array.from({ length: count }, (_, id) => id)
  )
})

test('OOM, READONLY and LOADING are ridden out; what was fetched lands when Redis can take it', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis({
    args: [
      '--key-load-delay',
      '20000',
      '--loading-process-events-interval-bytes',
      '1024',
      '--enable-debug-command',
      'yes'
    ]
  })
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('away')
  const name = uniqueName('away')
  await using worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.error.policy': 'NOOP',
      'connect.redis.kcql':
        `INSERT INTO c: SELECT n FROM ${topic} PK id;` +
        `INSERT INTO z: SELECT n FROM ${topic} PK id STOREAS SortedSet(score=n) TTL=10000;` +
        `INSERT INTO s SELECT n FROM ${topic} STOREAS Stream`
    }
  ])
  let sent = 0
  const more = async (): Promise<void> => {
    await kafka.send(
      topic,
      Array.from({ length: 50 }, () => json({ id: `k${sent % 20}`, n: sent++ }))
    )
  }
  const landed = async (): Promise<void> => {
    await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === sent)
    const entries = (await redis.xrange('s', '-', '+')).map(([, fields]) => Number(fields[1]))
    assert.deepEqual(
      [...new Set(entries)],
      Array.from({ length: sent }, (_, n) => n)
    )
    for (let id = 0; id < 20; id++) assert.equal(await redis.zcard(`z:k${id}`), Math.ceil((sent - id) / 20))
  }
  await more()
  await landed()
  await redis.config('SET', 'maxmemory', '1')
  await more()
  await worker.said(/waiting for Redis .*: OOM/)
  await redis.config('SET', 'maxmemory', '0')
  await landed()
  await redis.call('REPLICAOF', '127.0.0.1', '1')
  await more()
  await worker.said(/waiting for Redis .*: READONLY/)
  await redis.call('REPLICAOF', 'NO', 'ONE')
  await landed()
  // Redis answers while it reads its data anew, slowly: what comes meanwhile gets LOADING.
  await redis.config('SET', 'key-load-delay', '100000')
  const reloading = redis.call('DEBUG', 'RELOAD')
  await more()
  await worker.said(/waiting for Redis .*: LOADING/)
  await reloading
  await landed()
  await worker.stop()
  worker.neverSaid(/Processing continuing/)
})
