// The judge of records that fail in converters and transforms: retries by Connect's rule, then a log line, a letter, and tolerance.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BusyError,
  ConversionError,
  DataError,
  RegistryAccessError,
  RegistryAwayError,
  RetriableError
} from '../connect/errors.ts'
import { type Logger, silentLogger } from '../connect/log.ts'
import { type RecordOrigin, type SinkRecord } from '../connect/record.ts'
import { FakeClock, settle } from '../../test/kit/fake-clock.ts'
import { toldSkips } from '../../test/kit/told-skips.ts'
import { toldWaits } from '../../test/kit/told-waits.ts'
import { ErrorJudge, InterruptedError, type ErrorSettings, type RecordFailure } from './error-judge.ts'
import { TaskMetrics } from './task-metrics.ts'

const record: RecordOrigin = {
  ...{ topic: 'orders', partition: 2, offset: 77, timestamp: 1700000000123, timestampType: 'CreateTime' },
  ...{ rawKey: null, rawValue: null, rawHeaders: [] }
}
const failed = (cause: Error): ConversionError => new ConversionError('VALUE_CONVERTER', 'org.example.Converter', cause)

function setUp(settings: Partial<ErrorSettings>, hasLetters = true) {
  const clock = new FakeClock()
  const lines: string[] = []
  const log: Logger = {
    ...silentLogger,
    named: () => log,
    error: (message, error) => void lines.push(`${message} ${String(error)}`),
    warn: message => void lines.push(message),
    info: message => void lines.push(message)
  }
  const letters: RecordFailure[] = []
  const queue = { waiting: 0, report: async (failure: RecordFailure) => void letters.push(failure) }
  const metrics = new TaskMetrics(TaskMetrics.newBuffer())
  const stopping = new AbortController()
  const { waits, shown } = toldWaits('orders-0', clock, log)
  const { skips, skipped } = toldSkips(clock)
  const judge = new ErrorJudge({
    taskId: 'orders-0',
    settings: {
      tolerateAll: true,
      retryTimeoutMs: 0,
      retryDelayMsMax: 60_000,
      logEnabled: false,
      logMessages: false,
      ...settings
    },
    log,
    clock,
    random: { next: () => 0.5, bytes: size => new Uint8Array(size) },
    metrics,
    waits,
    skips,
    deadLetters: hasLetters ? queue : null,
    stopping: stopping.signal
  })
  return { clock, lines, letters, queue, metrics, judge, stopping, shown, skips, skipped }
}

/** Lets what waits on promises run, then moves to the next timer; answers how long each wait was. */
async function runTimers(clock: FakeClock, settled: () => boolean): Promise<readonly number[]> {
  const waits: number[] = []
  for (;;) {
    await new Promise(resolve => setImmediate(resolve))
    const wait = clock.untilNext
    if (settled() || wait === null) return waits
    waits.push(wait)
    clock.advance(wait)
  }
}

test('retriable failures are tried again with a doubled delay until they pass', async () => {
  const { clock, judge, metrics } = setUp({ retryTimeoutMs: 60_000 })
  let attempts = 0
  const answer = judge.settle(record, failed(new RetriableError('registry away')), () => {
    attempts++
    return attempts < 4 ? Promise.reject(failed(new RetriableError('still away'))) : Promise.resolve('value')
  })
  let done = false
  void answer.then(() => (done = true))
  assert.deepEqual(await runTimers(clock, () => done), [300, 600, 1200, 2400])
  assert.equal(await answer, 'value')
  assert.equal(metrics.retries.value, 4)
  assert.equal(metrics.recordsSkipped.value, 0)
})

