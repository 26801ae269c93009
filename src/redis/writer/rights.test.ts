// What a connection may do is known at login, and nothing is executed to learn it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FakeRedis } from '../../../test/kit/fake-redis.ts'
import { parseSinkSettings } from '../config-read.ts'
import { plainClassName } from '../class-names.ts'
import { neededCommands } from '../modes/needs.ts'
import { type Ask, missingText, probeRights, RightsProbe, unaskedRights } from './rights.ts'

const statements = {
  cache: 'INSERT INTO c: SELECT * FROM a PK id',
  cacheTtl: 'INSERT INTO t: SELECT * FROM a PK id TTL=60',
  set: 'INSERT INTO s SELECT * FROM a STOREAS SortedSet(score=ts)',
  setTtl: 'INSERT INTO st SELECT * FROM a STOREAS SortedSet(score=ts) TTL=60',
  setsTtl: 'INSERT INTO sts: SELECT * FROM a PK id STOREAS SortedSet(score=ts) TTL=60',
  geo: 'INSERT INTO g: SELECT * FROM a PK id STOREAS GeoAdd',
  stream: 'INSERT INTO x SELECT * FROM a STOREAS STREAM',
  pubSub: 'SELECT * FROM a STOREAS PubSub(channel=ch)'
} as const

function needsFor(...names: readonly (keyof typeof statements)[]) {
  const kcql = names.map(name => statements[name]).join(';')
  return neededCommands(
    parseSinkSettings(
      new Map([
        ['name', 'n'],
        ['connector.class', plainClassName],
        ['topics', 'a'],
        ['connect.redis.host', 'localhost'],
        ['connect.redis.port', '6379'],
        ['connect.redis.kcql', kcql]
      ])
    ).statements
  )
}

/** A connection that breaks at the command `hangsUpAt`. */
function askOn(redis: FakeRedis, hangsUpAt: string | null = null): Ask {
  redis.auto = false
  return async words => {
    if (words[0] === hangsUpAt) throw new Error('it hung up')
    if (redis.connection === null) await redis.open()
    return (await redis.connection?.ask(words)) ?? null
  }
}

/** A Redis whose user lacks some commands, and holds only keys under some prefixes. */
function redisWithout(denied: readonly string[], prefixes: readonly string[] = ['']): FakeRedis {
  const redis = new FakeRedis()
  redis.refuse = ([name = ''], keys) => {
    if (denied.includes(name))
      return `NOPERM User default has no permissions to run the '${name.toLowerCase()}' command`
    const isHeld = keys.every(key => prefixes.some(prefix => key.startsWith(prefix)))
    return isHeld ? null : 'NOPERM No permissions to access a key'
  }
  return redis
}

for (const [name, expected] of [
  ['cache', ['SET ~c:*', 'MSET ~c:*']],
  ['cacheTtl', ['SETEX ~t:*']],
  ['set', ['ZADD ~s']],
  ['setTtl', ['ZADD ~st', 'EXPIRE ~st', 'EVAL ~st', 'ZSCORE ~st']],
  ['setsTtl', ['ZADD ~sts:*', 'EXPIRE ~sts:*', 'EVAL ~sts:*', 'ZSCORE ~sts:*']],
  ['geo', ['GEOADD ~g:*']],
  ['stream', ['XADD ~x']],
  ['pubSub', ['PUBLISH &*']]
] as const) {
  test(`what ${name} needs: ${expected.join(', ')}`, () => {
    assert.deepEqual(
      needsFor(name).map(({ words, rule }) => `${words[0]} ${rule}`),
      expected
    )
  })
}

