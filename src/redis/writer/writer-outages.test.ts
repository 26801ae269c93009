// Redis away, loading, read-only, silent or out of memory: the writer rides it out as the policy says, and nothing is lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../../test/kit/fake-clock.ts'
import { FakeRedis } from '../../../test/kit/fake-redis.ts'
import { entriesOf, fill, logText, set, stringOf, writerOn, xadd, zaddTtl } from '../../../test/kit/writer-bench.ts'
import { RedisLoginError } from '../client.ts'

test('a server that breaks each idle connection is not asked in a hot loop', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis)
  bench.writer.start()
  for (let turn = 0; turn < 50; turn++) {
    await settle()
    redis.connection?.cut('the server closed the connection')
  }
  // The clock stood still.
  assert.ok(redis.opens <= 3, `opened ${redis.opens} times`)
  await bench.until(() => {
    redis.connection?.cut('the server closed the connection')
    return redis.opens > 5
  })
  assert.ok(bench.clock.monotonic() > 500)
  fill(bench.writer, [set('a', '1')])
  bench.writer.push()
  await bench.idle()
  assert.equal(stringOf(redis, 'a'), '1')
})

test('an idle connection that the server closed after a while is opened again at once, without a word', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  bench.clock.advance(300_000)
  redis.connection?.cut('the server closed the connection')
  await settle()
  assert.notEqual(redis.connection, null)
  assert.deepEqual(bench.lines, [])
})

test('RETRY: an outage that is over gives the attempts back, also where nothing had been sent', async () => {
  const redis = new FakeRedis()
  redis.down = 'connect ECONNREFUSED'
  const bench = writerOn(redis, { policy: 'RETRY', maxRetries: 3, outageMs: 10_000 })
  bench.writer.start()
  for (let outage = 0; outage < 5; outage++) {
    fill(bench.writer, [set('a', `${outage}`)], outage)
    bench.writer.push()
    const since = bench.clock.monotonic()
    await bench.until(() => bench.clock.monotonic() - since > 15_000)
    assert.equal(bench.writer.failure, null, logText(bench.lines))
    redis.down = null
    await bench.idle()
    assert.equal(stringOf(redis, 'a'), `${outage}`)
    redis.down = 'connect ECONNREFUSED'
    redis.connection?.cut()
    await settle()
  }
})

for (const [policy, outcome] of [
  ['THROW', 'fails once its time is over'],
  ['RETRY', 'spends its attempts and fails'],
  ['NOOP', 'rides on']
] as const) {
  for (const reason of ['LOADING Redis is loading the dataset in memory', 'connect ECONNREFUSED 127.0.0.1:6379']) {
    test(`an outage (${reason.slice(0, 7)}) under ${policy} ${outcome}; nothing is committed or lost`, async () => {
      const redis = new FakeRedis()
      const isReply = reason.startsWith('LOADING')
      if (isReply) redis.mood = reason
      else redis.down = reason
      const bench = writerOn(redis, { policy, outageMs: 60_000, maxRetries: 2 })
      bench.writer.start()
      await settle()
      fill(bench.writer, [set('a', '1'), xadd('s', '1')])
      bench.writer.push()
      await bench.until(() => bench.writer.failure !== null || bench.clock.monotonic() > 600_000)
      assert.equal(bench.committable(0, 2), 0)
      const warnings = bench.lines.filter(
        ({ level, text }) => level === 'WARN' && text.includes('is waiting for Redis')
      )
      if (policy === 'NOOP') {
        assert.equal(bench.writer.failure, null)
        assert.ok(warnings.length >= 9 && warnings.length <= 11, `${warnings.length} warnings in ten minutes`)
        redis.mood = null
        redis.down = null
        await bench.idle()
        assert.deepEqual([stringOf(redis, 'a'), entriesOf(redis, 's')], ['1', ['1']])
        return
      }
      const spent = bench.clock.monotonic()
      const least = policy === 'THROW' ? 60_000 : 120_000
      assert.ok(spent >= least && spent < least + 5000, `failed after ${spent} ms`)
      assert.match(
        bench.failures[0]?.message ?? '',
        new RegExp(`connect.redis.outage.timeout.ms.*${reason.slice(0, 7)}`)
      )
      assert.equal(bench.failures.length, 1)
    })
  }
}

test('a replica that was the primary is left: the connection is made anew, also where EXEC says it', async () => {
  for (const command of [set('a', '1'), xadd('a', '1')]) {
    const redis = new FakeRedis({ auto: false })
    const bench = writerOn(redis)
    bench.writer.start()
    await settle()
    fill(bench.writer, [command])
    bench.writer.push()
    // Read as a primary, executed as a replica.
    if (command.kind === 'XADD') redis.connection?.execute(2)
    redis.mood = "READONLY You can't write against a read only replica."
    redis.auto = true
    redis.connection?.run()
    await bench.until(() => redis.opens > 2)
    redis.mood = null
    await bench.idle()
    assert.equal(redis.data.keys.has('a'), true)
  }
})

test('OOM is ridden out, whoever says it: the command, the script of a set that expires, old or new', async () => {
  for (const text of [
    "OOM command not allowed when used memory > 'maxmemory'.",
    'ERR Error running script (call to f_b1ce9ad8): @user_script:1: @user_script: 1: -OOM command not allowed when used memory.',
    "ERR Error running script (call to f_b1ce9ad8): @user_script:1: -READONLY You can't write against a read only replica."
  ]) {
    const redis = new FakeRedis()
    redis.mood = text
    const bench = writerOn(redis)
    bench.writer.start()
    fill(bench.writer, [zaddTtl('z', 1, 'm')])
    bench.writer.push()
    await bench.until(() => bench.clock.monotonic() > 30_000 || bench.writer.failure !== null)
    redis.mood = null
    await bench.idle()
    assert.deepEqual(bench.failures, [])
    assert.deepEqual(redis.data.keys.get('z'), { type: 'zset', scores: new Map([['m', '1']]), ttl: 60 })
  }
})

test('a half-open connection is given up after silence, and what was on it is sent again', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  const [first] = redis.connections
  if (first !== undefined) first.deaf = true
  fill(bench.writer, [set('a', '1')])
  bench.writer.push()
  bench.clock.advance(9_900)
  await settle()
  assert.equal(redis.opens, 1)
  await bench.idle()
  assert.equal(stringOf(redis, 'a'), '1')
  assert.match(logText(bench.lines), /did not answer/)
})

test('a huge value on a slow line is no silence', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  fill(bench.writer, [set('a', 'x'.repeat(40_000_000))])
  const [first] = redis.connections
  if (first !== undefined) first.deaf = true
  bench.writer.push()
  bench.clock.advance(30_000)
  await settle()
  assert.equal(redis.opens, 1)
  bench.clock.advance(60_000)
  await bench.until(() => redis.opens === 2)
})

test('a wrong password ends the task with its reason', async () => {
  const redis = new FakeRedis()
  redis.openError = () => new RedisLoginError('Redis refuses the password')
  const bench = writerOn(redis, { policy: 'NOOP' })
  bench.writer.start()
  await bench.until(() => bench.failures.length > 0)
  assert.equal(bench.failures[0]?.message, 'Redis refuses the password')
})
