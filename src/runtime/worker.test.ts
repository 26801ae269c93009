// The worker and its hosts: threads are taken as they are needed, their death fails their tasks, which start once again elsewhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/kit/fake-clock.ts'
import { FakeThread } from '../../test/kit/fake-thread.ts'
import { silentLogger } from '../connect/log.ts'
import { type Clock, systemClock } from '../util/clock.ts'
import { type FromTask, type ToTask } from './task-messages.ts'
import { ThreadHost } from './thread-host.ts'
import { Worker, type WorkerSettings } from './worker.ts'

const settings: WorkerSettings = {
  commitIntervalMs: 1000,
  commitTimeoutMs: 1000,
  gracefulTimeoutMs: 20,
  properties: new Map()
}

function newWorker(
  hostsMax = 2,
  { clock = systemClock, answerStarts = true }: { clock?: Clock; answerStarts?: boolean } = {}
) {
  const threads: FakeThread[] = []
  const told: string[] = []
  const traces: (string | null)[] = []
  const lines: string[] = []
  const worker = new Worker(
    {
      settings,
      hostsMax,
      clock,
      log: silentLogger,
      newHost: () => {
        const thread = new FakeThread()
        thread.answerStarts = answerStarts
        threads.push(thread)
        return new ThreadHost(thread, { format: 'text', levels: [], pluginFiles: [], secrets: [] }, text =>
          lines.push(text)
        )
      }
    },
    {
      onState: (id, state, trace) => {
        told.push(`${id.connector}-${id.task} ${state}`)
        traces.push(trace)
      },
      onTopic: (id, topic) => told.push(`${id.connector}-${id.task} read ${topic}`)
    }
  )
  const start = (task: number, connector = 'c'): void =>
    worker.startTask({ id: { connector, task }, connectorConfig: new Map(), taskConfig: new Map(), paused: false })
  return { worker, threads, told, traces, lines, start }
}

test('tasks spread over as many threads as there may be, the least burdened first', () => {
  const { threads, start } = newWorker()
  for (let task = 0; task < 5; task += 1) start(task)
  assert.deepEqual(
    threads.map(thread => thread.got.length),
    [3, 2]
  )
})

test('a thread that dies fails its tasks, which start once again; a second death leaves them failed', () => {
  const { threads, told, traces, start } = newWorker(1)
  start(0)
  threads[0]?.die(new Error('out of memory'))
  assert.equal(threads.length, 2)
  threads[1]?.die(new Error('again'))
  assert.equal(threads.length, 2)
  assert.deepEqual(
    told.map(line => line.split(' ').slice(0, 2).join(' ')),
    ['c-0 RUNNING', 'c-0 FAILED', 'c-0 RUNNING', 'c-0 FAILED']
  )
  assert.match(traces[1] ?? '', /^\S+ConnectException: .*out of memory.* The thread of this task ended\.\nCaused by: /)
})

test('what an earlier run still says of a task is not taken for the present one', async () => {
  const { worker, threads, told, start } = newWorker(1)
  start(0)
  const first = threads[0]?.got[0] as Extract<ToTask, { kind: 'start' }>
  await worker.stopTasks([first.id])
  start(0)
  const late: FromTask = { kind: 'state', id: first.id, incarnation: first.incarnation, state: 'FAILED', trace: 'x' }
  threads[0]?.say(late)
  assert.deepEqual(told, ['c-0 RUNNING', 'c-0 RUNNING'])
})

test('a task that does not stop in time is cut off', async () => {
  const { worker, threads, start } = newWorker(1)
  start(0)
  const [thread] = threads
  if (thread === undefined) assert.fail()
  thread.answerStops = false
  await worker.stopTasks([{ connector: 'c', task: 0 }])
  const orders = thread.got.flatMap(message => (message.kind === 'order' ? [message.order] : []))
  assert.deepEqual(orders, ['stop', 'cancel'])
  assert.deepEqual(worker.numbers(), [])
})

test('the lines of a thread reach the one stream, and a stopped worker ends its threads in peace', async () => {
  const { worker, threads, told, lines, start } = newWorker(1)
  start(0)
  threads[0]?.say({ kind: 'log', text: 'a line\n' })
  threads[0]?.say({ kind: 'topic', id: { connector: 'c', task: 0 }, topic: 't' })
  await worker.stop()
  assert.deepEqual(lines, ['a line\n'])
  assert.deepEqual(told, ['c-0 RUNNING', 'c-0 read t'])
  assert.equal(threads[0]?.terminated, true)
})

/** The tasks whose start reached a thread, and whether paused. */
const startsOf = (thread: FakeThread | undefined) =>
  (thread?.got ?? []).flatMap(message => (message.kind === 'start' ? [message] : []))

test('ten thousand tasks start a few at a time, in order, and one that takes long holds up no other', () => {
  const clock = new FakeClock()
  const { threads, told, start } = newWorker(1, { clock, answerStarts: false })
  for (let task = 0; task < 10_000; task += 1) start(task)
  const [thread] = threads
  const first = startsOf(thread)
  assert.ok(first.length >= 1 && first.length <= 16, String(first.length))
  for (const each of first.slice(1)) thread?.answerStart(each)
  const second = startsOf(thread).length
  assert.equal(second, 2 * first.length - 1)
  // Nobody answers: their time is over together.
  clock.advance(2000)
  assert.ok(startsOf(thread).length > second)
  if (thread !== undefined) thread.answerStarts = true
  clock.advance(2000)
  assert.deepEqual(
    startsOf(thread).map(({ id }) => id.task),
    Array.from({ length: 10_000 }, (_, task) => task)
  )
  assert.ok(told.length > 9_000)
})

