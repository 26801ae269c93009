// A bucket per address: empty after its burst, filled again with time, forgotten where there are too many.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { RateLimit } from './rate-limit.ts'

test('a burst is let through, then so many a second; other addresses are not concerned', () => {
  const clock = new FakeClock()
  const limit = new RateLimit(3, 2, clock)
  assert.deepEqual([1, 2, 3, 4].map(() => limit.take('a')), [true, true, true, false]) // prettier-ignore
  assert.ok(limit.take('b') && !limit.allows('a'))
  assert.equal(limit.waitSeconds('a'), 1)
  clock.advance(499)
  assert.equal(limit.take('a'), false)
  clock.advance(1)
  assert.deepEqual([1, 2].map(() => limit.take('a')), [true, false]) // prettier-ignore
  clock.advance(3_600_000)
  assert.deepEqual([1, 2, 3, 4].map(() => limit.take('a')), [true, true, true, false]) // prettier-ignore
})

test('a flood of addresses takes no memory without end', () => {
  const clock = new FakeClock()
  const limit = new RateLimit(1, 1, clock)
  const before = process.memoryUsage().heapUsed
  for (let address = 0; address < 300_000; address += 1) limit.take(`10.${address}`)
  assert.ok(process.memoryUsage().heapUsed - before < 64 * 2 ** 20)
})
