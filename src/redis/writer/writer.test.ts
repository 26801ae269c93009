// The writer's promises on a Redis that does as it is told: nothing lost, order per key, the policy's word, offsets never ahead.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../../test/kit/fake-clock.ts'
import { FakeRedis } from '../../../test/kit/fake-redis.ts'
import {
  entriesOf,
  fill,
  geoadd,
  logText,
  publish,
  recordAt,
  set,
  setex,
  stringOf,
  writerOn,
  xadd,
  zadd,
  zaddTtl
} from '../../../test/kit/writer-bench.ts'
import { type SinkRecord } from '../../connect/record.ts'
import { type Command } from '../encode.ts'

test('what is taken is written, merged, and counted', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis)
  bench.writer.start()
  fill(bench.writer, [
    set('a', '1'),
    set('b', '1'),
    set('a', '2'),
    zadd('z', 1, 'm'),
    zadd('z', 2, 'n'),
    setex('c', '3')
  ])
  bench.writer.push()
  await bench.idle()
  assert.deepEqual(redis.received, [
    ['MSET', 'b', '1', 'a', '2'],
    ['ZADD', 'z', '1', 'm', '2', 'n'],
    ['SETEX', 'c', '60', '3']
  ])
  assert.equal(bench.committable(0, 6), 6)
  assert.deepEqual([bench.metrics.commands.value, bench.metrics.wires.value], [6, 3])
})

test('no offset may be committed before its answer, per partition', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  bench.writer.take(recordAt(0, 10), [set('a', '1')])
  bench.writer.push()
  bench.writer.take(recordAt(1, 20), [set('b', '1')])
  bench.writer.push()
  bench.writer.take(recordAt(0, 11), [set('c', '1')])
  assert.deepEqual([bench.committable(0, 12), bench.committable(1, 21)], [10, 20])
  redis.connection?.execute(2)
  assert.deepEqual([bench.committable(0, 12), bench.committable(1, 21)], [10, 20])
  redis.connection?.deliver(5)
  assert.deepEqual([bench.committable(0, 12), bench.committable(1, 21)], [11, 20])
  redis.connection?.deliver(5)
  assert.deepEqual([bench.committable(0, 12), bench.committable(1, 21)], [11, 21])
})

for (const policy of ['THROW', 'RETRY'] as const) {
  test(`${policy}: every record before the refused one is written, also those of a merged command that failed`, async () => {
    const redis = new FakeRedis()
    redis.refuse = (_, keys) => (keys.includes('forbidden') ? 'NOPERM no permissions to access a key' : null)
    redis.data.keys.set('list', { type: 'list' })
    const bench = writerOn(redis, { policy, maxRetries: 1 })
    bench.writer.start()
    // The MSET is refused as a whole because of its last part; the ZADD behind it is refused by itself.
    fill(bench.writer, [set('a', '1'), set('b', '1'), set('forbidden', '1'), zadd('list', 1, 'm')])
    bench.writer.push()
    fill(bench.writer, [geoadd('g', 500, 'bad'), set('z', '1')], 4)
    bench.writer.push()
    await bench.idle()
    assert.match(bench.failures[0]?.message ?? '', /t-0@2 .*"forbidden".*NOPERM/)
    assert.deepEqual([stringOf(redis, 'a'), stringOf(redis, 'b')], ['1', '1'])
    assert.equal(bench.committable(0, 6), 2)
  })
}

test('THROW: records of an aborted transaction before the refused one are written, none of the stream behind it', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis)
  bench.writer.start()
  const bad: Command = { ...xadd('s', 'bad'), args: ['s', '*'] }
  fill(bench.writer, [xadd('s', '0'), xadd('s', '1'), bad, xadd('s', '3')])
  bench.writer.push()
  await bench.idle()
  assert.match(bench.failures[0]?.message ?? '', /t-0@2 /)
  assert.deepEqual(entriesOf(redis, 's'), ['0', '1'])
  assert.equal(bench.committable(0, 4), 2)
})

