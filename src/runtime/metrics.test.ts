// The worker's numbers: totals as tasks count them, rates and averages over a window that moves, states, lag by partition.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../connect/log.ts'
import { type RecordCursor, type TopicPartition } from '../connect/record.ts'
import { type Clock } from '../util/clock.ts'
import { type ConnectorStatus, type State } from './herder.ts'
import { MeasuredConsumer } from './measured-consumer.ts'
import { type MetricSample } from './metric-sample.ts'
import { WorkerMetrics } from './metrics.ts'
import { StateTimes } from './state-times.ts'
import { type TaskConsumer } from './task-consumer.ts'
import { type MetricDescription, TaskMetrics } from './task-metrics.ts'
import { type TaskNumbers } from './worker.ts'

const window = { windowMs: 30_000, windows: 2 }

/** A clock with one timer, moved by hand. */
function handClock() {
  let nowMs = 0
  let timer: { atMs: number; callback: () => void } | null = null
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimer(delayMs, callback) {
      timer = { atMs: nowMs + delayMs, callback }
      return { clear: () => (timer = null) }
    },
    sleep: () => Promise.resolve()
  }
  const advance = (spanMs: number): void => {
    const end = nowMs + spanMs
    while (timer !== null && timer.atMs <= end) {
      nowMs = timer.atMs
      const { callback } = timer
      timer = null
      callback()
    }
    nowMs = end
  }
  return { clock, advance }
}

function newTask(connector = 'orders', task = 0): { numbers: TaskNumbers; metrics: TaskMetrics } {
  const buffer = TaskMetrics.newBuffer()
  const described: MetricDescription[] = []
  const times = new StateTimes(0)
  const metrics = new TaskMetrics(buffer, metric => described.push(metric))
  metrics.partitions.set(1)
  return {
    numbers: {
      id: { connector, task },
      values: new Float64Array(buffer),
      metrics: described,
      times,
      waits: [],
      skips: []
    },
    metrics
  }
}

function status(name: string, state: State, tasks: readonly State[]): ConnectorStatus {
  const place = { workerId: 'w:8083', version: '1.0', trace: null }
  return {
    name,
    connector: { ...place, state },
    tasks: tasks.map((each, id) => ({ ...place, id, state: each })),
    type: 'sink'
  }
}

function setUp(tasks: readonly TaskNumbers[], statuses: readonly ConnectorStatus[]) {
  const { clock, advance } = handClock()
  const holder = { tasks, startups: { attempts: 4, successes: 3, failures: 1 } }
  const found = (name: string): ConnectorStatus => {
    const status = statuses.find(each => each.name === name)
    if (status === undefined) throw new Error(`No ${name}`)
    return status
  }
  const metrics = new WorkerMetrics({
    herder: {
      connectors: async () => statuses.map(({ name }) => name),
      connectorStatus: async name => found(name),
      connectorInfo: async name => ({ name, config: new Map([['connector.class', 'x.Y']]), tasks: [], type: 'sink' })
    },
    worker: {
      numbers: () => holder.tasks,
      get startups() {
        return holder.startups
      },
      connectorStartups: { attempts: 10, successes: 9, failures: 1 }
    },
    window,
    clock
  })
  return { metrics, advance, holder }
}

/** The value of a number, by name and tags in order. */
function valueOf(
  samples: readonly MetricSample[],
  name: string,
  ...tags: readonly string[]
): number | string | undefined {
  const found = samples.filter(sample => sample.name === name && Object.values(sample.tags).join() === tags.join())
  assert.ok(found.length <= 1, `${name} stands twice`)
  return found[0]?.value
}

test('tells connectors, their states and those of their tasks', async () => {
  const { metrics } = setUp(
    [],
    [status('orders', 'RUNNING', ['RUNNING', 'FAILED', 'RUNNING']), status('idle', 'PAUSED', ['PAUSED'])]
  )
  const samples = await metrics.collect()
  assert.equal(valueOf(samples, 'connector-count'), 2)
  assert.equal(valueOf(samples, 'task-count'), 0)
  assert.equal(valueOf(samples, 'task-startup-attempts-total'), 4)
  assert.equal(valueOf(samples, 'task-startup-success-percentage'), 0.75)
  assert.equal(valueOf(samples, 'connector-startup-attempts-total'), 10)
  assert.equal(valueOf(samples, 'connector-startup-success-total'), 9)
  assert.equal(valueOf(samples, 'connector-startup-failure-percentage'), 0.1)
  assert.equal(valueOf(samples, 'connector-total-task-count', 'orders'), 3)
  assert.equal(valueOf(samples, 'connector-running-task-count', 'orders'), 2)
  assert.equal(valueOf(samples, 'connector-failed-task-count', 'orders'), 1)
  assert.equal(valueOf(samples, 'connector-paused-task-count', 'idle'), 1)
  assert.equal(valueOf(samples, 'connector-class', 'orders'), 'x.Y')
  assert.equal(valueOf(samples, 'status', 'orders'), 'running')
  assert.equal(valueOf(samples, 'status', 'orders', '1'), 'failed')
  assert.equal(valueOf(samples, 'running-ratio', 'orders', '2'), 1)
  assert.equal(valueOf(samples, 'pause-ratio', 'idle', '0'), 1)
})

