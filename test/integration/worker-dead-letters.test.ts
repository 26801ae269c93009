// The dead letter queue: what stands in a letter, which failures write one, and that nothing is committed past a letter Kafka did not take.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KafkaMessage } from 'kafkajs'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, type Sent, type Settings, startWorker } from '../kit/worker.ts'

const prefix = '__connect.errors.'
/** Connect's context headers, in its order. */
const contextHeaders = [
  'topic',
  'partition',
  'offset',
  'connector.name',
  'task.id',
  'stage',
  'class.name',
  'exception.class.name',
  'exception.message',
  'exception.stacktrace'
].map(name => prefix + name)

const text = (value: unknown): string | null => (Buffer.isBuffer(value) ? value.toString() : null)

function headerNames({ headers }: KafkaMessage): readonly string[] {
  return Object.keys(headers ?? {})
}

function headerOf({ headers }: KafkaMessage, name: string): string | null {
  return text(headers?.[prefix + name])
}

/** A worker on a topic with `records`, whose failures go to a queue of its own. */
async function setUp(records: readonly Sent[], more: Settings | ((topic: string) => Settings) = {}) {
  const kafka = await openKafka()
  const server = await startRedis()
  const redis = openRedis(server.port)
  const topic = await kafka.createTopic('letters')
  const name = uniqueName('letters')
  const queue = `${name}-dlq`
  await kafka.send(topic, records)
  const connector: Settings = {
    name,
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.kcql': `SELECT n FROM ${topic} PK id`,
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': queue,
    'errors.deadletterqueue.topic.replication.factor': 1,
    'errors.deadletterqueue.context.headers.enable': 'true',
    ...(typeof more === 'function' ? more(topic) : more)
  }
  return {
    kafka,
    redis,
    topic,
    name,
    queue,
    start: () => startWorker([connector]),
    committed: async () => (await kafka.committed(`connect-${name}`, topic)).get(0) ?? 0,
    async [Symbol.asyncDispose]() {
      await redis[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await kafka[Symbol.asyncDispose]()
    }
  }
}

const good = (id: number): Sent => ({ value: JSON.stringify({ id: String(id), n: id }) })

test('a letter holds the record as it was, its own headers, then the context in the order of Connect', async () => {
  const bad: Sent = { key: 'k\u00e9y', value: Buffer.from([0x7b, 0xff, 0x00]), headers: { trace: 'abc', n: '5' } }
  await using bench = await setUp([good(0), bad, good(2)])
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 3)
  const [letter] = await bench.kafka.read(bench.queue, 1)
  assert.ok(letter)
  assert.deepEqual(letter.key, Buffer.from('k\u00e9y'))
  assert.deepEqual(letter.value, Buffer.from([0x7b, 0xff, 0x00]))
  assert.deepEqual(headerNames(letter), ['trace', 'n', ...contextHeaders])
  assert.equal(text(letter.headers?.['trace']), 'abc')
  assert.equal(headerOf(letter, 'topic'), bench.topic)
  assert.equal(headerOf(letter, 'partition'), '0')
  assert.equal(headerOf(letter, 'offset'), '1')
  assert.equal(headerOf(letter, 'connector.name'), bench.name)
  assert.equal(headerOf(letter, 'task.id'), '0')
  assert.equal(headerOf(letter, 'stage'), 'VALUE_CONVERTER')
  assert.equal(headerOf(letter, 'class.name'), 'org.apache.kafka.connect.json.JsonConverter')
  assert.equal(headerOf(letter, 'exception.class.name'), 'org.apache.kafka.connect.errors.DataException')
  assert.equal(
    headerOf(letter, 'exception.message'),
    'Converting byte[] to Kafka Connect data failed due to serialization error: '
  )
  assert.match(headerOf(letter, 'exception.stacktrace') ?? '', /^org\.apache\.kafka\.connect\.errors\.DataException: /)
  assert.match(
    headerOf(letter, 'exception.stacktrace') ?? '',
    /Caused by: org\.apache\.kafka\.common\.errors\.SerializationException/
  )
  const [original] = (await bench.kafka.read(bench.topic, 2)).slice(1)
  assert.equal(letter.timestamp, original?.timestamp)
  assert.equal(await bench.kafka.partitionsOf(bench.queue), 1, 'the queue was made with one partition')
  assert.deepEqual((await bench.redis.keys('*')).sort(), ['0', '2'])
})

