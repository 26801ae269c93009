// The worker and its hosts: threads are taken as they are needed, their death fails their tasks, which start once again elsewhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeThread } from '../../test/kit/fake-thread.ts'
import { silentLogger } from '../connect/log.ts'
import { systemClock } from '../util/clock.ts'
import { type FromTask, type ToTask } from './task-messages.ts'
import { ThreadHost } from './thread-host.ts'
import { Worker, type WorkerSettings } from './worker.ts'

const settings: WorkerSettings = {
  commitIntervalMs: 1000,
  commitTimeoutMs: 1000,
  gracefulTimeoutMs: 20,
  properties: new Map()
}

function newWorker(hostsMax = 2) {
  const threads: FakeThread[] = []
  const told: string[] = []
  const traces: (string | null)[] = []
  const lines: string[] = []
  const worker = new Worker(
    {
      settings,
      hostsMax,
      clock: systemClock,
      log: silentLogger,
      newHost: () => {
        const thread = new FakeThread()
        threads.push(thread)
        return new ThreadHost(thread, { format: 'text', levels: [], pluginFiles: [] }, text => lines.push(text))
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
  const start = (task: number): void =>
    worker.startTask({ id: { connector: 'c', task }, connectorConfig: new Map(), taskConfig: new Map(), paused: false })
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
  assert.match(traces[1] ?? '', /The thread of this task ended\.[^]*out of memory/)
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
