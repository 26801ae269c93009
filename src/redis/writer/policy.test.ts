// Attempts are counted as the old sink counted them, outages as DESIGN's clock says, and dropped records are told in the words people grep for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, middleRandom } from '../../../test/kit/fake-clock.ts'
import { toldWaits } from '../../../test/kit/told-waits.ts'
import { keepingLogger, type Line } from '../../../test/kit/writer-bench.ts'
import { type PolicyKind } from '../settings.ts'
import { Outage } from './outage.ts'
import { RetryBudget } from './policy.ts'

function bench(kind: PolicyKind, maxRetries: number) {
  const clock = new FakeClock()
  const lines: Line[] = []
  const log = keepingLogger(lines)
  const { waits, shown } = toldWaits('c-0', clock, log)
  const retries = new RetryBudget({ kind, maxRetries, retryIntervalMs: 10 }, clock, log)
  const outageOf = (outageMs: number | null): Outage =>
    new Outage({ address: 'h:1', outageMs, retries, clock, random: middleRandom, waits })
  return { clock, lines, shown, retries, outageOf }
}

for (const [maxRetries, attempts] of [
  [0, 1],
  [1, 1],
  [2, 2],
  [10, 10],
  [-1, 1000]
] as const) {
  test(`max.retries ${maxRetries}: ${attempts} attempts in all${maxRetries < 0 ? ' and more' : ''}`, () => {
    const { retries, lines } = bench('RETRY', maxRetries)
    let spent = 1
    while (spent < 1000 && retries.spend('no')) spent++
    assert.equal(spent, attempts)
    if (maxRetries === 2) {
      assert.deepEqual(
        lines.map(({ level, text }) => `${level} ${text}`),
        [
          'WARN Encountered error [no]. Error policy set to RETRY. Remaining attempts [1]',
          'ERROR Encountered error [no]. Error policy set to RETRY. All attempts [2] are spent'
        ]
      )
    }
  })
}

test('a success gives the attempts back, with the line of old', () => {
  const { retries, lines } = bench('RETRY', 2)
  retries.restore()
  assert.equal(lines.length, 0)
  assert.equal(retries.spend('no'), true)
  retries.restore()
  assert.match(lines.at(-1)?.text ?? '', /^Recovered from error \[no\] at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.equal(retries.spend('no'), true)
  assert.equal(retries.spend('no'), false)
})

test('an outage is said once, then once a minute, and its end', () => {
  const { clock, lines, shown, outageOf } = bench('NOOP', 0)
  const outage = outageOf(1000)
  const delays: number[] = []
  outage.over()
  for (let turn = 0; turn < 100; turn++) {
    outage.note('gone', true)
    delays.push(outage.delayMs())
    clock.advance(2000)
  }
  assert.deepEqual(delays.slice(0, 8), [50, 100, 200, 400, 800, 1600, 2000, 2000])
  assert.deepEqual(
    lines.map(({ level, text }) => `${level} ${text.split('. ', 1)[0] ?? ''}`),
    [1, 30, 60, 90].map(
      attempt => `WARN Task c-0 is waiting for Redis at h:1 since 2023-11-14T22:13:20.000Z, attempt ${attempt}: gone`
    )
  )
  assert.match(lines[0]?.text ?? '', /Nothing is lost: what was read waits/)
  assert.deepEqual(
    shown.waits.map(({ for: whom, what, since }) => [whom, what, since]),
    [['redis', 'Redis at h:1', 1_700_000_000_000]]
  )
  outage.over()
  outage.over()
  assert.equal(lines.length, 5)
  assert.equal(
    lines.at(-1)?.text,
    'Task c-0 is no longer waiting for Redis at h:1: it answers, after 200 s and 100 attempts'
  )
  assert.deepEqual(shown.waits, [])
  clock.advance(10_000)
  outage.note('gone', true)
  assert.equal(outage.delayMs(), 50)
})

test('outages on the heels of one another are one trouble: tries go on being spaced out, and lines stay one a minute', () => {
  const { clock, lines, outageOf } = bench('NOOP', 0)
  const outage = outageOf(null)
  const delays: number[] = []
  for (let turn = 0; turn < 100; turn++) {
    outage.note('READONLY', true)
    delays.push(outage.delayMs())
    clock.advance(1000)
    outage.over()
  }
  assert.deepEqual(delays.slice(0, 8), [50, 100, 200, 400, 800, 1600, 2000, 2000])
  const told = lines.map(({ text }) => text.split(' since ')[0] ?? '')
  assert.deepEqual(told.slice(0, 2), [
    'Task c-0 is waiting for Redis at h:1',
    'Task c-0 is no longer waiting for Redis at h:1: it answers, after 1.0 s and 1 attempt'
  ])
  assert.match(lines[2]?.text ?? '', /attempt 1: READONLY, and 59 times in between\. /)
  assert.equal(lines.length, 4, 'one minute, one pair of lines')
})

test('what Redis answers is told with its remedy, as sentences; a connection that fails has none', () => {
  const { clock, lines, outageOf } = bench('THROW', 0)
  const outage = outageOf(1000)
  const oom = "OOM command not allowed when used memory > 'maxmemory'."
  outage.note(oom, true)
  assert.match(
    lines[0]?.text ?? '',
    /attempt 1: OOM command .* 'maxmemory'\. Raise maxmemory .* loses keys\. Nothing is lost/
  )
  clock.advance(1000)
  assert.throws(() => outage.note(oom, true), /'maxmemory'\. Raise maxmemory .* loses keys\. Nothing from the first/)
  const other = bench('THROW', 0)
  other.outageOf(1000).note('connect ECONNREFUSED', true)
  assert.match(other.lines[0]?.text ?? '', /: connect ECONNREFUSED\. Nothing is lost/)
})

test('its time counts from when something waits', () => {
  const { clock, outageOf } = bench('THROW', 0)
  const outage = outageOf(1000)
  for (let turn = 0; turn < 10; turn++) {
    outage.note('gone', false)
    clock.advance(900)
  }
  clock.advance(99)
  outage.note('gone', true)
  clock.advance(1)
  assert.throws(() => outage.note('gone', true), /away for more than 1000 ms .*gone/)
})

test('null is for ever', () => {
  const { clock, outageOf } = bench('THROW', 0)
  const outage = outageOf(null)
  for (let day = 0; day < 100; day++) {
    outage.note('gone', true)
    clock.advance(86_400_000)
  }
})
