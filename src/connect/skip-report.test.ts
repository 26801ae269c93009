// Records that are passed over: told at once, then counted, never a line for each.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { SkipReport } from './skip-report.ts'
import { type SkipCount } from './skips.ts'

function setUp() {
  const clock = new FakeClock()
  const lines: string[] = []
  const shown = new Map<string, () => SkipCount>()
  const skips = { changed: (why: string, read: () => SkipCount) => void shown.set(why, read) }
  const report = new SkipReport(
    { clock, skips },
    {
      why: 'tried',
      one: (place, reason) => lines.push(`${place}: ${reason}`),
      more: (counted, reason) => lines.push(`${counted}: ${reason}`)
    }
  )
  const since = new Date(clock.now()).toISOString()
  return { clock, lines, report, since, shown }
}

test('the first is told at once, the next after a minute, all that is left at the end', () => {
  const { clock, lines, report, since } = setUp()
  let asked = 0
  const add = (partition: number, offset: number): void =>
    report.add({ topic: 't', partition, offset }, () => {
      asked++
      return `no ${offset}`
    })
  add(0, 0)
  assert.deepEqual(lines, ['t-0@0: no 0'])
  for (let offset = 1; offset < 2000; offset++) add(offset % 2, offset)
  assert.equal(lines.length, 1)
  clock.advance(59_999)
  assert.equal(lines.length, 1)
  clock.advance(1)
  assert.equal(lines[1], `2000 records since ${since} (first t-0@0, last t-1@1999): no 1999`)
  add(0, 2000)
  report.close()
  assert.equal(lines[2], `2001 records since ${since} (first t-0@0, last t-0@2000): no 2000`)
  assert.equal(asked, 3, 'a reason is made only where it is told')
  report.close()
  assert.deepEqual([lines.length, clock.pending], [3, 0])
})

test('one that comes after a quiet minute is told at once', () => {
  const { clock, lines, report } = setUp()
  report.add({ topic: 't', partition: 0, offset: 0 }, () => 'a')
  clock.advance(60_000)
  assert.equal(lines.length, 1)
  report.add({ topic: 't', partition: 0, offset: 1 }, () => 'b')
  assert.equal(lines.length, 2)
  assert.match(lines[1] ?? '', /^2 records since .*: b$/)
})

test('where nothing was passed over, nothing is said', () => {
  const { lines, report } = setUp()
  report.close()
  assert.deepEqual(lines, [])
})

test('what comes after the end leaves no timer behind and is told by the next end', () => {
  const { clock, lines, report } = setUp()
  report.add({ topic: 't', partition: 0, offset: 0 }, () => 'a')
  report.close()
  for (let offset = 1; offset < 5; offset++) report.add({ topic: 't', partition: 0, offset }, () => 'b')
  assert.deepEqual([lines.length, clock.pending], [1, 0])
  report.close()
  assert.match(lines[1] ?? '', /^5 records since /)
})

test('of a record only its place is kept, not what it holds on to', () => {
  const { clock, lines, report } = setUp()
  const record = { topic: 't', partition: 0, offset: 0, bytes: Buffer.alloc(1) }
  report.add(record, () => 'a')
  record.offset = 1
  report.add(record, () => 'b')
  record.offset = 77
  clock.advance(60_000)
  assert.match(lines.at(-1) ?? '', /last t-0@1\): b$/)
})

test('how many it is by now can be read at any time, those that somebody else tells of included', () => {
  const { clock, lines, report, shown } = setUp()
  assert.equal(shown.size, 0)
  const since = clock.now()
  report.count({ topic: 't', partition: 0, offset: 5 })
  assert.deepEqual(shown.get('tried')?.(), { count: 1, since, first: 't-0@5', last: 't-0@5' })
  clock.advance(100)
  report.count({ topic: 't', partition: 1, offset: 6 })
  assert.deepEqual(shown.get('tried')?.(), { count: 2, since, first: 't-0@5', last: 't-1@6' })
  report.close()
  assert.deepEqual([lines, clock.pending], [[], 0])
})