test('above the longest delay the wait is random below it, and the timeout ends the trying', async () => {
  const { clock, judge, letters, metrics } = setUp({ retryTimeoutMs: 5000, retryDelayMsMax: 1000 })
  const answer = judge.settle(record, failed(new RetriableError('away')), () =>
    Promise.reject(failed(new RetriableError('away')))
  )
  let done = false
  void answer.then(() => (done = true))
  const waits = await runTimers(clock, () => done)
  assert.deepEqual(waits.slice(0, 3), [300, 600, 500])
  assert.equal(
    waits.reduce((sum, wait) => sum + wait, 0),
    5000
  )
  assert.equal(await answer, null)
  assert.equal(letters.length, 1)
  assert.equal(metrics.recordsSkipped.value, 1)
})

test('retries without end stop when the task is asked to stop', async () => {
  const { clock, judge, stopping, letters } = setUp({ retryTimeoutMs: -1 })
  const answer = judge.settle(record, failed(new RetriableError('away')), () =>
    Promise.reject(failed(new RetriableError('away')))
  )
  await new Promise(resolve => setImmediate(resolve))
  clock.advance(300)
  await new Promise(resolve => setImmediate(resolve))
  stopping.abort()
  await assert.rejects(answer, InterruptedError)
  assert.deepEqual(letters, [])
})

for (const logEnabled of [false, true]) {
  test(`retries without end are told as a wait, its reason ${logEnabled ? 'in the words of the plugin' : 'without words that may hold data'}`, async () => {
    const { clock, judge, lines, shown } = setUp({ retryTimeoutMs: -1, logEnabled })
    let back = false
    const answer = judge.settle(record, failed(new RetriableError('lock of id 7 is taken')), () =>
      back ? Promise.resolve('value') : Promise.reject(failed(new RetriableError('lock of id 7 is taken')))
    )
    let done = false
    void answer.then(() => (done = true))
    const since = new Date(clock.now()).toISOString()
    await runTimers(clock, () => {
      back = clock.monotonic() > 40_000
      return done
    })
    assert.equal(await answer, 'value')
    const reason = logEnabled
      ? 'lock of id 7 is taken'
      : '\\S+RetriableException \\(errors\\.log\\.enable=true tells its words\\)'
    assert.match(
      lines[0] ?? '',
      new RegExp(
        `^Task orders-0 is waiting for value\\.converter=org\\.example\\.Converter since ${since}, attempt 5: ${reason}\\. ` +
          'Record orders-2@77 is tried again without end \\(errors\\.retry\\.timeout=-1\\): what comes behind it waits with it'
      )
    )
    assert.match(
      lines.at(-1) ?? '',
      /is no longer waiting for value\.converter=org\.example\.Converter: record orders-2@77 was taken, after /
    )
    assert.equal(lines.length, 3, 'at once, after a minute, at the end')
    assert.deepEqual(shown.waits, [])
  })
}

test('a record that is tried again for a moment, or given up, is told of as no wait', async () => {
  for (const retryTimeoutMs of [2000, 6000]) {
    const { clock, judge, lines, shown } = setUp({ retryTimeoutMs })
    const answer = judge.settle(record, failed(new RetriableError('away')), () =>
      Promise.reject(failed(new RetriableError('away')))
    )
    let done = false
    void answer.then(() => (done = true))
    await runTimers(clock, () => done)
    assert.equal(lines.filter(line => /is waiting for/.test(line)).length, retryTimeoutMs === 6000 ? 1 : 0)
    assert.equal(
      lines.filter(line => /after errors\.retry\.timeout=6000 ms it is given up/.test(line)).length,
      retryTimeoutMs === 6000 ? 1 : 0
    )
    assert.deepEqual(shown.waits, [])
  }
})

test('what no later try can mend is not tried again', async () => {
  const { judge, letters, metrics, clock, skips } = setUp({ retryTimeoutMs: -1 })
  const answer = await judge.settle(record, failed(new DataError('no JSON')), () => Promise.resolve('never'))
  assert.equal(answer, null)
  skips.close()
  assert.equal(clock.pending, 0)
  assert.equal(letters[0]?.stage, 'VALUE_CONVERTER')
  assert.equal(metrics.recordErrors.value, 1)
})