test('the docs name every command, mode by mode', () => {
  const section = /## Rights in Redis\n([^]*?)\n## /.exec(readFileSync('docs/security.md', 'utf8'))?.[1] ?? ''
  const granted = (row: RegExp): readonly string[] => {
    const line =
      section.split('\n').find(text => text.startsWith('|') && row.test(text)) ?? assert.fail(`no row ${row}`)
    return [...line.matchAll(/\+([a-z]+)/g)].map(([, name = '']) => name)
  }
  for (const [name, row] of [
    ['cache', /\| cache \(/],
    ['cacheTtl', /\| cache with `TTL`/],
    ['set', /\| sorted sets \|/],
    ['setTtl', /\| sorted sets with `TTL`/],
    ['geo', /GeoAdd/],
    ['stream', /STREAM/],
    ['pubSub', /PubSub/]
  ] as const) {
    const needed = needsFor(name).map(({ words: [command = ''] }) => command.toLowerCase())
    const watched = name === 'setTtl' ? ['watch', 'unwatch'] : []
    assert.deepEqual(granted(row).toSorted(), [...needed, ...watched].toSorted(), name)
  }
  assert.deepEqual(granted(/\| all /), ['ping', 'multi', 'exec', 'discard'])
})

const all = needsFor('cache', 'cacheTtl', 'set', 'setTtl', 'setsTtl', 'geo', 'stream', 'pubSub')

test('a user who may do everything: nothing is missing, and nothing was executed', async () => {
  const redis = new FakeRedis()
  const rights = await probeRights(askOn(redis), all)
  assert.deepEqual(rights, { transactions: true, expiry: 'script', missing: [], outage: null, notes: [] })
  assert.equal(redis.data.keys.size, 0)
  assert.deepEqual([...redis.data.channels], [])
})

for (const [what, denied, expiry, missing] of [
  ['EVAL', ['EVAL'], 'watch', []],
  ['EVAL and WATCH', ['EVAL', 'WATCH'], 'apart', []],
  ['EVAL and ZSCORE', ['EVAL', 'ZSCORE'], 'apart', []],
  ['EVAL and EXPIRE', ['EVAL', 'EXPIRE'], 'watch', ['EXPIRE', 'EXPIRE']],
  ['WATCH and ZSCORE alone', ['WATCH', 'ZSCORE'], 'script', []],
  ['ZADD', ['ZADD'], 'script', ['ZADD', 'ZADD', 'ZADD']],
  ['MSET', ['MSET'], 'script', []],
  ['XADD and PUBLISH', ['XADD', 'PUBLISH'], 'script', ['XADD', 'PUBLISH']]
] as const) {
  test(`a user without ${what}: ${expiry}, missing ${missing.join(', ') || 'nothing'}`, async () => {
    const redis = redisWithout(denied)
    const rights = await probeRights(askOn(redis), all)
    assert.deepEqual([rights.expiry, rights.transactions, rights.outage], [expiry, true, null])
    assert.deepEqual(
      rights.missing.map(({ need }) => need.words[0]),
      missing
    )
    assert.equal(redis.data.keys.size, 0)
  })
}

test('what is missing is told with the words that grant it', async () => {
  const rights = await probeRights(askOn(redisWithout(['SETEX', 'EXPIRE'])), needsFor('cacheTtl', 'setTtl'))
  assert.equal(
    missingText('redis.test:6379', rights.missing),
    "Redis at redis.test:6379 refuses what the statements need: SETEX on t:* (NOPERM User default has no permissions to run the 'setex' command); " +
      "EXPIRE on st (NOPERM User default has no permissions to run the 'expire' command). " +
      'Let the user do so: ACL SETUSER default +setex +expire ~t:* ~st.'
  )
})

test('a command that Redis does not know is told as such', async () => {
  const redis = new FakeRedis()
  redis.refuse = ([name]) => (name === 'GEOADD' ? "ERR unknown command 'GEOADD', with args beginning with: " : null)
  const rights = await probeRights(askOn(redis), needsFor('geo'))
  assert.match(missingText('h:1', rights.missing), /GEOADD on g:\* .*a proxy may not/)
})

test('a key that is no exact one proves nothing: a word of warning, where an exact one is missing for good', async () => {
  const redis = redisWithout([], ['c:live:', 'x'])
  const rights = await probeRights(askOn(redis), needsFor('cache', 'stream', 'set'))
  assert.deepEqual(
    rights.missing.map(({ need }) => need.words[0]),
    ['ZADD']
  )
  assert.match(
    rights.notes.map(({ level, text }) => `${level} ${text}`).join('\n'),
    /^warn Redis refuses SET on c:kafka-connect-redis .*ACL SETUSER default \+set ~c:\*$/
  )
})

for (const mood of [
  "READONLY You can't write against a read only replica.",
  "OOM command not allowed when used memory > 'maxmemory'.",
  'LOADING Redis is loading the dataset in memory'
]) {
  test(`${mood.split(' ')[0]}: an outage, and no right is missing`, async () => {
    const redis = new FakeRedis()
    redis.mood = mood
    const { outage, missing, expiry } = await probeRights(askOn(redis), all)
    assert.deepEqual([outage?.text, missing, expiry], [mood, [], 'script'])
  })
}

test('a node of a cluster that holds other keys: no right is missing', async () => {
  const redis = new FakeRedis()
  redis.refuse = (_, keys) => (keys.length > 0 ? 'MOVED 7365 10.0.0.2:6379' : null)
  const { missing, expiry } = await probeRights(askOn(redis), all)
  assert.deepEqual([missing, expiry], [[], 'script'])
})

test('no MULTI: nothing that writes is sent, EVAL is asked by a script that does nothing', async () => {
  const redis = new FakeRedis()
  redis.transactions = false
  const rights = await probeRights(askOn(redis), all)
  assert.deepEqual([rights.transactions, rights.expiry, rights.missing], [false, 'script', []])
  assert.ok(redis.received.every(([name]) => ['MULTI', 'PING', 'DISCARD', 'EVAL'].includes(name ?? '')))
  redis.refuse = ([name]) => (name === 'EVAL' ? "ERR unknown command 'EVAL'" : null)
  const poorer = await probeRights(askOn(redis), all)
  assert.equal(poorer.expiry, 'apart')
  assert.match(
    poorer.notes.map(({ text }) => text).join('\n'),
    /could not be checked: no MULTI[^]*a crash between the two/
  )
})

test('a peer that nods at MULTI and executes is sent nothing that writes', async () => {
  const sent: string[] = []
  const rights = await probeRights(async ([name = '']) => {
    sent.push(name)
    return name === 'PING' ? 'PONG' : 'OK'
  }, all)
  assert.equal(rights.transactions, false)
  assert.deepEqual(sent, ['MULTI', 'PING', 'DISCARD', 'EVAL'])
})

test('a user without DISCARD or EXEC is not left in a transaction', async () => {
  const redis = new FakeRedis()
  const denied = new Set<string>()
  const ask = askOn(redis)
  const guarded: Ask = words => ask(denied.has(words[0] ?? '') ? ['FORBIDDEN'] : words)
  redis.refuse = ([name]) => (name === 'FORBIDDEN' ? 'NOPERM no rights' : null)
  denied.add('DISCARD')
  assert.equal((await probeRights(guarded, all)).transactions, true)
  assert.equal(await ask(['SET', 'k', 'v']), 'OK')
  denied.clear()
  denied.add('EXEC')
  assert.equal((await probeRights(guarded, all)).transactions, false)
  assert.equal(await ask(['SET', 'k', 'v']), 'OK')
})

test('a server that hangs up at MULTI is asked no more than twice in a row, and then taken as it is', async () => {
  const probe = new RightsProbe(all)
  const ask = askOn(new FakeRedis(), 'MULTI')
  await assert.rejects(probe.probe(ask), /hung up/)
  await assert.rejects(probe.probe(ask), /hung up/)
  const rights = await probe.probe(ask)
  assert.deepEqual([rights.transactions, rights.expiry, rights.missing], [false, 'script', []])
  assert.match(rights.notes.map(({ text }) => text).join(), /could not be checked/)
  await assert.rejects(probe.probe(ask), /hung up/)
  assert.equal((await probe.probe(ask)).transactions, false)
})

test('statements that need nothing are not asked about', async () => {
  assert.equal(await probeRights(async () => assert.fail('asked'), []), unaskedRights)
})
