// Each command's answer and what it leaves, as Redis 7.0 has it; test/integration/sim-redis.test.ts holds the same to a real one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expireScript } from '../../../src/redis/writer/flight.ts'
import { epochMs } from '../engine/scheduler.ts'
import { requestBytes, RedisWorld, wordsOf } from './redis-world.ts'

const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value'
const unexpirable = (name: string): string => `-ERR invalid expire time in '${name}' command`
const miscounted = (name: string): string => `-ERR wrong number of arguments for '${name}' command`

/** What is asked, in turn, and what is answered. */
const dialogues: Readonly<Record<string, readonly (readonly [asked: string, answered: string])[]>> = {
  strings: [
    ['SET a 1', '+OK'],
    ['get a', '$1 1'],
    ['GET b', '$-1'],
    ["SET b ''", '+OK'],
    ['GET b', '$0'],
    ['MSET a 2 c é', '+OK'],
    ['GET c', '$2 é'],
    ['MSET a 1 b', miscounted('mset')],
    ['SET a', miscounted('set')],
    ['SET a 3 NX', '$-1'],
    ['SET a 3 XX', '+OK'],
    ['SET a 3 FOO', '-ERR syntax error'],
    ['SET a 3 EX', '-ERR syntax error'],
    ['SET a 3 EX 0', unexpirable('set')],
    ['SET a 3 EX x', '-ERR value is not an integer or out of range'],
    ['SETEX a 0 3', unexpirable('setex')],
    ['SETEX a 9999999999999999 3', unexpirable('setex')],
    ['SETEX a 10 4', '+OK'],
    ['TTL a', ':10'],
    ['SET a 5 KEEPTTL', '+OK'],
    ['TTL a', ':10'],
    ['SET a 5', '+OK'],
    ['TTL a', ':-1']
  ],
  keys: [
    ['MSET a 1 b 2', '+OK'],
    ['EXISTS a a c', ':2'],
    ['EXPIRE a 100', ':1'],
    ['PERSIST a', ':1'],
    ['PERSIST a', ':0'],
    ['EXPIRE c 100', ':0'],
    ['EXPIRE c x', '-ERR value is not an integer or out of range'],
    ['EXPIRE a 9999999999999999', unexpirable('expire')],
    ['EXPIRE a -1', ':1'],
    ['TTL a', ':-2'],
    ['TYPE a', '+none'],
    ['TYPE b', '+string'],
    ['DBSIZE', ':1'],
    ['DEL a b', ':1'],
    ['FLUSHALL', '+OK']
  ],
  'sorted sets': [
    ['ZADD z 1 a 2 b', ':2'],
    ['ZADD z 1 a 3 b 3 c 3 c', ':1'],
    ['ZRANGE z 0 -1 WITHSCORES', '*6 $1 a $1 1 $1 b $1 3 $1 c $1 3'],
    ['ZADD z 0.1 a', ':0'],
    ['ZSCORE z a', '$19 0.10000000000000001'],
    ['ZADD z 1e22 a', ':0'],
    ['ZSCORE z a', '$5 1e+22'],
    ['ZADD z 2.98023223876953125e-8 a', ':0'],
    ['ZSCORE z a', '$22 2.9802322387695312e-08'],
    ['ZADD z -inf a', ':0'],
    ['ZSCORE z a', '$4 -inf'],
    ['ZADD z -0 a', ':0'],
    ['ZSCORE z a', '$1 0'],
    ['ZSCORE z x', '$-1'],
    ['ZSCORE y x', '$-1'],
    ['ZADD z x a', '-ERR value is not a valid float'],
    ['ZADD z nan a', '-ERR value is not a valid float'],
    ['ZADD z 1e400 a', '-ERR value is not a valid float'],
    ['ZADD z 1 a 2', '-ERR syntax error'],
    ['ZREM z a x', ':1'],
    ['ZCARD z', ':2'],
    ['ZREM z b c', ':2'],
    ['EXISTS z', ':0'],
    ['SET s 1', '+OK'],
    ['ZADD s 1 a', wrongType],
    ['ZSCORE s a', wrongType]
  ],
  places: [
    ['GEOADD g 13.361389 38.115556 m', ':1'],
    ['ZSCORE g m', '$16 3479099956230698'],
    ['GEOADD g 180 85.05112878 n -180 -85.05112878 o', ':2'],
    ['ZSCORE g n', '$17 13510798882111488'],
    ['ZSCORE g o', '$1 0'],
    ['GEOADD g 181 1 m', '-ERR invalid longitude,latitude pair 181.000000,1.000000'],
    ['GEOADD g x 1 m', '-ERR value is not a valid float'],
    ['GEOADD g 1 2 3 4', '-ERR syntax error'],
    ['TYPE g', '+zset']
  ],
  streams: [
    ['XADD x 5-5 a b', '$3 5-5'],
    ['XADD x 5-5 a b', '-ERR The ID specified in XADD is equal or smaller than the target stream top item'],
    ['XADD x 0-0 a b', '-ERR The ID specified in XADD must be greater than 0-0'],
    ['XADD x foo a b', '-ERR Invalid stream ID specified as stream command argument'],
    ['XADD x * a', miscounted('xadd')],
    ['XADD x * a b c', miscounted('xadd')],
    ['XADD x 6 c d e f', '$3 6-0'],
    ['XRANGE x - +', '*2 *2 $3 5-5 *2 $1 a $1 b *2 $3 6-0 *4 $1 c $1 d $1 e $1 f'],
    ['XLEN x', ':2'],
    ['SET x 1', '+OK'],
    ['XADD x * a b', wrongType],
    ['PUBLISH c m', ':0']
  ],
  connection: [
    ['PING', '+PONG'],
    ['PING a', '$1 a'],
    ['ECHO a', '$1 a'],
    ['CLIENT ID', ':1'],
    ['CLIENT GETNAME', '$-1'],
    ['CLIENT SETNAME sink', '+OK'],
    ['CLIENT GETNAME', '$4 sink'],
    ['CLIENT SETINFO LIB-NAME a', "-ERR unknown subcommand 'SETINFO'. Try CLIENT HELP."],
    ['CLIENT', miscounted('client')],
    ['CLIENT KILL ID 9 ADDR 1.2.3.4:5', ':0'],
    ['CLIENT KILL ID 0', '-ERR client-id should be greater than 0'],
    ['CLIENT KILL 1.2.3.4:5', '-ERR No such client'],
    ['FOO a b', "-ERR unknown command 'FOO', with args beginning with: 'a' 'b'"],
    ['HELLO 3', '-NOPROTO unsupported protocol version'],
    ['SELECT 0', '+OK'],
    ['SELECT 16', '-ERR DB index is out of range'],
    [
      'AUTH x',
      '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?'
    ],
    ['QUIT', '+OK']
  ]
}

