// Bad records, by policy: which are dropped, which stop the task, what is said of them, and what is committed.
import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, type Settings } from '../kit/worker.ts'

const good = (id: number) => ({ value: JSON.stringify({ id: String(id), n: id }) })
const garbage = { value: Buffer.from([0x7b, 0xff, 0x00, 0x22]) }
const withoutKey = { value: '{"n":1}' }

/** Waits until /health, healthy as ever, ends with `skips`. */
async function shown(worker: Awaited<ReturnType<typeof startWorker>>, skips: RegExp): Promise<void> {
  const rest = await restOf(worker)
  await worker.until(async () => {
    const { status, message } = (await rest.get('/health')).json as { status: string; message: string }
    assert.equal(status, 'healthy')
    return skips.test(message)
  })
}

/** A worker on a topic whose fourth record is `bad`, with a Redis of its own. */
async function setUp(bad: { value: string | Buffer | null }, more: Settings = {}) {
  const kafka = await openKafka()
  const server = await startRedis()
  const redis = openRedis(server.port)
  const topic = await kafka.createTopic('bad')
  const name = uniqueName('bad')
  await kafka.send(topic, [good(0), good(1), good(2), bad, good(4), good(5)])
  const connector = {
    name,
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.kcql': `SELECT n FROM ${topic} PK id`,
    ...more
  }
  const start = (changed: Settings = {}) => startWorker([{ ...connector, ...changed }])
  return {
    kafka,
    redis,
    topic,
    name,
    start,
    committed: async () => (await kafka.committed(`connect-${name}`, topic)).get(0),
    async [Symbol.asyncDispose]() {
      await redis[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await kafka[Symbol.asyncDispose]()
    }
  }
}

test('garbage bytes under errors.tolerance=none fail the task, which says where', async () => {
  await using bench = await setUp(garbage)
  await using worker = await bench.start()
  await worker.said(/Task is being killed and will not recover until manually restarted/)
  await worker.said(new RegExp(`${bench.topic}-0.*offset 3|${bench.topic}.*partition.*0.*offset.*3|${bench.topic}-0@3`))
  await worker.stop()
  assert.ok(((await bench.committed()) ?? 0) <= 3, 'the bad record is not committed')
  worker.neverSaid(/^\s+at .*\.ts:\d+/m)
})

test('garbage bytes under errors.tolerance=all are skipped and the rest goes on', async () => {
  await using bench = await setUp(garbage, {
    'errors.tolerance': 'all',
    'errors.log.enable': 'true',
    'errors.log.include.messages': 'true'
  })
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 6)
  assert.deepEqual((await bench.redis.keys('*')).sort(), ['0', '1', '2', '4', '5'])
  await worker.said(/Executing stage 'VALUE_CONVERTER'.*offset=3/)
})

test('a record the sink refuses stops the task under THROW: what came before it is written and committed, nothing after it', async () => {
  await using bench = await setUp(withoutKey)
  await using worker = await bench.start()
  await worker.said(/Task is being killed and will not recover until manually restarted/)
  assert.deepEqual((await bench.redis.keys('*')).sort(), ['0', '1', '2'])
  await worker.stop()
  assert.ok(((await bench.committed()) ?? 0) <= 3)
  await worker.said(/offset[ =]3|@3/)
})

test('a topic whose converter is the wrong one fails with the property to write; as it says, every record passes', async () => {
  await using bench = await setUp(
    { value: '{"id":"3","n":3}' },
    {
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter'
    }
  )
  await using worker = await bench.start()
  await worker.said(
    new RegExp(
      `Record ${bench.topic}-0@0: its value looks like plain JSON .*Write value\\.converter\\.schemas\\.enable=false\\. Last of all errors\\.tolerance=all.* is being killed`
    )
  )
  await worker.stop()
  await using mended = await bench.start({ 'value.converter.schemas.enable': 'false' })
  await mended.until(async () => (await bench.committed()) === 6)
})

