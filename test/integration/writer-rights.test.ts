// Users of Redis who may not do everything: sets with a TTL without EVAL, and rights that are missing are told before a record is read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, type Sent } from '../kit/worker.ts'

const json = (value: object): Sent => ({ value: JSON.stringify(value) })

for (const [what, rules, said] of [
  ['WATCH and MULTI', ['-@scripting'], /takes no EVAL: sorted sets with a TTL go by WATCH and MULTI/],
  ['ZADD and EXPIRE', ['-@scripting', '-@transaction'], /ZADD and then EXPIRE, and a crash between the two/]
] as const) {
  test(`a user without EVAL: sorted sets with a TTL land by ${what}, and NOOP drops nothing`, async () => {
    await using kafka = await openKafka()
    await using server = await startRedis()
    await using redis = openRedis(server.port)
    // A member that is there is written anew, and leaves the expiry alone.
    await redis.zadd('old', 1, '{"id":"a","ts":7}')
    await redis.expire('old', 5000)
    await redis.call('ACL', 'SETUSER', 'default', ...rules)
    const topic = await kafka.createTopic('rights')
    // Its records would go the compiled way, and a set of its own is filled by both topics.
    const plain = await kafka.createTopic('plain')
    const name = uniqueName('rights')
    await kafka.send(
      plain,
      Array.from({ length: 300 }, (_, n) => json({ id: `p${n}`, ts: n }))
    )
    const ids = ['old', 'x', 'y', 'x']
    await kafka.send(topic, [
      ...ids.map((set, n) => json({ set, id: 'a', ts: n === 0 ? 7 : n })),
      ...Array.from({ length: 300 }, (_, n) => json({ set: 'many', id: `m${n}`, ts: n }))
    ])
    await using worker = await startWorker([
      {
        name,
        topics: `${topic},${plain}`,
        'connect.redis.port': server.port,
        'connect.redis.error.policy': 'NOOP',
        'connect.redis.kcql':
          `INSERT INTO many SELECT id, ts FROM ${plain} STOREAS SortedSet(score=ts);` +
          `SELECT id FROM ${topic} PK set STOREAS SortedSet(score=ts) TTL=900;` +
          `INSERT INTO s: SELECT id FROM ${topic} PK set, id`
      }
    ])
    await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 304)
    await worker.until(async () => (await kafka.committed(`connect-${name}`, plain)).get(0) === 300)
    await worker.said(said)
    await worker.stop()
    worker.neverSaid(/Processing continuing/)
    assert.deepEqual(await redis.zrange('x', '0', '-1', 'WITHSCORES'), [
      '{"id":"a","ts":1}',
      '1',
      '{"id":"a","ts":3}',
      '3'
    ])
    assert.equal(await redis.zcard('many'), 600)
    const ttls = await Promise.all(['old', 'x', 'y', 'many'].map(key => redis.ttl(key)))
    assert.ok((ttls[0] ?? 0) > 4000, `the expiry of a set without new members was touched: ${ttls[0]}`)
    for (const ttl of ttls.slice(1)) assert.ok(ttl > 0 && ttl <= 900, String(ttl))
    assert.equal(await redis.get('s:many.m299'), '{"id":"m299"}')
  })
}

test('a foreign writer on the very same set: all members land, and theirs stays', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await redis.call('ACL', 'SETUSER', 'default', '-@scripting')
  const topic = await kafka.createTopic('contested')
  const name = uniqueName('contested')
  const count = 300
  await kafka.send(
    topic,
    Array.from({ length: count }, (_, n) => json({ id: `m${n}`, ts: n }))
  )
  let isOver = false
  const foreign = (async () => {
    for (let n = 0; !isOver; n++) await redis.zadd('hot', n, 'theirs')
  })()
  try {
    await using worker = await startWorker([
      {
        name,
        topics: topic,
        'connect.redis.port': server.port,
        'connect.redis.kcql': `INSERT INTO hot SELECT id, ts FROM ${topic} STOREAS SortedSet(score=ts) TTL=900`
      }
    ])
    await worker.until(async () => ((await kafka.committed(`connect-${name}`, topic)).get(0) ?? 0) > 0)
    isOver = true
    await foreign
    await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === count)
    assert.equal(await redis.zcard('hot'), count + 1)
    assert.ok((await redis.ttl('hot')) > 0)
  } finally {
    isOver = true
    await foreign
  }
})

test('a right that is missing is told at start with the words that grant it, and granted it passes', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await redis.call('ACL', 'SETUSER', 'default', '-setex')
  const topic = await kafka.createTopic('missing')
  const connector = {
    name: uniqueName('missing'),
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.error.policy': 'NOOP',
    'connect.redis.kcql': `INSERT INTO c: SELECT id FROM ${topic} PK id TTL=60`
  }
  {
    await using worker = await startWorker([connector])
    // Nothing was produced yet.
    await worker.said(/refuses what the statements need: SETEX on c:\* .*ACL SETUSER default \+setex ~c:\*/)
    await worker.said(/Task is being killed/)
  }
  assert.equal(await redis.dbsize(), 0)
  await redis.call('ACL', 'SETUSER', 'default', '+setex')
  await kafka.send(topic, [json({ id: 1 })])
  await using worker = await startWorker([connector])
  await worker.until(async () => (await redis.get('c:1')) === '{"id":1}')
})

test('the rights that the docs name are enough, mode by mode', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  await redis.call('ACL', 'SETUSER', 'eye', 'on', 'nopass', '~*', '&*', '+@all')
  await redis.call('AUTH', 'eye', 'x')
  const grants = [
    '+ping +multi +exec +discard +set +mset +setex +zadd +expire +watch +unwatch +zscore +geoadd +xadd +publish',
    '~c:* ~t:* ~z:* ~g:* ~s &news'
  ].join(' ')
  await redis.call('ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', ...grants.split(' '))
  const topic = await kafka.createTopic('enough')
  const name = uniqueName('enough')
  await kafka.send(topic, [json({ id: 1, ts: 5, longitude: 1, latitude: 2, channel: 'news' })])
  await using worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.kcql': [
        `INSERT INTO c: SELECT id FROM ${topic} PK id`,
        `INSERT INTO t: SELECT id FROM ${topic} PK id TTL=60`,
        `INSERT INTO z: SELECT id FROM ${topic} PK id STOREAS SortedSet(score=ts) TTL=60`,
        `INSERT INTO g: SELECT id FROM ${topic} PK id STOREAS GeoAdd`,
        `INSERT INTO s SELECT id FROM ${topic} STOREAS STREAM`,
        `SELECT id FROM ${topic} STOREAS PubSub(channel=channel)`
      ].join(';')
    }
  ])
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 1)
  assert.deepEqual((await redis.keys('*')).toSorted(), ['c:1', 'g:1', 's', 't:1', 'z:1'])
  assert.ok((await redis.ttl('z:1')) > 0)
})