for (const [what, dialogue] of Object.entries(dialogues)) {
  test(`${what} as Redis has them`, async () => {
    const world = new RedisWorld()
    await world.play(async () => {
      const client = await world.connect()
      for (const [asked, answered] of dialogue) assert.deepEqual(await client.ask(asked), [answered], asked)
    })
  })
}

test('requests are taken however they are cut', async () => {
  const commands = ['MULTI', 'SET a é', 'ZADD z 1 a', 'EXEC', 'XADD x 1-1 a b', 'GET a'].map(wordsOf)
  const bytes = requestBytes(commands)
  for (let first = 1; first < bytes.length - 1; first++) {
    const world = new RedisWorld()
    const answers = await world.play(async () => {
      const client = await world.connect()
      const second = Math.min(bytes.length - 1, first + (first % 7) + 1)
      for (const piece of [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)])
        client.socket.send(piece)
      return client.answers(commands.length)
    })
    assert.deepEqual(answers, ['+OK', '+QUEUED', '+QUEUED', '*2 +OK :1', '$3 1-1', '$2 é'], `cut at ${first}`)
  }
})

test('what is no request is answered once, and the connection closed', async () => {
  for (const [sent, text] of [
    ['*1\r\n+1\r\n', "-ERR Protocol error: expected '$', got '+'"],
    ['*x\r\n', '-ERR Protocol error: invalid multibulk length'],
    ['*1\r\n$-1\r\n', '-ERR Protocol error: invalid bulk length']
  ] as const) {
    const world = new RedisWorld()
    await world.play(async () => {
      const client = await world.connect()
      client.socket.send(Buffer.from(sent + '*1\r\n$4\r\nPING\r\n'))
      assert.deepEqual(await client.answers(2), [text])
      assert.notEqual(client.closed, null)
    })
  }
})

test('the script of sorted sets with a TTL does what its text says', async () => {
  const world = new RedisWorld()
  const { redis } = world
  await world.play(async () => {
    const client = await world.connect()
    const run = async (...args: readonly string[]): Promise<string | undefined> => {
      client.send(['EVAL', expireScript, '1', ...args])
      return (await client.answers(1))[0]
    }
    assert.equal(await run('z', '1', 'a', '100'), ':1')
    assert.equal(redis.call('TTL', 'z'), 100)
    redis.call('PERSIST', 'z')
    // A member that is there leaves the expiry alone.
    assert.equal(await run('z', '2', 'a', '100'), ':0')
    assert.equal(redis.call('TTL', 'z'), -1)
    const place = ' script: 2c746c57fc0a17ea831abaf6341389a3be1d1591, on @user_script:1.'
    assert.equal(await run('z', 'x', 'b', '100'), `-ERR value is not a valid float${place}`)
    assert.equal(await run('z', '1', 'b', 'x'), `-ERR value is not an integer or out of range${place}`)
    assert.equal(redis.call('ZSCORE', 'z', 'b'), '1')
    redis.call('SET', 's', '1')
    assert.equal(await run('s', '1', 'a', '100'), wrongType + place)
    redis.deny('zadd')
    assert.equal(
      await run('z', '1', 'c', '100'),
      `-ERR The user executing the script can't run this command or subcommand${place}`
    )
    redis.allow('zadd')
    redis.set('oom', true)
    assert.equal(await run('z', '1', 'c', '100'), `-OOM command not allowed when used memory > 'maxmemory'.${place}`)
    client.send(['EVAL', 'return 1', '1', 'z'])
    assert.deepEqual(await client.answers(1), [':1'])
  })
})

test('what expires does so by simulated time, and stream ids are of it', async () => {
  const world = new RedisWorld()
  await world.play(async () => {
    const client = await world.connect()
    await client.ask('SETEX a 10 1')
    await world.sleep(9000)
    assert.deepEqual(await client.ask('GET a', 'TTL a'), ['$1 1', ':1'])
    await world.sleep(1000)
    assert.deepEqual(await client.ask('GET a', 'EXISTS a'), ['$-1', ':0'])
    const [first = '', second = ''] = await client.ask('XADD x * a b', 'XADD x * a b')
    const ms = Math.floor(epochMs + world.scheduler.now)
    const at = Number(first.split(' ')[1]?.split('-')[0])
    assert.ok(at <= ms && at > ms - 10, first)
    assert.equal(second, first.replace(/-0$/, '-1'))
  })
})
