// Transforms in a real worker: Connect's own in a chain with predicates, and a user's own from plugin.path, from Kafka to Redis.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { uniqueName, withStack } from '../kit/stack.ts'
import { oldClass, openKafka, openRedis, startWorker, until } from '../kit/worker.ts'

const transforms = 'org.apache.kafka.connect.transforms'
const examples = fileURLToPath(new URL('../../examples/plugins', import.meta.url))

test('a chain of transforms, one of them of the user, reaches Redis; missing folders are skipped', async () => {
  const stack = await withStack()
  await using kafka = await openKafka()
  await using redis = openRedis(stack.redis.port)
  const topic = await kafka.createTopic('plugins')
  const prefix = uniqueName('plugins')
  const connector = {
    name: uniqueName('plugins'),
    'connector.class': oldClass,
    topics: topic,
    'connect.redis.host': '127.0.0.1',
    'connect.redis.port': stack.redis.port,
    'connect.redis.kcql': `INSERT INTO ${prefix}: SELECT * FROM ${topic} PK id`,
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    transforms: 'drop,flat,when,mask',
    predicates: 'tombstone,withCard',
    'predicates.tombstone.type': `${transforms}.predicates.RecordIsTombstone`,
    'predicates.withCard.type': 'com.example.HasField',
    'predicates.withCard.field': 'card',
    'transforms.drop.type': `${transforms}.Filter`,
    'transforms.drop.predicate': 'tombstone',
    'transforms.flat.type': `${transforms}.Flatten$Value`,
    'transforms.flat.delimiter': '_',
    'transforms.when.type': `${transforms}.TimestampConverter$Value`,
    'transforms.when.field': 'at',
    'transforms.when.target.type': 'string',
    'transforms.when.format': "yyyy-MM-dd'T'HH:mm:ssX",
    'transforms.mask.type': 'com.example.MaskCard$Value',
    'transforms.mask.fields': 'card',
    'transforms.mask.predicate': 'withCard'
  }
  await kafka.send(topic, [
    { value: JSON.stringify({ id: 1, card: '4111111111111111', at: 1700000000123, by: { name: 'ann' } }) },
    { value: null },
    { value: JSON.stringify({ id: 2, at: 0, by: { name: 'bob' } }) }
  ])
  await using running = await startWorker([connector], { 'plugin.path': `${examples},/no/such/folder` })
  const second = await until(() => redis.get(`${prefix}:2`))
  const first = await redis.get(`${prefix}:1`)
  assert.deepEqual(JSON.parse(first ?? 'null'), {
    id: 1,
    card: '************1111',
    at: '2023-11-14T22:13:20Z',
    by_name: 'ann'
  })
  assert.deepEqual(JSON.parse(second), { id: 2, at: '1970-01-01T00:00:00Z', by_name: 'bob' })
  await running.said(/WARN .*plugin\.path: \/no\/such\/folder does not exist/)
})

test('a module that cannot be loaded stops the start with one message', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-plugins-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'bad.plugin.mjs'), 'throw new Error("no card list")')
  await using running = await startWorker([], { 'plugin.path': folder })
  assert.equal(await running.ended, 2)
  await running.said(/plugin\.path: .*bad\.plugin\.mjs can't be loaded: no card list/)
  running.neverSaid(/^\s+at .*\.ts:\d+/m)
})
