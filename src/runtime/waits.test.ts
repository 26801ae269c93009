// How a wait is told: one form of words at its start, each minute and its end; what is shown is what lasts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { keepingLogger, type Line } from '../../test/kit/writer-bench.ts'
import { type WaitPlan } from '../connect/waits.ts'
import { type TaskWait, TaskWaits } from './waits.ts'

function setUp(mask?: (text: string) => string) {
  const clock = new FakeClock()
  const lines: Line[] = []
  const posts: (readonly TaskWait[])[] = []
  const waits = new TaskWaits({
    taskId: 'orders-0',
    clock,
    log: keepingLogger(lines),
    ...(mask && { mask }),
    onChange: all => posts.push(all)
  })
  const told = (): readonly string[] => lines.map(({ level, text }) => `${level} ${text}`)
  return { clock, waits, told, posts, shown: () => (posts.at(-1) ?? []).map(wait => wait.for) }
}

function plan(more: Partial<WaitPlan> = {}): WaitPlan & { attempts: number; reason: string } {
  const held = { attempts: 1, reason: 'refused' }
  return Object.assign(held, {
    for: 'kafka' as const,
    what: 'Kafka at k:9092',
    patienceMs: 2000,
    words: () => ({ ...held, hint: 'See that it runs' }),
    ...more
  })
}

test('a wait is told when it has lasted, once a minute, and at its end, in one form of words', () => {
  const { clock, waits, told, shown } = setUp()
  const words = plan()
  const wait = waits.begin(words)
  clock.advance(1999)
  assert.deepEqual([told(), shown()], [[], []])
  clock.advance(1)
  const since = 'waiting for Kafka at k:9092 since 2023-11-14T22:13:20.000Z'
  assert.deepEqual(told(), [`WARN Task orders-0 is ${since}, attempt 1: refused. See that it runs`])
  assert.deepEqual(shown(), ['kafka'])
  Object.assign(words, { attempts: 60, reason: 'timed out' })
  wait.look()
  clock.advance(59_999)
  assert.equal(told().length, 1)
  clock.advance(1)
  assert.equal(told()[1], `WARN Task orders-0 is ${since}, attempt 60: timed out. See that it runs`)
  clock.advance(8000)
  wait.end('it answers')
  wait.end('twice')
  assert.deepEqual(told().slice(2), [
    'INFO Task orders-0 is no longer waiting for Kafka at k:9092: it answers, after 70 s and 60 attempts'
  ])
  assert.deepEqual(shown(), [])
  clock.advance(600_000)
  assert.equal(told().length, 3)
})

test('a wait that is over within its patience is nobody’s business', () => {
  const { clock, waits, told, posts } = setUp()
  const wait = waits.begin(plan())
  clock.advance(1500)
  wait.end('it answers')
  clock.advance(60_000)
  assert.deepEqual([told(), posts], [[], []])
})

test('several waits stand beside each other, and a task that ends ends them all, each with one line', () => {
  const { clock, waits, told, shown } = setUp()
  waits.begin(plan({ patienceMs: 0 }))
  waits.begin(plan({ for: 'redis', what: 'Redis at r:1', patienceMs: 0 }))
  waits.begin(plan({ for: 'group', what: 'its place' }))
  assert.deepEqual(shown(), ['kafka', 'redis'])
  waits.close()
  assert.deepEqual(shown(), [])
  assert.deepEqual(told().slice(2), [
    'INFO Task orders-0 is no longer waiting for Kafka at k:9092: the task ends, after 0.0 s and 1 attempt',
    'INFO Task orders-0 is no longer waiting for Redis at r:1: the task ends, after 0.0 s and 1 attempt'
  ])
  waits.begin(plan({ patienceMs: 0 })).tell()
  assert.equal(clock.pending, 0, 'nothing is left that would speak later')
  assert.equal(told().length, 4)
})

test('waits on the heels of one another are one trouble, told once a minute; another reason is news', () => {
  const { clock, waits, told, shown } = setUp()
  for (let turn = 0; turn < 30; turn++) {
    const wait = waits.begin(plan({ patienceMs: 0 }))
    assert.deepEqual(shown(), ['kafka'], 'shown while it lasts, told or not')
    clock.advance(1000)
    wait.end('it answers')
    clock.advance(1000)
  }
  assert.equal(told().length, 2)
  const other = plan({ patienceMs: 0 })
  other.reason = 'another one'
  waits.begin(other)
  assert.match(told()[2] ?? '', /: another one, and 29 times in between/)
})

test('a wait that is given up without an answer is over; the next one for the same is told at once', () => {
  const { clock, waits, told, shown } = setUp()
  waits.begin(plan({ patienceMs: 0 })).giveUp('the task is paused')
  assert.deepEqual(shown(), [])
  clock.advance(1000)
  waits.begin(plan({ patienceMs: 0 })).end('it answers')
  assert.deepEqual(
    told().map(line => line.split(' Kafka')[0]),
    [
      'WARN Task orders-0 is waiting for',
      'INFO Task orders-0 is no longer waiting for',
      'WARN Task orders-0 is waiting for',
      'INFO Task orders-0 is no longer waiting for'
    ]
  )
})

test('further tries reach the main thread now and then, not each of them', () => {
  const { clock, waits, posts } = setUp()
  const words = plan({ patienceMs: 0 })
  const wait = waits.begin(words)
  for (let attempt = 2; attempt <= 100; attempt++) {
    words.attempts = attempt
    wait.look()
    clock.advance(100)
  }
  assert.deepEqual(
    posts.map(([first]) => first?.attempts),
    [1, 52]
  )
})

test('a secret across the place where a long reason is cut is masked whole', () => {
  const secret = 'correct-horse-battery'
  const { clock, waits, told, posts } = setUp(text => text.replaceAll(secret, '****'))
  waits.begin(plan({ words: () => ({ attempts: 1, reason: `${'x'.repeat(490)}${secret} tail`, hint: '' }) }))
  clock.advance(2000)
  assert.equal(posts.at(-1)?.length, 1)
  assert.doesNotMatch(JSON.stringify([told(), posts]), /correct/)
})
