// Bad input at start: one clear message that says where, what, expected and what to do; no stack trace, no secret, an exit code that tells.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { reservePort, releasePorts } from '../../scripts/stack/ports.ts'
import { startRedis, uniqueName, withStack } from '../kit/stack.ts'
import { openKafka, openRedis, runWorker, startWorker, type Settings } from '../kit/worker.ts'

const stackTrace = /^\s+at .*\.(ts|js):\d+/m

async function endOf(connector: Settings, worker: Settings = {}): Promise<{ code: number | null; log: string }> {
  await using running = await startWorker([connector], worker)
  const code = await running.ended
  return { code, log: running.logAtEnd() }
}

const sound = { name: 'input', topics: 't', 'connect.redis.port': 6379, 'connect.redis.kcql': 'SELECT * FROM t PK id' }

const refused: readonly { what: string; connector: Settings; worker?: Settings; says: readonly RegExp[] }[] = [
  {
    what: 'an unknown connector class',
    connector: { ...sound, 'connector.class': 'com.example.Nope' },
    says: [/com\.example\.Nope/]
  },
  { what: 'no topics', connector: { ...sound, topics: '' }, says: [/topics/] },
  {
    what: 'an ill-typed key',
    connector: { ...sound, 'connect.redis.port': 'abc' },
    says: [/connect\.redis\.port/, /abc/]
  },
  {
    what: 'a missing key',
    connector: { name: 'input', topics: 't', 'connect.redis.port': 1 },
    says: [/connect\.redis\.kcql/]
  },
  {
    what: 'bad KCQL, with a caret',
    connector: { ...sound, 'connect.redis.kcql': 'SELECT a b FROM t PK id' },
    says: [/connect\.redis\.kcql/, /\^/, /line 1/i]
  },
  {
    what: 'a topic that no statement names',
    connector: { ...sound, topics: 't,u' },
    says: [/\bu\b/, /connect\.redis\.kcql/]
  },
  {
    what: 'a statement whose topic is not in topics',
    connector: { ...sound, 'connect.redis.kcql': 'SELECT * FROM t PK id;SELECT * FROM u PK id' },
    says: [/\bu\b/, /topic/]
  },
  {
    what: 'an unknown error policy',
    connector: { ...sound, 'connect.redis.error.policy': 'FOO' },
    says: [/connect\.redis\.error\.policy/, /NOOP/, /FOO/]
  },
  {
    what: 'a statement no mode takes',
    connector: { ...sound, 'connect.redis.kcql': 'SELECT a FROM t STOREAS SortedSet(score=a)' },
    says: [/No writers set for \[connect\.redis\.kcql\]/]
  },
  {
    what: 'an unknown converter',
    connector: sound,
    worker: { 'value.converter': 'com.example.NoConverter' },
    says: [/com\.example\.NoConverter/]
  },
  {
    what: 'several faults at once',
    connector: {
      ...sound,
      'connect.redis.port': 'abc',
      'connect.redis.error.policy': 'FOO',
      'connect.redis.kcql': 'SELEC * FROM t'
    },
    says: [/connect\.redis\.port/, /connect\.redis\.error\.policy/, /SELEC/]
  }
]

for (const { what, connector, worker, says } of refused) {
  test(`${what}: refused at start`, async () => {
    const { code, log } = await endOf(connector, worker)
    assert.notEqual(code, 0, log)
    for (const pattern of says) assert.match(log, pattern)
    assert.doesNotMatch(log, stackTrace)
  })
}

test('a missing worker file: named, exit code not 0', async () => {
  await using running = runWorker(['/nowhere/worker.properties', '/nowhere/sink.properties'])
  assert.notEqual(await running.ended, 0)
  await running.said(/\/nowhere\/worker\.properties/)
  running.neverSaid(stackTrace)
})

test('a worker file without bootstrap.servers or converters: each missing key is named', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-input-'))
  try {
    writeFileSync(join(dir, 'worker.properties'), 'bootstrap.servers=localhost:1\nofset.flush.interval.ms=5\n')
    await using running = runWorker([join(dir, 'worker.properties')])
    assert.notEqual(await running.ended, 0)
    for (const key of ['key.converter', 'value.converter', 'offset.storage.file.filename'])
      await running.said(new RegExp(key))
    await running.said(/ofset\.flush\.interval\.ms.*offset\.flush\.interval\.ms/s)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test('an unreachable broker: said, with its address', async () => {
  const port = await reservePort({ pid: process.pid })
  await using running = await startWorker([{ ...sound }], { 'bootstrap.servers': `127.0.0.1:${port}` })
  await running.said(new RegExp(`127\\.0\\.0\\.1:${port}`))
  await running.stop()
  running.neverSaid(stackTrace)
  releasePorts([port])
})

test('an unreachable registry is named while the task waits for it, and when errors.retry.timeout has it fail', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  const port = await reservePort({ pid: process.pid })
  const topic = await kafka.createTopic('registry')
  await kafka.send(topic, [{ value: Buffer.from([0, 0, 0, 0, 1, 2]) }])
  await using running = await startWorker([
    {
      ...{
        name: uniqueName('registry'),
        topics: topic,
        'connect.redis.port': server.port,
        'connect.redis.kcql': `SELECT * FROM ${topic} PK id`
      },
      'errors.retry.timeout': 500,
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'value.converter.max.retries': 0,
      'value.converter.schema.registry.url': `http://127.0.0.1:${port}`
    }
  ])
  const address = `schema registry at http://127\\.0\\.0\\.1:${port}`
  await running.said(new RegExp(`waiting for ${address} since`))
  await running.said(new RegExp(`waited for ${address} for longer than errors.retry.timeout=500 ms`))
  await running.said(/Task is being killed and will not recover until manually restarted/)
  releasePorts([port])
})

test('a wrong password fails the task by name, and no output of any level holds a password', async () => {
  const { kafka } = await withStack()
  await using door = await openKafka(kafka.bootstrap)
  await using server = await startRedis({ args: ['--requirepass', 'right-Secret-1'] })
  const topic = await door.createTopic('secret')
  await door.send(topic, [{ value: '{"id":1}' }])
  const connector = {
    name: uniqueName('secret'),
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.kcql': `SELECT * FROM ${topic} PK id`
  }
  {
    await using wrong = await startWorker([{ ...connector, 'connect.redis.password': 'wrong-Secret-2' }])
    await wrong.said(/Task is being killed and will not recover until manually restarted/)
    await wrong.said(/password/i)
    await wrong.stop()
    wrong.neverSaid(/wrong-Secret-2/)
  }
  await using right = await startWorker([{ ...connector, 'connect.redis.connection.password': 'right-Secret-1' }])
  await using redis = openRedis(server.port, 'right-Secret-1')
  await right.until(async () => (await redis.get('1')) !== null)
  await right.stop()
  right.neverSaid(/right-Secret-1/)
})

test('a password that Redis does not ask for: a warning, and the records go on', async () => {
  await using kafka = await openKafka()
  await using server = await startRedis()
  const topic = await kafka.createTopic('unasked')
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await using worker = await startWorker([
    {
      ...{
        name: uniqueName('unasked'),
        topics: topic,
        'connect.redis.port': server.port,
        'connect.redis.kcql': `SELECT * FROM ${topic} PK id`
      },
      'connect.redis.password': 'unasked-Secret-3'
    }
  ])
  await using redis = openRedis(server.port)
  await worker.until(async () => (await redis.get('1')) === '{"id":1}')
  await worker.said(/WARN.*password/i)
  await worker.stop()
  worker.neverSaid(/unasked-Secret-3/)
})
