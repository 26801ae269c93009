// The short form of "npm run soak": a group whose members keep changing skips nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soak } from '../kit/soak.ts'

test('a changing group under load skips nothing', async () => {
  const { read, again, rebalances } = await soak({ minutes: 0.2, recordsPerSecond: 2000, log: () => undefined })
  assert.ok(read > 1000 && rebalances >= 8, `${read} records, ${rebalances} changes`)
  assert.ok(again < read / 2, `${again} of ${read} were read again`)
})
