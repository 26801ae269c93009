// Transactions, watched keys, connections killed and left, bytes that come late, moods and crashes: what the sink's promises are tried against.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimProcess } from '../engine/scheduler.ts'
import { isAnswered } from './history.ts'
import { type Mood } from './moods.ts'
import { RedisWorld, wordsOf } from './redis-world.ts'
import { textOf } from './request-reader.ts'

const aborted = '-EXECABORT Transaction discarded because of previous errors.'
const oom = "OOM command not allowed when used memory > 'maxmemory'."

/** What was executed, as text. */
function executed({ redis }: RedisWorld): readonly string[] {
  return redis.history.executed.map(({ words }) => textOf(words.join(' ')))
}

test('a transaction is executed at EXEC, in one piece, and stands in the history command by command', async () => {
  const world = new RedisWorld()
  await world.play(async () => {
    const [one, other] = [await world.connect(), await world.connect()]
    assert.deepEqual(await one.ask('MULTI', 'SET a 1', 'ZADD a 1 m', 'GET a'), ['+OK', '+QUEUED', '+QUEUED', '+QUEUED'])
    assert.deepEqual(await other.ask('GET a', 'SET b 1'), ['$-1', '+OK'])
    const [answer] = await one.ask('EXEC')
    assert.equal(answer, '*3 +OK -WRONGTYPE Operation against a key holding the wrong kind of value $1 1')
    assert.deepEqual(executed(world), ['SET b 1', 'SET a 1', 'ZADD a 1 m'])
    assert.deepEqual(await one.ask('EXEC', 'DISCARD'), ['-ERR EXEC without MULTI', '-ERR DISCARD without MULTI'])
    const nested = ['+OK', '-ERR MULTI calls can not be nested', '-ERR WATCH inside MULTI is not allowed', '*0']
    assert.deepEqual(await one.ask('MULTI', 'MULTI', 'WATCH a', 'EXEC'), nested)
  })
})

test('a command refused as it is read aborts its transaction', async () => {
  const world = new RedisWorld()
  await world.play(async () => {
    const client = await world.connect()
    for (const bad of ['FOO', 'XADD x *', 'CLIENT FOO']) {
      const answers = await client.ask('MULTI', 'SET a 1', bad, 'EXEC', 'EXEC')
      assert.deepEqual(answers.slice(3), [aborted, '-ERR EXEC without MULTI'], bad)
    }
    // Refused only when it is executed.
    assert.deepEqual(
      (await client.ask('MULTI', 'XADD x * a b c', 'SET a 1', 'EXEC')).at(-1),
      `*2 -ERR wrong number of arguments for 'xadd' command +OK`
    )
    assert.deepEqual(await client.ask('MULTI', 'SET a 2', 'DISCARD', 'GET a'), ['+OK', '+QUEUED', '+OK', '$1 1'])
  })
})

for (const [what, touch, isTouched] of [
  ['written by another', 'SET a 1', true],
  ['written with the same value', 'SET a 0', true],
  ['deleted', 'DEL a', true],
  ['given an expiry', 'EXPIRE a 100', true],
  ['gone with everything', 'FLUSHALL', true],
  ['only read', 'GET a', false],
  ['beside another that is written', 'SET b 1', false],
  ['refused', 'ZADD a 1 m', false],
  ['not met by a ZADD that changes nothing', 'ZADD z 1 m', false],
  ['written inside a transaction', 'EXEC', true]
] as const) {
  test(`a watched key that is ${what} ${isTouched ? 'stops' : 'does not stop'} EXEC`, async () => {
    const world = new RedisWorld()
    await world.play(async () => {
      const [one, other] = [await world.connect(), await world.connect()]
      await one.ask('SET a 0', 'ZADD z 1 m', 'WATCH a z')
      if (touch === 'EXEC') await other.ask('MULTI', 'SET a 1', 'EXEC')
      else await other.ask(touch)
      const answer = isTouched ? '*-1' : '*1 +OK'
      assert.equal((await one.ask('MULTI', 'SET done 1', 'EXEC')).at(-1), answer)
      // EXEC ends what WATCH began.
      await other.ask('SET a 3')
      assert.equal((await one.ask('MULTI', 'SET done 2', 'EXEC')).at(-1), '*1 +OK')
    })
  })
}