test('under tolerance none the task fails with the place, and letter and line are written all the same', async () => {
  const { judge, letters, lines } = setUp({ tolerateAll: false, logEnabled: true, logMessages: true })
  await assert.rejects(
    judge.settle(record, failed(new DataError('no JSON')), () => Promise.resolve(null)),
    (error: unknown) => {
      assert.ok(error instanceof Error && error.cause instanceof DataError)
      // What went wrong stands first, Connect's own sentence behind it, as in Java right above the converter's error.
      assert.match(error.message, /^Record orders-2@77: .*: no JSON\. .*\. Tolerance exceeded in error handler$/)
      // Its letter is on its way: nobody is to be told that only a dead letter queue would keep a copy.
      assert.match(
        error.message,
        /The dead letter queue gets a copy, one more at each restart\. Last of all errors\.tolerance=all/
      )
      return true
    }
  )
  assert.equal(letters.length, 1)
  assert.deepEqual(lines, [
    "Error encountered in task orders-0. Executing stage 'VALUE_CONVERTER' with class 'org.example.Converter', where consumed record is " +
      "{topic='orders', partition=2, offset=77, timestamp=1700000000123, timestampType=CreateTime}. Record orders-2@77: its value is null, " +
      "which value.converter=org.example.Converter can't read: no JSON. Correct the producer DataError: no JSON"
  ])
})

test('a line of errors.log.enable names the place of each record, also without errors.log.include.messages', async () => {
  const { judge, lines } = setUp({ logEnabled: true })
  for (const offset of [77, 78]) {
    await judge.settle({ ...record, offset }, failed(new DataError('no JSON')), () => Promise.resolve(null))
  }
  judge.close()
  assert.equal(lines.length, 2, 'one line a record, and none about them all')
  for (const [index, line] of lines.entries()) {
    const place = `orders-2@${77 + index}`
    assert.match(
      line,
      /^Error encountered in task orders-0\. Executing stage 'VALUE_CONVERTER' with class 'org\.example\.Converter'\. /
    )
    assert.match(line, new RegExp(`Record ${place}: .*DataError: no JSON`))
    assert.ok(!line.includes('timestamp='))
  }
  const { judge: putJudge, lines: putLines } = setUp({ logEnabled: true })
  const put = { original: record } as SinkRecord
  await putJudge.reporter?.report(put, new DataError('refused'))
  assert.match(putLines[0] ?? '', /Executing stage 'TASK_PUT'.*Record orders-2@77/)
})

test('records skipped without a line for each are told at once, once a minute and when the task ends', async () => {
  const { clock, judge, lines, queue, skips } = setUp({})
  const since = new Date(clock.now()).toISOString()
  const skip = (offset: number): Promise<null> =>
    judge.settle({ ...record, offset, rawValue: Buffer.from('hello') }, failed(new DataError('no JSON')), () =>
      Promise.resolve(null)
    )
  for (let offset = 0; offset < 2000; offset++) await skip(offset)
  assert.equal(lines.length, 1)
  assert.match(
    lines[0] ?? '',
    /^Task orders-0 skipped a record \(errors\.tolerance=all\).*Record orders-2@0: its value looks like text/
  )
  clock.advance(60_000)
  assert.match(
    lines[1] ?? '',
    new RegExp(
      `skipped 2000 records since ${since} \\(first orders-2@0, last orders-2@1999\\).*\\(\\S+Exception; errors.log.enable=true tells`
    )
  )
  assert.match(lines[1] ?? '', /\. They stand in the dead letter queue\. The last one/)
  await skip(2000)
  // Cut off by the end of the task: none of them is where it was sent.
  queue.waiting = 7
  judge.close()
  skips.close()
  assert.match(
    lines[2] ?? '',
    /skipped 2001 records.*They go to the dead letter queue, which has not acknowledged 7 letter\(s\)\./
  )
  assert.deepEqual([lines.length, clock.pending], [3, 0])
})