test('under tolerance none the letter is written all the same, and the task fails', async () => {
  await using bench = await setUp([good(0), { value: 'no json' }], { 'errors.tolerance': 'none' })
  await using worker = await bench.start()
  await worker.said(/Task is being killed and will not recover until manually restarted/)
  const [letter] = await bench.kafka.read(bench.queue, 1)
  assert.equal(text(letter?.value), 'no json')
  assert.ok((await bench.committed()) <= 1)
})

test('transforms and header converters have stages of their own, and no context headers stand where none are asked for', async () => {
  const hoist = 'org.apache.kafka.connect.transforms.MaskField$Value'
  await using bench = await setUp([{ value: null }, { ...good(1), headers: { h: 'no json' } }, good(2)], {
    transforms: 'mask',
    'transforms.mask.type': hoist,
    'transforms.mask.fields': 'secret',
    'header.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'header.converter.schemas.enable': 'false'
  })
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 3)
  const letters = await bench.kafka.read(bench.queue, 2)
  assert.deepEqual(
    letters.map(letter => [headerOf(letter, 'stage'), headerOf(letter, 'class.name')]),
    [
      ['TRANSFORMATION', hoist],
      ['HEADER_CONVERTER', 'org.apache.kafka.connect.json.JsonConverter']
    ]
  )
  await using plain = await setUp([{ value: 'no json' }], { 'errors.deadletterqueue.context.headers.enable': 'false' })
  await using other = await plain.start()
  await other.until(async () => (await plain.committed()) === 1)
  const [bare] = await plain.kafka.read(plain.queue, 1)
  assert.deepEqual(bare === undefined ? null : headerNames(bare), [])
})

for (const [contract, settings, letters] of [
  ['the plain contract', { 'connector.class': 'connect.redis.RedisSinkConnector' }, 1],
  ['the old contract with connect.redis.errors.deadletter=true', { 'connect.redis.errors.deadletter': 'true' }, 1],
  ['the old contract', { 'connect.redis.error.policy': 'NOOP' }, 0]
] as const) {
  test(`a record the sink refuses: ${letters} letter(s) under ${contract}`, async () => {
    await using bench = await setUp([good(0), { value: '{"n":1}' }, good(2)], settings)
    await using worker = await bench.start()
    await worker.until(async () => (await bench.committed()) === 3)
    assert.deepEqual((await bench.redis.keys('*')).sort(), ['0', '2'])
    const found = letters === 0 ? [] : await bench.kafka.read(bench.queue, letters)
    assert.equal(await bench.kafka.endOffset(bench.queue), letters)
    for (const letter of found) {
      assert.equal(headerOf(letter, 'stage'), 'TASK_PUT')
      assert.equal(headerOf(letter, 'class.name'), 'org.apache.kafka.connect.sink.SinkTask')
      assert.equal(headerOf(letter, 'offset'), '1')
      assert.match(headerOf(letter, 'exception.message') ?? '', /is refused by statement 1/)
    }
  })
}

test('a command that Redis refuses goes to the queue with the key and the answer of Redis', async () => {
  await using bench = await setUp([{ value: '{"id":"z","n":1}' }, good(2)], topic => ({
    'connector.class': 'connect.redis.RedisSinkConnector',
    'connect.redis.kcql': `SELECT n FROM ${topic} PK id STOREAS SortedSet(score=n)`
  }))
  await bench.redis.set('z', 'in the way')
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 2)
  const [letter] = await bench.kafka.read(bench.queue, 1)
  assert.ok(letter)
  assert.equal(headerOf(letter, 'offset'), '0')
  assert.match(headerOf(letter, 'exception.message') ?? '', /refused by Redis for the key "z".*WRONGTYPE/)
  assert.deepEqual(await bench.redis.zrange('2', '0', '-1'), ['{"n":2}'])
})

