// Connections that stall, break half-way, are turned away or asked for another password, and outages that outlast their time.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, until } from '../kit/worker.ts'

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

function peakMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

/** A way to Redis that can go deaf, as when a cable is cut: nothing passes, and nobody is told. */
async function startProxy(port: number) {
  const sockets = new Set<Socket>()
  let deaf = false
  const server = createServer(client => {
    const target = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, target],
      [target, client]
    ] as const) {
      sockets.add(from)
      from.on('data', chunk => deaf || to.write(chunk))
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        if (!deaf) to.destroy()
      })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    setDeaf: (value: boolean) => void (deaf = value),
    connections: () => sockets.size / 2,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

test(
  'a stalled Redis keeps memory flat, holds commits back, and heals',
  { skip: process.platform !== 'linux' },
  async () => {
    await using kafka = await openKafka()
    await using server = await startRedis()
    await using redis = openRedis(server.port)
    const redisPid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1])
    const topic = await kafka.createTopic('stalled', 2)
    const name = uniqueName('stalled')
    const filler = 'x'.repeat(900)
    const records = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({
        value: JSON.stringify({ id: from + n, filler }),
        partition: n % 2
      }))
    await kafka.send(topic, records(0, 2000))
    await using worker = await startWorker([
      { name, topics: topic, 'connect.redis.port': server.port, 'connect.redis.kcql': `SELECT * FROM ${topic} PK id` }
    ])
    const committed = async () =>
      [...(await kafka.committed(`connect-${name}`, topic)).values()].reduce((a, b) => a + b, 0)
    await worker.until(async () => (await committed()) === 2000)
    process.kill(redisPid, 'SIGSTOP')
    try {
      const before = residentMiB(worker.pid)
      const count = 60_000
      await kafka.send(topic, records(2000, count))
      await worker.said(/did not answer for/)
      assert.equal(await committed(), 2000)
      const grown = peakMiB(worker.pid) - before
      assert.ok(grown < 150, `grew by ${Math.round(grown)} MiB with ${(count * 920) / 2 ** 20} MiB waiting`)
      process.kill(redisPid, 'SIGCONT')
      await worker.until(async () => (await committed()) === 2000 + count)
      assert.equal(await redis.dbsize(), 2000 + count)
    } finally {
      process.kill(redisPid, 'SIGCONT')
    }
  }
)

test('a half-open connection is noticed by its silence, and what was on it is sent again', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await using proxy = await startProxy(server.port)
  const topic = await kafka.createTopic('halfopen')
  const name = uniqueName('halfopen')
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await using worker = await startWorker([
    { name, topics: topic, 'connect.redis.port': proxy.port, 'connect.redis.kcql': `SELECT id FROM ${topic} PK id` }
  ])
  await worker.until(async () => (await redis.get('1')) !== null)
  proxy.setDeaf(true)
  await kafka.send(topic, [{ value: '{"id":2}' }])
  await worker.said(/did not answer for/)
  proxy.setDeaf(false)
  await worker.until(async () => (await redis.get('2')) !== null)
})

for (const [policy, outcome] of [
  ['THROW', /away for more than 1500 ms \(connect\.redis\.outage\.timeout\.ms\)/],
  ['RETRY', /Remaining attempts \[1\][^]*away for more than 1500 ms/]
] as const) {
  test(`an outage beyond its time under ${policy} ends the task, and nothing is committed`, async () => {
    await using kafka = await openKafka()
    await using server = await startRedis()
    const topic = await kafka.createTopic('beyond')
    const name = uniqueName('beyond')
    await server.kill()
    await kafka.send(topic, [{ value: '{"id":1}' }])
    const connector = {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.error.policy': policy,
      'connect.redis.max.retries': 2,
      'connect.redis.outage.timeout.ms': 1500,
      'connect.redis.kcql': `SELECT id FROM ${topic} PK id`
    }
    {
      await using worker = await startWorker([connector])
      await worker.said(/Task is being killed/)
      await worker.said(outcome)
      await worker.stop()
      assert.equal((await kafka.committed(`connect-${name}`, topic)).get(0) ?? 0, 0)
    }
    await server.start()
    await using redis = openRedis(server.port)
    await using worker = await startWorker([connector])
    await worker.until(async () => (await redis.get('1')) !== null)
  })
}

