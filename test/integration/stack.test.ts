// The stack and its finder themselves: servers answer, come back after a kill, and leave nothing behind.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { isKafkaAnswering } from '../../scripts/stack/kafka.ts'
import { isRedisAnswering } from '../../scripts/stack/redis.ts'
import { javaTool, startOwnStack, startRedis, uniqueName, withStack } from '../kit/stack.ts'

test('the shared stack answers: topics by Kafka, subjects by the registry, PING by Redis', async () => {
  const { kafka, redis, registry } = await withStack()
  const topic = uniqueName('stack')
  const server = ['--bootstrap-server', kafka.bootstrap]
  await javaTool('org.apache.kafka.tools.TopicCommand', [...server, '--create', '--topic', topic, '--partitions', '2'])
  const listed = await javaTool('org.apache.kafka.tools.TopicCommand', [...server, '--list'])
  assert.ok(listed.split('\n').includes(topic), listed)
  await javaTool('org.apache.kafka.tools.ConsoleProducer', [...server, '--topic', topic], 'one\ntwo\n')
  const read = ['--topic', topic, '--from-beginning', '--max-messages', '2']
  const records = await javaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [...server, ...read])
  assert.deepEqual(records.trim().split('\n').toSorted(), ['one', 'two'])
  await javaTool('org.apache.kafka.tools.TopicCommand', [...server, '--delete', '--topic', topic])
  assert.equal(await isRedisAnswering(redis.port), true)
  assert.equal((await fetch(`${registry.url}/subjects`)).status, 200)
})

test('a Java tool that fails says why', async () => {
  await assert.rejects(javaTool('org.apache.kafka.tools.TopicCommand', ['--create']), /bootstrap-server/)
})

test('a private Redis keeps its port, and its data where asked, over a kill', async () => {
  const args = ['--appendonly', 'yes', '--appendfsync', 'always']
  let dir
  {
    await using redis = await startRedis({ args })
    dir = redis.dir
    await redis.kill()
    await assert.rejects(isRedisAnswering(redis.port))
    await redis.start()
    assert.equal(await isRedisAnswering(redis.port), true)
    await redis.stop()
    await assert.rejects(isRedisAnswering(redis.port))
  }
  assert.equal(existsSync(dir), false)
})

test('a private Kafka comes back after a kill, and a stack that is down leaves no folder', async () => {
  let dir
  {
    await using own = await startOwnStack(['kafka'])
    dir = own.dir
    const port = Number(own.kafka?.bootstrap.split(':')[1])
    assert.equal(await isKafkaAnswering(port), true)
    await own.kill('kafka')
    await assert.rejects(isKafkaAnswering(port))
    await own.start('kafka')
    assert.equal(await isKafkaAnswering(port), true)
    assert.equal(existsSync(dir), true)
  }
  assert.equal(existsSync(dir), false)
})