for (const [logEnabled, hasLetters, why] of [
  [false, true, 'errors.tolerance=all, sent to the dead letter queue'],
  [true, true, 'errors.tolerance=all, sent to the dead letter queue'],
  [true, false, 'errors.tolerance=all']
] as const) {
  const logs = logEnabled ? 'each with a line' : 'without lines'
  test(`skipped records can be seen while the task runs: ${logs}, ${why}`, async () => {
    const { clock, judge, lines, skipped } = setUp({ logEnabled }, hasLetters)
    const since = new Date(clock.now()).toISOString()
    const skip = (offset: number): Promise<null> =>
      judge.settle({ ...record, offset }, failed(new DataError('no JSON')), () => Promise.resolve(null))
    assert.deepEqual(skipped(), [])
    await skip(0)
    assert.deepEqual(skipped(), [`skipped 1 record since ${since} (orders-2@0): ${why}`])
    for (let offset = 1; offset < 12; offset++) await skip(offset)
    clock.advance(1000)
    assert.deepEqual(skipped(), [`skipped 12 records since ${since} (first orders-2@0, last orders-2@11): ${why}`])
    judge.close()
    assert.equal(lines.length, logEnabled ? 12 : 2, 'the log has as many lines as ever')
  })
}

test('a record that ends the task is not shown as skipped', async () => {
  const { judge, skipped } = setUp({ tolerateAll: false })
  await assert.rejects(judge.settle(record, failed(new DataError('no JSON')), () => Promise.resolve(null)))
  assert.deepEqual(skipped(), [])
})

const away = (): ConversionError =>
  failed(new RegistryAwayError('the schema of id 7', 'http://r:8081', 'http://r:8081: answered 503'))
const rejection = (pending: Promise<unknown>): Promise<unknown> =>
  pending.then(
    () => assert.fail('it did not reject'),
    (error: unknown) => error
  )
/** Lets time pass until the record may be asked for again: other timers may come first. */
async function waited(clock: FakeClock, { ready }: BusyError): Promise<void> {
  let over = false
  void ready.then(() => (over = true))
  while (!over) {
    clock.advance(clock.untilNext ?? assert.fail('no timer'))
    await settle()
  }
}
const never = (): Promise<null> => Promise.reject(new Error('asked again by the judge'))

for (const tolerateAll of [true, false]) {
  test(`under tolerance ${tolerateAll ? 'all' : 'none'} a registry that is away makes the record wait without end, told once a minute`, async () => {
    const { clock, judge, letters, lines, metrics, shown } = setUp({ tolerateAll })
    const startedAt = new Date(clock.now()).toISOString()
    let attempts = 0
    while (clock.monotonic() < 150_000) {
      attempts++
      const busy: unknown = await rejection(judge.settle(record, away(), never))
      assert.ok(busy instanceof BusyError)
      assert.deepEqual(busy.waiting, { topic: 'orders', partition: 2, offset: 77 })
      assert.throws(() => judge.wait.throwIfEarly(record), BusyError)
      const since = clock.monotonic()
      await waited(clock, busy)
      assert.ok(clock.monotonic() - since <= 10_000)
      judge.wait.throwIfEarly(record)
    }
    const line = (attempt: number): string =>
      `Task orders-0 is waiting for schema registry at http://r:8081 since ${startedAt}, attempt ${attempt}: http://r:8081: answered 503. ` +
      'Record orders-2@77 needs a schema: it and what comes behind it waits, nothing is skipped; it is asked until it answers'
    assert.equal(lines.length, 3)
    assert.equal(lines[0], line(1))
    assert.deepEqual(
      shown.waits.map(({ for: whom, reason }) => [whom, reason]),
      [['registry', 'http://r:8081: answered 503']]
    )
    judge.wait.over(record)
    assert.match(
      lines[3] ?? '',
      new RegExp(
        `^Task orders-0 is no longer waiting for schema registry at http://r:8081: it answered at record orders-2@77, after 1\\d\\d s and ${attempts} attempts$`
      )
    )
    assert.deepEqual(shown.waits, [])
    assert.equal(judge.wait.active, false)
    assert.deepEqual([letters.length, metrics.recordsSkipped.value, metrics.retries.value], [0, 0, attempts])
  })
}

