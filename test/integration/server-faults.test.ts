// What no record can change is never a record's fault: nothing is dropped for it under any policy, and the task says what to do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { releasePorts, reservePort } from '../../scripts/stack/ports.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, until, type Settings } from '../kit/worker.ts'

const durable = ['--appendonly', 'yes', '--appendfsync', 'always']
/** A node of a cluster. Its second port would be 10,000 above the first, which anybody may have. */
async function startNode() {
  const bus = await reservePort({ pid: process.pid })
  const more = ['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no', '--cluster-port', String(bus)]
  const server = await startRedis({ args: more })
  const redis = openRedis(server.port)
  return {
    port: server.port,
    bus,
    redis,
    [Symbol.asyncDispose]: async () => {
      await redis[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      releasePorts([bus])
    }
  }
}

async function sendNumbers(kafka: Awaited<ReturnType<typeof openKafka>>, topic: string, ids: readonly string[]) {
  await kafka.send(
    topic,
    ids.map((id, n) => ({ value: JSON.stringify({ id, n }) }))
  )
}

const connector = (topic: string, name: string, port: number, more: Settings): Settings => ({
  name,
  topics: topic,
  'connect.redis.port': port,
  'connect.redis.kcql': `SELECT n FROM ${topic} PK id`,
  ...more
})

for (const [policy, tries] of [
  ['NOOP', 1],
  ['THROW', 1],
  ['RETRY', 2]
] as const) {
  test(`a node of a cluster under ${policy}: not one record is dropped, and the task says which server to name`, async () => {
    await using kafka = await openKafka()
    await using first = await startNode()
    await using second = await startNode()
    const { redis } = first
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191')
    await second.redis.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383')
    await redis.call('CLUSTER', 'MEET', '127.0.0.1', String(second.port), String(second.bus))
    await until(async () => /8192-16383/.test(String(await redis.call('CLUSTER', 'NODES'))))
    const topic = await kafka.createTopic('node')
    const name = uniqueName('node')
    // The first node has the slots of b, c and f; d belongs to the other.
    await sendNumbers(kafka, topic, ['b', 'c', 'f', 'd'])
    await using worker = await startWorker([
      connector(topic, name, first.port, {
        'connect.redis.error.policy': policy,
        'connect.redis.max.retries': tries,
        'connect.redis.retry.interval': 10
      })
    ])
    await worker.said(/failed: .*-0@3 .*"d".*MOVED.*name a server that holds all keys.* Task is being killed/)
    await until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 3)
    assert.deepEqual((await redis.keys('*')).toSorted(), ['b', 'c', 'f'])
    assert.equal(await redis.get('b'), '{"n":0}')
    await worker.stop()
  })
}

test('a right that is missing, a Sentinel and an unknown answer under NOOP: nothing is dropped or committed, each with its remedy', async () => {
  await using kafka = await openKafka()
  await using denied = await startRedis()
  await using keys = await startRedis()
  await using sentinel = await startRedis({ args: ['--rename-command', 'SET', '', '--rename-command', 'MSET', ''] })
  await using admin = openRedis(denied.port)
  await admin.call('ACL', 'SETUSER', 'default', '-set', '-mset')
  await using keyAdmin = openRedis(keys.port)
  await keyAdmin.call('ACL', 'SETUSER', 'default', 'resetkeys', '~ok:*', '%R~*')
  const cases = [
    { what: 'denied', port: denied.port, said: /refuses what the statements need.*NOPERM.*ACL SETUSER default \+set/ },
    { what: 'keys', port: keys.port, said: /NOPERM.*Give the Redis user the right/ },
    {
      what: 'sentinel',
      port: sentinel.port,
      said: /refuses what the statements need.*unknown command.*Name a server that knows/
    }
  ]
  const running = await Promise.all(
    cases.map(async each => {
      const topic = await kafka.createTopic(each.what)
      const name = uniqueName(each.what)
      await sendNumbers(kafka, topic, ['no:1', 'no:2', 'no:3'])
      return { ...each, topic, name }
    })
  )
  await using worker = await startWorker(
    running.map(({ topic, name, port }) => connector(topic, name, port, { 'connect.redis.error.policy': 'NOOP' }))
  )
  for (const { name, said } of running) {
    await worker.said(new RegExp(`id=${name}-0\\} failed: .*${said.source}.* Task threw`, 'i'))
  }
  await worker.stop()
  for (const { name, topic } of running) {
    assert.equal((await kafka.committed(`connect-${name}`, topic)).get(0) ?? 0, 0)
  }
  assert.deepEqual(await admin.dbsize(), 0)
})

for (const [policy, end] of [
  ['THROW', /away for more than 1500 ms .*READONLY/],
  ['RETRY', /Remaining attempts \[1\][^]*away for more than 1500 ms .*READONLY/]
] as const) {
  test(`a replica that never becomes a master under ${policy}: the outage has an end, few connections and few lines`, async () => {
    await using kafka = await openKafka()
    await using server = await startRedis({ args: durable })
    await using redis = openRedis(server.port)
    await redis.call('REPLICAOF', '127.0.0.1', '1')
    const topic = await kafka.createTopic('replica')
    const name = uniqueName('replica')
    await sendNumbers(kafka, topic, ['a', 'b', 'c'])
    const reconnects = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(await redis.info('stats'))?.[1])
    const before = await reconnects()
    await using worker = await startWorker([
      connector(topic, name, server.port, {
        'connect.redis.error.policy': policy,
        'connect.redis.max.retries': 2,
        'connect.redis.retry.interval': 10,
        'connect.redis.outage.timeout.ms': 1500
      })
    ])
    await worker.said(/Task is being killed/)
    await worker.said(end)
    await worker.stop()
    // Tries are spaced out from 50 ms to 2 s: in 1.5 or 3 s there is no room for more, whatever the machine.
    const opened = (await reconnects()) - before
    assert.ok(opened <= 24, `${opened} connections were opened`)
    const lines = worker.logAtEnd().match(/Redis at \S+ is (away|back)/g) ?? []
    assert.ok(lines.length <= 5, worker.logAtEnd())
    assert.equal((await kafka.committed(`connect-${name}`, topic)).get(0) ?? 0, 0)
  })
}

test('an outage is over when Redis has executed a command: a replica that becomes a master takes what waited', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await redis.call('REPLICAOF', '127.0.0.1', '1')
  const topic = await kafka.createTopic('promoted')
  const name = uniqueName('promoted')
  await sendNumbers(kafka, topic, ['a', 'b', 'c'])
  await using worker = await startWorker([connector(topic, name, server.port, {})])
  await worker.said(/waiting for Redis .*: READONLY/)
  await redis.call('REPLICAOF', 'NO', 'ONE')
  await worker.said(/no longer waiting for Redis/)
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 3)
  assert.equal(await redis.dbsize(), 3)
  await worker.stop()
})