test('2000 records under errors.tolerance=all are told of in a few lines: the first at once, all of them at the end', async () => {
  await using bench = await setUp(garbage, {
    'errors.tolerance': 'all',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter'
  })
  await bench.kafka.send(
    bench.topic,
    Array.from({ length: 1994 }, (_, id) => good(id))
  )
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 2000)
  await worker.said(
    new RegExp(
      `skipped a record \\(errors.tolerance=all\\).*Record ${bench.topic}-0@0: its value looks like plain JSON`
    )
  )
  await shown(
    worker,
    new RegExp(
      `requests\\. Task ${bench.name}-0 skipped 2000 records since \\S+Z \\(first ${bench.topic}-0@0, last ${bench.topic}-0@1999\\): errors\\.tolerance=all\\.$`
    )
  )
  await worker.stop()
  await worker.said(
    new RegExp(
      `skipped 2000 records since \\S+Z \\(first ${bench.topic}-0@0, last ${bench.topic}-0@1999\\).*The last one: Record ${bench.topic}-0@1999: `
    )
  )
  worker.saidTimes(/skipped /, 2)
})

test('NOOP drops 2000 records in a few lines, and the metric counts each', async () => {
  await using bench = await setUp(withoutKey, { 'connect.redis.error.policy': 'NOOP' })
  await bench.kafka.send(
    bench.topic,
    Array.from({ length: 1994 }, () => withoutKey)
  )
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 2000)
  const rest = await restOf(worker)
  await worker.until(async () =>
    /kafka_connect_redis_dropped_total\{[^}]*\} 1995/.test((await rest.get('/metrics')).text)
  )
  await shown(
    worker,
    new RegExp(
      `requests\\. Task ${bench.name}-0 skipped 1995 records since \\S+Z \\(first ${bench.topic}-0@3, last ${bench.topic}-0@1999\\): refused, dropped by connect\\.redis\\.error\\.policy=NOOP\\.$`
    )
  )
  await worker.stop()
  await worker.said(
    new RegExp(
      `Error policy NOOP: 1995 records since \\S+ \\(first ${bench.topic}-0@3, last ${bench.topic}-0@1999\\) dropped`
    )
  )
  worker.saidTimes(/Error policy NOOP/, 2)
  worker.saidTimes(/Encountered error/, 1)
})

test('a record without coordinates is shown as skipped, and gone with its task', async () => {
  await using bench = await setUp(good(3))
  const place = { value: '{"id":"7","longitude":1,"latitude":1}' }
  const topic = await bench.kafka.createTopic('places')
  await bench.kafka.send(topic, [place, { value: '{"id":"3","longitude":"x","latitude":1}' }, place])
  await using worker = await bench.start({
    topics: topic,
    'connect.redis.kcql': `INSERT INTO places SELECT id FROM ${topic} PK id STOREAS GeoAdd`
  })
  const skipped = `Task ${bench.name}-0 skipped 1 record since \\S+Z \\(${topic}-0@1\\): longitude or latitude is no number\\.$`
  await shown(worker, new RegExp(skipped))
  const rest = await restOf(worker)
  await rest.ask('PUT', `/connectors/${bench.name}/stop`)
  await shown(worker, /ready to handle requests\.$/)
})

test('NOOP drops exactly the refused record, and says which', async () => {
  await using bench = await setUp(withoutKey, { 'connect.redis.error.policy': 'NOOP' })
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 6)
  assert.deepEqual((await bench.redis.keys('*')).sort(), ['0', '1', '2', '4', '5'])
  await worker.said(/Error policy NOOP/)
  await worker.said(/offset[ =]3|@3/)
})

test('a tombstone is refused, naming what to do', async () => {
  await using bench = await setUp({ value: null }, { 'connect.redis.error.policy': 'NOOP' })
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 6)
  await worker.said(/tombstone/i)
})