test('rates and averages are those of the last windows, totals those since the start', async () => {
  const { numbers, metrics: task } = newTask()
  const { metrics, advance } = setUp([numbers], [status('orders', 'RUNNING', ['RUNNING'])])
  metrics.start()
  await metrics.collect()
  task.recordsRead.add(600)
  task.recordsSent.add(300)
  task.putBatches.add(4)
  task.putTimeMs.add(20)
  task.commitCompletions.add(3)
  task.commitFailures.add(1)
  task.commitTimeMs.add(30)
  advance(10_000)
  const early = await metrics.collect()
  assert.equal(valueOf(early, 'sink-record-read-total', 'orders', '0'), 600)
  assert.equal(valueOf(early, 'sink-record-read-rate', 'orders', '0'), 60)
  assert.equal(valueOf(early, 'sink-record-send-rate', 'orders', '0'), 30)
  assert.equal(valueOf(early, 'put-batch-avg-time-ms', 'orders', '0'), 5)
  assert.equal(valueOf(early, 'batch-size-avg', 'orders', '0'), 150)
  assert.equal(valueOf(early, 'offset-commit-avg-time-ms', 'orders', '0'), 10)
  assert.equal(valueOf(early, 'offset-commit-success-percentage', 'orders', '0'), 0.75)
  assert.equal(valueOf(early, 'records-consumed-total', 'connector-consumer-orders-0'), 600)
  advance(120_000)
  const late = await metrics.collect()
  assert.equal(valueOf(late, 'sink-record-read-total', 'orders', '0'), 600)
  assert.equal(valueOf(late, 'sink-record-read-rate', 'orders', '0'), 0)
  assert.equal(valueOf(late, 'put-batch-avg-time-ms', 'orders', '0'), 0)
  metrics.stop()
})

test('a maximum is forgotten after its window and the next', async () => {
  const { numbers, metrics: task } = newTask()
  const { metrics, advance } = setUp([numbers], [])
  metrics.start()
  await metrics.collect()
  task.putTimeMsMax.raise(900)
  const max = async () => valueOf(await metrics.collect(), 'put-batch-max-time-ms', 'orders', '0')
  assert.equal(await max(), 900)
  advance(35_000)
  assert.equal(await max(), 900)
  task.putTimeMsMax.raise(7)
  assert.equal(await max(), 900)
  advance(30_000)
  assert.equal(await max(), 7)
  metrics.stop()
})

test('a task that was started anew begins anew, a stopped one is gone', async () => {
  const first = newTask()
  const { metrics, holder, advance } = setUp([first.numbers], [])
  metrics.start()
  await metrics.collect()
  first.metrics.recordsRead.add(1000)
  advance(10_000)
  const second = newTask()
  holder.tasks = [second.numbers]
  assert.equal(valueOf(await metrics.collect(), 'sink-record-read-rate', 'orders', '0'), 0)
  holder.tasks = []
  assert.equal(valueOf(await metrics.collect(), 'sink-record-read-total', 'orders', '0'), undefined)
  metrics.stop()
})

test('running and pause ratios are parts of the task’s life, as in Connect', async () => {
  const { numbers } = newTask()
  const { metrics, advance } = setUp([numbers], [status('orders', 'RUNNING', ['RUNNING'])])
  numbers.times.change('RUNNING', 0)
  advance(6_000)
  numbers.times.change('PAUSED', 6_000)
  advance(2_000)
  numbers.times.change('RUNNING', 8_000)
  advance(2_000)
  const samples = await metrics.collect()
  assert.equal(valueOf(samples, 'running-ratio', 'orders', '0'), 0.8)
  assert.equal(valueOf(samples, 'pause-ratio', 'orders', '0'), 0.2)
})

test('records that are put and not committed are active: now, at most, and on average', async () => {
  const { numbers, metrics: task } = newTask()
  const { metrics, advance } = setUp([numbers], [])
  metrics.start()
  await metrics.collect()
  for (const count of [10, 50, 0]) task.lookAtActive(count)
  advance(10_000)
  const samples = await metrics.collect()
  assert.equal(valueOf(samples, 'sink-record-active-count', 'orders', '0'), 0)
  assert.equal(valueOf(samples, 'sink-record-active-count-max', 'orders', '0'), 50)
  assert.equal(valueOf(samples, 'sink-record-active-count-avg', 'orders', '0'), 20)
  metrics.stop()
})

