// Pairs of things that are harmless alone: a skip, a refusal or a stop here, an outage or a second partition there. Nothing may be lost by their meeting.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, type Sent, type Settings } from '../kit/worker.ts'

const durable = ['--appendonly', 'yes', '--appendfsync', 'always']
const plainClass = 'connect.redis.RedisSinkConnector'

const good = (from: number, count: number, partition: number): Sent[] =>
  Array.from({ length: count }, (_, n) => ({ value: JSON.stringify({ id: `${partition}:${from + n}` }), partition }))

/** What stands between good records and is given up without a word to Redis. */
const gaps: readonly { what: string; value: string; settings: Settings }[] = [
  { what: 'garbage under errors.tolerance=all', value: '{"id":', settings: { 'errors.tolerance': 'all' } },
  { what: 'a record without its key under NOOP', value: '{"no":1}', settings: { 'connect.redis.error.policy': 'NOOP' } }
]

for (const { what, value, settings } of gaps) {
  for (const policy of ['NOOP', 'THROW', 'RETRY']) {
    const isSkip = 'errors.tolerance' in settings
    if (!isSkip && policy !== 'NOOP') continue
    test(`${what} in flight on one partition, good records on another, Redis killed and back under ${policy}: all is written and committed`, async () => {
      await using kafka = await openKafka()
      await using server = await startRedis({ args: durable })
      await using redis = openRedis(server.port)
      const topic = await kafka.createTopic('gap', 2)
      const name = uniqueName('gap')
      await using worker = await startWorker([
        {
          name,
          topics: topic,
          'connect.redis.port': server.port,
          'connect.redis.error.policy': policy,
          'connect.redis.retry.interval': 200,
          'connect.redis.kcql': `SELECT id FROM ${topic} PK id`,
          ...settings
        }
      ])
      await kafka.send(topic, [...good(0, 1, 0), ...good(0, 1, 1)])
      await worker.until(async () => (await redis.dbsize()) === 2)
      // Redis takes in what comes and answers nothing: all of it is in flight when it dies.
      await redis.call('CLIENT', 'PAUSE', '600000', 'WRITE')
      await kafka.send(topic, [...good(1, 100, 0), ...good(1, 5, 1), { value, partition: 1 }, ...good(6, 5, 1)])
      const rest = await restOf(worker)
      await worker.until(async () => {
        const { text } = await rest.ask('GET', '/metrics')
        return Number(/^kafka_connect_sink_task_sink_record_read_total\{.*\} (\d+)$/m.exec(text)?.[1]) >= 113
      })
      await server.kill()
      await server.start()
      const offsets = async () => kafka.committed(`connect-${name}`, topic)
      await worker.until(async () => {
        const committed = await offsets()
        return committed.get(0) === 101 && committed.get(1) === 12
      })
      assert.equal(await redis.dbsize(), 2 + 100 + 10)
      await worker.stop()
    })
  }
}

test('a refused record among good ones, restarted again and again: what stood before it is written once and committed', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const cases = [
    { what: 'no-fields', bad: '[1]', settings: {} },
    { what: 'garbage', bad: '{"id":', settings: {} },
    {
      what: 'general',
      bad: '[1]',
      settings: {
        transforms: 't',
        'transforms.t.type': 'org.apache.kafka.connect.transforms.InsertHeader',
        'transforms.t.header': 'h',
        'transforms.t.value.literal': 'v'
      }
    }
  ].map(each => ({ ...each, name: uniqueName(each.what), stream: `stream-${each.what}` }))
  const topics = await Promise.all(cases.map(({ what }) => kafka.createTopic(what)))
  const configs = cases.map(({ name, stream, settings }, index) => ({
    name,
    topics: topics[index] ?? '',
    'connector.class': plainClass,
    'connect.redis.port': server.port,
    'connect.redis.kcql': `INSERT INTO ${stream} SELECT id FROM ${topics[index] ?? ''} STOREAS Stream`,
    ...settings
  }))
  for (const [index, { bad }] of cases.entries()) {
    const topic = topics[index] ?? ''
    await kafka.send(topic, [...good(0, 50, 0), { value: bad, partition: 0 }, ...good(50, 5, 0)])
  }
  for (let run = 0; run < 3; run++) {
    await using worker = await startWorker(configs)
    for (const { name } of cases)
      await worker.said(new RegExp(`WorkerSinkTask\\{id=${name}-0\\} failed: .* Task threw`))
    for (const [index, { name, stream, what }] of cases.entries()) {
      const committed = async () => (await kafka.committed(`connect-${name}`, topics[index] ?? '')).get(0)
      await worker.until(async () => (await committed()) === 50)
      assert.equal(await redis.xlen(stream), 50, what)
    }
  }
})
