// GET /metrics of a real worker: what it says while records go from Kafka to Redis, in both spellings.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boards, missing } from '../kit/boards.ts'
import { restOf } from '../kit/rest.ts'
import { uniqueName, withStack } from '../kit/stack.ts'
import { familiesOf } from '../kit/told-metrics.ts'
import { openKafka, type Settings, startWorker, until } from '../kit/worker.ts'

const records = 250

/** A transform, so that records go the general way. */
const insertHeader = {
  transforms: 't',
  'transforms.t.type': 'org.apache.kafka.connect.transforms.InsertHeader',
  'transforms.t.header': 'h',
  'transforms.t.value.literal': 'v'
}

/** The values of a family, by its labels as they stand. */
function seriesOf(text: string, family: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter(line => line.startsWith(`${family}{`) || line.startsWith(`${family} `))
  return new Map(
    lines.map(line => {
      const [, labels = '', value = ''] = /^[a-z0-9_]+(?:\{(.*)\})? (.*)$/.exec(line) ?? []
      return [labels, Number(value)]
    })
  )
}

async function setUp(worker: Settings = {}, more: Settings = {}) {
  const stack = await withStack()
  const kafka = await openKafka()
  const topic = await kafka.createTopic('metrics', 2)
  const name = uniqueName('metrics')
  const sent = Array.from({ length: records }, (_, id) => ({ value: JSON.stringify({ id }), partition: id % 2 }))
  await kafka.send(topic, sent)
  const connector = {
    name,
    topics: topic,
    'connect.redis.port': stack.redis.port,
    'connect.redis.kcql': `INSERT INTO ${name}: SELECT * FROM ${topic} PK id`,
    ...more
  }
  const running = await startWorker([connector], worker)
  return {
    kafka,
    topic,
    name,
    running,
    rest: await restOf(running),
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      await kafka[Symbol.asyncDispose]()
    }
  }
}

test('tells records, commits, lag and commands as they happen', async () => {
  await using bench = await setUp()
  const { name, topic, rest } = bench
  const labels = `connector="${name}",task="0"`
  const text = await until(async () => {
    const answer = await rest.get('/metrics')
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    const committed = seriesOf(answer.text, 'kafka_connect_sink_task_offset_commit_completion_total').get(labels)
    const lags = [...seriesOf(answer.text, 'kafka_consumer_fetch_manager_records_lag').values()]
    const active = seriesOf(answer.text, 'kafka_connect_sink_task_sink_record_active_count').get(labels)
    const read = seriesOf(answer.text, 'kafka_connect_sink_task_sink_record_read_total').get(labels) ?? 0
    const running = seriesOf(answer.text, 'kafka_connect_connector_status').get(`${labels},status="running"`)
    const hasAll = read >= records && active === 0 && lags.length === 2 && lags.every(lag => lag === 0)
    return hasAll && (committed ?? 0) > 0 && running === 1 ? answer.text : false
  })
  const of = (family: string) => seriesOf(text, family).get(labels)
  assert.equal(of('kafka_connect_sink_task_sink_record_read_total'), records)
  assert.equal(of('kafka_connect_sink_task_sink_record_send_total'), records)
  assert.equal(of('kafka_connect_sink_task_partition_count'), 2)
  assert.equal(of('kafka_connect_task_error_total_record_errors'), 0)
  assert.equal(of('kafka_connect_redis_commands_total'), records)
  assert.ok((of('kafka_connect_redis_bytes_sent_total') ?? 0) > records * 10)
  assert.ok((of('kafka_connect_redis_latency_ms') ?? -1) > 0)
  const buckets = [...seriesOf(text, 'kafka_connect_redis_flush_time_ms_bucket').values()]
  const flushes = of('kafka_connect_redis_flushes_total') ?? 0
  assert.ok(buckets.length > 10 && buckets.every((value, index) => value >= (buckets[index - 1] ?? 0)))
  assert.deepEqual([buckets.at(-1), of('kafka_connect_redis_flush_time_ms_count')], [flushes, flushes])
  assert.ok((of('kafka_connect_sink_task_sink_record_active_count_max') ?? 0) > 0)
  const ratio = of('kafka_connect_connector_task_running_ratio') ?? 0
  assert.ok(ratio > 0 && ratio < 1, 'it ran, but not while it started')
  assert.equal(seriesOf(text, 'kafka_connect_worker_connector_startup_success_total').get(''), 1)
  assert.equal(seriesOf(text, 'kafka_connect_connector_status').get(`${labels},status="running"`), 1)
  assert.equal(seriesOf(text, 'kafka_connect_worker_connector_count').get(''), 1)
  assert.equal(seriesOf(text, 'kafka_connect_worker_task_count').get(''), 1)
  const running = seriesOf(text, 'kafka_connect_worker_connector_running_task_count')
  assert.equal(running.get(`connector="${name}"`), 1)
  const client = `clientId="connector-consumer-${name}-0"`
  assert.ok((seriesOf(text, 'kafka_consumer_fetch_manager_bytes_consumed_total').get(client) ?? 0) > 0)
  const lag = seriesOf(text, 'kafka_consumer_fetch_manager_records_lag')
  assert.equal(lag.get(`${client},topic="${topic}",partition="1"`), 0)
  assert.equal((await rest.ask('POST', '/metrics')).status, 405)
})