test('buckets become one histogram, each with all below it, and quantiles of the last windows', async () => {
  const { numbers, metrics: task } = newTask()
  const buckets = [10, 20, 'inf'].map(bound => task.metric(`redis-x-ms-le-${bound}`, 'counter'))
  const { metrics, advance } = setUp([numbers], [])
  metrics.start()
  await metrics.collect()
  buckets[0]?.add(50)
  buckets[1]?.add(49)
  buckets[2]?.add(1)
  advance(10_000)
  let samples = await metrics.collect()
  const of = (name: string, ...tags: readonly string[]) => valueOf(samples, name, 'orders', '0', ...tags)
  assert.deepEqual(
    ['10', '20', '+Inf'].map(le => of('redis-x-ms-bucket', le)),
    [50, 99, 100]
  )
  assert.equal(of('redis-x-ms-count'), 100)
  assert.deepEqual(
    ['0.5', '0.99'].map(share => of('redis-x-ms-quantile', share)),
    [10, 20]
  )
  assert.ok(!samples.some(({ name }) => name.includes('-le-')))
  // What was slow long ago is no longer of interest.
  advance(120_000)
  buckets[0]?.add(10)
  samples = await metrics.collect()
  assert.equal(of('redis-x-ms-quantile', '0.99'), 9.9)
  metrics.stop()
})

test("a sink's own numbers go by their own names", async () => {
  const { numbers, metrics: task } = newTask()
  task.metric('redis-commands-total', 'counter').add(5)
  const { metrics } = setUp([numbers], [])
  const samples = await metrics.collect()
  const found = samples.find(({ name }) => name === 'redis-commands-total')
  assert.deepEqual(found, {
    group: null,
    name: 'redis-commands-total',
    kind: 'counter',
    value: 5,
    tags: { connector: 'orders', task: '0' }
  })
})

test('a connector deleted meanwhile, and names like those of JavaScript objects, do no harm', async () => {
  const { numbers } = newTask('__proto__')
  const { metrics } = setUp([numbers], [status('__proto__', 'RUNNING', ['RUNNING'])])
  const samples = await metrics.collect()
  assert.equal(valueOf(samples, 'connector-total-task-count', '__proto__'), 1)
})

test('numbers beyond the table are counted where nobody reads them, and spoil no other', () => {
  const { numbers, metrics } = newTask()
  const gauges = Array.from({ length: 5000 }, (_, partition) => metrics.partitionGauge('records-lag', 't', partition))
  gauges.forEach((gauge, index) => gauge.set(index))
  assert.ok(numbers.metrics.length <= numbers.values.length)
  for (const { name, index, tags } of numbers.metrics) {
    if (name === 'records-lag') assert.equal(numbers.values[index], Number(tags?.['partition']))
  }
})

test('tells bytes and the lag of every partition, once a second, as long as it is assigned', async () => {
  const { numbers, metrics } = newTask()
  const { clock, advance } = handClock()
  let assigned: TopicPartition[] = [
    { topic: 'a', partition: 0 },
    { topic: 'a', partition: 1 }
  ]
  let lag: (partition: TopicPartition) => number | null = ({ partition }) => (partition === 0 ? 5 : null)
  const inner = {
    poll: async () => [{ fetchedBytes: 100 } as unknown as RecordCursor, {} as RecordCursor],
    assignment: () => assigned,
    lag: (partition: TopicPartition) => lag(partition)
  } as unknown as TaskConsumer
  const consumer = new MeasuredConsumer(inner, {
    metrics,
    clock,
    log: silentLogger,
    name: 'orders-0',
    firstUnsettled: () => Infinity
  })
  const { metrics: worker } = setUp([numbers], [])
  const client = 'connector-consumer-orders-0'
  await consumer.poll(0)
  let samples = await worker.collect()
  assert.equal(valueOf(samples, 'bytes-consumed-total', client), 100)
  assert.equal(valueOf(samples, 'records-lag', client, 'a', '0'), 5)
  assert.equal(valueOf(samples, 'records-lag', client, 'a', '1'), undefined)
  assert.equal(valueOf(samples, 'records-lag-max', client), 5)
  lag = ({ partition }) => 10 + partition
  await consumer.poll(0)
  samples = await worker.collect()
  assert.equal(valueOf(samples, 'records-lag', client, 'a', '0'), 5)
  advance(1000)
  await consumer.poll(0)
  samples = await worker.collect()
  assert.equal(valueOf(samples, 'records-lag', client, 'a', '0'), 10)
  assert.equal(valueOf(samples, 'records-lag', client, 'a', '1'), 11)
  assigned = [{ topic: 'a', partition: 1 }]
  advance(1000)
  await consumer.poll(0)
  samples = await worker.collect()
  assert.equal(valueOf(samples, 'records-lag', client, 'a', '0'), undefined)
  assert.equal(valueOf(samples, 'records-lag-max', client), 11)
})

