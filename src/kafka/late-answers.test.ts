// Answers that come when nobody waits for them any more: after a close, a seek, a revocation, a loss. Each is dropped; nothing throws, nothing goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../test/kit/fake-clock.ts'
import { openScripted } from '../../test/kit/scripted-group.ts'
import { type ApiName } from './protocol/apis.ts'
import { writeBatch } from './records/batch-writer.ts'

const partition = { topic: 't', partition: 0 }
const classic = {}
const newer = { 'group.protocol': 'consumer' }

function trouble({ log }: ReturnType<typeof openScripted>): string[] {
  return log.lines.filter(line => /^(?:WARN|ERROR)/.test(line))
}

const held: readonly (readonly [ApiName, number, Readonly<Record<string, string>>])[] = [
  ['Metadata', 1, classic],
  ['FindCoordinator', 1, classic],
  ['JoinGroup', 1, classic],
  ['JoinGroup', 2, classic],
  ['SyncGroup', 1, classic],
  ['Heartbeat', 1, classic],
  ['OffsetFetch', 1, classic],
  ['ListOffsets', 1, classic],
  ['Fetch', 1, classic],
  ['ConsumerGroupHeartbeat', 1, newer],
  ['ConsumerGroupHeartbeat', 2, newer]
]

for (const [api, count, properties] of held) {
  test(`an answer to ${api} ${count} that comes after the close changes nothing, and nothing goes on`, async () => {
    const opened = openScripted(properties)
    const { wire, consumer, clock, events } = opened
    const late = Promise.withResolvers<void>()
    let seen = 0
    wire.before = async asked => {
      if (asked === api && ++seen === count) await late.promise
    }
    await opened.until(() => seen >= count)
    const before = [...events]
    const closing = opened[Symbol.asyncDispose]()
    await settle()
    late.resolve()
    await settle()
    clock.advance(5000)
    await closing
    await settle()
    const asked = wire.asked.length
    for (let second = 0; second < 100; second++) {
      clock.advance(1000)
      await settle()
    }
    assert.equal(
      wire.asked.length,
      asked,
      wire.asked
        .slice(asked)
        .map(each => each.api)
        .join()
    )
    assert.equal(clock.pending, 0, 'timers')
    assert.deepEqual(events, before)
    assert.deepEqual(trouble(opened), [])
    assert.deepEqual(consumer.ownership.sure, false)
  })
}

test('a commit under way when the consumer closes is refused then, not tried on', async () => {
  const opened = openScripted()
  const { wire, consumer, events, clock } = opened
  await opened.until(() => events.length > 0)
  wire.answers.OffsetCommit = () => new Promise<never>(() => undefined)
  const committing = consumer.commit(new Map([['t-0', { ...partition, offset: 5 }]]))
  const refused = assert.rejects(committing)
  await settle()
  const closing = opened[Symbol.asyncDispose]()
  await settle()
  clock.advance(1)
  await closing
  await refused
  assert.equal(clock.pending, 0)
})

test('records that arrive for a partition that was given up are not handed out', async () => {
  await using opened = openScripted()
  const { wire, consumer, events, clock } = opened
  const batch = writeBatch([{ key: null, value: Buffer.from('v'), headers: [], timestamp: 0 }], 'none')
  const late = Promise.withResolvers<void>()
  wire.answers.Fetch = async () => {
    await late.promise
    const records = { partitionIndex: 0, errorCode: 0, highWatermark: 1, lastStableOffset: 1, logStartOffset: 0, divergingEpoch: null, currentLeader: null, abortedTransactions: null, preferredReadReplica: -1, records: batch } // prettier-ignore
    return {
      throttleTimeMs: 0,
      errorCode: 0,
      sessionId: 0,
      responses: [{ topic: 't', topicId: wire.topicId, partitions: [records] }]
    }
  }
  await opened.until(() => events.length > 0 && wire.count('Fetch') > 0)
  await opened.stopPolling()
  await consumer.release()
  late.resolve()
  await settle()
  const cursors = consumer.poll(0)
  clock.advance(1)
  assert.deepEqual((await cursors).length, 0)
  assert.deepEqual(consumer.assignment(), [])
})
