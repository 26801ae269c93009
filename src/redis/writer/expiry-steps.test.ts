// Sorted sets with a TTL where no script is taken: what Redis holds is what the script would have left, whoever writes in between and wherever it breaks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { settle } from '../../../test/kit/fake-clock.ts'
import { FakeRedisData } from '../../../test/kit/fake-redis-data.ts'
import { type FakeConnection, FakeRedis } from '../../../test/kit/fake-redis.ts'
import { geoadd, publish, set, setex, xadd, zadd, zaddTtl } from '../../../test/kit/writer-bench.ts'
import { type Command } from '../encode.ts'
import { Coalescer } from './coalescer.ts'
import { type ExpiryWay } from './expiry-steps.ts'
import { Flight, type Outcome } from './flight.ts'
import { ReplyError, ReplyFormatError, ReplyReader } from './reply-reader.ts'

function flightOf(commands: readonly Command[], way: ExpiryWay, merge = true): Flight {
  const flight = new Flight(Buffer.alloc(256), new Coalescer())
  for (const command of commands) assert.equal(flight.append(command, merge, way === 'apart', way), true)
  flight.closeRun()
  return flight
}

/** A connection on which a flight travels as it does in the air. */
async function connect(redis: FakeRedis): Promise<{ connection: FakeConnection; send: (flight: Flight) => void }> {
  const { link } = await redis.open()
  const { connection } = redis
  if (connection === null) throw new Error('no connection')
  const reader = new ReplyReader()
  let flying: Flight | null = null
  link.listen({
    onData: chunk =>
      reader.push(chunk, reply => {
        const more = flying?.take(reply) ?? null
        if (more !== null) link.write(more)
      }),
    onDrain: () => undefined,
    onClose: () => undefined
  })
  return {
    connection,
    send: flight => {
      flying = flight
      link.write(flight.wire())
    }
  }
}

/** Sends a flight and does `between` behind its first stage. */
async function fly(redis: FakeRedis, flight: Flight, between: () => void = () => undefined): Promise<Flight> {
  redis.auto = false
  const { connection, send } = await connect(redis)
  send(flight)
  connection.execute(Infinity)
  between()
  connection.deliver(Infinity)
  while (!flight.answered && connection.busy) connection.run()
  return flight
}

/** Outcomes with errors as their first words. */
function told(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.map(outcome => (outcome instanceof ReplyError ? (outcome.text.split(' ')[0] ?? '') : outcome))
}

test('a member that is new sets the expiry in the transaction that adds it; one that is there does not', async () => {
  const redis = new FakeRedis()
  redis.data.execute(['ZADD', 'z', '1', 'old'])
  const commands = [zaddTtl('z', 2, 'old'), zaddTtl('z', 3, 'new'), zaddTtl('y', 4, 'a'), zaddTtl('y', 5, 'a')]
  const flight = await fly(redis, flightOf(commands, 'watch'))
  assert.deepEqual(redis.received, [
    ['WATCH', 'z', 'y'],
    ['ZSCORE', 'z', 'old'],
    ['ZSCORE', 'z', 'new'],
    ['ZSCORE', 'y', 'a'],
    ['MULTI'],
    ['ZADD', 'z', '2', 'old'],
    ['ZADD', 'z', '3', 'new'],
    ['ZADD', 'y', '4', 'a'],
    ['ZADD', 'y', '5', 'a'],
    ['EXPIRE', 'z', '60'],
    ['EXPIRE', 'y', '60'],
    ['EXEC']
  ])
  assert.deepEqual([flight.clean, flight.alone, flight.inTransaction], [true, true, true])
  assert.deepEqual(told(flight.outcomes()), ['ok', 'ok', 'ok', 'ok'])
  const second = await fly(redis, flightOf([zaddTtl('z', 9, 'new')], 'watch'))
  assert.equal(second.clean, true)
  assert.ok(!redis.executed.slice(-1).some(([name]) => name === 'EXPIRE'))
})

test('where another writer touches a key in between nothing is executed, and it is told', async () => {
  const redis = new FakeRedis()
  const flight = await fly(redis, flightOf([zaddTtl('z', 1, 'a'), set('k', 'v')], 'watch'), () => {
    redis.data.execute(['ZADD', 'z', '7', 'a'])
  })
  assert.deepEqual([flight.answered, flight.clean, flight.contested], [true, false, true])
  assert.deepEqual(told(flight.outcomes()), ['lost', 'lost'])
  assert.deepEqual(redis.data.keys.get('z'), { type: 'zset', scores: new Map([['a', '7']]), ttl: 0 })
  assert.equal(redis.data.keys.has('k'), false)
})

