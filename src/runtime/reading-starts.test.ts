// Where reading goes on, and how far it is behind: told once per start, in one line, however many partitions there are.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '../../test/kit/fake-clock.ts'
import { keepingLogger, type Line } from '../../test/kit/writer-bench.ts'
import { type TopicPartition, topicPartitionKey } from '../connect/record.ts'
import { MeasuredConsumer } from './measured-consumer.ts'
import { type RebalanceListener, type TaskConsumer } from './task-consumer.ts'
import { type MetricDescription, TaskMetrics } from './task-metrics.ts'

function setUp(count: number) {
  const clock = new FakeClock()
  const lines: Line[] = []
  const partitions = Array.from({ length: count }, (_, partition): TopicPartition => ({ topic: 't', partition }))
  const ends = new Map(partitions.map(({ topic, partition }) => [topicPartitionKey(topic, partition), 4723]))
  const asked: string[] = []
  const state = {
    assigned: partitions,
    position: 4711,
    begin: 0,
    asked: 0,
    unsettled: Infinity,
    away: false,
    isPlaced: true,
    looks: 0,
    /** What a look for a place waits for. */
    held: Promise.resolve()
  }
  const holder: { listener: RebalanceListener | null } = { listener: null }
  const endOf = ({ topic, partition }: TopicPartition): number => ends.get(topicPartitionKey(topic, partition)) ?? -1
  const isAssigned = (one: TopicPartition): boolean => state.assigned.some(each => each.partition === one.partition)
  const inner = {
    subscribe: (_: unknown, given: RebalanceListener) => (holder.listener = given),
    poll: async () => [],
    assignment: () => state.assigned,
    position: async () => {
      if (!state.isPlaced) state.looks++
      await state.held
      return state.position
    },
    lag: (partition: TopicPartition) => (state.isPlaced ? Math.max(0, endOf(partition) - state.position) : null),
    endOffset: endOf,
    endsOf: async (wanted: readonly TopicPartition[]) => {
      state.asked++
      asked.push(...wanted.map(({ topic, partition }) => topicPartitionKey(topic, partition)))
      return state.away
        ? new Map()
        : new Map(wanted.filter(isAssigned).map(one => [topicPartitionKey(one.topic, one.partition), endOf(one)]))
    },
    beginsOf: async (wanted: readonly TopicPartition[]) =>
      state.away
        ? new Map()
        : new Map(wanted.map(({ topic, partition }) => [topicPartitionKey(topic, partition), state.begin])),
    pause: () => undefined,
    resume: () => undefined,
    close: async () => undefined
  } as unknown as TaskConsumer
  const described: MetricDescription[] = []
  const buffer = TaskMetrics.newBuffer()
  const metrics = new TaskMetrics(buffer, metric => described.push(metric))
  const consumer = new MeasuredConsumer(inner, {
    metrics,
    clock,
    log: keepingLogger(lines),
    name: 'WorkerSinkTask{id=c-0}',
    firstUnsettled: () => state.unsettled
  })
  const done = async (): Promise<void> => undefined
  consumer.subscribe({ names: ['t'] }, { onAssigned: done, onRevoked: done, onLost: done })
  const assign = async (): Promise<void> => {
    await holder.listener?.onAssigned(state.assigned)
    await settle()
  }
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1000) {
      clock.advance(1000)
      await settle()
    }
  }
  const lag = (): number | undefined => {
    const found = described.find(({ name }) => name === 'records-lag')
    return found === undefined ? undefined : new Float64Array(buffer)[found.index]
  }
  const told = (): readonly string[] => lines.map(({ level, text }) => `${level} ${text}`)
  return { clock, consumer, holder, partitions, ends, state, asked, assign, pass, lag, told }
}

test('a start tells where it goes on and how far it is behind', async () => {
  const { assign, told, consumer, clock, state, pass } = setUp(2)
  await assign()
  assert.deepEqual(told(), ['INFO WorkerSinkTask{id=c-0} continues at t-0@4711, 12 behind; t-1@4711, 12 behind'])
  state.position = 4723
  await pass(20_000)
  assert.equal(told().length, 1)
  assert.equal(clock.pending, 0, 'nobody looks any more where nothing is behind')
  await consumer.close()
})

for (const [what, position, begin] of [
  ['behind the end of the log', 99_999_999, 0],
  ['before its beginning', 5, 1000]
] as const) {
  test(`an offset ${what} is not told as the place where reading goes on, but the one that is taken instead`, async () => {
    const { assign, told, consumer, state, pass } = setUp(1)
    Object.assign(state, { position, begin })
    await assign()
    await consumer.poll(0)
    await pass(20_000)
    assert.deepEqual(told(), [])
    state.position = 4720
    await consumer.poll(0)
    await settle()
    assert.deepEqual(told(), ['INFO WorkerSinkTask{id=c-0} continues at t-0@4720, 3 behind'])
    state.position = 4723
    await consumer.poll(0)
    await pass(6000)
    assert.equal(told().length, 1)
    await consumer.close()
  })
}

