// Sorted sets with a TTL for users without EVAL, and rights that are missing: nothing is dropped, nothing hangs, and what is wrong is told at start.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { settle } from '../../../test/kit/fake-clock.ts'
import { FakeRedis } from '../../../test/kit/fake-redis.ts'
import { fill, logText, set, writerOn, xadd, zadd, zaddTtl } from '../../../test/kit/writer-bench.ts'
import { type Draft, partitions, play, type Step } from '../../../test/kit/writer-world.ts'
import { type ExpiryWay } from './expiry-steps.ts'
import { ReplyError } from './reply-reader.ts'
import { type Missing, unaskedRights } from './rights.ts'

const noScripts = "NOPERM this user has no permissions to run the 'eval' command"

function redisThatTakes(way: ExpiryWay, auto = true): FakeRedis {
  const redis = new FakeRedis({ auto })
  redis.rights = { ...unaskedRights, transactions: way !== 'apart', expiry: way }
  redis.transactions = way !== 'apart'
  redis.refuse = ([name]) => (name === 'EVAL' && redis.rights.expiry !== 'script' ? noScripts : null)
  return redis
}

function setOf(redis: FakeRedis, key: string) {
  const held = redis.data.keys.get(key)
  return held?.type === 'zset' ? { members: Object.fromEntries(held.scores), ttl: held.ttl } : null
}

for (const way of ['watch', 'apart'] as const) {
  test(`NOOP without EVAL (${way}) drops nothing: members, scores and TTLs are those of the script`, async () => {
    const redis = redisThatTakes(way)
    const bench = writerOn(redis, { policy: 'NOOP' })
    bench.writer.start()
    const commands = Array.from({ length: 40 }, (_, n) => zaddTtl(`z${n % 3}`, n, `m${n % 7}`))
    fill(bench.writer, [set('a', '1'), ...commands, set('b', '2'), zadd('y', 1, 'm'), xadd('s', 'v')])
    bench.writer.push()
    await bench.idle()
    assert.equal(bench.committable(0, 44), 44)
    assert.deepEqual(bench.refused.value, 0)
    const model = redisThatTakes('script')
    for (const { args } of commands) model.data.execute(['EVAL', '', '1', ...args, '60'])
    for (const key of ['z0', 'z1', 'z2']) assert.deepEqual(redis.data.keys.get(key), model.data.keys.get(key))
    assert.ok(!redis.received.some(([name]) => name === 'EVAL'))
    assert.equal(setOf(redis, 'y')?.ttl, 0)
  })
}

test('a foreign writer between the stages: the flight comes again, smaller each time, and commits wait', async () => {
  const redis = redisThatTakes('watch')
  const bench = writerOn(redis)
  bench.writer.start()
  let touches = 12
  redis.refuse = ([name]) => {
    // As soon as the transaction begins to be queued, somebody else writes.
    if (name === 'ZADD' && touches > 0) redis.data.execute(['ZADD', 'z', String(-touches--), 'foreign'])
    return null
  }
  fill(
    bench.writer,
    Array.from({ length: 3 }, (_, n) => zaddTtl('z', n, `m${n}`))
  )
  bench.writer.push()
  await bench.until(() => touches < 10)
  assert.equal(bench.committable(0, 3), 0)
  await bench.idle()
  assert.equal(bench.committable(0, 3), 3)
  assert.deepEqual(setOf(redis, 'z'), { members: { m0: '0', m1: '1', m2: '2', foreign: '-1' }, ttl: 60 })
  assert.ok(bench.clock.monotonic() > 0, 'it rested in between')
  assert.equal(bench.failures.length, 0)
})

test('a login that takes no scripts any more, and one that does again: what waits is sent as each takes it', async () => {
  const redis = redisThatTakes('script', false)
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  fill(bench.writer, [zaddTtl('z', 1, 'a'), zaddTtl('z', 2, 'b')])
  bench.writer.push()
  await settle()
  redis.rights = { ...unaskedRights, transactions: true, expiry: 'watch' }
  redis.connection?.cut()
  await bench.until(() => redis.connection?.busy === true)
  fill(bench.writer, [zaddTtl('z', 3, 'c')], 2)
  bench.writer.push()
  assert.equal(redis.connection?.execute(1), 1)
  assert.deepEqual(redis.received, [['WATCH', 'z']])
  redis.rights = { ...unaskedRights, transactions: true, expiry: 'script' }
  redis.connection?.cut()
  redis.auto = true
  await bench.idle()
  assert.deepEqual(setOf(redis, 'z'), { members: { a: '1', b: '2', c: '3' }, ttl: 60 })
  assert.deepEqual(
    redis.received.slice(1).map(([name]) => name),
    ['EVAL', 'EVAL', 'EVAL']
  )
})

test('the answer of EXEC is lost: sent again, the members are not new, and their expiry is not set anew', async () => {
  const redis = redisThatTakes('watch', false)
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  fill(bench.writer, [zaddTtl('z', 1, 'a')])
  bench.writer.push()
  await settle()
  redis.connection?.execute(Infinity)
  redis.connection?.deliver(Infinity)
  redis.connection?.execute(Infinity)
  assert.deepEqual(setOf(redis, 'z'), { members: { a: '1' }, ttl: 60 })
  redis.data.execute(['EXPIRE', 'z', '7'])
  redis.connection?.cut()
  redis.auto = true
  await bench.idle()
  assert.deepEqual(setOf(redis, 'z'), { members: { a: '1' }, ttl: 7 })
})