test('NOOP drops exactly the refused records, logs each with its place and key, and counts them', async () => {
  const redis = new FakeRedis()
  redis.refuse = (_, keys) =>
    keys.includes('forbidden') ? 'ERR string exceeds maximum allowed size (proto-max-bulk-len)' : null
  redis.data.keys.set('list', { type: 'list' })
  const bench = writerOn(redis, { policy: 'NOOP' })
  bench.writer.start()
  fill(bench.writer, [
    set('a', '0'),
    set('forbidden', '1'),
    zadd('list', 2, 'm'),
    geoadd('g', 500, 'bad'),
    geoadd('g', 5, 'good'),
    zaddTtl('list', 5, 'm'),
    set('b', '6')
  ])
  bench.writer.push()
  await bench.idle()
  assert.deepEqual(bench.failures, [])
  assert.deepEqual([stringOf(redis, 'a'), stringOf(redis, 'b')], ['0', '6'])
  assert.deepEqual(redis.data.keys.get('g'), { type: 'zset', scores: new Map([['good', '5,1']]), ttl: 0 })
  assert.equal(bench.refused.value, 4)
  for (const place of [/t-0@1 .*"forbidden"/, /t-0@2 .*"list"/, /t-0@3 .*"g"/, /t-0@5 .*"list"/]) {
    assert.match(logText(bench.lines), place)
  }
  assert.equal(bench.committable(0, 7), 7)
})

for (const policy of ['NOOP', 'THROW'] as const) {
  test(`what no record can change drops nothing under ${policy}: the task fails at that record, all before it written`, async () => {
    const redis = new FakeRedis()
    redis.refuse = (_, keys) => (keys.includes('forbidden') ? 'NOPERM no permissions to access a key' : null)
    redis.data.keys.set('list', { type: 'list' })
    const bench = writerOn(redis, { policy })
    bench.writer.start()
    fill(bench.writer, [set('a', '0'), set('b', '1'), set('forbidden', '2'), set('c', '3')])
    bench.writer.push()
    await bench.idle()
    assert.match(bench.failures[0]?.message ?? '', /t-0@2 .*"forbidden".*NOPERM.*Give the Redis user the right/)
    assert.deepEqual([stringOf(redis, 'a'), stringOf(redis, 'b')], ['0', '1'])
    assert.equal(bench.refused.value, 0)
    assert.equal(bench.committable(0, 4), 2)
    bench.writer.close()
  })
}

test('under RETRY a server that refuses everything is asked as often as max.retries says, each time by a new login', async () => {
  const redis = new FakeRedis()
  redis.refuse = words => (words[0] === 'SET' ? "ERR unknown command 'SET', with args beginning with: " : null)
  const bench = writerOn(redis, { policy: 'RETRY', maxRetries: 3, retryIntervalMs: 10 })
  bench.writer.start()
  fill(bench.writer, [set('a', '0')])
  bench.writer.push()
  await bench.idle()
  assert.match(bench.failures[0]?.message ?? '', /t-0@0 .*unknown command 'SET'.*Name the Redis master/)
  assert.equal(redis.opens, 3)
  assert.equal(bench.committable(0, 1), 0)
  bench.writer.close()
})

test('a plan that fails while mending leaves the watermark where it was', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis, { policy: 'NOOP' })
  bench.writer.start()
  await settle()
  fill(bench.writer, [set('a', '0')])
  bench.writer.flight().addSource({
    *expand() {
      throw new Error('planned no more')
    },
    release: () => undefined
  })
  bench.writer.push()
  redis.connection?.cut()
  await bench.idle()
  assert.match(bench.failures[0]?.message ?? '', /planned no more/)
  assert.equal(bench.committable(0, 1), 0)
  bench.writer.forget([{ topic: 't', partition: 7 }])
  assert.equal(bench.committable(0, 1), 0)
  bench.writer.close()
})

test('one of many stream entries refused under NOOP: every other one stands there exactly once, in order', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis, { policy: 'NOOP' })
  bench.writer.start()
  const commands = Array.from({ length: 300 }, (_, index) => xadd(`s${index % 2}`, String(index)))
  commands[150] = { ...xadd('s0', 'bad'), args: ['s0', '*'] }
  fill(bench.writer, commands)
  bench.writer.push()
  await bench.idle()
  const expected = (rest: number): string[] =>
    Array.from({ length: 150 }, (_, index) => String(2 * index + rest)).filter(value => value !== '150')
  assert.deepEqual(entriesOf(redis, 's0'), expected(0))
  assert.deepEqual(entriesOf(redis, 's1'), expected(1))
  assert.equal(bench.refused.value, 1)
})