test('a small connector does not wait for all the tasks of a large one', () => {
  const { threads, start } = newWorker(1, { clock: new FakeClock(), answerStarts: false })
  for (let task = 0; task < 1000; task += 1) start(task)
  start(0, 'small')
  const [thread] = threads
  const [first] = startsOf(thread)
  if (first !== undefined) thread?.answerStart(first)
  const second = startsOf(thread)[1]
  if (second !== undefined) thread?.answerStart(second)
  assert.deepEqual(
    startsOf(thread)
      .slice(-2)
      .map(({ id }) => id.connector)
      .sort(),
    ['c', 'small']
  )
})

test('orders reach tasks that wait for their start: a stop leaves them out, a pause starts them paused', async () => {
  const { worker, threads, start } = newWorker(1, { clock: new FakeClock(), answerStarts: false })
  for (let task = 0; task < 100; task += 1) start(task)
  const [thread] = threads
  const posted = startsOf(thread).length
  worker.setPaused({ connector: 'c', task: 99 }, true)
  const stopped = Array.from({ length: 90 }, (_, n) => ({ connector: 'c', task: 5 + n }))
  await worker.stopTasks(stopped)
  for (const each of startsOf(thread)) thread?.answerStart(each)
  for (const each of startsOf(thread).slice(posted)) thread?.answerStart(each)
  const later = startsOf(thread).slice(posted)
  assert.deepEqual(
    later.map(({ id, paused }) => [id.task, paused]),
    [
      [95, false],
      [96, false],
      [97, false],
      [98, false],
      [99, true]
    ]
  )
  assert.equal(worker.numbers().length, 10)
})

test('a thread that dies takes nothing along of the tasks that waited for their start in it', () => {
  const { threads, told, start } = newWorker(1, { clock: new FakeClock(), answerStarts: false })
  for (let task = 0; task < 50; task += 1) start(task)
  const posted = startsOf(threads[0])
  threads[0]?.die(new Error('out of memory'))
  assert.equal(told.filter(line => line.endsWith('FAILED')).length, posted.length)
  for (let at = 0; at < 50; at += 1) {
    const next = startsOf(threads[1])[at]
    if (next !== undefined) threads[1]?.answerStart(next)
  }
  assert.equal(startsOf(threads[1]).length, 50)
})

test('a task that was paused is paused in the thread that takes its dead one’s place', () => {
  const { worker, threads, start } = newWorker(1)
  start(0)
  worker.setPaused({ connector: 'c', task: 0 }, true)
  threads[0]?.die(new Error('out of memory'))
  assert.deepEqual(
    startsOf(threads[1]).map(({ paused }) => paused),
    [true]
  )
})

test('those that have something to commit are told to stop before the crowd of idle ones', async () => {
  const { worker, threads, start } = newWorker(1)
  for (let task = 0; task < 250; task += 1) start(task)
  const [thread] = threads
  for (const { id, incarnation, metrics } of startsOf(thread)) {
    thread?.say({
      kind: 'metrics',
      id,
      incarnation,
      metrics: [{ name: 'partition-count', kind: 'gauge', index: 0 }]
    })
    new Float64Array(metrics)[0] = id.task >= 240 ? 1 : 0
  }
  await worker.stopTasks(startsOf(thread).map(({ id }) => id))
  const stops = (thread?.got ?? []).flatMap(each => (each.kind === 'order' ? [each.id.task] : []))
  assert.deepEqual(
    stops.slice(0, 10).toSorted((a, b) => a - b),
    Array.from({ length: 10 }, (_, n) => 240 + n)
  )
  assert.equal(new Set(stops).size, 250)
  await worker.stop()
})

test('a task that is being stopped is not started again where its thread dies', async () => {
  const { worker, threads, start } = newWorker(1)
  start(0)
  const [thread] = threads
  if (thread === undefined) assert.fail()
  thread.answerStops = false
  const stopped = worker.stopTasks([{ connector: 'c', task: 0 }])
  thread.die(new Error('out of memory'))
  await stopped
  assert.equal(threads.length, 1)
  assert.deepEqual(worker.numbers(), [])
})

test('what a task says it waits for and passed over is its own, and gone with it', async () => {
  const { worker, threads, start } = newWorker(1)
  start(0)
  const { id, incarnation } = threads[0]?.got[0] as Extract<ToTask, { kind: 'start' }>
  const waits = [{ for: 'redis', what: 'Redis at r:1', since: 5000, attempts: 7, reason: 'gone' }] as const
  threads[0]?.say({ kind: 'waits', id, incarnation: incarnation - 1, waits })
  assert.deepEqual(worker.numbers()[0]?.waits, [])
  threads[0]?.say({ kind: 'waits', id, incarnation, waits })
  assert.deepEqual(worker.numbers()[0]?.waits, waits)
  const skips = [{ why: 'refused', count: 1, since: 5000, first: 't-0@0', last: 't-0@0' }] as const
  threads[0]?.say({ kind: 'skips', id, incarnation: incarnation - 1, skips })
  assert.deepEqual(worker.numbers()[0]?.skips, [])
  threads[0]?.say({ kind: 'skips', id, incarnation, skips })
  assert.deepEqual(worker.numbers()[0]?.skips, skips)
  await worker.stopTasks([id])
  assert.deepEqual(worker.numbers(), [])
  start(0)
  assert.deepEqual([worker.numbers()[0]?.waits, worker.numbers()[0]?.skips], [[], []])
})
