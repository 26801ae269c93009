// Fetching from a real broker when something is out of the ordinary: offsets out of range, topics made anew, damaged batches, brokers gone, slow readers.
import assert from 'node:assert/strict'
import { globSync, openSync, readFileSync, writeSync, closeSync } from 'node:fs'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { CorruptRecordError, OffsetResetError } from '../../src/kafka/errors.ts'
import { numbered, openAdmin, openConsumer, sendValues } from '../kit/consumer.ts'
import { startOwnStack, uniqueName, withStack } from '../kit/stack.ts'
import { openKafka, until } from '../kit/worker.ts'

async function kafkajsAdmin(bootstrap: string) {
  const admin = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  return Object.assign(admin, { [Symbol.asyncDispose]: () => admin.disconnect() })
}

test('an offset that retention has taken is left by auto.offset.reset, and the gap is named', async () => {
  await using kafka = await openKafka()
  await using admin = await kafkajsAdmin(kafka.bootstrap)
  await using ours = await openAdmin()
  const topic = await kafka.createTopic('gone')
  await sendValues(topic, numbered('v', 100))
  // It knows only the topics that it was asked about before.
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '60' }] })
  for (const [policy, from, said] of [
    [
      'earliest',
      60,
      /WARN .*offset 10 is not in the log; the log holds 60 to 100. Going on at 60 .*records 10 to 59 are SKIPPED/
    ],
    ['latest', 101, /WARN .*Going on at 101 .*records 10 to 100 are SKIPPED/],
    ['by_duration:PT1H', 60, /WARN .*Going on at 60 .*records 10 to 59 are SKIPPED/]
  ] as const) {
    const group = uniqueName('group')
    await ours.alterGroupOffsets(group, [{ topic, partition: 0, offset: 10 }])
    await using reader = await openConsumer({ 'group.id': group, 'auto.offset.reset': policy })
    await reader.subscribe([topic]).until(() => reader.log.lines.some(line => said.test(line)))
    await sendValues(topic, ['later'])
    await reader.until(() => reader.read.some(({ value }) => value === 'later'))
    assert.ok((reader.read[0]?.offset ?? -1) >= from)
  }
  const group = uniqueName('group')
  await ours.alterGroupOffsets(group, [{ topic, partition: 0, offset: 10 }])
  await using strict = await openConsumer({ 'group.id': group, 'auto.offset.reset': 'none' })
  await assert.rejects(
    strict.subscribe([topic]).until(() => false),
    error =>
      error instanceof OffsetResetError &&
      /offset 10 .* holds 60 to .* auto.offset.reset is none. Commit/.test(error.message)
  )
})

test('a topic that was deleted and made again is noticed by its id, at the same offsets', async () => {
  await using kafka = await openKafka()
  await using admin = await kafkajsAdmin(kafka.bootstrap)
  const topic = await kafka.createTopic('again')
  await sendValues(topic, numbered('old', 50))
  await using reader = await openConsumer({ 'metadata.max.age.ms': 300 })
  reader.consumer.assign([{ topic, partition: 0 }])
  await reader.untilRead(50)
  await admin.deleteTopics({ topics: [topic] })
  await until(async () => !(await admin.listTopics()).includes(topic))
  await kafka.createExactTopic(topic, {})
  // More than the reader has read: by offsets alone it would go on in the middle.
  await sendValues(topic, numbered('new', 80))
  await reader.untilRead(130)
  assert.deepEqual(
    reader.read.slice(50).map(({ value }) => value),
    numbered('new', 80)
  )
  assert.ok(reader.log.lines.some(line => /WARN topic .* was deleted and made again/.test(line)))
})

test('paused partitions give nothing, keep what was fetched, and go on where they stood; seeking goes anywhere', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('pause', 2)
  await sendValues(topic, numbered('v', 200), 2)
  await using reader = await openConsumer({ 'max.poll.records': 10 })
  const [first, second] = [0, 1].map(partition => ({ topic, partition })) as [
    { topic: string; partition: number },
    { topic: string; partition: number }
  ]
  reader.consumer.assign([first, second])
  await reader.until(() => reader.read.some(({ partition }) => partition === 0))
  reader.consumer.pause([first])
  const before = reader.read.filter(({ partition }) => partition === 0).length
  await reader.until(() => reader.read.filter(({ partition }) => partition === 1).length === 100)
  assert.equal(reader.read.filter(({ partition }) => partition === 0).length, before)
  reader.consumer.resume([first])
  await reader.untilRead(200)
  const offsets = (partition: number) =>
    reader.read.filter(each => each.partition === partition).map(({ offset }) => offset)
  assert.deepEqual(offsets(0), [...Array(100).keys()])
  assert.deepEqual(offsets(1), [...Array(100).keys()])
  reader.consumer.seek(second, 95)
  await reader.untilRead(205)
  assert.deepEqual(offsets(1).slice(100), [95, 96, 97, 98, 99])
  assert.equal(await reader.consumer.position(second), 100)
})

