// Who decides about a refused record, and what becomes of it: the error policy, a dead letter queue, or both.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../test/kit/fake-clock.ts'
import { counter, keepingLogger, type Line, logText, recordAt } from '../../../test/kit/writer-bench.ts'
import { type ErrantRecordReporter } from '../../connect/plugin.ts'
import { RefusedError } from '../refused-error.ts'
import { type PolicyKind } from '../settings.ts'
import { RetryBudget } from './policy.ts'
import { toldSkips } from '../../../test/kit/told-skips.ts'
import { RefusalJudge } from './refusal-judge.ts'

function bench(kind: PolicyKind, maxRetries: number) {
  const clock = new FakeClock()
  const lines: Line[] = []
  const log = keepingLogger(lines)
  return {
    clock,
    lines,
    log,
    ...toldSkips(clock),
    retries: new RetryBudget({ kind, maxRetries, retryIntervalMs: 10 }, clock, log)
  }
}

function reporter(
  verdict: ErrantRecordReporter['verdict'],
  send: (offset: number) => Promise<void>
): ErrantRecordReporter {
  return { verdict, report: ({ original }) => send(original.offset) }
}

test('a refused record is given up only by NOOP or to a dead letter queue under errors.tolerance=all; a line in the log is no place for it', () => {
  const refusal = (offset: number) => ({
    record: recordAt(0, offset),
    error: new RefusedError(`no ${offset}`, 0, false)
  })
  const intolerant = /^no 1\. .*set errors\.tolerance=all .*\. Tolerance exceeded in error handler$/
  for (const [kind, verdict, expected] of [
    ['NOOP', null, ['dropped']],
    ['THROW', null, [/^no 1$/]],
    ['RETRY', null, ['again', /^no 1$/]],
    ['NOOP', 'told', ['dropped']],
    ['THROW', 'told', [/^no 1$/]],
    ['RETRY', 'told', ['again', /^no 1$/]],
    ['NOOP', 'kept', ['dropped']],
    ['THROW', 'kept', ['dropped']],
    ['RETRY', 'kept', ['again', 'dropped']],
    ['NOOP', 'fatal', [intolerant]],
    ['THROW', 'fatal', [intolerant]],
    ['RETRY', 'fatal', ['again', intolerant]]
  ] as const) {
    const { clock, retries, log, lines, skips, skipped } = bench(kind, 2)
    const refused = counter()
    const lost = counter()
    const reported: number[] = []
    const report = verdict === null ? null : reporter(verdict, async offset => void reported.push(offset))
    const judge = new RefusalJudge({
      ...{ retries, report, refused, dropped: lost, clock, log, skips },
      fail: () => assert.fail()
    })
    for (const each of expected) {
      if (typeof each === 'string') assert.equal(judge.judge([refusal(1), refusal(2)]), each)
      else assert.throws(() => judge.judge([refusal(1), refusal(2)]), { message: each })
    }
    const dropped = expected.at(-1) === 'dropped'
    assert.equal(refused.value, dropped ? 2 : 0)
    assert.equal(lost.value, dropped && verdict !== 'kept' ? 2 : 0)
    assert.deepEqual(reported, verdict === null ? [] : dropped ? [1, 2] : [1])
    assert.equal(/It goes to the dead letter queue/.test(logText(lines)), verdict === 'kept')
    const isNoop = kind === 'NOOP' && dropped && verdict !== 'kept'
    assert.equal(/Error policy NOOP: \[no 1\]\. Processing continuing\.[^]*no 2/.test(logText(lines)), isNoop)
    assert.equal(judge.drops, dropped)
    assert.equal(skipped().length, dropped ? 1 : 0, 'what ends the task is not passed over')
  }
})

test('a dead letter that cannot be sent ends the task', async () => {
  const { clock, retries, log, skips } = bench('NOOP', 0)
  const failed = new Promise<Error>(resolve => {
    const report = reporter('kept', () => Promise.reject(new Error('no broker')))
    const judge = new RefusalJudge({
      retries,
      report,
      refused: counter(),
      dropped: counter(),
      clock,
      skips,
      log,
      fail: resolve
    })
    judge.giveUp({ record: recordAt(0, 1), error: new RefusedError('no', 0, false) })
  })
  assert.equal((await failed).message, 'no broker')
})

for (const [verdict, one, more, why] of [
  [
    null,
    /^Encountered error\. Error policy NOOP: \[no 1\]\. Processing continuing\./,
    /^Error policy NOOP: 100 records since .* dropped, /,
    'refused, dropped by connect.redis.error.policy=NOOP'
  ],
  [
    'kept',
    /^no 1 It goes to the dead letter queue\./,
    /^100 records since .* were refused and go to the dead letter queue, /,
    'refused, sent to the dead letter queue'
  ]
] as const) {
  test(`a topic of refused records is told at once, once a minute and at the end: ${verdict ?? 'NOOP'}`, () => {
    const { clock, retries, log, lines, skips, skipped } = bench('NOOP', 0)
    const since = new Date(clock.now()).toISOString()
    const report = verdict === null ? null : reporter(verdict, () => Promise.resolve())
    const judge = new RefusalJudge({
      ...{ retries, report, refused: counter(), dropped: counter(), clock, log, skips },
      fail: () => assert.fail()
    })
    const give = (offset: number): void =>
      judge.giveUp({ record: recordAt(0, offset), error: new RefusedError(`no ${offset}`, 0, false) })
    const warned = (): readonly string[] => lines.filter(({ level }) => level === 'WARN').map(({ text }) => text)
    for (let offset = 1; offset <= 100; offset++) give(offset)
    assert.equal(warned().length, 1)
    assert.match(warned()[0] ?? '', one)
    assert.equal(lines.filter(({ level }) => level === 'ERROR').length, 0)
    clock.advance(60_000)
    assert.equal(warned().length, 2)
    assert.match(warned()[1] ?? '', more)
    assert.match(warned()[1] ?? '', /\(first t-0@1, last t-0@100\).*no 100/)
    assert.deepEqual(skipped(), [`skipped 100 records since ${since} (first t-0@1, last t-0@100): ${why}`])
    give(101)
    judge.close()
    skips.close()
    assert.match(warned()[2] ?? '', /101 records since .*last t-0@101/)
    assert.equal(clock.pending, 0)
  })
}
