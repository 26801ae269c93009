// The fence alone: what it asks of Redis, what it makes of each answer, and what it says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '../../../test/kit/fake-clock.ts'
import { type FakeConnection, FakeRedis } from '../../../test/kit/fake-redis.ts'
import { keepingLogger, type Line, stringOf } from '../../../test/kit/writer-bench.ts'
import { RedisLoginError } from '../client.ts'
import { Fence, type Guard } from './fence.ts'

const key = '__connect:fence:orders-0'
const watch = Buffer.from(`*2\r\n$5\r\nWATCH\r\n$${key.length}\r\n${key}\r\n`)
const body = Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\nold\r\n')
const transaction = [Buffer.from('*1\r\n$5\r\nMULTI\r\n'), body, Buffer.from('*1\r\n$4\r\nEXEC\r\n'), watch]
const noKill = (words: readonly string[]): string | null =>
  words[1] === 'KILL' ? "NOPERM this user has no permissions to run the 'client|kill' command" : null

function bench(redis: FakeRedis) {
  const lines: Line[] = []
  const clock = new FakeClock()
  const fence = new Fence({ address: redis.address, key, clock, log: keepingLogger(lines) })
  /** A connection that was let in, and what is known of it. */
  const enter = async (): Promise<{ link: FakeConnection; guard: Guard }> => {
    await redis.open()
    const link = redis.connections.at(-1)
    assert.ok(link)
    return { link, guard: await fence.enter(link) }
  }
  const warnings = (): readonly string[] => lines.filter(({ level }) => level === 'WARN').map(({ text }) => text)
  return { fence, clock, lines, warnings, enter }
}

test('every connection given up is killed by id and address before the next one is let in', async () => {
  const redis = new FakeRedis({ auto: false })
  const { fence, enter, lines } = bench(redis)
  const links: FakeConnection[] = []
  // A line that flaps: two are given up before one stands.
  for (let index = 0; index < 2; index++) {
    const { link, guard } = await enter()
    assert.equal(guard.watch, null)
    link.write([body])
    link.destroy()
    links.push(link)
    fence.suspect(guard)
    if (index === 0) {
      redis.fenceRefuses = words => (words[1] === 'KILL' ? 'LOADING Redis is loading the dataset in memory' : null)
      await assert.rejects(enter(), /LOADING/)
      assert.equal(fence.drawn, false)
      redis.fenceRefuses = () => null
    }
  }
  redis.asked.length = 0
  await enter()
  assert.deepEqual(redis.asked, [
    ['CLIENT', 'INFO'],
    ['CLIENT', 'KILL', 'ID', '3', 'ADDR', '192.0.2.1:40003']
  ])
  assert.deepEqual(
    links.map(({ killed }) => killed),
    [true, true]
  )
  redis.deliverLate()
  assert.equal(stringOf(redis, 'a'), null)
  assert.equal(fence.drawn, true)
  assert.deepEqual(lines, [])
})

test('where the connection breaks while it kills, the next one kills', async () => {
  const redis = new FakeRedis({ auto: false })
  const { fence, enter } = bench(redis)
  const { link, guard } = await enter()
  link.write([body])
  link.destroy()
  fence.suspect(guard)
  await redis.open()
  const second = redis.connections.at(-1)
  assert.ok(second)
  const entering = fence.enter(second)
  second.cut()
  await assert.rejects(entering, /connection reset/)
  assert.deepEqual([link.killed, fence.drawn], [false, false])
  await enter()
  assert.deepEqual([link.killed, fence.drawn], [true, true])
})

test('a server process of its own has no such connection, and says so by 0', async () => {
  const redis = new FakeRedis()
  const { fence, enter } = bench(redis)
  const { link } = await enter()
  fence.suspect({ identity: { id: String(link.id), addr: '192.0.2.1:1' }, watch: null })
  await enter()
  assert.deepEqual([link.killed, fence.drawn], [false, true])
})

test('where killing is denied the late transaction does nothing, the key is gone, and it is said once', async () => {
  const redis = new FakeRedis({ auto: false })
  redis.fenceRefuses = noKill
  const { fence, enter, warnings } = bench(redis)
  const { link, guard } = await enter()
  assert.deepEqual(guard.watch === null ? null : Buffer.from(guard.watch), watch)
  link.write(transaction)
  link.destroy()
  fence.suspect(guard)
  const next = await enter()
  redis.deliverLate()
  assert.equal(stringOf(redis, 'a'), null)
  next.link.write(transaction)
  next.link.execute(Infinity)
  assert.equal(stringOf(redis, 'a'), 'old')
  assert.deepEqual([...redis.data.keys.keys()], ['a'])
  assert.equal(warnings().length, 1)
  assert.match(warnings()[0] ?? '', /client\|kill.*WATCH "__connect:fence:orders-0".*\+client\|info and \+client\|kill/)
})