test('a thousand partitions are one line', async () => {
  const { assign, told, consumer } = setUp(1000)
  await assign()
  assert.equal(told().length, 1)
  assert.match(told()[0] ?? '', /t-9@4711, 12 behind; and 990 more partitions, 11880 behind together$/)
  assert.ok((told()[0] ?? '').length < 400)
  await consumer.close()
})

test('a resumed task tells it anew, with the end as it is then; so does the end of a long pause, and not that of a short one', async () => {
  const { assign, told, consumer, partitions, ends, pass } = setUp(1)
  await assign()
  consumer.pause(partitions)
  await pass(2000)
  ends.set('t-0', 5000)
  consumer.resume(partitions)
  await settle()
  assert.equal(told().length, 1)
  consumer.resumed()
  await settle()
  await settle()
  assert.equal(told()[1], 'INFO WorkerSinkTask{id=c-0} continues at t-0@4711, 289 behind')
  consumer.pause(partitions)
  await pass(6000)
  ends.set('t-0', 5001)
  consumer.resume(partitions)
  await settle()
  await settle()
  assert.equal(told()[2], 'INFO WorkerSinkTask{id=c-0} continues at t-0@4711, 290 behind')
  await consumer.close()
})

test('what is given up before its end is known is not told, and brokers that are away are asked again', async () => {
  const { assign, told, consumer, holder, partitions, state, pass } = setUp(2)
  state.away = true
  await assign()
  await holder.listener?.onRevoked(partitions.slice(0, 1))
  state.assigned = partitions.slice(1)
  await pass(12_000)
  assert.deepEqual(told(), [])
  assert.ok(state.asked >= 2 && state.asked <= 4, `asked ${state.asked} times`)
  state.away = false
  await pass(5000)
  assert.deepEqual(told(), ['INFO WorkerSinkTask{id=c-0} continues at t-1@4711, 12 behind'])
  await consumer.close()
})

test('while all is paused the lag follows the end of the partition, without a poll that returns', async () => {
  const { assign, consumer, partitions, ends, pass, lag, state } = setUp(1)
  state.position = 4723
  await assign()
  consumer.pause(partitions)
  ends.set('t-0', 4800)
  await pass(6000)
  assert.equal(lag(), 77)
  ends.set('t-0', 4900)
  await pass(6000)
  assert.equal(lag(), 177)
  await consumer.close()
})

test('what the sink holds and its target has not answered is behind', async () => {
  const { assign, consumer, pass, lag, state } = setUp(1)
  state.unsettled = 4700
  state.position = 4723
  await assign()
  await pass(1000)
  assert.equal(lag(), 23)
  state.unsettled = Infinity
  await pass(1000)
  assert.equal(lag(), 0)
  await consumer.close()
})

test('what has no place is not looked for in the background: the failure of such a look is for the next poll', async () => {
  const { assign, told, consumer, state } = setUp(2)
  await assign()
  state.isPlaced = false
  consumer.resumed()
  await settle()
  assert.deepEqual([state.looks, told().length], [0, 1])
  state.isPlaced = true
  consumer.resumed()
  await settle()
  assert.deepEqual([state.looks, told().length], [0, 2])
  await consumer.close()
})

test('what is revoked while its place is told begins nowhere, and is asked for no more', async () => {
  const { assign, told, consumer, holder, partitions, state, clock, pass } = setUp(2)
  state.position = 4723
  await assign()
  await pass(6000)
  const before = [state.asked, clock.pending]
  assert.deepEqual(before, [1, 0])
  const held = Promise.withResolvers<undefined>()
  state.held = held.promise.then(() => undefined)
  consumer.resumed()
  await holder.listener?.onRevoked(partitions)
  state.assigned = []
  held.resolve(undefined)
  await settle()
  await pass(20_000)
  assert.deepEqual([state.asked, clock.pending], before)
  assert.equal(told().length, 1)
  await consumer.close()
})

test('the end of what is paused for long is asked for once a minute', async () => {
  const { assign, consumer, partitions, state, asked, ends, lag, pass } = setUp(2)
  state.position = 4723
  await assign()
  const askedIn = async (ms: number, key = 't-0'): Promise<number> => {
    const before = asked.filter(one => one === key).length
    await pass(ms)
    return asked.filter(one => one === key).length - before
  }
  consumer.pause(partitions.slice(0, 1))
  const first = await askedIn(60_000)
  assert.ok(first >= 11 && first <= 13, `${first} times in the first minute`)
  const later = await askedIn(600_000)
  assert.ok(later >= 9 && later <= 10, `${later} times in ten minutes`)
  ends.set('t-0', 4800)
  assert.equal(await askedIn(60_000), 1)
  assert.equal(lag(), 77)
  // Another that is paused now is new, and takes the old one along no more often.
  consumer.pause(partitions.slice(1))
  const before = asked.length
  assert.equal(await askedIn(60_000), 1)
  assert.ok(asked.length - before >= 12)
  consumer.resume(partitions)
  consumer.pause(partitions)
  const anew = await askedIn(60_000)
  assert.ok(anew >= 11 && anew <= 14, `${anew} times in the first minute of another pause`)
  await consumer.close()
})
