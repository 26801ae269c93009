// What a config provider gave stands in no output, under whatever key: log at TRACE, status, metrics, topics, validation, letters, errors at start.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restOf } from '../kit/rest.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { oldClass, openKafka, openRedis, type Settings, startWorker } from '../kit/worker.ts'

const worker: Settings = {
  'worker.log.level': 'TRACE',
  'config.providers': 'env',
  'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider'
}

function assertSilent(output: string, values: Readonly<Record<string, string>>): void {
  assert.ok(output.length > 50, output)
  for (const value of Object.values(values)) {
    const at = output.toLowerCase().indexOf(value.toLowerCase())
    const near = output.slice(Math.max(0, at - 200), at + 100)
    assert.equal(at, -1, `a provider's value stands in the output: ...${near}`)
  }
}

test('a worker at work says nothing of it', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const topic = await kafka.createTopic('references')
  const name = uniqueName('named')
  const env = {
    KCR_TOPIC: topic,
    KCR_PREFIX: 'canary-prefix-',
    KCR_GROUP: uniqueName('canary-group'),
    KCR_CLIENT: uniqueName('canary-client'),
    KCR_DLQ: uniqueName('canary-letters')
  }
  const connector: Settings = {
    name,
    topics: '${env:KCR_TOPIC}',
    'connect.redis.port': server.port,
    'connect.redis.kcql': 'INSERT INTO ${env:KCR_PREFIX} SELECT n FROM ${env:KCR_TOPIC} PK id',
    'consumer.override.group.id': '${env:KCR_GROUP}',
    'consumer.override.client.id': '${env:KCR_CLIENT}',
    'errors.tolerance': 'all',
    'errors.log.enable': 'true',
    'errors.log.include.messages': 'true',
    'errors.deadletterqueue.topic.name': '${env:KCR_DLQ}',
    'errors.deadletterqueue.topic.replication.factor': 1,
    'errors.deadletterqueue.context.headers.enable': 'true',
    'connect.redis.errors.deadletter': 'true'
  }
  await using running = await startWorker([connector], worker, { env })
  const rest = await restOf(running)
  await kafka.send(topic, [{ value: '{"n":1}' }, { value: 'none' }, { value: '{"id":1,"n":1}' }])
  await running.until(async () => (await redis.get('canary-prefix-1')) !== null)
  const letters = await kafka.read(env.KCR_DLQ, 2)
  const headers = letters.map(({ headers }) => [
    headers?.['__connect.errors.exception.message'],
    headers?.['__connect.errors.exception.stacktrace']
  ])
  assertSilent(headers.flat().join('\n'), env)
  const metrics = await running.until(async () => {
    const { text } = await rest.get('/metrics')
    return text.includes('records_lag{') && text
  })
  assert.match(metrics, /topic="\$\{env:KCR_TOPIC\}"/)
  const answers = [
    metrics,
    (await rest.get(`/connectors/${name}`)).text,
    (await rest.get(`/connectors/${name}/status`)).text,
    (await rest.get(`/connectors/${name}/topics`)).text,
    (await rest.ask('PUT', `/connector-plugins/${oldClass}/config/validate`, { body: { ...connector, 'connector.class': oldClass, 'connect.redis.host': 'x', topics: 'other' } })).text
  ] // prettier-ignore
  assertSilent(answers.join('\n'), env)
  assert.match(answers.at(-1) ?? '', /\$\{env:KCR_TOPIC\}/)
  await running.stop()
  await running.said(/\$\{env:KCR_TOPIC\}/)
  assertSilent(running.logAtEnd(), env)
})

test('a worker that does not start, and a task that fails, say nothing of it', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('references')
  const env = { KCR_TOPIC: uniqueName('canary-topic'), KCR_DLQ: uniqueName('canary-letters'), KCR_PORT: 'canary-port' }
  const base: Settings = { name: uniqueName('named'), 'connect.redis.port': 6379 }
  await using first = await startWorker(
    [{ ...base, topics: '${env:KCR_TOPIC}', 'connect.redis.kcql': `SELECT * FROM ${topic} PK id` }],
    worker,
    { env }
  )
  assert.equal(await first.ended, 3)
  await first.said(/Set\(\$\{env:KCR_TOPIC\}\)/)
  assertSilent(first.logAtEnd(), env)
  await using second = await startWorker([], { ...worker, 'rest.advertised.port': '${env:KCR_PORT}' }, { env })
  assert.equal(await second.ended, 2)
  await second.said(/Invalid value \$\{env:KCR_PORT\} for configuration rest\.advertised\.port/)
  assertSilent(second.logAtEnd(), env)
  await using third = await startWorker(
    [{ ...base, topics: topic, 'connect.redis.kcql': `SELECT * FROM ${topic} PK id`, 'errors.deadletterqueue.topic.name': '${env:KCR_DLQ}' }],
    worker,
    { env }
  ) // prettier-ignore
  const rest = await restOf(third)
  const status = await third.until(async () => {
    const { text } = await rest.get(`/connectors/${String(base['name'])}/status`)
    return text.includes('FAILED') && text
  })
  assert.match(status, /dead letter queue with topic=\$\{env:KCR_DLQ\}/)
  await third.stop()
  assertSilent(status + third.logAtEnd(), env)
})