test('NOOP rides on beyond the outage time, and the record lands', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  const topic = await kafka.createTopic('rides')
  await server.kill()
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await using worker = await startWorker([
    {
      name: uniqueName('rides'),
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.error.policy': 'NOOP',
      'connect.redis.outage.timeout.ms': 1,
      'connect.redis.kcql': `SELECT id FROM ${topic} PK id`
    }
  ])
  await worker.said(/waiting for Redis/)
  await server.start()
  await using redis = openRedis(server.port)
  await worker.until(async () => (await redis.get('1')) !== null)
  await worker.stop()
  worker.neverSaid(/Processing continuing|Task is being killed/)
})

test('a password changed while running: the standing connection goes on, the next one fails the task, the right one heals it', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis({ args: ['--requirepass', 'first-secret'] })
  await using redis = openRedis(server.port, 'first-secret')
  const topic = await kafka.createTopic('password')
  const name = uniqueName('password')
  const connector = {
    name,
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.error.policy': 'NOOP',
    'connect.redis.kcql': `SELECT id FROM ${topic} PK id`
  }
  {
    await using worker = await startWorker([{ ...connector, 'connect.redis.password': 'first-secret' }])
    await kafka.send(topic, [{ value: '{"id":1}' }])
    await worker.until(async () => (await redis.get('1')) !== null)
    await redis.config('SET', 'requirepass', 'second-secret')
    await kafka.send(topic, [{ value: '{"id":2}' }])
    await worker.until(async () => (await redis.get('2')) !== null)
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await kafka.send(topic, [{ value: '{"id":3}' }])
    await worker.said(/failed: .*refuses the password of connect\.redis\.password \(WRONGPASS.* Task is being killed/)
    await worker.said(/taken for Redis.s user default.*users can.t be named yet/)
    await worker.stop()
    worker.neverSaid(/(first|second)-secret/)
  }
  await using worker = await startWorker([{ ...connector, 'connect.redis.connection.password': 'second-secret' }])
  await worker.until(async () => (await redis.get('3')) !== null)
})

test('no room for one more client is an outage, also where a password would be sent first', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis({ args: ['--requirepass', 'some-secret'] })
  await using redis = openRedis(server.port, 'some-secret')
  await until(() => redis.status === 'ready')
  await redis.config('SET', 'maxclients', '1')
  const topic = await kafka.createTopic('room')
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await using worker = await startWorker([
    {
      name: uniqueName('room'),
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.password': 'some-secret',
      'connect.redis.kcql': `SELECT id FROM ${topic} PK id`
    }
  ])
  await worker.said(/waiting for Redis .*max number of clients/)
  await redis.config('SET', 'maxclients', '100')
  await worker.until(async () => (await redis.get('1')) !== null)
})

test('a value larger than Redis takes is refused, and the connection it costs is no loss to others', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis({ args: ['--proto-max-bulk-len', '1048576'] })
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('large')
  const name = uniqueName('large')
  // What takes four bytes in Kafka takes six in Redis.
  const large = `{"id":7,"a":[${Array.from({ length: 200_000 }, () => '1e9').join(',')}]}`
  const records = Array.from({ length: 20 }, (_, id) => ({ value: id === 7 ? large : JSON.stringify({ id, a: [1] }) }))
  await kafka.send(topic, records)
  await using worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.error.policy': 'NOOP',
      'connect.redis.kcql': `SELECT a FROM ${topic} PK id`
    }
  ])
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 20)
  assert.equal(await redis.dbsize(), 19)
  await worker.said(new RegExp(`NOOP: \\[Record ${topic}-0@7 .*invalid bulk length`))
})
