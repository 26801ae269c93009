// Topics that are deleted and made again while a group reads them: everything of the new topic is read, and the old one's offsets mean nothing in it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { OffsetResetError } from '../../src/kafka/errors.ts'
import { numbered, openAdmin, openConsumer, sendValues, type Properties, type TestConsumer } from '../kit/consumer.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, until } from '../kit/worker.ts'

async function openTopics() {
  const kafka = await openKafka()
  const admin = new kafkajs.Kafka({ brokers: [kafka.bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  return {
    kafka,
    async remove(topic: string): Promise<void> {
      // It deletes, asks for what is left, and may fail at the topic that it has deleted.
      await admin.deleteTopics({ topics: [topic] }).catch((error: unknown) => {
        if (!(error instanceof kafkajs.KafkaJSProtocolError && error.retriable)) throw error
      })
      await until(async () => !(await admin.listTopics()).includes(topic))
    },
    /** kafkajs would ask for the deleted topic first, and fail. */
    async make(topic: string, partitions = 1): Promise<void> {
      await using ours = await openAdmin()
      await ours.ensureTopic({ name: topic, partitions, replicationFactor: 1 })
    },
    async [Symbol.asyncDispose]() {
      await admin.disconnect()
      await kafka[Symbol.asyncDispose]()
    }
  }
}

const quick: Properties = { 'metadata.max.age.ms': 300, 'heartbeat.interval.ms': 100, 'session.timeout.ms': 6000 }
const protocols: readonly (readonly [string, Properties])[] = [
  ['eager', quick],
  [
    'cooperative',
    { ...quick, 'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor' }
  ],
  ['KIP-848', { 'metadata.max.age.ms': 300, 'group.protocol': 'consumer' }]
]

function valuesOf(reader: TestConsumer, topic: string): string[] {
  return reader.read.filter(each => each.topic === topic).map(({ value }) => value ?? '')
}

function told(reader: TestConsumer): string[] {
  return reader.log.lines.filter(line => /^WARN .*deleted and made again/.test(line))
}

for (const [name, protocol] of protocols) {
  for (const noticed of [false, true]) {
    test(`a topic made again ${noticed ? 'after' : 'before'} its end was noticed is read from its beginning (${name})`, async () => {
      await using topics = await openTopics()
      const [a, b] = [await topics.kafka.createTopic('a'), await topics.kafka.createTopic('b')]
      await sendValues(a, numbered('a', 10))
      await sendValues(b, numbered('old', 50))
      await using reader = await openConsumer({ ...protocol, 'group.id': uniqueName('group') })
      await reader.subscribe([a, b]).untilRead(60)
      await reader.commit()
      const holds = () => reader.consumer.assignment().some(({ topic }) => topic === b)
      let isNew = false
      const remaking = (async () => {
        await topics.remove(b)
        if (noticed) await until(() => !holds())
        await topics.make(b)
        // More than was read before: by offsets alone it would be read from the middle on.
        await sendValues(b, numbered('new', 100))
        isNew = true
      })()
      // Whoever commits for the other topic commits this one's old offset along, all the time.
      await reader.until(() => {
        void reader.commit().catch(() => undefined)
        return isNew
      })
      await remaking
      await reader.until(() => valuesOf(reader, b).length >= 150)
      assert.deepEqual(valuesOf(reader, b).slice(50), numbered('new', 100))
      assert.equal(told(reader).length, 1, reader.log.lines.filter(line => line.startsWith('WARN')).join('\n'))
      assert.ok(!reader.log.lines.some(line => line.includes('truncated')))
      assert.equal(valuesOf(reader, a).length, 10)
      await reader.commit()
      assert.deepEqual([...(await topics.kafka.committed(reader.group, b))], [[0, 100]])
    })
  }
}

test('a topic made again with more partitions, or fewer, is read whole', async () => {
  await using topics = await openTopics()
  const topic = await topics.kafka.createTopic('resized', 2)
  await sendValues(topic, numbered('old', 20), 2)
  await using reader = await openConsumer({ ...quick, 'group.id': uniqueName('group') })
  await reader.subscribe([topic]).untilRead(20)
  await reader.commit()
  for (const partitions of [4, 1]) {
    const before = reader.read.length
    let isNew = false
    const remaking = (async () => {
      await topics.remove(topic)
      await topics.make(topic, partitions)
      await sendValues(topic, numbered(`of ${partitions}`, 40), partitions)
      isNew = true
    })()
    await reader.until(() => isNew && reader.read.length >= before + 40)
    await remaking
    const read = reader.read.slice(before).map(({ value }) => value ?? '')
    assert.deepEqual(read.sort(), numbered(`of ${partitions}`, 40).sort())
    assert.equal(reader.consumer.assignment().length, partitions)
  }
})

test('without a way to reset, a topic made again ends the reading, and says why', async () => {
  await using topics = await openTopics()
  const topic = await topics.kafka.createTopic('strict')
  await sendValues(topic, numbered('old', 20))
  const group = uniqueName('group')
  {
    await using first = await openConsumer({ ...quick, 'group.id': group })
    await first.subscribe([topic]).untilRead(20)
    await first.commit()
  }
  await using reader = await openConsumer({ ...quick, 'group.id': group, 'auto.offset.reset': 'none' })
  await reader.subscribe([topic]).until(() => reader.events.length > 0)
  await topics.remove(topic)
  await topics.make(topic)
  await assert.rejects(
    reader.until(() => false),
    error =>
      error instanceof OffsetResetError && /deleted and made again.*auto.offset.reset is none/.test(error.message)
  )
})

test('a worker writes every record of a topic that was deleted and made again', async () => {
  await using topics = await openTopics()
  await using server = await startRedis()
  await using redis = openRedis(server.port)
  const [a, b] = [await topics.kafka.createTopic('a'), await topics.kafka.createTopic('b')]
  const name = uniqueName('again')
  const records = (count: number) => Array.from({ length: count }, (_, id) => ({ value: JSON.stringify({ id }) }))
  await topics.kafka.send(b, records(50))
  await using worker = await startWorker([
    {
      name,
      topics: `${a},${b}`,
      'connect.redis.port': server.port,
      'consumer.override.auto.offset.reset': 'earliest',
      'consumer.override.metadata.max.age.ms': 300,
      'consumer.override.heartbeat.interval.ms': 100,
      'connect.redis.kcql': `INSERT INTO a SELECT id FROM ${a} STOREAS Stream;INSERT INTO b SELECT id FROM ${b} STOREAS Stream`
    }
  ])
  await worker.until(async () => (await topics.kafka.committed(`connect-${name}`, b)).get(0) === 50)
  let isOver = false
  const load = (async () => {
    const values = records(20).map(({ value }) => value)
    while (!isOver) await sendValues(a, values)
  })()
  await topics.remove(b)
  await topics.make(b)
  await sendValues(
    b,
    records(100).map(({ value }) => value)
  )
  await worker.until(async () => (await redis.xlen('b')) >= 150)
  isOver = true
  await load
  await worker.until(async () => (await topics.kafka.committed(`connect-${name}`, b)).get(0) === 100)
  await worker.stop()
  worker.saidTimes(/WARN .*deleted and made again/, 1)
  worker.neverSaid('truncated')
  const ids = (await redis.xrange('b', '-', '+')).map(([, fields]) => Number(fields[1]))
  assert.deepEqual(
    ids.slice(50),
    Array.from({ length: 100 }, (_, id) => id)
  )
})
