// A task holds a connection to Redis only while it has partitions to write for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, middleRandom, settle } from '../../test/kit/fake-clock.ts'
import { FakeRedis } from '../../test/kit/fake-redis.ts'
import { toldSkips } from '../../test/kit/told-skips.ts'
import { toldWaits } from '../../test/kit/told-waits.ts'
import { counter, keepingLogger, type Line, logText, recordAt, stringOf } from '../../test/kit/writer-bench.ts'
import { type ConnectValue } from '../connect/data.ts'
import { type SinkTaskContext } from '../connect/plugin.ts'
import { type SinkRecord } from '../connect/record.ts'
import { oldClassNames } from './class-names.ts'
import { RedisLoginError } from './client.ts'
import { RedisSinkTask } from './task.ts'

const none = { topic: 't', partition: 0 }
const one = { topic: 't', partition: 1 }

function record(offset: number): SinkRecord {
  const value = new Map<ConnectValue, ConnectValue>([['id', BigInt(offset)]])
  return { ...recordAt(0, offset), value }
}

async function startTask(settings: Readonly<Record<string, string>> = {}) {
  const redis = new FakeRedis()
  const clock = new FakeClock()
  const lines: Line[] = []
  const failures: Error[] = []
  const config = new Map([
    ['name', 'rest'],
    ['connector.class', oldClassNames[0] ?? ''],
    ['topics', 't'],
    ['connect.redis.host', 'redis.test'],
    ['connect.redis.port', '6379'],
    ['connect.redis.kcql', 'SELECT * FROM t PK id'],
    ...Object.entries(settings)
  ])
  const { waits, shown } = toldWaits('rest-0', clock, keepingLogger(lines))
  const context: SinkTaskContext = {
    clock,
    random: middleRandom,
    log: keepingLogger(lines),
    connector: 'rest',
    task: 0,
    config,
    assignment: () => [],
    seek: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    requestCommit: () => undefined,
    reportErrantRecord: null,
    raw: null,
    generalWhy: 'records are handed over decoded',
    waits,
    skips: toldSkips(clock).skips,
    metric: counter,
    fail: error => void failures.push(error)
  }
  const task = new RedisSinkTask(() => redis)
  await task.start(context)
  await settle()
  const committable = async (offset: number): Promise<number | undefined> =>
    (await task.preCommit(new Map([['t-0', { ...none, offset }]]))).get('t-0')?.offset
  const giveUp = async (...partitions: readonly (typeof none)[]): Promise<void> => {
    await task.flush()
    await task.close(partitions)
  }
  return { redis, clock, lines, failures, shown, task, committable, giveUp }
}

/** Longer than any rebalance that a connection is kept for. */
const longMs = 60_000

test('a task without partitions does not connect; the first one opens a connection, others share it', async () => {
  const { redis, task } = await startTask()
  await task.put([])
  await settle()
  assert.equal(redis.opens, 0)
  await task.open([none])
  await settle()
  await task.open([one])
  await settle()
  assert.equal(redis.opens, 1)
})

test('the connection is closed some time after the last partition went, and opened again with the next', async () => {
  const { redis, clock, task, giveUp, committable, lines, failures } = await startTask()
  await task.open([none, one])
  await task.put([record(0)])
  await giveUp(one)
  clock.advance(longMs)
  await settle()
  assert.notEqual(redis.connection, null, 'one partition is left')
  await giveUp(none)
  assert.equal(stringOf(redis, '0'), '{"id":0}')
  clock.advance(longMs)
  await settle()
  assert.equal(redis.connection, null)
  assert.equal(redis.opens, 1)
  await task.open([none])
  await task.put([record(1)])
  await settle()
  await task.flush()
  assert.deepEqual([stringOf(redis, '1'), await committable(2), redis.opens], ['{"id":1}', 2, 2])
  assert.deepEqual([failures, lines.filter(({ level }) => level === 'WARN')], [[], []])
})

test('a rebalance that gives the partitions back keeps the connection', async () => {
  const { redis, clock, task, giveUp } = await startTask()
  await task.open([none])
  await settle()
  for (let round = 0; round < 3; round++) {
    await giveUp(none)
    clock.advance(1000)
    await task.open([none])
    clock.advance(longMs)
    await settle()
  }
  assert.equal(redis.opens, 1)
  assert.notEqual(redis.connection, null)
})

test('what is in flight when a task comes to rest is settled before its connection is closed', async () => {
  const { redis, task, committable } = await startTask()
  redis.auto = false
  await task.open([none])
  await settle()
  await task.put([record(0)])
  task.rest()
  await settle()
  assert.notEqual(redis.connection, null)
  assert.equal(await committable(1), 0)
  redis.connection?.run()
  await settle()
  assert.deepEqual([redis.connection, await committable(1), stringOf(redis, '0')], [null, 1, '{"id":0}'])
  // Paused tasks keep their partitions: records after that open it again.
  redis.auto = true
  await task.put([record(1)])
  await settle()
  await task.flush()
  assert.equal(stringOf(redis, '1'), '{"id":1}')
})