test('a key of another type is its own refusal: the others are executed', async () => {
  const redis = new FakeRedis()
  redis.data.keys.set('list', { type: 'list' })
  const commands = [zaddTtl('list', 1, 'a'), zaddTtl('z', 2, 'b'), zaddTtl('list', 3, 'a')]
  const flight = await fly(redis, flightOf(commands, 'watch'))
  assert.deepEqual(told(flight.outcomes()), ['WRONGTYPE', 'ok', 'WRONGTYPE'])
  assert.deepEqual(redis.data.keys.get('z'), { type: 'zset', scores: new Map([['b', '2']]), ttl: 60 })
})

for (const [what, denied, expected] of [
  ['WATCH', 'WATCH', ['NOPERM', 'NOPERM', 'lost']],
  ['ZSCORE', 'ZSCORE', ['NOPERM', 'NOPERM', 'lost']],
  ['ZADD, when it is queued', 'ZADD', ['NOPERM', 'NOPERM', 'lost']],
  ['EXPIRE, when it is queued', 'EXPIRE', ['lost', 'NOPERM', 'lost']]
] as const) {
  test(`${what} denied: nothing is executed, and whose it was is known`, async () => {
    const redis = new FakeRedis()
    redis.refuse = ([name]) => (name === denied ? 'NOPERM no rights' : null)
    const flight = await fly(redis, flightOf([zaddTtl('z', 1, 'a'), zaddTtl('z', 2, 'b'), set('k', 'v')], 'watch'))
    assert.equal(flight.answered, true)
    assert.deepEqual(told(flight.outcomes()), expected)
    assert.equal(redis.data.keys.size, 0)
    redis.refuse = () => null
    const next = await fly(redis, flightOf([xadd('s', 'v')], 'watch'))
    assert.equal(next.clean, true)
  })
}

test('a watch that was given up does not spoil the next transaction of its connection', async () => {
  const redis = new FakeRedis({ auto: false })
  redis.refuse = ([name]) => (name === 'ZSCORE' ? 'NOPERM no rights' : null)
  const { connection, send } = await connect(redis)
  send(flightOf([zaddTtl('z', 1, 'a')], 'watch'))
  while (connection.busy) connection.run()
  redis.data.execute(['ZADD', 'z', '7', 'a'])
  const next = flightOf([xadd('s', 'v')], 'watch')
  send(next)
  while (connection.busy) connection.run()
  assert.equal(next.clean, true)
})

test('fenced, the WATCH of the next flight stands behind the transaction, and behind what was given up', async () => {
  const watch = Buffer.from('*2\r\n$5\r\nWATCH\r\n$1\r\nf\r\n')
  const redis = new FakeRedis()
  const fenced = (): Flight => {
    const flight = flightOf([zaddTtl('z', 1, 'a')], 'watch')
    flight.fence(watch)
    return flight
  }
  const flight = await fly(redis, fenced())
  assert.deepEqual(
    redis.received.map(words => words.slice(0, 2).join(' ')),
    ['WATCH z', 'ZSCORE z', 'MULTI', 'ZADD z', 'EXPIRE z', 'EXEC', 'WATCH f']
  )
  assert.deepEqual([flight.clean, flight.watchRefusal, told(flight.outcomes())], [true, null, ['ok']])
  redis.refuse = ([name], keys) => (name === 'WATCH' && keys.includes('f') ? 'NOPERM no rights' : null)
  const unwatched = await fly(redis, fenced())
  assert.deepEqual([unwatched.clean, unwatched.watchRefusal?.text], [true, 'NOPERM no rights'])
  redis.refuse = ([name]) => (name === 'ZSCORE' ? 'NOPERM no rights' : null)
  const givenUp = await fly(redis, fenced())
  assert.deepEqual([givenUp.answered, told(givenUp.outcomes())], [true, ['NOPERM']])
  assert.deepEqual(
    redis.received.slice(-2).map(([name]) => name),
    ['UNWATCH', 'WATCH']
  )
})

test('without transactions EXPIRE follows the ZADD that added, and only that', async () => {
  const redis = new FakeRedis()
  redis.transactions = false
  redis.data.execute(['ZADD', 'z', '1', 'old'])
  redis.data.keys.set('list', { type: 'list' })
  const commands = [zaddTtl('z', 2, 'old'), zaddTtl('y', 3, 'a'), set('k', 'v'), zaddTtl('list', 4, 'a')]
  const flight = await fly(redis, flightOf(commands, 'apart'))
  assert.deepEqual(
    redis.received.map(words => words.slice(0, 2).join(' ')),
    ['ZADD z', 'ZADD y', 'SET k', 'ZADD list', 'EXPIRE y']
  )
  assert.deepEqual(told(flight.outcomes()), ['ok', 'ok', 'ok', 'WRONGTYPE'])
  assert.deepEqual([flight.alone, flight.inTransaction], [true, false])
})

