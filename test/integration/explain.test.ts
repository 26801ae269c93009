// explain against real servers: records as they stand in Kafka, read without touching any group, and commands that redis-cli takes as they are printed.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AvroEncoder, createTopics, openProducer } from '../../scripts/quickstart/producer.ts'
import { run, type Run } from '../kit/child.ts'
import { startRedis, uniqueName, withStack, type Stack } from '../kit/stack.ts'

const explain = (...args: string[]): Promise<Run> => run('bin/kafka-connect-redis', ['explain', ...args])

/** A connector's and a worker's file for one topic. */
function files(stack: Stack, topic: string, kcql: string, converter: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-explain-'))
  const connector = join(dir, 'connector.properties')
  const worker = join(dir, 'worker.properties')
  const text = (settings: Readonly<Record<string, string>>): string =>
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('')
  writeFileSync(
    connector,
    text({
      name: topic,
      'connector.class': 'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector',
      topics: topic,
      'connect.redis.host': 'localhost',
      'connect.redis.port': '6379',
      'connect.redis.kcql': kcql
    })
  )
  writeFileSync(worker, text({ 'bootstrap.servers': stack.kafka.bootstrap, ...converter }))
  return { connector, worker, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

const json = {
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false'
}

test('a JSON record of a topic is shown by its offset; an offset behind the end says so', async () => {
  const stack = await withStack()
  const topic = uniqueName('explain')
  using at = files(stack, topic, `SELECT price FROM ${topic} PK symbol`, json)
  await createTopics(stack.kafka.bootstrap, [topic])
  await using producer = openProducer(stack.kafka.bootstrap)
  for (const price of ['0.5', '0.7943', '1.50']) {
    await producer.send(topic, Buffer.from(`{"symbol":"USDGBP","price":${price}}`))
  }
  const second = await explain(at.connector, '--worker', at.worker, '--topic', topic, '--offset', '1')
  assert.match(second.stdout, new RegExp(`^${topic}-0@1\n.*\n {4}key USDGBP\n {4}SET USDGBP '\\{"price":0\\.7943\\}'\n$`))
  assert.deepEqual([second.code, second.stderr], [0, ''])
  const diff = await explain(at.connector, '--worker', at.worker, '--topic', topic, '--offset', '2', '--diff')
  assert.match(diff.stdout, /old +SET USDGBP '\{"price":1\.5\}'\n +plain +SET USDGBP '\{"price":1\.50\}'/)
  const behind = await explain(at.connector, '--worker', at.worker, '--topic', topic, '--offset', '3')
  assert.equal(behind.code, 1)
  assert.match(behind.stderr, new RegExp(`^${topic}-0 has no record at offset 3 yet: it ends before 3\\.$`, 'm'))
}) // prettier-ignore

test('an Avro record is read by its schema from the registry', async () => {
  const stack = await withStack()
  const topic = uniqueName('explain')
  const registry = {
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'io.confluent.connect.avro.AvroConverter',
    'value.converter.schema.registry.url': stack.registry.url
  }
  using at = files(stack, topic, `SELECT age, salary FROM ${topic} PK firstName`, registry)
  await createTopics(stack.kafka.bootstrap, [topic])
  const fields = [
    { name: 'firstName', type: 'string' },
    { name: 'age', type: 'int' },
    { name: 'salary', type: 'double' }
  ]
  const encoder = await AvroEncoder.register(
    stack.registry.url,
    topic,
    JSON.stringify({ type: 'record', name: 'R', fields })
  )
  await using producer = openProducer(stack.kafka.bootstrap)
  await producer.send(topic, encoder.encode('{"firstName":"Jane","age":41,"salary":4830}'))
  await producer.send(topic, Buffer.from('no Avro'))
  const shown = await explain(at.connector, '--worker', at.worker, '--topic', topic, '--offset', '0')
  assert.match(shown.stdout, /SET Jane '\{"age":41,"salary":4830\.0\}'/, shown.stderr)
  const bad = await explain(at.connector, '--worker', at.worker, '--topic', topic, '--offset', '1')
  assert.equal(bad.code, 1)
  assert.match(
    bad.stdout,
    /unreadable: value converter io\.confluent\.connect\.avro\.AvroConverter: .*\n +the task would fail/
  )
})

test('redis-cli takes the commands as they are printed', async () => {
  const stack = await withStack()
  await using redis = await startRedis()
  using at = files(stack, 't', 'INSERT INTO p: SELECT v FROM t PK k; INSERT INTO s SELECT v FROM t STOREAS Stream', json)
  const values = ['plain', 'a b', `it's "quoted" \\ back`, 'é😀\u2028', 'line\r\nend\t\u0000\u007f', '', "'", '"']
  const records = values.map(value => JSON.stringify({ k: value, v: value }))
  const said = await run('bin/kafka-connect-redis', ['explain', at.connector, '--worker', at.worker], { stdin: records.join('\n') })
  const commands = said.stdout.split('\n').filter(line => /^ {4}(SET|XADD) /.test(line))
  assert.equal(commands.length, 2 * values.length, said.stdout + said.stderr)
  const answer = await run('redis-cli', ['-p', String(redis.port)], { stdin: `${commands.join('\n')}\n` })
  assert.doesNotMatch(answer.stdout, /Invalid|ERR/)
  const ask = async (...words: string[]): Promise<string> => (await run('redis-cli', ['-p', String(redis.port), ...words])).stdout
  for (const value of values) {
    assert.equal(await ask('GET', `p:${value}`.replaceAll('\u0000', '\u0001')), value.includes('\u0000') ? '\n' : `${JSON.stringify({ v: value }).replaceAll('\\u007f', '\u007f')}\n`)
  }
  assert.equal((await ask('XLEN', 's')).trim(), String(values.length))
}) // prettier-ignore