test('a reader that does not read bounds what is fetched, by bytes', async () => {
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('slow', 4)
  await sendValues(topic, numbered('x'.repeat(20_000), 1000), 4)
  await using reader = await openConsumer({ 'fetch.max.bytes': 1_000_000, 'max.partition.fetch.bytes': 300_000 })
  reader.consumer.assign([0, 1, 2, 3].map(partition => ({ topic, partition })))
  // All are taken and none is read: they still count.
  const held = new Set<object>()
  let bytes = 0
  let taken = 0
  for (let polls = 0; polls < 20; polls++) {
    for (const cursor of await reader.consumer.poll(100)) {
      held.add(cursor)
      if (cursor.next()) taken++
      bytes = Math.max(
        bytes,
        [...held].reduce((sum, each) => sum + (each as { fetchedBytes: number }).fetchedBytes, 0)
      )
    }
  }
  assert.ok(bytes > 500_000 && bytes < 2_500_000, `${bytes} bytes are held`)
  await reader.untilRead(1000 - taken)
})

/** Flips a bit of a record in the first batch from `offset` on; returns that batch's first offset. */
function damage(log: string, offset: number): number {
  const bytes = readFileSync(log)
  let at = 0
  // The batches stand one behind the other, each with its length after its offset.
  while (Number(bytes.readBigInt64BE(at)) < offset) at += bytes.readInt32BE(at + 8) + 12
  const file = openSync(log, 'r+')
  writeSync(file, Buffer.from([(bytes[at + 70] ?? 0) ^ 1]), 0, 1, at + 70)
  closeSync(file)
  return Number(bytes.readBigInt64BE(at))
}

test('over a restart of the broker nothing is lost or read twice; a batch damaged on its disk stops its partition by name, never the others', async () => {
  await using stack = await startOwnStack(['kafka'])
  const settings = { 'bootstrap.servers': stack.kafka?.bootstrap ?? '', 'request.timeout.ms': 3000 }
  await using admin = await openAdmin(settings)
  for (const name of ['whole', 'damaged']) await admin.ensureTopic({ name, partitions: 2, replicationFactor: 1 })
  for (const part of ['a', 'b', 'c']) await sendValues('damaged', numbered(part, 20), 2, settings)
  await sendValues('whole', numbered('before', 100), 2, settings)
  await using member = await openConsumer({ ...settings, 'group.id': 'restart', 'session.timeout.ms': 60_000 })
  await member.subscribe(['whole']).untilRead(100)
  await member.commit()

  await stack.stop('kafka')
  for (let polls = 0; polls < 5; polls++) await member.poll(100)
  const [log = ''] = globSync(`${stack.dir}/kafka/data/damaged-0/*.log`)
  const damagedFrom = damage(log, 10)
  await stack.start('kafka')

  await Promise.all([sendValues('whole', numbered('after', 100), 2, settings), member.untilRead(200)])
  await member.commit()
  const expected = [...numbered('after', 100), ...numbered('before', 100)].sort()
  assert.deepEqual(member.read.map(({ value }) => value).toSorted(), expected)
  const committed = await admin.groupOffsets('restart')
  assert.deepEqual(
    [...committed.values()].map(({ offset }) => offset),
    [100, 100]
  )

  await using reader = await openConsumer(settings)
  reader.consumer.assign([0, 1].map(partition => ({ topic: 'damaged', partition })))
  const errors: unknown[] = []
  const counts = [0, 0]
  while (errors.length < 3 || counts[1] !== 30) {
    for (const cursor of await reader.consumer.poll(200)) {
      try {
        while (cursor.next()) counts[cursor.partition] = (counts[cursor.partition] ?? 0) + 1
      } catch (error) {
        errors.push(error)
      }
    }
  }
  assert.equal(counts[0], damagedFrom)
  for (const error of errors) {
    assert.ok(error instanceof CorruptRecordError)
    const where = `^damaged-0@${damagedFrom}: .* is corrupt .stored crc = \\d+, computed crc = \\d+`
    assert.match(error.message, new RegExp(where))
  }
})

test('no broker, a wrong address and a topic we may not read say so', async () => {
  const { bootstrap } = (await withStack()).kafka
  await using nobody = await openConsumer({ 'bootstrap.servers': '127.0.0.1:1', 'group.id': 'g' })
  await nobody
    .subscribe(['t'])
    .until(() => nobody.log.lines.some(line => /WARN .*127\.0\.0\.1:1 can't be reached/.test(line)))
  await using mixed = await openConsumer({ 'bootstrap.servers': `127.0.0.1:1,${bootstrap}` })
  await using kafka = await openKafka()
  const topic = await kafka.createTopic('mixed')
  await sendValues(topic, ['a'])
  mixed.consumer.assign([{ topic, partition: 0 }])
  await mixed.untilRead(1)
  await assert.rejects(
    openConsumer({ 'bootstrap.servers': 'nowhere' }),
    /bootstrap.servers: found 'nowhere', expected host:port/
  )
})