test('a watched key stops EXEC where it expires, is written by itself, and not after UNWATCH', async () => {
  const world = new RedisWorld()
  await world.play(async () => {
    const client = await world.connect()
    await client.ask('SETEX a 1 0', 'WATCH a')
    await world.sleep(2000)
    assert.equal((await client.ask('MULTI', 'SET b 1', 'EXEC')).at(-1), '*-1')
    assert.equal((await client.ask('WATCH a', 'SET a 1', 'MULTI', 'SET b 1', 'EXEC')).at(-1), '*-1')
    assert.equal((await client.ask('WATCH a', 'SET a 1', 'UNWATCH', 'MULTI', 'SET b 1', 'EXEC')).at(-1), '*1 +OK')
    assert.equal(
      (await client.ask('WATCH a', 'SET a 1', 'MULTI', 'DISCARD', 'MULTI', 'SET b 1', 'EXEC')).at(-1),
      '*1 +OK'
    )
  })
})

/** A connection sends a SET and is then given up, while the network still holds it. Answers what became of it. */
async function late(seed: string, kill: boolean): Promise<{ readonly isExecuted: boolean; readonly killed: string }> {
  const world = new RedisWorld(seed)
  const killed = await world.play(async () => {
    const one = await world.connect()
    const [info = ''] = await one.ask('CLIENT INFO')
    const id = /id=(\d+)/.exec(info)?.[1] ?? ''
    const addr = /addr=(\S+)/.exec(info)?.[1] ?? ''
    assert.equal(addr, one.socket.local)
    world.path.upCut = true
    one.send(wordsOf('SET late 1'))
    one.socket.destroy()
    await world.sleep(1000)
    const other = await world.connect(new SimProcess('other', world.scheduler))
    await other.ask('SET late 2')
    const answer = kill ? await other.ask(`CLIENT KILL ID ${id} ADDR ${addr}`) : ['']
    world.path.upCut = false
    world.network.mended()
    await world.sleep(1000)
    return answer[0] ?? ''
  })
  return { isExecuted: executed(world).at(-1) === 'SET late 1', killed }
}

test('what a proxy holds of a connection that was reset is executed late, unless the server has killed it', async () => {
  const seeds = Array.from({ length: 20 }, (_, n) => `late ${n}`)
  const left = await Promise.all(seeds.map(seed => late(seed, false)))
  // Without a proxy the packets are gone with the connection.
  assert.deepEqual(new Set(left.map(({ isExecuted }) => isExecuted)), new Set([true, false]))
  const killed = await Promise.all(seeds.map(seed => late(seed, true)))
  for (const { isExecuted, killed: count } of killed) assert.deepEqual([isExecuted, count], [false, ':1'])
})

test('CLIENT KILL spares who asks, and wants both id and address to fit', async () => {
  const world = new RedisWorld()
  await world.play(async () => {
    const [one, other] = [await world.connect(), await world.connect()]
    await one.ask('MULTI', 'SET a 1')
    const { local } = one.socket
    const fits = [`ID 1 ADDR ${local}`, `ID 2 ADDR ${local}`, 'ID 1 ADDR 0.0.0.0:0', `ID 2 ADDR ${other.socket.local}`]
    const answers = await other.ask(...fits.map(filter => `CLIENT KILL ${filter}`).reverse())
    assert.deepEqual(answers, [':0', ':0', ':0', ':1'])
    one.send(['EXEC'])
    await world.sleep(100)
    assert.equal(one.closed, 'the server closed the connection')
    assert.deepEqual(executed(world), [])
    assert.match((await other.ask('CLIENT LIST'))[0] ?? '', /^\$\d+ id=2 [^\n]*$/)
  })
})

/** More than twice as much as Redis reads in one go. */
const long = Array.from({ length: 1000 }, (_, n) => ['SET', `k${n}`, 'v'.repeat(10)])