test('nothing is committed past a letter that Kafka does not take: the task fails and the record comes again', async () => {
  await using bench = await setUp([good(0), { value: `no json ${'x'.repeat(5000)}` }, good(2)])
  await bench.kafka.createExactTopic(bench.queue, { 'max.message.bytes': '500' })
  await using worker = await bench.start()
  await worker.said(/Task is being killed and will not recover until manually restarted/)
  await worker.said(new RegExp(bench.queue))
  await worker.stop()
  assert.ok((await bench.committed()) <= 1)
})

test('a queue whose topic was deleted is told with what the broker answers; pause, resume and stop are heard, and no letter is lost', async () => {
  await using bench = await setUp([good(0), { value: 'no json' }, good(2)])
  const queued = (): Promise<number> => bench.kafka.endOffset(bench.queue)
  {
    await using worker = await bench.start()
    const rest = await restOf(worker)
    const isTold = (state: string) => async (): Promise<boolean> => {
      const { json } = await rest.get(`/connectors/${bench.name}/status`)
      return (json as { tasks?: readonly { state: string }[] }).tasks?.[0]?.state === state
    }
    await worker.until(async () => (await bench.committed()) === 3)
    await bench.kafka.deleteTopic(bench.queue)
    // More than may be on their way at once.
    await bench.kafka.send(bench.topic, [
      good(3),
      ...Array.from({ length: 1500 }, (_, index) => ({ value: `no json ${index}` })),
      good(1504)
    ])
    await worker.said(
      new RegExp(
        `waiting for the dead letter queue ${bench.queue} since \\S+, attempt \\d+: the broker answers UNKNOWN_TOPIC_OR_PARTITION`
      )
    )
    const metric = /deadletterqueue_waiting\{[^}]*\} (\d+)/
    await worker.until(async () => Number(metric.exec((await rest.get('/metrics')).text)?.[1]) >= 1000)
    await rest.ask('PUT', `/connectors/${bench.name}/pause`)
    await worker.until(isTold('PAUSED'))
    await rest.ask('PUT', `/connectors/${bench.name}/resume`)
    await worker.until(isTold('RUNNING'))
    await worker.stop()
    worker.neverSaid(/Graceful stop of task .* failed/)
  }
  assert.equal(await bench.committed(), 4, 'nothing is committed behind a record whose letter is nowhere')
  await bench.kafka.createExactTopic(bench.queue, {})
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 1505)
  assert.equal(await queued(), 1500)
  assert.deepEqual((await bench.redis.keys('*')).toSorted(), ['0', '1504', '2', '3'])
})

test('a queue made anew with fewer partitions takes the letters that waited for those that are gone', async () => {
  await using kafka = await openKafka()
  const queue = await kafka.createTopic('letters-anew', 3)
  const keyed = (from: number, to: number): Sent[] =>
    Array.from({ length: to - from }, (_, index) => ({ key: `k${from + index}`, value: 'no json' }))
  await using bench = await setUp(keyed(0, 10), { 'errors.deadletterqueue.topic.name': queue })
  await using worker = await bench.start()
  await worker.until(async () => (await bench.committed()) === 10)
  await kafka.deleteTopic(queue)
  await bench.kafka.send(bench.topic, [...keyed(10, 20), good(20)])
  await worker.until(() => bench.redis.get('20'))
  await kafka.createExactTopic(queue, {})
  await worker.until(async () => (await bench.committed()) === 21)
  assert.equal(await kafka.endOffset(queue), 10)
})

test('a queue that is to have more replicas than there are brokers is told with the line to write', async () => {
  await using world = await setUp([good(1)], { 'errors.deadletterqueue.topic.replication.factor': 3 })
  await using worker = await world.start()
  await worker.said(
    /Could not initialize dead letter queue with topic=\S+: there are fewer than 3 brokers for its replicas\. Write errors\.deadletterqueue\.topic\.replication\.factor=1/
  )
})

test('a record that the old class refuses beside a queue that only converters use names the key that sends it there', async () => {
  await using world = await setUp([{ value: '{"n":1}' }])
  await using worker = await world.start()
  await worker.said(/connect\.redis\.errors\.deadletter=true sends such records to errors\.deadletterqueue\.topic\.name=\S+ and goes on\. Task .* is being killed/)
  await worker.said(/WARN .*errors\.deadletterqueue\.topic\.name=\S+ takes only records that can't be converted/)
}) // prettier-ignore
