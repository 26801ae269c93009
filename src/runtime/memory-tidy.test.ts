// Memory is given back once a storm of starts or stops is over, and never while a thread is busy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { systemClock } from '../util/clock.ts'
import { MemoryTidy } from './memory-tidy.ts'

function newTidy() {
  const clock = new FakeClock()
  const memory = {
    busy: 0,
    collections: 0,
    load: () => memory.busy,
    collect: () => void memory.collections++
  }
  const tidy = new MemoryTidy(clock, memory)
  const move = (count: number): void => {
    for (let at = 0; at < count; at++) tidy.moved()
  }
  return { clock, memory, move }
}

test('a few tasks are not worth a collection, a storm of them is: when it is over, and once more when they have joined', () => {
  const { clock, memory, move } = newTidy()
  move(10)
  clock.advance(60_000)
  assert.equal(memory.collections, 0)
  for (let second = 0; second < 20; second++) {
    move(50)
    clock.advance(1000)
  }
  assert.equal(memory.collections, 0, 'it goes on')
  clock.advance(10_000)
  assert.equal(memory.collections, 1)
  clock.advance(600_000)
  assert.equal(memory.collections, 2)
  move(10)
  clock.advance(60_000)
  assert.equal(memory.collections, 2)
})

test('a busy thread is left alone until it is not', () => {
  const { clock, memory, move } = newTidy()
  memory.busy = 0.9
  move(1000)
  clock.advance(60_000)
  assert.equal(memory.collections, 0)
  memory.busy = 0.1
  clock.advance(10_000)
  assert.equal(memory.collections, 1)
})

test('what a thread held and holds no more is given back', async () => {
  let held: unknown[] = Array.from({ length: 200_000 }, (_, n) => ({ n, text: `text ${n}` }))
  // A storm in the real memory of this thread, with a clock that is in a hurry.
  const hurried = { ...systemClock, setTimer: (_: number, callback: () => void) => systemClock.setTimer(1, callback) }
  const tidy = new MemoryTidy(hurried)
  const before = process.memoryUsage().heapTotal
  assert.ok(held.length > 0)
  held = []
  while (process.memoryUsage().heapTotal > before - 5 * 2 ** 20) {
    for (let at = 0; at < 100; at++) tidy.moved()
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  tidy.close()
})
