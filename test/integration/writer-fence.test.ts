// What a connection given up still held arrives late, through a proxy or a line that was down: nothing of it lands over newer values.
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { type Redis } from 'ioredis'
import { reservePort } from '../../scripts/stack/ports.ts'
import { startFarRedis } from '../kit/far-redis.ts'
import { startLateProxy } from '../kit/late-proxy.ts'
import { hotKeys, hotText, startSink } from '../kit/redis-sink.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, type Settings, startWorker, until } from '../kit/worker.ts'

const store = (name: string): string => resolve('test/vectors/key-stores', name)
const tls: Settings = {
  'connect.redis.ssl.enabled': 'true',
  'ssl.truststore.location': store('ca.pem'),
  'ssl.truststore.type': 'PEM'
}

/** A Redis with a TLS port beside its plain one. */
async function startBothPorts() {
  const tlsPort = await reservePort({ pid: process.pid })
  const files = ['--tls-cert-file', store('app.pem'), '--tls-key-file', store('key.pem')]
  const args = [
    '--tls-port',
    String(tlsPort),
    ...files,
    '--tls-ca-cert-file',
    store('ca.pem'),
    '--tls-auth-clients',
    'no'
  ]
  return Object.assign(await startRedis({ args }), { tlsPort })
}

async function valuesOf(redis: Redis): Promise<readonly (string | null)[]> {
  return redis.mget(Array.from({ length: hotKeys }, (_, key) => String(key)))
}

const all = (value: number): readonly string[] => Array.from({ length: hotKeys }, () => hotText(value))
const rounds = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, n) => from + n)

for (const [way, secure] of [
  ['plain', false],
  ['TLS', true]
] as const) {
  for (const [fence, rights] of [
    ['CLIENT KILL', null],
    ['WATCH, without the right to CLIENT KILL', '-client|kill'],
    ['WATCH, without the right to CLIENT INFO', '-client|info']
  ] as const) {
    const start = async () => {
      const server = await startBothPorts()
      const redis = openRedis(server.port)
      if (rights !== null) await redis.call('ACL', 'SETUSER', 'default', rights)
      const proxy = await startLateProxy(secure ? server.tlsPort : server.port)
      const sink = await startSink({ 'connect.redis.port': proxy.port, ...(secure ? tls : {}) })
      const stack = new AsyncDisposableStack()
      for (const each of [server, redis, proxy, sink]) stack.use(each)
      await sink.put([0])
      await sink.settled()
      // From here on Redis gets nothing of this connection until much later.
      proxy.hold()
      await sink.put(rounds(1, 50))
      await until(() => proxy.heldBytes() > 0)
      return { redis, proxy, sink, [Symbol.asyncDispose]: () => stack.disposeAsync() }
    }

    test(`bytes of a broken connection arrive late over ${way}: nothing is stale (${fence})`, async () => {
      await using bench = await start()
      const { redis, proxy, sink } = bench
      proxy.cut()
      await sink.put(rounds(50, 60))
      await sink.settled()
      assert.deepEqual(await valuesOf(redis), all(59))
      await proxy.deliver()
      assert.deepEqual(await valuesOf(redis), all(59))
      assert.equal(await redis.dbsize(), hotKeys)
      const denied = /does not let this connector close its own connections/
      if (rights === null) await sink.neverSaid(denied)
      else await sink.said(denied)
    })

    test(`partitions given up, then the task stopped, with bytes on their way over ${way}: the next owner's values stay (${fence})`, async () => {
      for (const end of ['close', 'stop'] as const) {
        await using bench = await start()
        const { redis, proxy, sink } = bench
        if (end === 'close') await sink.task.close([{ topic: 't', partition: 0 }])
        else await sink.task.stop()
        await redis.mset(all(99).flatMap((value, key) => [String(key), value]))
        await proxy.deliver()
        assert.deepEqual(await valuesOf(redis), all(99), end)
        assert.equal(await redis.dbsize(), hotKeys)
      }
    })
  }
}

test('a worker behind a proxy that delivers late leaves no key stale', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await using proxy = await startLateProxy(server.port)
  const topic = await kafka.createTopic('late')
  const name = uniqueName('late')
  const records = (values: readonly number[]) =>
    values.flatMap(v => Array.from({ length: hotKeys }, (_, id) => ({ value: JSON.stringify({ id, v }) })))
  await kafka.send(topic, records([0]))
  await using worker = await startWorker([
    { name, topics: topic, 'connect.redis.port': proxy.port, 'connect.redis.kcql': `SELECT v FROM ${topic} PK id` }
  ])
  const committed = async () => (await kafka.committed(`connect-${name}`, topic)).get(0)
  await worker.until(async () => (await committed()) === hotKeys)
  proxy.hold()
  await kafka.send(topic, records(rounds(1, 50)))
  await worker.until(() => Promise.resolve(proxy.heldBytes() > 0))
  proxy.cut()
  await kafka.send(topic, records(rounds(50, 60)))
  await worker.until(async () => (await committed()) === 60 * hotKeys)
  await proxy.deliver()
  assert.deepEqual(await valuesOf(redis), all(59))
})

test('a line that is down for longer than Redis may be silent, and up again: no key is stale, then or later', async t => {
  const far = await startFarRedis()
  if (typeof far === 'string') return t.skip(far)
  await using server = far
  const { redis } = server
  await using sink = await startSink(
    { 'connect.redis.host': server.host, 'connect.redis.port': server.port },
    { silenceMs: 300 }
  )
  await sink.put([0])
  await sink.settled()
  const before = server.known()
  server.cut()
  await sink.put(rounds(1, 50))
  await sink.said(/did not answer for/)
  await sink.put(rounds(50, 60))
  server.mend()
  await sink.settled()
  assert.deepEqual(await valuesOf(redis), all(59))
  // Only the looker's connection is left of those that were: neither kernel holds anything of the others that could still be written.
  const lookers = /addr=(\S+)/.exec(String(await redis.call('CLIENT', 'INFO')))?.[1] ?? ''
  await until(() => [...server.known()].every(name => name === lookers || !before.has(name)))
  assert.deepEqual(await valuesOf(redis), all(59))
})