test('without transactions and without new members one stage does', async () => {
  const redis = new FakeRedis()
  redis.data.execute(['ZADD', 'z', '1', 'old'])
  const flight = await fly(redis, flightOf([zaddTtl('z', 2, 'old')], 'apart'))
  assert.deepEqual([flight.clean, redis.received], [true, [['ZADD', 'z', '2', 'old']]])
})

test('a connection that breaks without transactions: done is what has all its answers', async () => {
  const redis = new FakeRedis({ auto: false })
  const { connection, send } = await connect(redis)
  const flight = flightOf([zaddTtl('z', 1, 'a'), set('k', 'v'), zaddTtl('y', 2, 'b')], 'apart')
  send(flight)
  assert.deepEqual(told(flight.outcomes()), ['lost', 'lost', 'lost'])
  connection.execute(2)
  connection.deliver(Infinity)
  assert.deepEqual(told(flight.outcomes()), ['lost', 'ok', 'lost'])
  connection.execute(1)
  connection.deliver(Infinity)
  connection.execute(1)
  connection.deliver(Infinity)
  assert.deepEqual(told(flight.outcomes()), ['ok', 'ok', 'lost'])
})

test('MULTI refused behind the questions: the commands were taken singly, each with its own answer', async () => {
  const redis = new FakeRedis()
  const flight = flightOf([zaddTtl('z', 1, 'a')], 'watch')
  await fly(redis, flight, () => (redis.transactions = false))
  assert.deepEqual([flight.answered, flight.multiRefused], [true, true])
  assert.deepEqual(told(flight.outcomes()), ['ok'])
  assert.deepEqual(redis.data.keys.get('z'), { type: 'zset', scores: new Map([['a', '1']]), ttl: 60 })
})

for (const [what, commands, fits] of [
  ['another key', [zaddTtl('z', 1, 'a'), zadd('y', 1, 'a')], true],
  ['its own key without a TTL', [zaddTtl('z', 1, 'a'), zadd('z', 1, 'a')], false],
  ['its own key as a string', [zaddTtl('z', 1, 'a'), set('z', 'v')], false],
  ['a key that was touched before', [xadd('s', 'v'), set('z', 'v'), zaddTtl('z', 1, 'a')], false],
  ['a stream beside it', [zaddTtl('z', 1, 'a'), xadd('s', 'v'), zaddTtl('z', 1, 'a')], true],
  ['a stream under its key', [zaddTtl('z', 1, 'a'), xadd('z', 'v')], false],
  ['a set under a stream', [xadd('z', 'v'), zaddTtl('z', 1, 'a')], false],
  ['behind others whose keys were not noted', [set('a', 'v'), zaddTtl('z', 1, 'a')], false]
] as const) {
  test(`a flight that asks takes ${what}: ${fits}`, () => {
    const flight = new Flight(Buffer.alloc(256), null)
    const taken = commands.map(command => flight.append(command, true, false, 'watch'))
    assert.equal(taken.at(-1), fits)
    assert.ok(taken.slice(0, -1).every(Boolean))
  })
}

test('a flight has one form: a transaction, or steps apart', () => {
  const flight = new Flight(Buffer.alloc(256), null)
  assert.equal(flight.append(xadd('s', 'v'), true, false, 'apart'), true)
  assert.equal(flight.append(zaddTtl('z', 1, 'a'), true, false, 'apart'), false)
  const other = new Flight(Buffer.alloc(256), null)
  assert.equal(other.append(zaddTtl('z', 1, 'a'), true, false, 'watch'), true)
  assert.equal(other.append(zaddTtl('z', 1, 'b'), true, true, 'watch'), false)
  assert.equal(other.append(publish('c', 'v'), true, true, 'watch'), false)
  assert.deepEqual([flight.expiryWay, other.expiryWay], [null, 'watch'])
})

test('an answer that no Redis gives is noticed', () => {
  const flight = flightOf([zaddTtl('z', 1, 'a')], 'watch')
  flight.wire()
  for (const reply of ['OK', null, 'OK']) flight.take(reply)
  assert.throws(() => flight.take(1), ReplyFormatError)
})

// --- against the script

const keys = ['z', 'y'] as const
const members = ['a', 'b', 'c'] as const
const ttls = [60n, 90n] as const
const key = fc.constantFrom(...keys)
const member = fc.constantFrom(...members)

const adding = fc
  .record({ key, member, ttl: fc.constantFrom(...ttls) })
  .map(({ key, member, ttl }): Command => ({ ...zaddTtl(key, 0, member), expireWhenAdded: ttl }))