test('a command that Redis refuses is tried again under RETRY until it passes', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('retry')
  const name = uniqueName('retry')
  await redis.set('z', 'no sorted set')
  await kafka.send(
    topic,
    Array.from({ length: 10 }, (_, n) => ({ value: `{"n":${n}}` }))
  )
  await using worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.error.policy': 'RETRY',
      'connect.redis.retry.interval': 100,
      'connect.redis.max.retries': 1000,
      'connect.redis.kcql': `INSERT INTO z SELECT n FROM ${topic} STOREAS SortedSet(score=n)`
    }
  ])
  await worker.said(/Remaining attempts \[\d+\]/)
  assert.notEqual((await kafka.committed(`connect-${name}`, topic)).get(0), 10)
  await redis.del('z')
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 10)
  assert.equal(await redis.zcard('z'), 10)
  await worker.said(/Recovered from error/)
})

test('max.retries attempts in all, then the task fails', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('attempts')
  await redis.set('z', 'no sorted set')
  await kafka.send(topic, [{ value: '{"n":1}' }])
  await using worker = await startWorker([
    {
      name: uniqueName('attempts'),
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.error.policy': 'RETRY',
      'connect.redis.retry.interval': 50,
      'connect.redis.max.retries': 3,
      'connect.redis.kcql': `INSERT INTO z SELECT n FROM ${topic} STOREAS SortedSet(score=n)`
    }
  ])
  await worker.said(/Task is being killed and will not recover until manually restarted/)
  await worker.said(/WRONGTYPE/)
  await worker.stop()
  worker.saidTimes(/Remaining attempts/, 2)
})

/** Stands between worker and Redis and spoils the name of the first command whose bytes hold `mark`, so that Redis refuses just that one. */
async function spoilOne(port: number, mark: string) {
  let spoiled = 0
  const server = createServer(worker => {
    const redis = connect(port, '127.0.0.1')
    worker.on('data', (chunk: Buffer) => {
      const at = spoiled === 0 ? chunk.indexOf(mark) : -1
      if (at >= 0) {
        spoiled++
        chunk[at + 4] = 0x58
      }
      redis.write(chunk)
    })
    redis.on('data', chunk => worker.write(chunk))
    for (const [one, other] of [
      [worker, redis],
      [redis, worker]
    ] as const) {
      one.on('close', () => other.destroy())
      one.on('error', () => other.destroy())
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    spoiled: () => spoiled,
    [Symbol.asyncDispose]: async () => void server.close()
  }
}

// A SETEX travels as it is; SETs travel as one MSET, which is then refused as a whole and sent again command by command.
for (const [what, ttl, mark] of [
  ['commands', ' TTL=1000', '$5\r\nSETEX\r\n$4\r\nsame\r\n'],
  ['merged commands', '', '$4\r\nMSET\r\n']
] as const) {
  test(`of 500 ${what} under way one is refused and a later one on its key accepted: the later one stands`, () =>
    laterOneStands(ttl, mark))
}

async function laterOneStands(ttl: string, mark: string): Promise<void> {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await using proxy = await spoilOne(server.port, mark)
  const topic = await kafka.createTopic('order')
  const name = uniqueName('order')
  const idOf = (n: number): string => (n === 100 || n === 400 ? 'same' : String(n))
  await kafka.send(
    topic,
    Array.from({ length: 500 }, (_, n) => ({ value: JSON.stringify({ id: idOf(n), text: `v${n}` }) }))
  )
  await using worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': proxy.port,
      'connect.redis.error.policy': 'RETRY',
      'connect.redis.retry.interval': 50,
      'connect.redis.max.retries': 5,
      'connect.redis.coalesce': 'false',
      'connect.redis.kcql': `SELECT text FROM ${topic} PK id${ttl}`
    }
  ])
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 500)
  assert.equal(proxy.spoiled(), 1)
  assert.equal(await redis.get('same'), '{"text":"v400"}')
  assert.equal(await redis.dbsize(), 499)
}
