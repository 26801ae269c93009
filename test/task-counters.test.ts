// Every counter of a task against what was given to it, in every form in which records come: compiled and general, at once and piece by piece, packed,
// skipped, refused, dropped; delivered again, paused, taken away in the middle.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awayValue, type CountedOptions, openCounted } from './kit/counted-task.ts'
import { settle } from './kit/fake-clock.ts'
import { until } from './kit/worker.ts'

const ways: readonly { readonly way: string; readonly drops?: CountedOptions['drops'] }[] = [
  { way: 'compiled' },
  { way: 'general', drops: value => value instanceof Map && value.get('drop') === true }
]

const json = (id: number | string, more = ''): string => `{"id":"${id}"${more}}`
const many = (from: number, count: number): string[] => Array.from({ length: count }, (_, at) => json(from + at))

/** 500 records: 20 that nobody can read, 30 without the field that they are stored by, 50 that a transform drops where there is one. */
function mixed(from: number): string[] {
  return many(from, 500).map((text, at) => {
    if (at % 25 === 3) return '{"id":'
    if (at % 50 < 3) return `{"no":${at}}`
    return at % 10 === 9 ? json(from + at, ',"drop":true') : text
  })
}

for (const { way, drops } of ways) {
  for (const pollRecordsMax of [undefined, 10, 1]) {
    for (const codec of ['none', 'gzip', 'zstd'] as const) {
      const polled = pollRecordsMax === undefined ? 'all at once' : `${pollRecordsMax} at a time`
      test(`counts what was read, sent, skipped, dropped and refused: ${way}, ${polled}, codec ${codec}`, async () => {
        await using world = openCounted({
          ...(drops === undefined ? {} : { drops }),
          ...(pollRecordsMax === undefined ? {} : { pollRecordsMax }),
          settings: { tolerateAll: true, logEnabled: true },
          connector: { 'connect.redis.error.policy': 'NOOP', 'connect.progress.enabled': 'true' }
        })
        const { consumer, number, redis, lines, clock } = world
        await consumer.assign({ 0: 0, 1: 100 })
        world.give(0, 0, mixed(0), codec)
        world.give(1, 100, mixed(1000), codec)
        const dropped = drops === undefined ? 0 : 100
        const written = 1000 - 40 - 60 - dropped
        await until(() => redis.data.keys.size === written)
        await settle()
        assert.equal(number('sink-record-read-total'), 1000)
        assert.equal(number('records-consumed-total'), 1000)
        assert.equal(number('sink-record-send-total'), 1000 - 40 - dropped)
        assert.equal(number('bytes-consumed-total'), world.bytes)
        assert.equal(number('total-record-failures'), 40)
        assert.equal(number('total-record-errors'), 40)
        assert.equal(number('total-records-skipped'), 40)
        assert.equal(number('total-errors-logged'), 40)
        assert.equal(number('total-retries'), 0)
        assert.equal(number('redis-refused-total'), 60)
        assert.equal(number('redis-commands-total'), written)
        assert.equal(number('redis-resent-total'), 0)
        assert.equal(number('redis-reconnects-total'), 0)
        assert.equal(number('redis-merged-commands-total'), redis.received.length)
        assert.equal(
          number('redis-bytes-sent-total'),
          redis.connections.reduce((sum, { bytesIn }) => sum + bytesIn, 0)
        )
        assert.equal(number('partition-count'), 2)
        const batch = number('batch-size-max')
        if (pollRecordsMax === undefined) assert.ok(batch >= 500 && batch <= 1000, String(batch))
        else assert.equal(batch, pollRecordsMax)
        // Its next line, a minute later, tells the whole number.
        clock.advance(61_000)
        world.give(0, 500, many(5000, 1), codec)
        await until(() => redis.data.keys.size === written + 1)
        const told = lines.filter(line => line.includes('Delivered [')).at(-1)
        assert.match(told ?? '', new RegExp(`Delivered \\[${1001 - 40 - dropped}\\] records for t since`))
      })
    }
  }

  test(`a batch that waits for Redis and comes again is counted once: ${way}`, async () => {
    await using world = openCounted({ ...(drops === undefined ? {} : { drops }), pollRecordsMax: 90 })
    const { consumer, number, redis, clock } = world
    await consumer.assign({ 0: 0, 1: 0 })
    await settle()
    redis.down = 'connection refused'
    redis.connection?.kill()
    // More than the writer holds for Redis.
    const large = (from: number): string[] =>
      Array.from({ length: 200 }, (_, at) => json(from + at, `,"text":"${'x'.repeat(20_000)}"`))
    world.give(0, 0, large(0))
    world.give(1, 0, large(200))
    await until(() => {
      clock.advance(100)
      return consumer.paused.size === 2
    })
    const waiting = number('sink-record-read-total')
    assert.ok(waiting > 0 && waiting < 400, String(waiting))
    redis.down = null
    await until(() => {
      clock.advance(1000)
      return redis.data.keys.size === 400
    })
    await until(() => number('sink-record-send-total') === 400)
    assert.equal(number('sink-record-read-total'), 400)
    assert.equal(number('bytes-consumed-total'), world.bytes)
    assert.equal(number('redis-commands-total'), 400)
    assert.ok(number('redis-resent-total') <= 400)
    assert.equal(number('batch-size-max'), 90)
  })

  test(`a partition that is taken away while its batch waits is counted as far as it was read, and once more when it is read again: ${way}`, async () => {
    await using world = openCounted({ ...(drops === undefined ? {} : { drops }) })
    const { consumer, number, registry, redis, clock } = world
    await consumer.assign({ 0: 0, 1: 0 })
    world.give(0, 0, [...many(0, 5), awayValue, ...many(5, 5)])
    world.give(1, 0, many(100, 7))
    await until(() => consumer.paused.size === 2)
    const before = number('sink-record-read-total')
    assert.ok(before === 5 || before === 12, String(before))
    assert.equal(number('sink-record-send-total'), before)
    const revoked = consumer.revoke(0)
    await revoked
    assert.equal(number('partition-count'), 1)
    registry.away = false
    clock.advance(20_000)
    await until(() => number('sink-record-read-total') === 12)
    await consumer.assign({ 0: 5 })
    world.give(0, 5, [awayValue, ...many(5, 5)])
    await until(() => redis.data.keys.size === 18)
    await settle()
    assert.equal(number('sink-record-read-total'), 18)
    assert.equal(number('sink-record-send-total'), 18)
    assert.equal(number('total-records-skipped'), 0)
    assert.equal(number('bytes-consumed-total'), world.bytes)
  })

  test(`a record that waits for its schema is read when it can be, and is then dropped or sent once: ${way}`, async () => {
    await using world = openCounted({ ...(drops === undefined ? {} : { drops }), settings: { tolerateAll: true } })
    const { consumer, number, registry, redis, clock } = world
    await consumer.assign({ 0: 0 })
    world.give(0, 0, ['{', ...many(0, 3), awayValue, '{', ...many(3, 2)])
    await until(() => consumer.paused.size === 1)
    for (let turn = 0; turn < 3; turn++) {
      clock.advance(20_000)
      await settle()
    }
    assert.deepEqual([number('sink-record-read-total'), number('sink-record-send-total')], [4, 3])
    registry.away = false
    clock.advance(20_000)
    await until(() => redis.data.keys.size === 6)
    await settle()
    assert.deepEqual([number('sink-record-read-total'), number('sink-record-send-total')], [8, 6])
    assert.equal(number('total-records-skipped'), 2)
  })

  test(`a pause and a resume count nothing twice: ${way}`, async () => {
    await using world = openCounted({ ...(drops === undefined ? {} : { drops }), pollRecordsMax: 3 })
    const { consumer, number, redis, task, states } = world
    await consumer.assign({ 0: 0 })
    world.give(0, 0, many(0, 50))
    await until(() => number('sink-record-read-total') > 0)
    task.pause()
    await until(() => states.at(-1) === 'PAUSED')
    task.resume()
    await until(() => redis.data.keys.size === 50)
    await settle()
    assert.equal(number('sink-record-read-total'), 50)
    assert.equal(number('sink-record-send-total'), 50)
    assert.equal(number('bytes-consumed-total'), world.bytes)
  })

  test(`a record that ends the task is read and not sent: ${way}`, async () => {
    await using world = openCounted({ ...(drops === undefined ? {} : { drops }) })
    const { consumer, number, ended, states } = world
    await consumer.assign({ 0: 0 })
    world.give(0, 0, [...many(0, 4), '{', ...many(4, 4)])
    await ended
    assert.equal(states.at(-1), 'FAILED')
    assert.deepEqual([number('sink-record-read-total'), number('sink-record-send-total')], [5, 4])
  })
}
