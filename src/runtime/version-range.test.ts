// Version ranges as connector.plugin.version writes them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { versionInRange, versionRangeFault } from './version-range.ts'

const cases: readonly (readonly [version: string, range: string, isIn: boolean])[] = [
  ['1.2.0', '1.2.0', true],
  ['1.2.0', '1.2', true],
  ['1.2.0', '1.3', false],
  ['1.2.0', '[1.2.0]', true],
  ['1.2.0', '[1.2,1.3)', true],
  ['1.3.0', '[1.2,1.3)', false],
  ['1.3.0', '[1.2,1.3]', true],
  ['1.2.0', '(1.2,1.3]', false],
  ['0.9', '(,1.0]', true],
  ['2.0', '(,1.0],[2.0,)', true],
  ['1.5', '(,1.0],[2.0,)', false],
  ['10.0.0', '[9,)', true],
  ['2.0', '[1.0 or (,1.0],[2.0,) or [', true],
  ['1.0', '', false],
  // A request of that size is taken; in the square of it this would be some 10^11 steps.
  ['1.0', '['.repeat(1_000_000), false],
  ['undefined', 'undefined', true],
  ['undefined', '1.0', false]
]

for (const [version, range, isIn] of cases) {
  test(`${version} is ${isIn ? '' : 'not '}in '${range.slice(0, 40)}'`, () =>
    assert.equal(versionInRange(version, range), isIn))
}

test('a range without end is answered', () => {
  // Looked at once from each bracket, it would take minutes.
  for (const bracket of ['[', '(', '[,', '[1,2)']) assert.equal(versionInRange('9.0', bracket.repeat(500_000)), false)
})

test('a version that is not there is told with the one that is', () => {
  assert.equal(
    versionRangeFault({ className: 'a.B', version: '1.0' }, '[9,9]'),
    'Plugin a.B not found that matches the version range [9,9], available versions: [1.0]'
  )
})