test('a task that never had a partition tells its state and no zeros, and everything once it has one', async () => {
  const { numbers, metrics: task } = newTask()
  task.partitions.set(0)
  task.metric('redis-commands-total', 'counter')
  // What its loop does while it waits.
  task.putBatches.add(1)
  task.putTimeMs.add(0.1)
  task.putTimeMsMax.raise(0.1)
  task.commitSkips.add(1)
  task.lookAtActive(0)
  const { metrics } = setUp([numbers], [status('orders', 'RUNNING', ['RUNNING'])])
  const names = async () =>
    (await metrics.collect()).filter(({ tags }) => Object.values(tags).join().includes('0')).map(({ name }) => name)
  assert.deepEqual(await names(), ['status', 'running-ratio', 'pause-ratio', 'partition-count'])
  task.partitions.set(1)
  const working = await names()
  for (const name of ['redis-commands-total', 'sink-record-read-total', 'sink-record-read-rate', 'total-record-errors'])
    assert.ok(working.includes(name), name)
  task.partitions.set(0)
  task.recordsRead.add(1)
  assert.deepEqual(await names(), working, 'what it has done stays')
})

test('an error of a task without partitions is told', async () => {
  const { numbers, metrics: task } = newTask()
  task.partitions.set(0)
  task.recordErrors.add(1)
  const { metrics } = setUp([numbers], [])
  assert.equal(valueOf(await metrics.collect(), 'total-record-errors', 'orders', '0'), 1)
})

test('the clients of a task tell their connections and bytes by their own ids, once the task has had a partition', async () => {
  const { numbers, metrics: task } = newTask()
  task.partitions.set(0)
  const { metrics, advance } = setUp([numbers], [status('orders', 'RUNNING', ['RUNNING'])])
  metrics.start()
  await metrics.collect()
  const consumer = task.client('consumer')
  const producer = task.client('producer')
  consumer.connections.add(3)
  consumer.connections.add(-1)
  consumer.incomingBytes.add(4000)
  producer.outgoingBytes.add(500)
  advance(10_000)
  const reader = 'connector-consumer-orders-0'
  const writer = 'connector-dlq-producer-orders-0'
  assert.equal(valueOf(await metrics.collect(), 'connection-count', reader), undefined)
  task.partitions.set(1)
  const samples = await metrics.collect()
  assert.equal(valueOf(samples, 'connection-count', reader), 2)
  assert.equal(valueOf(samples, 'incoming-byte-total', reader), 4000)
  assert.equal(valueOf(samples, 'incoming-byte-rate', reader), 400)
  assert.equal(valueOf(samples, 'outgoing-byte-total', reader), 0)
  assert.equal(valueOf(samples, 'connection-count', writer), 0)
  assert.equal(valueOf(samples, 'outgoing-byte-total', writer), 500)
  assert.equal(valueOf(samples, 'outgoing-byte-rate', writer), 50)
  const [found] = samples.filter(sample => sample.name === 'connection-count')
  assert.deepEqual([found?.group, found?.kind], ['consumer-metrics', 'gauge'])
})

test('tells for how long a task waits, for whom, and nothing when it does not', async () => {
  const { numbers } = newTask()
  const { metrics } = setUp([numbers], [])
  const name = 'task-waiting-seconds'
  assert.equal((await metrics.collect()).filter(sample => sample.name === name).length, 0)
  // The clock of the test stands at 0.
  const since = -90_000
  const wait = { what: '', attempts: 1, reason: '' }
  Object.assign(numbers, {
    waits: [
      { ...wait, for: 'kafka', since },
      { ...wait, for: 'kafka', since: since + 50_000 },
      { ...wait, for: 'redis', since: since + 80_000 }
    ]
  })
  const told = (await metrics.collect()).filter(sample => sample.name === name)
  assert.deepEqual(
    told.map(({ tags }) => tags),
    ['kafka', 'redis'].map(whom => ({ connector: 'orders', task: '0', for: whom }))
  )
  assert.deepEqual(
    told.map(({ group, value }) => [group, value]),
    [
      [null, 90],
      [null, 10]
    ]
  )
})
