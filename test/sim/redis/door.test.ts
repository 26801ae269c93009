// The sink's own door on sockets of the simulated network: login, probe and asking are production's, time and bytes the world's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type OpenedRedis, RedisLoginError, redisDoor } from '../../../src/redis/client.ts'
import { parseSinkSettings } from '../../../src/redis/config-read.ts'
import { oldClassNames } from '../../../src/redis/class-names.ts'
import { simSockets } from './door.ts'
import { requestBytes, RedisWorld } from './redis-world.ts'

const config = {
  name: 'sink',
  'connector.class': oldClassNames[0] ?? '',
  topics: 't',
  'connect.redis.host': 'redis',
  'connect.redis.port': '6379',
  'connect.redis.kcql': 'SELECT v FROM t PK id STOREAS SortedSet(score=v) TTL=100'
}

function open(world: RedisWorld, password: string | null = null): Promise<OpenedRedis> {
  const more = password === null ? {} : { 'connect.redis.password': password }
  const settings = parseSinkSettings(new Map(Object.entries({ ...config, ...more })))
  return redisDoor(settings, simSockets(world.network, world.worker)).open()
}

test('logged in, it knows what it may do', async () => {
  for (const [denied, transactions, expiry] of [
    [[], true, 'script'],
    [['eval'], true, 'watch'],
    [['eval', 'watch'], true, 'apart'],
    [['eval', 'multi'], false, 'apart']
  ] as const) {
    const world = new RedisWorld()
    for (const command of denied) world.redis.deny(command)
    const { rights, passwordIdle } = await world.play(() => open(world, 'sesame'))
    assert.equal(passwordIdle, true)
    assert.deepEqual([rights.transactions, rights.expiry], [transactions, expiry], denied.join())
    assert.equal(world.redis.history.executed.length, 0)
  }
})

test('a password that is missing or wrong is told from a Redis that is away', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    redis.setPassword('sesame')
    await assert.rejects(open(world), RedisLoginError)
    await assert.rejects(open(world, 'no'), RedisLoginError)
    assert.equal((await open(world, 'sesame')).passwordIdle, false)
    redis.set('loading', true)
    await assert.rejects(open(world, 'sesame'), /LOADING/)
    redis.crash({ data: 'kept' })
    await assert.rejects(open(world, 'sesame'), /ECONNREFUSED/)
    const { now } = world.scheduler
    world.path.upCut = true
    await assert.rejects(open(world, 'sesame'), /no connection within 10000 ms/)
    assert.equal(world.scheduler.now - now, 10_000)
  })
})

test('a Redis that says nothing is waited for as long as production waits, by the time of the world', async () => {
  const world = new RedisWorld()
  await world.play(async () => {
    world.redis.freeze()
    const { now } = world.scheduler
    await assert.rejects(open(world), /no answer to PING in 10000 ms/)
    const waited = world.scheduler.now - now
    assert.ok(waited >= 10_000 && waited < 10_010, String(waited))
  })
})

/** Some 200 KB: more than kernels hold. */
const flight = requestBytes(Array.from({ length: 5000 }, (_, n) => ['SET', `k${n}`, 'v'.repeat(10)]))

test('what the kernels have no room for waits here, and goes out as the other end takes', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    const { link } = await open(world)
    const events: string[] = []
    let bytes = 0
    link.listen({
      onData: chunk => void (bytes += chunk.length),
      onDrain: () => void events.push('drain'),
      onClose: () => void events.push('close')
    })
    redis.freeze()
    assert.equal(link.write([flight.subarray(0, 1000), flight.subarray(1000, 2000)]), true)
    assert.equal(link.write([flight.subarray(2000)]), false)
    await world.sleep(1000)
    assert.deepEqual(events, [])
    redis.thaw()
    await world.sleep(1000)
    assert.deepEqual(events, ['drain'])
    assert.equal(redis.history.executed.length, 5000)
    assert.equal(bytes, 5000 * '+OK\r\n'.length)
    link.end()
    await world.sleep(10)
    assert.deepEqual(events, ['drain', 'close'])
  })
})

test('given up, what waits here never leaves; what the network has may still be executed', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    const { link } = await open(world)
    const reasons: string[] = []
    link.listen({ onData: () => undefined, onDrain: () => undefined, onClose: reason => void reasons.push(reason) })
    redis.freeze()
    link.write([flight])
    await world.sleep(10)
    link.destroy()
    await world.sleep(10)
    assert.equal(reasons.length, 1)
    redis.thaw()
    await world.sleep(1000)
    const { length } = redis.history.executed
    assert.ok(length < 2000, String(length))
  })
})