for (const transactions of [true, false]) {
  test(`a stream with a refused entry takes no further one until that is settled (transactions: ${transactions})`, async () => {
    const redis = new FakeRedis()
    redis.transactions = transactions
    let open = false
    redis.refuse = words => (!open && words.includes('late') ? 'NOPERM no permissions to access a key' : null)
    const bench = writerOn(redis, { policy: 'RETRY', maxRetries: 10 })
    bench.writer.start()
    const values = ['0', '1', 'late', '3', '4', '5']
    fill(
      bench.writer,
      values.map(value => xadd('s', value))
    )
    fill(
      bench.writer,
      values.map(value => publish('c', value)),
      values.length
    )
    bench.writer.push()
    await bench.until(() => /Remaining attempts/.test(logText(bench.lines)))
    await bench.until(() => bench.lines.filter(({ text }) => text.includes('Remaining attempts')).length > 2)
    assert.deepEqual(entriesOf(redis, 's'), ['0', '1'])
    open = true
    await bench.idle()
    assert.deepEqual(entriesOf(redis, 's'), values)
    assert.deepEqual(redis.data.channels.get('c'), values)
  })
}

test('a stream longer than a flight takes nothing behind the refused entry while it is mended', async () => {
  const redis = new FakeRedis()
  let open = false
  redis.refuse = words => (!open && words.includes('late') ? 'NOPERM no permissions to access a key' : null)
  const bench = writerOn(redis, { policy: 'RETRY', maxRetries: 10 })
  bench.writer.start()
  const values = Array.from({ length: 40 }, (_, index) => (index === 3 ? 'late' : `${index}`.padEnd(8000, 'x')))
  fill(
    bench.writer,
    values.map(value => xadd('s', value))
  )
  bench.writer.push()
  await bench.until(() => bench.lines.filter(({ text }) => text.includes('Remaining attempts')).length > 1)
  assert.equal(entriesOf(redis, 's').length, 3)
  open = true
  await bench.idle()
  assert.deepEqual(entriesOf(redis, 's'), values)
})

test('the order of a key holds through refusal and cut: the later value stays', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  fill(bench.writer, [zadd('z', 1, 'm'), zadd('z', 2, 'm')])
  bench.writer.push()
  fill(bench.writer, [zadd('z', 3, 'm')], 2)
  bench.writer.push()
  redis.connection?.execute(1)
  redis.connection?.cut()
  redis.auto = true
  await bench.idle()
  assert.deepEqual(redis.data.keys.get('z'), { type: 'zset', scores: new Map([['m', '3']]), ttl: 0 })
})

test('partitions given up while answers are awaited: none of their commands is started again, the others keep their order', async () => {
  const redis = new FakeRedis({ auto: false })
  redis.data.keys.set('list', { type: 'list' })
  const bench = writerOn(redis, { policy: 'NOOP' })
  bench.writer.start()
  await settle()
  bench.writer.take(recordAt(0, 0), [zadd('list', 1, 'm')])
  bench.writer.push()
  bench.writer.take(recordAt(0, 1), [set('k', '1')])
  bench.writer.take(recordAt(1, 0), [set('gone', '1')])
  bench.writer.push()
  // The refusal arrives, the second flight is still on its way: mending waits for it.
  redis.connection?.execute(1)
  redis.connection?.deliver(Infinity)
  await settle()
  bench.writer.take(recordAt(0, 2), [set('k', '2')])
  bench.writer.take(recordAt(1, 1), [set('gone', '2')])
  bench.writer.push()
  redis.connections[0]?.cut()
  bench.writer.forget([{ topic: 't', partition: 1 }])
  redis.auto = true
  await bench.idle()
  assert.equal(stringOf(redis, 'k'), '2')
  assert.equal(stringOf(redis, 'gone'), null)
  assert.equal(bench.committable(0, 3), 3)
})

test('partitions given up in the middle of mending: what was not sent again yet is not sent any more', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis, { policy: 'NOOP' })
  bench.writer.start()
  await settle()
  const value = 'x'.repeat(50_000)
  for (let offset = 0; offset < 60; offset++)
    bench.writer.take(recordAt(offset % 2, offset), [set(`k${offset}`, value)])
  bench.writer.push()
  redis.connections[0]?.cut()
  await bench.until(() => (redis.connections[1]?.bytesIn ?? 0) > 0)
  bench.writer.forget([{ topic: 't', partition: 1 }])
  const before = redis.received.length
  redis.auto = true
  // What was on its way when the partition was given up was cut off.
  redis.connections[1]?.run()
  await bench.idle()
  const odd = redis.received.slice(before).filter(words => /^k\d*[13579]$/.test(words[1] ?? ''))
  assert.deepEqual(odd, [])
  assert.equal([...redis.data.keys.keys()].filter(key => /[02468]$/.test(key)).length, 30)
  assert.equal(bench.committable(0, 60), 60)
})