test('what stood before the fault of a first batch is written, though the connection was only being made', async () => {
  const { task, redis, committable } = await startTask()
  await task.open([none])
  await task.put([record(0)])
  // The batch's next record fails its task, which is flushed at once.
  await task.flush()
  assert.deepEqual([stringOf(redis, '0'), await committable(1)], ['{"id":0}', 1])
})

test('a flush waits for no Redis that is known to be away', async () => {
  const { task, redis, clock, committable } = await startTask()
  redis.down = 'connect ECONNREFUSED'
  await task.open([none])
  await task.put([record(0)])
  await task.flush()
  clock.advance(longMs)
  await task.flush()
  assert.equal(await committable(1), 0)
})

test('a Redis that is away is not asked any more when nothing is left to be written', async () => {
  const { redis, clock, task, giveUp, lines, failures, shown, committable } = await startTask()
  redis.down = 'connect ECONNREFUSED'
  redis.connection?.cut()
  await task.open([none])
  await settle()
  await task.put([record(0)])
  assert.equal(task.firstUnsettled(none), 0)
  assert.equal(shown.waits[0]?.for, 'redis')
  await giveUp(none)
  const rideOn = async (): Promise<number> => {
    for (let second = 0; second < 30; second++) {
      clock.advance(1000)
      await settle()
    }
    return redis.opens
  }
  assert.equal(await rideOn(), await rideOn())
  assert.deepEqual([shown.waits, task.firstUnsettled(none)], [[], Infinity], 'and nothing says that it is waited for')
  assert.match(logText(lines), /no longer waiting for Redis at \S+: nothing is left to be written/)
  redis.down = null
  await task.open([none])
  await task.put([record(0)])
  await settle()
  await task.flush()
  assert.deepEqual([stringOf(redis, '0'), await committable(1), failures], ['{"id":0}', 1, []], logText(lines))
})

test('the time that nobody waited for Redis does not count as an outage', async () => {
  const { redis, clock, task, giveUp, failures } = await startTask({ 'connect.redis.outage.timeout.ms': '60000' })
  redis.down = 'connect ECONNREFUSED'
  redis.connection?.cut()
  await task.open([none])
  await settle()
  await giveUp(none)
  clock.advance(longMs)
  await settle()
  clock.advance(10 * longMs)
  await task.open([none])
  await task.put([record(0)])
  await settle()
  for (let second = 0; second < 5; second++) {
    clock.advance(1000)
    await settle()
  }
  assert.deepEqual(failures, [])
  redis.down = null
  clock.advance(10_000)
  await settle()
  await task.flush()
  assert.equal(stringOf(redis, '0'), '{"id":0}')
})

test('an outage does not fail a task that is paused, and counts anew when it goes on', async () => {
  const { redis, clock, task, failures, committable } = await startTask({
    'connect.redis.outage.timeout.ms': '60000',
    'connect.redis.error.policy': 'THROW'
  })
  await task.open([none])
  await settle()
  redis.down = 'connect ECONNREFUSED'
  redis.connection?.cut()
  await task.put([record(0)])
  task.rest()
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1000)
      await settle()
    }
  }
  await pass(100)
  // What is at hand is put again while a task is paused.
  await task.put([record(1)])
  await pass(300)
  assert.deepEqual(failures, [])
  assert.equal(await committable(1), 0)
  task.resume()
  await pass(50)
  assert.deepEqual(failures, [])
  await pass(20)
  assert.match(failures.map(({ message }) => message).join(), /^Redis at \S+ is away for more than 60000 ms/)
})

test('what a task held over an outage while it was paused is written when Redis is back', async () => {
  const { redis, clock, task, failures, committable } = await startTask({ 'connect.redis.outage.timeout.ms': '60000' })
  await task.open([none])
  await settle()
  redis.down = 'connect ECONNREFUSED'
  redis.connection?.cut()
  await task.put([record(0)])
  task.rest()
  for (let second = 0; second < 100; second++) {
    clock.advance(1000)
    await settle()
  }
  redis.down = null
  clock.advance(10_000)
  await settle()
  assert.deepEqual([failures, stringOf(redis, '0'), await committable(1)], [[], '{"id":0}', 1])
})

test('a wrong password shows when the first partition comes', async () => {
  const { redis, task, failures } = await startTask()
  redis.openError = () => new RedisLoginError('refused')
  await task.open([none])
  await settle()
  assert.deepEqual(
    failures.map(({ message }) => message),
    ['refused']
  )
})
