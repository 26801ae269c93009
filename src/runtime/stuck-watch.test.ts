// A dead letter queue that takes nothing: what is told of it, and that a busy one costs nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { toldWaits } from '../../test/kit/told-waits.ts'
import { keepingLogger, type Line } from '../../test/kit/writer-bench.ts'
import { type WaitPlan } from '../connect/waits.ts'
import { StuckWatch } from './stuck-watch.ts'

/** Counts the timers that are set. */
class CountingClock extends FakeClock {
  timers = 0

  override setTimer(delayMs: number, callback: () => void): ReturnType<FakeClock['setTimer']> {
    this.timers++
    return super.setTimer(delayMs, callback)
  }
}

function setUp() {
  const clock = new CountingClock()
  const lines: Line[] = []
  const { waits: told, shown } = toldWaits('c-0', clock, keepingLogger(lines))
  const counts = { begun: 0, waiting: 0 }
  const waits = {
    begin: (plan: WaitPlan) => {
      counts.begun++
      return told.begin(plan)
    }
  }
  const watch = new StuckWatch({ topic: 'dead', producer: { trouble: null }, waits, clock }, () => counts.waiting)
  const send = (): void => {
    counts.waiting++
    watch.look(false)
  }
  const settle = (acked: boolean): void => {
    counts.waiting--
    watch.look(acked)
  }
  const texts = (): readonly string[] => lines.map(({ level, text }) => `${level} ${text.slice(0, 200)}`)
  return { clock, counts, shown, watch, send, settle, texts }
}

test('a busy queue begins no wait and sets one timer in five seconds, letters on their way or not', () => {
  for (const ahead of [0, 10]) {
    const { clock, counts, send, settle, texts } = setUp()
    for (let letter = 0; letter < ahead; letter++) send()
    for (let letter = 0; letter < 20_000; letter++) {
      send()
      settle(true)
      clock.advance(1)
      assert.ok(clock.pending <= 1)
    }
    assert.deepEqual([counts.begun, texts()], [0, []])
    assert.ok(clock.timers <= 6, `${clock.timers} timers in 20 s`)
  }
})

test('five seconds after the last letter was taken the wait is told as one that began then; taken again it is over', () => {
  const { clock, shown, send, settle, texts } = setUp()
  for (let letter = 0; letter < 3; letter++) send()
  clock.advance(4000)
  settle(true)
  clock.advance(4999)
  assert.deepEqual([shown.waits, texts()], [[], []])
  clock.advance(1)
  assert.equal(shown.waits.length, 1)
  assert.match(
    texts()[0] ?? '',
    /^WARN Task c-0 is waiting for the dead letter queue dead since 2023-11-14T22:13:24\.000Z, attempt 1: /
  )
  clock.advance(1000)
  settle(true)
  assert.deepEqual(shown.waits, [])
  assert.equal(
    texts()[1],
    'INFO Task c-0 is no longer waiting for the dead letter queue dead: it takes letters, after 6.0 s and 1 attempt'
  )
  // It stands again at once: the same trouble, which is shown and told in the minute's line.
  clock.advance(5000)
  assert.deepEqual([shown.waits.length, texts().length], [1, 2])
  settle(false)
  assert.deepEqual([shown.waits, clock.pending], [[], 0])
})

test('a letter after a time without any waits from its own start', () => {
  const { clock, shown, send, settle, watch } = setUp()
  send()
  settle(true)
  clock.advance(3000)
  send()
  clock.advance(4999)
  assert.equal(shown.waits.length, 0)
  clock.advance(1)
  assert.equal(shown.waits[0]?.since, clock.now() - 5000)
  watch.close()
  assert.deepEqual([shown.waits, clock.pending], [[], 0])
})

test('a watch that is closed watches nothing, whatever becomes of its letters', () => {
  const { clock, counts, send, settle, watch } = setUp()
  send()
  send()
  watch.close()
  settle(false)
  settle(true)
  assert.equal(clock.pending, 0)
  clock.advance(60_000)
  assert.equal(counts.begun, 0)
})
