// Attempts are counted as the old sink counted them, outages as DESIGN's clock says, and dropped records are told in the words people grep for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, middleRandom } from '../../../test/kit/fake-clock.ts'
import { counter, keepingLogger, type Line, logText, recordAt } from '../../../test/kit/writer-bench.ts'
import { RefusedError } from '../refused-error.ts'
import { type PolicyKind } from '../settings.ts'
import { Outage } from './outage.ts'
import { RetryBudget } from './policy.ts'
import { RefusalJudge } from './refusal-judge.ts'

function bench(kind: PolicyKind, maxRetries: number) {
  const clock = new FakeClock()
  const lines: Line[] = []
  const log = keepingLogger(lines)
  return { clock, lines, log, retries: new RetryBudget({ kind, maxRetries, retryIntervalMs: 10 }, clock, log) }
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
        lines.map(({ text }) => text),
        ['Encountered error [no]', 'Error policy set to RETRY. Remaining attempts [1]', 'Encountered error [no]']
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
  const { clock, lines, log, retries } = bench('NOOP', 0)
  const outage = new Outage({ address: 'h:1', outageMs: 1000, retries, clock, random: middleRandom, log })
  const delays: number[] = []
  outage.over()
  for (let turn = 0; turn < 100; turn++) {
    outage.note('gone', true)
    delays.push(outage.delayMs())
    clock.advance(2000)
  }
  assert.deepEqual(delays.slice(0, 8), [50, 100, 200, 400, 800, 1600, 2000, 2000])
  assert.deepEqual(
    lines.map(({ level, text }) => `${level} ${text.slice(0, 40)}`),
    [
      'WARN Redis at h:1 is away: gone. Nothing is l',
      'WARN Redis at h:1 is away since 60 s: gone',
      'WARN Redis at h:1 is away since 120 s: gone',
      'WARN Redis at h:1 is away since 180 s: gone'
    ]
  )
  outage.over()
  outage.over()
  assert.equal(lines.at(-1)?.text, 'Redis at h:1 is back after 200000 ms')
  clock.advance(10_000)
  outage.note('gone', true)
  assert.equal(outage.delayMs(), 50)
})

test('outages on the heels of one another are one trouble: tries go on being spaced out, and lines stay one a minute', () => {
  const { clock, lines, log, retries } = bench('NOOP', 0)
  const outage = new Outage({ address: 'h:1', outageMs: null, retries, clock, random: middleRandom, log })
  const delays: number[] = []
  for (let turn = 0; turn < 100; turn++) {
    outage.note('READONLY', true)
    delays.push(outage.delayMs())
    clock.advance(1000)
    outage.over()
  }
  assert.deepEqual(delays.slice(0, 8), [50, 100, 200, 400, 800, 1600, 2000, 2000])
  assert.deepEqual(
    lines.map(({ text }) => text.slice(0, 65)),
    [
      'Redis at h:1 is away: READONLY. Nothing is lost: what was read wa',
      'Redis at h:1 is back after 1000 ms',
      'Redis at h:1 is away since 0 s, and was 59 times in between: READ',
      'Redis at h:1 is back after 1000 ms'
    ]
  )
})

test('its time counts from when something waits', () => {
  const { clock, log, retries } = bench('THROW', 0)
  const outage = new Outage({ address: 'h:1', outageMs: 1000, retries, clock, random: middleRandom, log })
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
  const { clock, log, retries } = bench('THROW', 0)
  const outage = new Outage({ address: 'h:1', outageMs: null, retries, clock, random: middleRandom, log })
  for (let day = 0; day < 100; day++) {
    outage.note('gone', true)
    clock.advance(86_400_000)
  }
})

test('the judge: NOOP drops and counts, THROW throws, RETRY tries and then throws, a dead letter queue takes all', () => {
  const refusal = (offset: number) => ({
    record: recordAt(0, offset),
    error: new RefusedError(`no ${offset}`, 0, false)
  })
  for (const [kind, dlq, expected] of [
    ['NOOP', false, ['dropped']],
    ['THROW', false, ['no 1']],
    ['RETRY', false, ['again', 'no 1']],
    ['NOOP', true, ['dropped']],
    ['THROW', true, ['dropped']],
    ['RETRY', true, ['again', 'dropped']]
  ] as const) {
    const { retries, log, lines } = bench(kind, 2)
    const refused = counter()
    const letters: number[] = []
    const report = async ({ original }: { original: { offset: number } }): Promise<void> =>
      void letters.push(original.offset)
    const judge = new RefusalJudge({ retries, report: dlq ? report : null, refused, log, fail: () => assert.fail() })
    const seen = expected.map(() => {
      try {
        return judge.judge([refusal(1), refusal(2)])
      } catch (error) {
        return error instanceof Error ? error.message : ''
      }
    })
    assert.deepEqual(seen, expected)
    const dropped = expected.at(-1) === 'dropped'
    assert.equal(refused.value, dropped ? 2 : 0)
    assert.deepEqual(letters, dlq ? [1, 2] : [])
    if (kind === 'NOOP' && !dlq)
      assert.match(logText(lines), /Error policy NOOP: \[no 1\]\. Processing continuing\.[^]*no 2/)
    assert.equal(judge.drops, kind === 'NOOP' || dlq)
  }
})

test('a dead letter that cannot be sent ends the task', async () => {
  const { retries, log } = bench('NOOP', 0)
  const failed = new Promise<Error>(resolve => {
    const report = () => Promise.reject(new Error('no broker'))
    const judge = new RefusalJudge({ retries, report, refused: counter(), log, fail: resolve })
    judge.giveUp({ record: recordAt(0, 1), error: new RefusedError('no', 0, false) })
  })
  assert.equal((await failed).message, 'no broker')
})
