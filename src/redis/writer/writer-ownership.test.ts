// A process that was frozen wakes up with records that somebody else has written long since: nothing is sent before the group was asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../../test/kit/fake-clock.ts'
import { FakeRedis } from '../../../test/kit/fake-redis.ts'
import { recordAt, set, writerOn } from '../../../test/kit/writer-bench.ts'

/** A group that answers when the test says so. */
function group() {
  let answers: (() => void)[] = []
  return {
    sure: true,
    asked: 0,
    confirm(): Promise<void> {
      this.asked++
      return new Promise(resolve => answers.push(resolve))
    },
    answer(): void {
      const waiting = answers
      answers = []
      for (const resolve of waiting) resolve()
    }
  }
}

function values(redis: FakeRedis): unknown[] {
  return redis.executed.filter(([name]) => name === 'SET' || name === 'MSET').map(words => words.slice(1))
}

test('what waits is sent once the group has said that it is still ours', async () => {
  const redis = new FakeRedis()
  const ownership = group()
  const bench = writerOn(redis, { ownership })
  bench.writer.start()
  await settle()
  ownership.sure = false
  bench.writer.take(recordAt(0, 0), [set('a', 'old')])
  bench.writer.push()
  await settle()
  assert.deepEqual([values(redis), ownership.asked, bench.writer.away], [[], 1, true])
  ownership.sure = true
  ownership.answer()
  await bench.idle()
  assert.deepEqual(values(redis), [['a', 'old']])
  assert.equal(bench.committable(0, 1), 1)
  bench.writer.close()
})

test('what is lost meanwhile is dropped, the rest is sent', async () => {
  const redis = new FakeRedis()
  const ownership = group()
  const bench = writerOn(redis, { ownership })
  bench.writer.start()
  await settle()
  ownership.sure = false
  bench.writer.take(recordAt(0, 0), [set('a', 'old')])
  bench.writer.take(recordAt(1, 0), [set('b', 'mine')])
  bench.writer.push()
  await settle()
  bench.writer.forget([{ topic: 't', partition: 0 }])
  ownership.sure = true
  ownership.answer()
  await bench.idle()
  assert.deepEqual(values(redis), [['b', 'mine']])
  bench.writer.close()
})

test('what is sent again after an outage is asked about, too', async () => {
  const redis = new FakeRedis({ auto: false })
  const ownership = group()
  const bench = writerOn(redis, { ownership })
  bench.writer.start()
  await settle()
  bench.writer.take(recordAt(0, 0), [set('a', 'old')])
  bench.writer.push()
  await settle()
  ownership.sure = false
  redis.auto = true
  redis.connection?.cut()
  await bench.until(() => ownership.asked === 1)
  assert.deepEqual(values(redis), [])
  bench.writer.forget([{ topic: 't', partition: 0 }])
  ownership.sure = true
  ownership.answer()
  await bench.idle()
  assert.deepEqual(values(redis), [])
  bench.writer.close()
})