test('without the right to CLIENT INFO it is the same', async () => {
  const redis = new FakeRedis({ auto: false })
  redis.fenceRefuses = ([name, what]) =>
    name === 'CLIENT' && what === 'INFO' ? "ERR unknown subcommand 'INFO'. Try CLIENT HELP." : null
  const { enter, warnings } = bench(redis)
  assert.notEqual((await enter()).guard.watch, null)
  assert.match(warnings()[0] ?? '', /unknown subcommand 'INFO'/)
})

test('a CLIENT that was renamed is not asked of the administrator as a right', async () => {
  const redis = new FakeRedis({ auto: false })
  redis.fenceRefuses = ([name]) => (name === 'CLIENT' ? "ERR unknown command 'CLIENT', with args beginning with: 'INFO' " : null) // prettier-ignore
  const { enter, warnings } = bench(redis)
  await enter()
  assert.match(warnings()[0] ?? '', /CLIENT is unknown there: it was renamed \(rename-command in redis\.conf\)/)
  assert.ok(!warnings()[0]?.includes('+client'))
})

test('where neither is to be had both rights are named, once, and nothing is held up', async () => {
  for (const refuses of [
    (words: readonly string[]) =>
      noKill(words) ?? (words[0] === 'SET' ? 'NOPERM no permissions to access one of the keys' : null),
    (words: readonly string[]) => noKill(words) ?? (words[0] === 'WATCH' ? "ERR unknown command 'WATCH'" : null)
  ]) {
    const redis = new FakeRedis()
    redis.fenceRefuses = refuses
    const { fence, enter, warnings } = bench(redis)
    for (let index = 0; index < 3; index++) {
      const { guard } = await enter()
      assert.equal(guard.watch, null)
      fence.suspect(guard)
    }
    await enter()
    assert.equal(fence.drawn, true)
    assert.equal(warnings().length, 1)
    assert.match(warnings()[0] ?? '', /neither.*client\|kill.*(NOPERM no|unknown).*late.*\+client\|info.*\+watch/)
  }
})

test('rights that change: those who were fenced one way are made harmless that way', async () => {
  const redis = new FakeRedis({ auto: false })
  const { fence, enter, lines, warnings } = bench(redis)
  // Known by nobody's id: only the key can tell it.
  redis.fenceRefuses = ([name]) => (name === 'CLIENT' ? 'NOPERM no' : null)
  const first = await enter()
  first.link.write(transaction)
  first.link.destroy()
  fence.suspect(first.guard)
  redis.fenceRefuses = () => null
  const second = await enter()
  assert.equal(second.guard.watch, null)
  redis.deliverLate()
  assert.equal(stringOf(redis, 'a'), null)
  assert.equal(lines.at(-1)?.level, 'INFO')
  // And back: the right to kill is gone when it is needed.
  fence.suspect(second.guard)
  redis.fenceRefuses = noKill
  await enter()
  assert.equal(fence.drawn, true)
  assert.match(warnings().join('\n'), /can't tell whether 1 connection \(id=2 addr=192.0.2.1:40002\)/)
})

test('who leaves its keys to others draws the fence on a connection of its own', async () => {
  const redis = new FakeRedis({ auto: false })
  const { fence, enter, warnings } = bench(redis)
  const { link, guard } = await enter()
  await fence.draw(redis, 2000)
  assert.equal(redis.opens, 1)
  fence.suspect(guard)
  await fence.draw(redis, 2000)
  assert.deepEqual([link.killed, fence.drawn, redis.connections.at(-1)?.ended], [true, true, 'in order'])
  assert.deepEqual(warnings(), [])
})

test('a fence that cannot be drawn in time is told once, with what it means, and is drawn by whoever comes later', async () => {
  const redis = new FakeRedis()
  const { fence, enter, clock, warnings } = bench(redis)
  const { link, guard } = await enter()
  fence.suspect(guard)
  redis.down = 'connect ECONNREFUSED 192.0.2.9:6379'
  let done = false
  const drawing = fence.draw(redis, 2000).then(() => (done = true))
  while (!done) {
    await settle()
    clock.advance(100)
  }
  await drawing
  assert.equal(clock.pending, 0)
  await fence.draw(redis, 2000)
  assert.equal(warnings().length, 1)
  assert.match(
    warnings()[0] ?? '',
    /within 2000 ms to close 1 connection \(id=1 addr=192.0.2.1:40001\).*ECONNREFUSED.*next owner.*CLIENT KILL/
  )
  redis.down = null
  await enter()
  assert.deepEqual([link.killed, fence.drawn], [true, true])
})

test('a Redis that does not answer at all, or refuses the password, holds nobody up longer than that', async () => {
  const redis = new FakeRedis()
  const { fence, enter, clock, warnings } = bench(redis)
  fence.suspect((await enter()).guard)
  const silent = { address: redis.address, open: () => new Promise<never>(() => undefined) }
  const drawing = fence.draw(silent, 2000)
  await settle()
  clock.advance(2000)
  await drawing
  assert.match(warnings().at(-1) ?? '', /it does not answer/)
  fence.suspect((await enter()).guard)
  redis.openError = () => new RedisLoginError('Redis refuses the password')
  await fence.draw(redis, 2000)
  assert.match(warnings().at(-1) ?? '', /refuses the password/)
})
