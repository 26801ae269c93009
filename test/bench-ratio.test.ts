// What "npm run bench:pairs" says of its pairs: the mean ratio and how sure it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ratioOf } from '../bench/ratio.ts'

// Student's t for a two-sided 95 % interval, from printed tables, by the number of pairs.
const tables: readonly (readonly [pairs: number, t: number])[] = [
  [6, 2.571],
  [12, 2.201],
  [20, 2.093],
  [60, 2.001]
]

for (const [count, t] of tables) {
  test(`the interval of ${count} pairs is that of Student's t`, () => {
    // Half of them twice as dear, half of them half as dear.
    const pairs = Array.from({ length: count }, (_, index) => ({ before: 1, after: index % 2 === 0 ? 2 : 0.5 }))
    const { ratio, low, high, median } = ratioOf(pairs)
    assert.ok(Math.abs(ratio - 1) < 1e-9 && Math.abs(median - 1) < 1e-9)
    const deviation = Math.log(2) * Math.sqrt(count / (count - 1))
    const margin = (t * deviation) / Math.sqrt(count)
    assert.ok(Math.abs(Math.log(high) / margin - 1) < 0.003, `${Math.log(high)} instead of ${margin}`)
    assert.ok(Math.abs(Math.log(low) / margin + 1) < 0.003)
  })
}

test('the median is the middle one, or between the two in the middle', () => {
  const of = (...ratios: number[]): number => ratioOf(ratios.map(after => ({ before: 1, after }))).median
  assert.ok(Math.abs(of(9, 1, 2) - 2) < 1e-9)
  assert.ok(Math.abs(of(9, 1, 2, 8) - 4) < 1e-9)
})