test('behind a fence of transactions the two stages hold: late bytes of a connection given up write nothing', async () => {
  const redis = redisThatTakes('watch', false)
  redis.fenceRefuses = ([name]) => (name === 'CLIENT' ? 'NOPERM no rights' : null)
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  fill(bench.writer, [zaddTtl('z', 1, 'a')])
  bench.writer.push()
  const first = redis.connection
  first?.execute(Infinity)
  first?.deliver(Infinity)
  // The transaction is on its way and held up.
  assert.equal(first?.busy, true)
  first?.cut()
  redis.auto = true
  await bench.idle()
  fill(bench.writer, [zaddTtl('z', 2, 'a')], 1)
  bench.writer.push()
  await bench.idle()
  redis.deliverLate()
  assert.deepEqual(setOf(redis, 'z'), { members: { a: '2' }, ttl: 60 })
  assert.equal(bench.failures.length, 0)
})

test('what could go neither in a transaction nor past the fence is refused at start', async () => {
  const redis = new FakeRedis()
  redis.rights = { ...unaskedRights, transactions: true, expiry: 'apart' }
  redis.fenceRefuses = ([name]) => (name === 'CLIENT' ? 'NOPERM no rights' : null)
  const bench = writerOn(redis)
  bench.writer.start()
  await bench.until(() => bench.writer.failure !== null)
  assert.match(bench.writer.failure?.message ?? '', /\+eval, or \+zscore, or \+client\|info/)
  assert.equal(redis.connection, null)
})

// --- rights

const missing: readonly Missing[] = [
  {
    need: { words: ['SETEX', 't:x', '60', ''], rule: '~t:*', exact: false, use: 'always' },
    reply: new ReplyError("NOPERM User default has no permissions to run the 'setex' command")
  }
]

for (const policy of ['THROW', 'NOOP'] as const) {
  test(`a right that is missing fails the task at start under ${policy}, with the words that grant it`, async () => {
    const redis = new FakeRedis()
    redis.rights = { ...unaskedRights, missing }
    const bench = writerOn(redis, { policy })
    bench.writer.start()
    await bench.until(() => bench.writer.failure !== null)
    assert.match(bench.writer.failure?.message ?? '', /SETEX on t:\* .*ACL SETUSER default \+setex ~t:\*/)
    assert.deepEqual([redis.opens, redis.connection], [1, null])
  })
}

test('a right that is missing spends attempts under RETRY, and passes once it is granted', async () => {
  const redis = new FakeRedis()
  redis.rights = { ...unaskedRights, missing }
  const bench = writerOn(redis, { policy: 'RETRY', maxRetries: 3 })
  bench.writer.start()
  fill(bench.writer, [set('k', 'v')])
  bench.writer.push()
  await bench.until(() => redis.opens === 2)
  redis.rights = unaskedRights
  await bench.idle()
  assert.deepEqual(bench.failures, [])
  assert.match(logText(bench.lines), /Remaining attempts \[2\]/)
  redis.rights = { ...unaskedRights, missing }
  redis.connection?.cut()
  await bench.until(() => bench.writer.failure !== null)
  assert.match(bench.writer.failure?.message ?? '', /SETEX on t:\*/)
})

test('a replica is not written to: another connection is tried, and the outage lasts until it is over', async () => {
  const redis = new FakeRedis()
  redis.rights = { ...unaskedRights, outage: new ReplyError("READONLY You can't write against a read only replica.") }
  const bench = writerOn(redis)
  bench.writer.start()
  fill(bench.writer, [set('k', 'v')])
  bench.writer.push()
  await bench.until(() => redis.opens > 3)
  assert.deepEqual(redis.received, [])
  assert.doesNotMatch(logText(bench.lines), /is back/)
  redis.rights = unaskedRights
  await bench.idle()
  assert.equal(bench.committable(0, 1), 1)
  assert.match(logText(bench.lines), /is waiting for Redis .*: READONLY[^]*no longer waiting for Redis/)
})

test('what could not be checked, or might be missing, is said once', async () => {
  const redis = new FakeRedis()
  redis.rights = { ...unaskedRights, notes: [{ level: 'warn', text: 'something is odd' }] }
  const bench = writerOn(redis)
  bench.writer.start()
  for (let opens = 1; opens < 4; opens++) {
    await bench.until(() => redis.connection !== null && redis.opens === opens)
    redis.connection?.cut()
  }
  await bench.until(() => redis.opens === 4)
  assert.equal(bench.lines.filter(({ text }) => text === 'something is odd (redis.test:6379)').length, 1)
})

// --- storms

const draft: fc.Arbitrary<Draft> = fc.record({
  kind: fc.constantFrom<Draft['kind']>('zaddTtl', 'zaddTtl', 'zaddTtl', 'zaddTtl', 'zadd', 'set', 'xadd', 'list'),
  key: fc.nat(1),
  member: fc.nat(3)
})
const partition = fc.constantFrom(...partitions)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('take'), partition, count: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'push' }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('execute'), amount: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver'), amount: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance'), amount: fc.integer({ min: 1, max: 3000 }) }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'cut' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cutBehind'), amount: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mood'), amount: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'heal' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget'), partition }) }
)

for (const transactions of [true, false]) {
  test(`storms over sorted sets with TTLs, without scripts, ${transactions ? 'with' : 'without'} transactions`, async () => {
    const drafts = fc.array(draft, { minLength: 10, maxLength: 40, size: 'max' })
    const world = fc.record({
      policy: fc.constant('NOOP' as const),
      coalesce: fc.boolean(),
      transactions: fc.constant(transactions),
      scripts: fc.constant(false),
      large: fc.boolean(),
      hot: fc.boolean(),
      kills: fc.boolean(),
      serverFault: fc.constant(false),
      records: fc.tuple(drafts, drafts),
      steps: fc.array(step, { minLength: 20, maxLength: 120, size: 'max' })
    })
    await fc.assert(fc.asyncProperty(world, play), { numRuns: 60 })
  })
}
