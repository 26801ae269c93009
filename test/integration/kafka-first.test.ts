// The consumer, producer and admin client against a real broker: subscribe, read, commit, resume, and what the dead letter queue needs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbered, openAdmin, openConsumer, openProducer, sendValues } from '../kit/consumer.ts'
import { uniqueName } from '../kit/stack.ts'
import { openKafka } from '../kit/worker.ts'

test('a member resumes where the group has committed', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('resume', 3)
  const group = uniqueName('group')
  await sendValues(topic, numbered('first', 300), 3)
  {
    await using first = await openConsumer({ 'group.id': group })
    await first.subscribe([topic]).untilRead(300)
    await first.commit()
  }
  assert.deepEqual(await kafka.committed(group, topic), new Map([0, 1, 2].map(partition => [partition, 100])))
  await sendValues(topic, numbered('second', 30), 3)
  await using admin = await openAdmin()
  await using second = await openConsumer({ 'group.id': group })
  await second.subscribe([topic]).untilRead(30)
  assert.deepEqual(second.read.map(({ value }) => value).toSorted(), numbered('second', 30).toSorted())
  // A commit carries metadata, and the leader epoch of what was read, by which a truncated log is noticed after a restart.
  const where = { topic, partition: 1 }
  await second.consumer.commit(new Map([[`${topic}-1`, { ...where, offset: 105, metadata: 'guard 7' }]]))
  const committed = (await admin.groupOffsets(group)).get(`${topic}-1`)
  assert.deepEqual(committed, { ...where, offset: 105, leaderEpoch: 0, metadata: 'guard 7' })
})

test('a letter arrives as it was sent, keys where Java puts them', async () => {
  await using admin = await openAdmin()
  const topic = uniqueName('letters')
  assert.equal(await admin.ensureTopic({ name: topic, partitions: 5, replicationFactor: 1 }), true)
  assert.equal(await admin.ensureTopic({ name: topic, partitions: 1, replicationFactor: 1 }), false)
  for (const codec of ['none', 'gzip', 'zstd']) {
    await using producer = await openProducer({ 'compression.type': codec })
    const headers = [
      { key: 'a', value: Buffer.from('1') },
      { key: 'a', value: null },
      { key: 'ä', value: Buffer.alloc(0) }
    ]
    await Promise.all([
      producer.send({ topic, key: Buffer.from(`${codec}-key`), value: null, headers, timestamp: 1234 }),
      producer.send({ topic, key: null, value: Buffer.from(codec), headers: [], timestamp: null }),
      ...Array.from({ length: 500 }, (_, at) =>
        producer.send({
          topic,
          partition: 4,
          key: null,
          value: Buffer.from(`${codec}-${at}`),
          headers: [],
          timestamp: at
        })
      )
    ])
  }
  await using reader = await openConsumer()
  reader.consumer.assign([0, 1, 2, 3, 4].map(partition => ({ topic, partition })))
  await reader.untilRead(3 * 502)
  for (const codec of ['none', 'gzip', 'zstd']) {
    const keyed = reader.read.find(({ key }) => key === `${codec}-key`)
    assert.deepEqual([keyed?.value, keyed?.timestamp], [null, 1234])
    assert.deepEqual(keyed?.headers, [
      ['a', '1'],
      ['a', null],
      ['ä', '']
    ])
    const ordered = reader.read.filter(
      ({ value, partition }) => partition === 4 && value?.startsWith(`${codec}-`) === true
    )
    assert.deepEqual(
      ordered.map(({ value }) => value),
      Array.from({ length: 500 }, (_, at) => `${codec}-${at}`)
    )
  }
})

test('the admin client sets, reads and forgets the offsets of a group without members', async () => {
  await using admin = await openAdmin()
  const [topic, group] = [uniqueName('offsets'), uniqueName('group')]
  await admin.ensureTopic({
    name: topic,
    partitions: 2,
    replicationFactor: 1,
    configs: new Map([['cleanup.policy', 'compact']])
  })
  assert.equal((await admin.topicConfig(topic)).get('cleanup.policy'), 'compact')
  assert.equal((await admin.topics([topic, 'no-such-topic'])).get(topic)?.partitions, 2)
  assert.match((await admin.clusterId()) ?? '', /./)
  await admin.alterGroupOffsets(group, [
    { topic, partition: 0, offset: 7, metadata: 'note' },
    { topic, partition: 1, offset: 9 }
  ])
  const offsets = await admin.groupOffsets(group)
  assert.deepEqual([...offsets].map(([key, { offset, metadata }]) => [key, offset, metadata]).toSorted(), [
    [`${topic}-0`, 7, 'note'],
    [`${topic}-1`, 9, '']
  ])
  await admin.deleteGroupOffsets(group, [{ topic, partition: 0 }])
  assert.deepEqual([...(await admin.groupOffsets(group)).keys()], [`${topic}-1`])
  await using member = await openConsumer({ 'group.id': group })
  await member.subscribe([topic]).until(() => member.events.length > 0)
  const busy = /has active members/
  await assert.rejects(admin.alterGroupOffsets(group, [{ topic, partition: 0, offset: 1 }]), busy)
  await assert.rejects(admin.deleteGroupOffsets(group, [{ topic, partition: 1 }]), busy)
  await assert.rejects(admin.deleteGroup(group), busy)
  await member.consumer.close()
  await admin.deleteGroup(group)
  assert.equal((await admin.groupOffsets(group)).size, 0)
})
