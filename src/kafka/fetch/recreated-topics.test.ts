// Committed offsets of a topic that was deleted and made again, as brokers keep them that know topics by name only: they mean nothing in the new one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openScripted } from '../../../test/kit/scripted-group.ts'

const partition = { topic: 't', partition: 0 }

function warnings({ log }: ReturnType<typeof openScripted>): string[] {
  return log.lines.filter(line => line.startsWith('WARN'))
}

for (const isCommittedAgain of [false, true]) {
  test(`an offset that outlived its topic is no place in the next one${isCommittedAgain ? ', also where it was the last to be committed' : ''}`, async () => {
    await using opened = openScripted({ 'metadata.max.age.ms': '300' })
    const { wire, consumer, events } = opened
    wire.committed = { offset: 50, leaderEpoch: 3 }
    wire.endOffset = 60
    await opened.until(() => events.length === 1)
    assert.equal(await consumer.position(partition), 50)
    if (isCommittedAgain) {
      wire.answers.OffsetCommit = () => ({
        throttleTimeMs: 0,
        topics: [{ name: 't', topicId: '', partitions: [{ partitionIndex: 0, errorCode: 0 }] }]
      })
      await consumer.commit(new Map([['t-0', { ...partition, offset: 55 }]]))
      wire.committed = { offset: 55, leaderEpoch: 3 }
    }
    wire.topicId = 'cd'.repeat(16)
    wire.leaderEpoch = 0
    wire.endOffset = 100
    await opened.until(() => events.length === 3)
    assert.deepEqual(events, ['assigned', 'revoked', 'assigned'])
    assert.equal(await consumer.position(partition), 0)
    assert.deepEqual(warnings(opened).length, 1)
    assert.match(warnings(opened)[0] ?? '', /topic t was deleted and made again.*earliest/)
  })
}

test('what another member committed in the new topic is its place', async () => {
  await using opened = openScripted({ 'metadata.max.age.ms': '300' })
  const { wire, consumer, events } = opened
  wire.committed = { offset: 50, leaderEpoch: 3 }
  wire.endOffset = 60
  await opened.until(() => events.length === 1)
  wire.topicId = 'cd'.repeat(16)
  wire.leaderEpoch = 0
  wire.endOffset = 100
  wire.committed = { offset: 70, leaderEpoch: 0 }
  await opened.until(() => events.length === 3)
  assert.equal(await consumer.position(partition), 70)
})

for (const [what, committed] of [
  ['its own epoch', { offset: 500, leaderEpoch: 3 }],
  ['an earlier one than was read', { offset: 500, leaderEpoch: 7 }]
] as const) {
  test(`a position behind the end of a leader in ${what} is of another topic, not cut off by an election`, async () => {
    await using opened = openScripted()
    const { wire, consumer, events } = opened
    Object.assign(wire, { committed, endOffset: 100 })
    if (committed.leaderEpoch > wire.leaderEpoch) {
      const unknown = { errorCode: 0, partition: 0, leaderEpoch: -1, endOffset: -1 }
      wire.answers.OffsetForLeaderEpoch = () => ({ throttleTimeMs: 0, topics: [{ topic: 't', partitions: [unknown] }] })
    }
    await opened.until(() => events.length === 1 && warnings(opened).length > 0)
    assert.match(warnings(opened).join('\n'), /offset 500 is of a topic that was deleted and made again/)
    assert.equal(await consumer.position(partition), 0)
  })
}

test('an election that lost records is still told as one', async () => {
  await using opened = openScripted()
  const { wire, consumer, events } = opened
  Object.assign(wire, { committed: { offset: 500, leaderEpoch: 2 }, endOffset: 100 })
  wire.answers.OffsetForLeaderEpoch = () => ({
    throttleTimeMs: 0,
    topics: [{ topic: 't', partitions: [{ errorCode: 0, partition: 0, leaderEpoch: 2, endOffset: 300 }] }]
  })
  await opened.until(() => events.length === 1 && warnings(opened).length > 0)
  assert.match(warnings(opened).join('\n'), /truncated to offset 300 by the election/)
  assert.equal(await consumer.position(partition), 300)
})

test('a broker that lags behind and still names the deleted topic does not bring it back', async () => {
  await using opened = openScripted({ 'metadata.max.age.ms': '300' })
  const { wire, events } = opened
  await opened.until(() => events.length === 1)
  const [old, made] = [wire.topicId, 'cd'.repeat(16)]
  wire.topicId = made
  await opened.until(() => events.length === 3)
  for (let round = 0; round < 3; round++) {
    for (const id of [old, made]) {
      wire.topicId = id
      const asked = wire.count('Metadata')
      await opened.until(() => wire.count('Metadata') > asked + 1)
    }
  }
  assert.deepEqual(events, ['assigned', 'revoked', 'assigned'])
  assert.equal(warnings(opened).length, 1)
})
