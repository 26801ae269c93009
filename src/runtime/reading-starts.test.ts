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
  const state = { assigned: partitions, position: 4711, asked: 0, unsettled: Infinity, away: false }
  const holder: { listener: RebalanceListener | null } = { listener: null }
  const endOf = ({ topic, partition }: TopicPartition): number => ends.get(topicPartitionKey(topic, partition)) ?? -1
  const inner = {
    subscribe: (_: unknown, given: RebalanceListener) => (holder.listener = given),
    poll: async () => [],
    assignment: () => state.assigned,
    position: () => state.position,
    lag: (partition: TopicPartition) => Math.max(0, endOf(partition) - state.position),
    endOffset: endOf,
    endsOf: async (asked: readonly TopicPartition[]) => {
      state.asked++
      return state.away
        ? new Map()
        : new Map(asked.map(one => [topicPartitionKey(one.topic, one.partition), endOf(one)]))
    },
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
  return { clock, consumer, holder, partitions, ends, state, assign, pass, lag, told }
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
