// Records nobody expects, through the real worker: each has a clear outcome, its neighbours land, and all is committed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, type Sent, type Settings, startWorker } from '../kit/worker.ts'

const megabyte = 1024 * 1024
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const wide = (fields: number): string => Array.from({ length: fields }, (_, index) => `"f${index}":${index}`).join(',')

/** Value, and the keys it leaves in Redis; none: it is refused or dropped, and the log says so. */
const cases: readonly (readonly [what: string, value: Sent['value'], key: string | null])[] = [
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0x69, 0x64, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]), null],
  ['a NUL byte in the key', '{"id":"n\\u0000l"}', 'n\u0000l'],
  ['a lone surrogate', '{"id":"s\\ud800"}', 's?'],
  ['a value of 64 MB', JSON.stringify({ id: 'large', text: 'x'.repeat(64 * megabyte) }), 'large'],
  ['10,000 fields', `{"id":"wide",${wide(10_000)}}`, 'wide'],
  ['200 levels', `{"id":"deep","in":${nested(200)}}`, 'deep'],
  ['2,000 levels', `{"id":"too deep","in":${nested(2000)}}`, null],
  ['duplicate keys', '{"id":"first","id":"last"}', 'last'],
  ['NaN', '{"id":"nan","n":NaN}', null],
  ['a number beyond the range', '{"id":"inf","n":1e400}', 'inf'],
  ['a number of 400 digits', `{"id":"digits","n":${'9'.repeat(400)}}`, 'digits'],
  ['an empty key', '{"id":""}', ''],
  ['CR LF in the key', '{"id":"a\\r\\nDEL x"}', 'a\r\nDEL x'],
  ['a key that is an array', '{"id":[1,"a"]}', '[1, a]'],
  ['a key that is an object', '{"id":{"z":1}}', 'Struct{z=1}'],
  ['a key that is null', '{"id":null}', null],
  ['an array', '[1,2]', null],
  ['a bare number', '5', null],
  ['plain text', 'hello', null],
  ['nothing at all', '', null],
  ['a name of the prototype', '{"id":"proto","__proto__":{"x":1},"constructor":2}', 'proto']
]

test('hostile records each have a clear outcome, and the good ones between them land', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = uniqueName('hostile')
  await kafka.createExactTopic(topic, { 'max.message.bytes': String(80 * megabyte) })
  for (const [index, [, value]] of cases.entries()) {
    await kafka.send(topic, [{ value }])
    await kafka.send(topic, [{ value: `{"id":"good ${index}"}` }])
  }
  const name = uniqueName('hostile')
  const connector: Settings = {
    name,
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.kcql': `SELECT * FROM ${topic} PK id`,
    'connect.redis.error.policy': 'NOOP',
    'errors.tolerance': 'all',
    'errors.log.enable': 'true',
    'errors.log.include.messages': 'true'
  }
  // Each dropped record has its own line at DEBUG.
  await using worker = await startWorker([connector], { 'worker.log.level': 'DEBUG' })
  const count = 2 * cases.length
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === count)
  const expected = [...cases.flatMap(([, , key]) => key ?? []), ...cases.map((_, index) => `good ${index}`)]
  assert.deepEqual((await redis.keys('*')).sort(), [...new Set(expected)].sort())
  assert.equal(await redis.strlen('large'), JSON.stringify({ id: 'large', text: 'x'.repeat(64 * megabyte) }).length)
  assert.equal(Object.keys(JSON.parse((await redis.get('wide')) ?? '{}') as object).length, 10_001)
  assert.match((await redis.get('proto')) ?? '', /"__proto__":\{"x":1\}/)
  assert.match((await redis.get('digits')) ?? '', /"n":9{400}\b/)
  for (const [index, [, , key]] of cases.entries()) {
    if (key !== null) continue
    const offset = 2 * index
    await worker.said(new RegExp(`@${offset}\\b|offset=${offset}\\b`))
  }
  await worker.stop()
  assert.ok(worker.logAtEnd().length < megabyte, 'no message shows a whole hostile value')
})