test('spells names in full where asked, and tells a failed task', async () => {
  const badConverter = 'org.apache.kafka.connect.converters.LongConverter'
  await using bench = await setUp({ 'metrics.prometheus.spelling': 'full' }, { 'value.converter': badConverter })
  const { name, rest } = bench
  const text = await until(async () => {
    const answer = await rest.get('/metrics')
    const failed = seriesOf(answer.text, 'kafka_connect_connect_worker_metrics_connector_failed_task_count')
    return failed.get(`connector="${name}"`) === 1 ? answer.text : false
  })
  const status = `connector="${name}",task="0",status="failed"`
  assert.equal(seriesOf(text, 'kafka_connect_connector_task_metrics').get(status), 1)
  assert.equal(seriesOf(text, 'kafka_connect_worker_connector_count').size, 0)
})

test('is served on the admin listener, too', async () => {
  await using running = await startWorker([], {
    'bootstrap.servers': '127.0.0.1:1',
    'admin.listeners': 'http://127.0.0.1:0'
  })
  const admin = await restOf(running, 'Admin')
  assert.match((await admin.get('/metrics')).text, /^kafka_connect_worker_connector_count 0$/m)
})

test('counts the same however many records are handed out at a time, and whatever way they go', async () => {
  const stack = await withStack()
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('counted', 2)
  const count = 1000
  await kafka.send(
    topic,
    Array.from({ length: count }, (_, id) => ({ value: JSON.stringify({ id }), partition: id % 2 }))
  )
  const forms: readonly Settings[] = [
    {},
    { 'consumer.override.max.poll.records': 10 },
    { 'consumer.override.max.poll.records': 10, ...insertHeader }
  ]
  const connectors = forms.map((form, index) => {
    const name = uniqueName(`counted${index}`)
    const kcql = `INSERT INTO ${name}: SELECT * FROM ${topic} PK id`
    return { name, topics: topic, 'connect.redis.port': stack.redis.port, 'connect.redis.kcql': kcql, ...form }
  })
  await using running = await startWorker(connectors)
  const rest = await restOf(running)
  const text = await until(async () => {
    const answer = await rest.get('/metrics')
    const sent = seriesOf(answer.text, 'kafka_connect_redis_commands_total')
    const all = connectors.every(({ name }) => (sent.get(`connector="${name}",task="0"`) ?? 0) >= count)
    const read = seriesOf(answer.text, 'kafka_connect_sink_task_sink_record_read_total')
    return all && [...read.values()].every(value => value >= count) ? answer.text : false
  })
  const numbers = connectors.map(({ name }) => {
    const task = `connector="${name}",task="0"`
    const client = `clientId="connector-consumer-${name}-0"`
    return {
      read: seriesOf(text, 'kafka_connect_sink_task_sink_record_read_total').get(task),
      sent: seriesOf(text, 'kafka_connect_sink_task_sink_record_send_total').get(task),
      consumed: seriesOf(text, 'kafka_consumer_fetch_manager_records_consumed_total').get(client),
      bytes: seriesOf(text, 'kafka_consumer_fetch_manager_bytes_consumed_total').get(client)
    }
  })
  const [first] = numbers
  assert.deepEqual([first?.read, first?.sent, first?.consumed], [count, count, count])
  for (const each of numbers) assert.deepEqual(each, first)
  const largest = seriesOf(text, 'kafka_connect_connector_task_batch_size_max')
  for (const { name } of connectors.slice(1)) assert.equal(largest.get(`connector="${name}",task="0"`), 10)
})

