// A connection given up writes no more: whatever ended it, what it still held never lands over what was written since.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../../test/kit/fake-clock.ts'
import { type FakeConnection, FakeRedis } from '../../../test/kit/fake-redis.ts'
import { fill, publish, set, stringOf, writerOn, xadd, zadd, entriesOf } from '../../../test/kit/writer-bench.ts'

type Bench = ReturnType<typeof writerOn>

const noKill = (words: readonly string[]): string | null => (words[1] === 'KILL' ? 'NOPERM no permissions' : null)

const denied: Readonly<Record<string, (words: readonly string[]) => string | null>> = {
  'CLIENT KILL': () => null,
  'WATCH, since CLIENT KILL is denied': noKill,
  'WATCH, since CLIENT INFO is unknown': words => (words[1] === 'INFO' ? "ERR unknown subcommand 'INFO'" : null)
}

/** Each ends a connection that has commands under way; the writer goes on. */
const ends: Readonly<Record<string, (connection: FakeConnection, bench: Bench) => void>> = {
  'a broken socket': connection => connection.cut(),
  silence: (connection, bench) => {
    connection.deaf = true
    bench.clock.advance(60_000)
  },
  garbage: connection => connection.say('?\r\n'),
  'partitions given up': (_, bench) => bench.writer.forget([{ topic: 't', partition: 0 }])
}

for (const [fence, refuses] of Object.entries(denied)) {
  for (const [what, end] of Object.entries(ends)) {
    test(`${what} under way, newer values since, then the old bytes arrive: nothing is stale (${fence})`, async () => {
      const redis = new FakeRedis({ auto: false })
      redis.fenceRefuses = refuses
      const bench = writerOn(redis)
      bench.writer.start()
      await settle()
      fill(bench.writer, [set('a', 'old'), zadd('z', 1, 'm')])
      bench.writer.push()
      const old = redis.connection
      assert.ok(old?.busy)
      end(old, bench)
      redis.auto = true
      await bench.idle()
      fill(bench.writer, [set('a', 'new'), zadd('z', 2, 'm')], 2)
      bench.writer.push()
      await bench.idle()
      redis.deliverLate()
      assert.equal(old.ended, 'reset')
      assert.equal(stringOf(redis, 'a'), 'new')
      assert.deepEqual(redis.data.keys.get('z'), { type: 'zset', scores: new Map([['m', '2']]), ttl: 0 })
      assert.equal(bench.committable(0, 4), 4)
      assert.deepEqual([...redis.data.keys.keys()].toSorted(), ['a', 'z'])
    })
  }

  for (const [what, end] of Object.entries({
    stopped: (bench: Bench) => bench.writer.close(),
    'bereft of its partitions': (bench: Bench) => bench.writer.forget([{ topic: 't', partition: 0 }])
  })) {
    test(`${what} with commands under way, a writer lets the next owner begin when they can't land any more (${fence})`, async () => {
      const redis = new FakeRedis({ auto: false })
      redis.fenceRefuses = refuses
      const bench = writerOn(redis)
      bench.writer.start()
      await settle()
      fill(bench.writer, [set('a', 'old')])
      bench.writer.push()
      end(bench)
      await bench.writer.drawFence()
      redis.data.execute(['SET', 'a', 'new'])
      redis.deliverLate()
      assert.equal(stringOf(redis, 'a'), 'new')
      assert.doesNotMatch(bench.lines.map(({ text }) => text).join('\n'), /could not be asked/)
    })
  }
}

test('a flapping line: every connection that had something under way is killed before the next has', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  fill(bench.writer, [set('a', 'old')])
  bench.writer.push()
  for (let cut = 0; cut < 5; cut++) {
    const seen = redis.connections.length
    assert.ok(redis.connection?.busy)
    redis.connection.cut()
    await bench.until(() => redis.connections.length > seen && redis.connection?.busy === true)
  }
  assert.deepEqual(
    redis.connections.map(({ killed }) => killed),
    [true, true, true, true, true, false]
  )
})

test('a stop with everything answered closes in good order, and asks nothing', async () => {
  const redis = new FakeRedis()
  const bench = writerOn(redis)
  bench.writer.start()
  fill(bench.writer, [set('a', '1')])
  bench.writer.push()
  await bench.idle()
  bench.writer.close()
  await bench.writer.drawFence()
  assert.deepEqual([redis.opens, redis.connections[0]?.ended], [1, 'in order'])
})

test('while Redis is away a stop waits its time, says what it means, and no longer', async () => {
  const redis = new FakeRedis({ auto: false })
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  fill(bench.writer, [set('a', '1')])
  bench.writer.push()
  redis.down = 'connect ECONNREFUSED'
  redis.connection?.cut()
  await settle()
  bench.writer.close()
  let drawn = false
  void bench.writer.drawFence().then(() => (drawn = true))
  await bench.until(() => drawn)
  assert.ok(bench.clock.monotonic() <= 5000)
  const said = bench.lines.filter(({ text }) => text.includes('could not be asked'))
  assert.deepEqual(
    said.map(({ level }) => level),
    ['WARN']
  )
})

test('behind a WATCH one flight travels at a time, streams as ever, and whoever is overtaken sends again', async () => {
  const redis = new FakeRedis({ auto: false })
  redis.fenceRefuses = noKill
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  for (let offset = 0; offset < 3; offset++) {
    fill(bench.writer, [set('a', `${offset}`), xadd('s', `${offset}`), publish('c', `${offset}`)], 3 * offset)
    bench.writer.push()
  }
  const connection = redis.connection
  assert.ok(connection)
  // Somebody touches the key, as a second owner would.
  redis.data.touch('__connect:fence:bench-0')
  // MULTI, SET, EXEC, WATCH: nothing is sent behind them yet.
  assert.equal(connection.execute(Infinity), 4)
  assert.equal(stringOf(redis, 'a'), null)
  redis.auto = true
  connection.run()
  await bench.idle()
  assert.equal(stringOf(redis, 'a'), '2')
  assert.deepEqual(entriesOf(redis, 's'), ['0', '1', '2'])
  assert.deepEqual(redis.data.channels.get('c'), ['0', '1', '2'])
  assert.equal(bench.failures.length, 0)
  assert.equal(redis.connections.length, 1)
})

test('a WATCH that is refused behind a flight ends the connection, and the next one has another fence', async () => {
  const redis = new FakeRedis()
  redis.fenceRefuses = noKill
  const bench = writerOn(redis)
  bench.writer.start()
  await settle()
  redis.fenceRefuses = words => (words[0] === 'WATCH' ? 'NOPERM no permissions' : noKill(words))
  fill(bench.writer, [xadd('s', '1')])
  bench.writer.push()
  await bench.idle()
  fill(bench.writer, [xadd('s', '2')], 1)
  bench.writer.push()
  await bench.idle()
  assert.deepEqual(entriesOf(redis, 's'), ['1', '2'])
  assert.equal(redis.connections.length, 2)
  assert.match(bench.lines.map(({ text }) => text).join('\n'), /neither lets .* nor takes transactions/)
})