test('what is long is read piece by piece, and others have their turn in between', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    const [one, other] = [await world.connect(), await world.connect()]
    redis.freeze()
    one.send(...long)
    await world.sleep(10)
    other.send(['SET', 'between', '1'])
    await world.sleep(10)
    redis.thaw()
    await one.answers(1000)
    const at = executed(world).indexOf('SET between 1')
    assert.ok(at > 0 && at < 1000, String(at))
  })
})

test('a crash amid a flight leaves its beginning executed, and nobody knows how much', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    const client = await world.connect()
    client.send(...long)
    await new Promise<void>(resolve => (redis.history.onExecuted = () => resolve()))
    redis.crash({ data: 'kept' })
    await world.sleep(10)
    const { length } = redis.history.executed
    assert.ok(length > 0 && length < 1000, String(length))
    // What was answered before it died had left.
    assert.equal((await client.answers(1000)).length, length)
    assert.ok(redis.history.executed.every(isAnswered))
  })
})

test('which commands were answered shows at the bytes that the other end was handed', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    const client = await world.connect()
    await client.ask('SET a 1', 'GET a')
    world.path.downCut = true
    client.send(...['SET a 2', 'MULTI', 'SET a 3', 'EXEC'].map(wordsOf))
    await world.sleep(1000)
    assert.deepEqual(redis.history.executed.map(isAnswered), [true, false, false])
    world.path.downCut = false
    world.network.mended()
    await client.answers(4)
    assert.deepEqual(redis.history.executed.map(isAnswered), [true, true, true])
    const [, , last] = redis.history.executed
    assert.equal(last?.connection.addr, client.socket.local)
    // An answer that came after the other end had closed was handed to nobody.
    client.send(wordsOf('SET a 4'))
    client.socket.end()
    await world.sleep(1000)
    assert.deepEqual(executed(world).at(-1), 'SET a 4')
    assert.deepEqual(redis.history.executed.map(isAnswered), [true, true, true, false])
  })
})

/** null: it is taken. */
type Refusal = string | RegExp | null

const moods = [
  [
    'oom',
    {
      'SET a 1': oom,
      'GET a': null,
      'DEL a': null,
      PING: null,
      'CLIENT INFO': null,
      'PUBLISH a b': null,
      'MULTI+PING': oom
    }
  ],
  [
    'readonly',
    {
      'SET a 1': /^-READONLY /,
      'GET a': null,
      'DEL a': /^-READONLY /,
      PING: null,
      'PUBLISH a b': null,
      'MULTI+PING': null
    }
  ],
  [
    'misconf',
    {
      'SET a 1': /^-MISCONF /,
      'GET a': null,
      'DEL a': /^-MISCONF /,
      PING: /^-MISCONF /,
      'PUBLISH a b': null,
      'MULTI+GET a': null
    }
  ],
  [
    'loading',
    {
      'SET a 1': /^-LOADING /,
      'GET a': /^-LOADING /,
      PING: /^-LOADING /,
      'CLIENT INFO': null,
      'CLIENT KILL ID 9 ADDR x': null,
      'WATCH a': null,
      'EVAL return 0 a': /^-LOADING /
    }
  ],
  [
    'busy',
    {
      'SET a 1': /^-BUSY /,
      PING: /^-BUSY /,
      'CLIENT INFO': /^-BUSY /,
      'WATCH a': null,
      UNWATCH: null,
      'PUBLISH a b': /^-BUSY /,
      'MULTI+PING': /^-BUSY /
    }
  ]
] satisfies readonly (readonly [Mood, Readonly<Record<string, Refusal>>])[]

for (const [mood, answers] of moods) {
  test(`${mood} refuses what Redis refuses then, and what a transaction holds`, async () => {
    const world = new RedisWorld()
    const { redis } = world
    await world.play(async () => {
      const client = await world.connect()
      redis.set(mood, true)
      for (const [asked, refusal] of Object.entries<Refusal>(answers)) {
        const isQueued = asked.startsWith('MULTI+')
        const [answer = ''] = isQueued
          ? (await client.ask('MULTI', asked.slice(6), 'DISCARD')).slice(1)
          : await client.ask(asked)
        if (refusal === null)
          assert.ok(isQueued ? answer === '+QUEUED' : !answer.startsWith('-'), `${asked}: ${answer}`)
        else if (typeof refusal === 'string') assert.equal(answer, `-${refusal}`, asked)
        else assert.match(answer, refusal, asked)
      }
      redis.set(mood, false)
      await client.ask('MULTI', 'SET a 1')
      redis.set(mood, true)
      assert.match((await client.ask('EXEC'))[0] ?? '', /^-EXECABORT Transaction discarded because of: [A-Z]+ /)
      redis.set(mood, false)
      assert.deepEqual(await client.ask('EXEC', 'SET a 1'), ['-ERR EXEC without MULTI', '+OK'])
    })
  })
}