test('a rebalance in the middle of a run: each worker counts what it read, and no record twice', async () => {
  const stack = await withStack()
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('shared', 4)
  const name = uniqueName('shared')
  const connector = {
    name,
    topics: topic,
    'connect.redis.port': stack.redis.port,
    'connect.redis.kcql': `INSERT INTO ${name}: SELECT * FROM ${topic} PK id`,
    'consumer.override.max.poll.records': 7
  }
  let sent = 0
  const send = async (): Promise<void> => {
    const batch = Array.from({ length: 100 }, (_, at) => ({
      value: JSON.stringify({ id: sent + at }),
      partition: at % 4
    }))
    await kafka.send(topic, batch)
    sent += batch.length
  }
  await using first = await startWorker([connector])
  const numbersOf = async (rest: Awaited<ReturnType<typeof restOf>>) => {
    const { text } = await rest.get('/metrics')
    const of = (family: string) => seriesOf(text, family).get(`connector="${name}",task="0"`) ?? 0
    return {
      partitions: of('kafka_connect_sink_task_partition_count'),
      read: of('kafka_connect_sink_task_sink_record_read_total'),
      sent: of('kafka_connect_sink_task_sink_record_send_total'),
      commands: of('kafka_connect_redis_commands_total')
    }
  }
  const here = await restOf(first)
  await until(async () => {
    await send()
    return (await numbersOf(here)).read > 0
  })
  await using second = await startWorker([connector])
  const there = await restOf(second)
  await until(async () => {
    await send()
    return (await numbersOf(there)).read > 0
  })
  const all = await until(async () => {
    const each = [await numbersOf(here), await numbersOf(there)]
    return each.reduce((sum, { commands }) => sum + commands, 0) >= sent ? each : false
  })
  assert.deepEqual(
    all.map(({ partitions }) => partitions),
    [2, 2]
  )
  for (const { read, sent: handed, commands } of all) assert.deepEqual([handed, commands], [read, read])
  assert.equal(
    all.reduce((sum, { read }) => sum + read, 0),
    sent
  )
})

for (const { board, spelling } of boards) {
  test(`the board of ${board} finds its numbers at a worker that writes, and they move`, async () => {
    const dead = uniqueName('dead')
    await using bench = await setUp(
      { 'metrics.prometheus.spelling': spelling },
      {
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': dead,
        'errors.deadletterqueue.topic.replication.factor': 1
      }
    )
    const { kafka, topic, rest } = bench
    const scrape = async () => (await rest.get('/metrics')).text
    const text = await until(async () => {
      const told = await scrape()
      return missing(board, familiesOf(told)).length === 0 ? told : false
    })
    const sum = (of: string, family: string): number => [...seriesOf(of, family).values()].reduce((a, b) => a + b, 0)
    const client = (kind: 'consumer' | 'producer', name: string): string =>
      spelling === 'short' ? `kafka_${kind}_${name}` : `kafka_${kind}_${kind}_metrics_${name}`
    assert.ok(sum(text, client('consumer', 'connection_count')) >= 1)
    const moving = [
      'process_cpu_seconds_total',
      client('consumer', 'incoming_byte_total'),
      client('consumer', 'outgoing_byte_total')
    ]
    await kafka.send(topic, [{ value: '{' }, { value: '{"id":"more"}' }])
    await until(async () => {
      const later = await scrape()
      const letters =
        sum(later, client('producer', 'outgoing_byte_total')) > 0 &&
        sum(later, client('producer', 'connection_count')) > 0
      return letters && moving.every(family => sum(later, family) > sum(text, family))
    })
    assert.ok(sum(text, 'process_resident_memory_bytes') > 10 * 2 ** 20)
  })
}