const beside = fc.constantFrom(set('k', 'v'), setex('l', 'v'), zadd('x', 1, 'm'), geoadd('g', 1, 'm'), xadd('s', 'v'))
const commands = fc.array(fc.oneof({ weight: 4, arbitrary: adding }, { weight: 1, arbitrary: beside }), {
  minLength: 1,
  maxLength: 12
})
const foreign = fc
  .oneof(
    fc.tuple(fc.constant('ZADD'), key, fc.constant('-1'), member),
    fc.tuple(fc.constant('ZREM'), key, member),
    fc.tuple(fc.constant('DEL'), key),
    fc.tuple(fc.constant('EXPIRE'), key, fc.constant('7')),
    fc.tuple(fc.constant('SET'), fc.constantFrom('elsewhere', ...keys), fc.constant('v'))
  )
  .map(words => ({ do: 'foreign', words }) as const)
const amount = fc.integer({ min: 1, max: 6 })
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('execute' as const), amount }) },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('deliver' as const), amount: fc.integer({ min: 1, max: 60 }) })
    },
    { weight: 2, arbitrary: foreign },
    { weight: 1, arbitrary: fc.constant({ do: 'cut' as const }) }
  ),
  { maxLength: 80 }
)

/** A Redis beside a model in which each transaction's ZADDs are the script, and when each key's expiry was set last. */
class Twins {
  readonly redis = new FakeRedis({ auto: false, data: this.#data('found') })
  readonly #model = this.#data('expected')
  readonly #ttls = new Map<string, bigint>()
  readonly #set = { found: new Map<string, number>(), expected: new Map<string, number>() }
  #unit = 0

  constructor() {
    this.redis.onExec = commands => {
      this.#unit++
      for (const words of commands) this.#script(words)
    }
  }

  #data(side: 'found' | 'expected'): FakeRedisData {
    return new FakeRedisData((kind, key) => {
      if (kind === 'EXPIRE') this.#set[side].set(key, this.#unit)
    })
  }

  /** Which TTL a ZADD stands for is known by its score. */
  willSend(command: Command): void {
    if (command.expireWhenAdded > 0n) this.#ttls.set(command.args[1] ?? '', command.expireWhenAdded)
  }

  #script(words: readonly string[]): void {
    const ttl = words[0] === 'ZADD' ? this.#ttls.get(words[2] ?? '') : undefined
    if (ttl !== undefined) this.#model.execute(['EVAL', 'script', '1', ...words.slice(1), String(ttl)])
    else if (words[0] !== 'EXPIRE') this.#model.execute(words)
  }

  foreign(words: readonly string[]): void {
    this.#unit++
    this.redis.data.execute(words)
    this.#model.execute(words)
  }

  check(): void {
    for (const key of keys) assert.deepEqual(this.redis.data.keys.get(key), this.#model.keys.get(key), key)
    assert.deepEqual(this.#set.found, this.#set.expected)
  }
}

test('random ZADDs with TTLs, foreign writes between the stages, cuts anywhere: the state of the script', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(commands, { minLength: 1, maxLength: 4 }),
      steps,
      fc.boolean(),
      async (all, script, merge) => {
        const twins = new Twins()
        const queue = [...script]
        let score = 100
        let air = await connect(twins.redis)
        for (const drafts of all) {
          const planned = drafts.map(draft => {
            if (draft.expireWhenAdded === 0n) return draft
            const [key = '', , member = ''] = draft.args
            return { ...draft, args: [key, String(score++), member] }
          })
          for (const command of planned) twins.willSend(command)
          let left: readonly Command[] = planned
          while (left.length > 0) {
            const flight = new Flight(Buffer.alloc(256), null)
            const fitting = left.findIndex(command => !flight.append(command, merge, false, 'watch'))
            const carried = fitting < 0 ? left : left.slice(0, fitting)
            flight.closeRun()
            air.send(flight)
            while (!flight.answered && !air.connection.closed) {
              const step = queue.shift() ?? { do: 'execute', amount: 100 }
              if (step.do === 'execute') air.connection.execute(step.amount)
              if (step.do === 'deliver' || queue.length === 0)
                air.connection.deliver(step.do === 'deliver' ? step.amount : 9999)
              if (step.do === 'foreign') twins.foreign(step.words)
              if (step.do === 'cut') air.connection.cut()
              twins.check()
              await settle()
            }
            if (air.connection.closed) air = await connect(twins.redis)
            // As when it is mended: from the first command that is not done on.
            const outcomes = flight.outcomes()
            const done = outcomes.findIndex(outcome => outcome === 'lost')
            left = done < 0 ? left.slice(carried.length) : left.slice(done)
          }
          twins.check()
        }
      }
    ),
    { numRuns: 300 }
  )
})
