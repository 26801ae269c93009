// The line per topic that people grep for, as often as the old sink gave it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { keepingLogger, type Line } from '../../test/kit/writer-bench.ts'
import { localSeconds } from './local-time.ts'
import { Progress } from './progress.ts'

test('at the first batch, then once a minute at most and only with a batch; totals since the start', () => {
  const lines: Line[] = []
  const clock = new FakeClock()
  const progress = new Progress(keepingLogger(lines), clock)
  const since = localSeconds(clock.now())
  clock.advance(5000)
  progress.count('a', 3)
  progress.batch()
  progress.count('a')
  progress.count('b')
  clock.advance(59_999)
  progress.batch()
  assert.deepEqual(
    lines.map(({ text }) => text),
    [`Delivered [3] records for a since ${since}`]
  )
  clock.advance(1)
  progress.batch()
  clock.advance(600_000)
  assert.deepEqual(
    lines.slice(1).map(({ text }) => text),
    [`Delivered [4] records for a since ${since}`, `Delivered [1] records for b since ${since}`]
  )
  assert.ok(lines.every(({ level }) => level === 'INFO'))
})