test('a flight whose answers end in garbage counts as unanswered', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  fill(bench.writer, [setex('a', '1'), setex('b', '1'), setex('c', '1')])
  bench.writer.push()
  redis.connection?.say('+OK\r\n+OK\r\n?what\r\n')
  redis.auto = true
  await bench.idle()
  assert.deepEqual([stringOf(redis, 'a'), stringOf(redis, 'b'), stringOf(redis, 'c')], ['1', '1', '1'])
})

test('closed while somebody waits: he is told, and no timer stays', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  fill(bench.writer, [set('a', '1')])
  bench.writer.push()
  const waiting = bench.writer.change()
  bench.writer.close()
  await waiting
  await settle()
  assert.match(bench.writer.failure?.message ?? '', /stopped/)
  assert.deepEqual(bench.failures, [])
  assert.equal(bench.clock.pending, 0)
  assert.equal(bench.committable(0, 1), 0)
})

test('one record of more commands than a flight holds', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis)
  bench.writer.start()
  bench.writer.take(
    recordAt(0, 0),
    Array.from({ length: 40_000 }, (_, index) => set(`k${index}`, 'v'))
  )
  bench.writer.push()
  await bench.idle()
  assert.equal(redis.data.keys.size, 40_000)
  assert.equal(bench.committable(0, 1), 1)
})

test('an open flight without commands keeps nobody waiting', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  assert.equal(bench.writer.flight().parts, 0)
  bench.writer.push()
  assert.equal(bench.writer.idle, true)
})

test('memory is bounded by what the records hold, too, however little is written of them', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  const rawValue = Buffer.alloc(100_000)
  const record = (offset: number): SinkRecord => {
    const { original, ...rest } = recordAt(0, offset)
    return { ...rest, original: { ...original, rawValue } }
  }
  let taken = 0
  while (!bench.writer.full && taken < 10_000) bench.writer.take(record(taken++), [set(`k${taken}`, 'v')])
  assert.ok(taken * rawValue.length < 48 * 2 ** 20, `${taken} records of 100 KB are held`)
  redis.auto = true
  redis.connection?.run()
  bench.writer.push()
  await bench.idle()
  assert.equal(bench.writer.full, false)
  assert.equal(redis.data.keys.size, taken)
})

test('memory is bounded: a Redis that answers nothing makes the writer full, and it empties again', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  let taken = 0
  while (!bench.writer.full) bench.writer.take(recordAt(0, taken++), [set(`k${taken}`, 'v'.repeat(1000))])
  assert.ok(taken < 6000, `${taken} records of 1 KB`)
  redis.auto = true
  redis.connection?.run()
  bench.writer.push()
  await bench.idle()
  assert.equal(bench.writer.full, false)
  assert.equal(redis.data.keys.size, taken)
})

test('a refused record goes to the dead letter queue where there is one, under every policy', async () => {
  for (const policy of ['NOOP', 'THROW', 'RETRY'] as const) {
    const redis = new FakeRedis()
    redis.data.keys.set('list', { type: 'list' })
    const letters: string[] = []
    const bench = writerOn(redis, {
      policy,
      maxRetries: 2,
      report: {
        verdict: 'kept',
        report: async (record, error) => void letters.push(`${record.original.offset}: ${error.message}`)
      }
    })
    bench.writer.start()
    fill(bench.writer, [set('a', '1'), zadd('list', 1, 'm'), set('b', '1')])
    bench.writer.push()
    await bench.idle()
    assert.equal(letters.length, 1)
    assert.match(letters[0] ?? '', /^1: .*WRONGTYPE/)
    assert.deepEqual([bench.refused.value, bench.failures.length, bench.committable(0, 3)], [1, 0, 3])
    assert.equal(/Remaining attempts \[1\]/.test(logText(bench.lines)), policy === 'RETRY')
  }
})

test('RETRY counts attempts, waits its interval, and gives them back when all has passed', async () => {
  const redis = new FakeRedis()
  let refusals = 2
  redis.refuse = () => (refusals-- > 0 ? 'NOPERM not yet' : null)
  const bench = writerOn(redis, { policy: 'RETRY', maxRetries: 3, retryIntervalMs: 1000 })
  bench.writer.start()
  fill(bench.writer, [setex('a', '1')])
  bench.writer.push()
  await bench.idle()
  assert.equal(bench.clock.monotonic(), 2000)
  assert.match(logText(bench.lines), /Remaining attempts \[2\][^]*Remaining attempts \[1\][^]*Recovered from error \[/)
  refusals = 3
  fill(bench.writer, [setex('a', '2')], 1)
  bench.writer.push()
  await bench.idle()
  assert.match(bench.failures[0]?.message ?? '', /t-0@1 /)
})