test('a command that is denied is refused, read or in a transaction that was allowed it', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    const client = await world.connect()
    await client.ask('MULTI', 'SET a 1', 'GET a')
    redis.deny('set')
    redis.deny('client|kill')
    const changed =
      '-NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ' +
      'no permission to execute the command or subcommand'
    assert.deepEqual(await client.ask('EXEC', 'SET a 1', 'CLIENT KILL ID 7 ADDR x', 'CLIENT ID'), [
      `*2 ${changed} $-1`,
      "-NOPERM this user has no permissions to run the 'set' command",
      "-NOPERM this user has no permissions to run the 'client|kill' command",
      ':1'
    ])
    redis.allow('set')
    assert.deepEqual(await client.ask('SET a 1'), ['+OK'])
  })
})

test('a password is asked of those who come after it was set', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    const before = await world.connect()
    await before.ask('PING')
    redis.setPassword('sésame')
    const after = await world.connect()
    const refused = '-NOAUTH Authentication required.'
    assert.deepEqual(await before.ask('PING'), ['+PONG'])
    assert.deepEqual(await after.ask('PING', 'MULTI', 'AUTH no', 'AUTH sésame', 'PING'), [
      refused,
      refused,
      '-WRONGPASS invalid username-password pair or user is disabled.',
      '+OK',
      '+PONG'
    ])
  })
})

test('after a crash nobody is there; then ids begin anew, and what was held is kept or gone', async () => {
  for (const data of ['kept', 'emptied'] as const) {
    const world = new RedisWorld()
    const { redis } = world
    await world.play(async () => {
      const client = await world.connect()
      await client.ask('SET a 1', 'WATCH a', 'MULTI', 'SET a 2')
      redis.crash({ data })
      client.send(['EXEC'])
      await world.sleep(10)
      assert.equal(client.closed, 'read ECONNRESET')
      await assert.rejects(world.connect(), /ECONNREFUSED/)
      redis.restart({ loadingMs: 500 })
      const next = await world.connect()
      assert.match((await next.ask('PING'))[0] ?? '', /^-LOADING/)
      await world.sleep(500)
      assert.deepEqual(await next.ask('CLIENT ID', 'GET a'), [':1', data === 'kept' ? '$1 1' : '$-1'])
      assert.deepEqual(
        redis.history.executed.map(({ connection }) => [connection.run, connection.id]),
        [[1, 1]]
      )
    })
  }
})

test('frozen it answers nothing and keeps its connections; thawed it goes on', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    const client = await world.connect()
    await client.ask('PING')
    redis.freeze()
    client.send(wordsOf('SET a 1'))
    await world.sleep(60_000)
    assert.deepEqual(executed(world), [])
    redis.thaw()
    assert.deepEqual(await client.answers(1), ['+OK'])
  })
})

test('the same seed gives the same world, and what is watched is what is executed', async () => {
  const play = async (): Promise<readonly [string, readonly string[]]> => {
    const world = new RedisWorld('again')
    const seen: string[] = []
    world.redis.history.onExecuted = ({ words }) => void seen.push(words.join(' '))
    world.path.splits = 0.5
    await world.play(async () => {
      const clients = [await world.connect(), await world.connect()]
      for (let round = 0; round < 50; round++)
        for (const client of clients) client.send(...['SET a 1', 'XADD x * a b', 'PUBLISH c m'].map(wordsOf))
      await Promise.all(clients.map(client => client.answers(150)))
    })
    assert.deepEqual(seen, executed(world))
    assert.equal(seen.length, 300)
    return [world.scheduler.trace.digest(), seen]
  }
  assert.deepEqual(await play(), await play())
})