test('errors.retry.timeout ends the wait with a failure that says what to do, and skips nothing', async () => {
  const { clock, judge, letters, metrics } = setUp({ retryTimeoutMs: 5000 })
  const attempt = () => rejection(judge.settle(record, away(), never))
  const startedAt = clock.monotonic()
  let failure: unknown = await attempt()
  while (failure instanceof BusyError) {
    await waited(clock, failure)
    failure = await attempt()
  }
  assert.equal(clock.monotonic() - startedAt, 5000)
  assert.match(String(failure), /longer than errors.retry.timeout=5000 ms.*answered 503.*orders-2@77.*restart the task/)
  assert.deepEqual([letters.length, metrics.recordsSkipped.value], [0, 0])
})

test('a registry that says nothing is told of after five seconds, and held to the time limit', async () => {
  const { clock, judge, lines } = setUp({ retryTimeoutMs: 20_000 })
  const silent = new Promise<void>(() => undefined)
  let failure: unknown = null
  do {
    const looked = rejection(judge.wait.fetched(record, silent))
    clock.advance(clock.untilNext ?? assert.fail('no timer'))
    failure = await looked
    if (failure instanceof BusyError) await waited(clock, failure)
  } while (failure instanceof BusyError)
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /waiting for what a converter fetches since .*, attempt 1: no answer yet/)
  assert.match(String(failure), /longer than errors.retry.timeout=20000 ms/)
})

test('the first failure of a registry that was silent before is told at once', async () => {
  const { clock, judge, lines } = setUp({})
  for (let looks = 0; looks < 2; looks++) {
    const looked = rejection(judge.wait.fetched(record, new Promise<void>(() => undefined)))
    clock.advance(clock.untilNext ?? assert.fail('no timer'))
    assert.ok((await looked) instanceof BusyError)
    clock.advance(clock.untilNext ?? assert.fail('no timer'))
  }
  assert.ok((await rejection(judge.settle(record, away(), never))) instanceof BusyError)
  assert.deepEqual(
    lines.map(line => /attempt 1: (no answer yet|http:\/\/r:8081: answered 503)/.exec(line)?.[1]),
    ['no answer yet', 'http://r:8081: answered 503']
  )
})

test('a registry that lets us not in fails the task under tolerance all, without a letter', async () => {
  const { judge, letters, metrics } = setUp({})
  const refused = failed(new RegistryAccessError('401, Unauthorized. Check basic.auth.user.info'))
  await assert.rejects(judge.settle(record, refused, never), /orders-2@77: 401, Unauthorized. Check basic/)
  assert.deepEqual([letters.length, metrics.recordsSkipped.value], [0, 0])
})

for (const [how, end] of [
  ['its partition is given up', (judge: ErrorJudge) => judge.wait.forget(({ partition }) => partition === 2)],
  ['the task is paused', (judge: ErrorJudge) => judge.wait.rest()]
] as const) {
  test(`a wait for the registry is over, and shown no more, when ${how}`, async () => {
    const { judge, lines, shown } = setUp({})
    await assert.rejects(judge.settle(record, away(), never), BusyError)
    judge.wait.forget(({ partition }) => partition === 3)
    assert.equal(shown.waits.length, 1, 'another partition given up changes nothing')
    end(judge)
    assert.deepEqual([shown.waits.length, judge.wait.active, lines.length], [0, false, 2])
    assert.match(lines[1] ?? '', /^Task orders-0 is no longer waiting for schema registry at http:\/\/r:8081: /)
  })
}

test('a wait for a record that is read elsewhere ends with the next one', async () => {
  const { judge, lines } = setUp({})
  await assert.rejects(judge.settle(record, away(), never), BusyError)
  judge.wait.over({ ...record, offset: 5 })
  assert.match(lines.at(-1) ?? '', /no longer.*orders-2@77 is not its own any more/)
})
