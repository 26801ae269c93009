// A task as the worker builds it, on a Redis and fetched batches in this process, with its numbers as a scrape shows them.
import { RegistryAwayError } from '../../src/connect/errors.ts'
import { type Config, type Converter, type Transformation } from '../../src/connect/plugin.ts'
import { createJsonConverter } from '../../src/converters/json-converter.ts'
import { writeBatch, type WrittenCodec } from '../../src/kafka/records/batch-writer.ts'
import { BatchCursor } from '../../src/kafka/records/record-cursor.ts'
import { oldClassNames } from '../../src/redis/class-names.ts'
import { RedisSinkTask } from '../../src/redis/task.ts'
import { type ErrorSettings } from '../../src/runtime/error-judge.ts'
import { MeasuredConsumer } from '../../src/runtime/measured-consumer.ts'
import { MetricWindow } from '../../src/runtime/metric-window.ts'
import { RuntimeRawAccess, whyGeneral } from '../../src/runtime/raw-access.ts'
import { RecordIntake } from '../../src/runtime/record-intake.ts'
import { type MetricDescription, TaskMetrics } from '../../src/runtime/task-metrics.ts'
import { taskSamples } from '../../src/runtime/task-samples.ts'
import { TransformationChain } from '../../src/runtime/transformation-chain.ts'
import { WorkerSinkTask } from '../../src/runtime/worker-sink-task.ts'
import { silentLogger } from '../../src/connect/log.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeRedis } from './fake-redis.ts'
import { convertersOf, FakeConsumer, newJudge, newParts, topic } from './task-world.ts'

export interface CountedOptions {
  /** A transform stands in between, which drops the values that it says true of. */
  readonly drops?: (value: unknown) => boolean
  readonly pollRecordsMax?: number
  readonly settings?: Partial<ErrorSettings>
  readonly connector?: Readonly<Record<string, string>>
}

/** The value whose schema is in a registry that is away. */
export const awayValue = 'away'

/** JSON without schemas, but for `awayValue`, which can be read only while `registry.away` is false. */
function jsonWith(registry: { readonly away: boolean }): Converter {
  const json = createJsonConverter(new Map([['schemas.enable', 'false']]), false)
  return {
    ...json,
    toConnectData(name, bytes, headers) {
      if (bytes === null || Buffer.from(bytes).toString() !== awayValue) return json.toConnectData(name, bytes, headers)
      if (registry.away) throw new RegistryAwayError('schema 1', 'http://registry.test', 'connection refused')
      return { schema: null, value: new Map([['id', awayValue]]) }
    },
    fromConnectData: (name, schema, value) => json.fromConnectData(name, schema, value),
    compile: (name, style) => json.compile?.(name, style) ?? null
  }
}

function chainOf(drops: CountedOptions['drops']): TransformationChain {
  if (drops === undefined) return new TransformationChain([])
  const transformation: Transformation = { apply: record => (drops(record.value) ? null : record) }
  return new TransformationChain([{ alias: 'drops', className: 'Drops', transformation, predicate: null }])
}

function configOf(more: Readonly<Record<string, string>> = {}): Config {
  const config = {
    name: 'c',
    'connector.class': oldClassNames[0] ?? '',
    topics: topic,
    'connect.redis.host': 'redis.test',
    'connect.redis.port': '6379',
    'connect.redis.kcql': `INSERT INTO k: SELECT * FROM ${topic} PK id`
  }
  return new Map(Object.entries({ ...config, ...more }))
}

/** A batch as a broker sends it, the first record at `offset`. */
function fetchedBatch(partition: number, offset: number, values: readonly string[], codec: WrittenCodec): BatchCursor {
  const records = values.map(value => ({ key: null, value: Buffer.from(value), headers: [], timestamp: 0 }))
  const batch = writeBatch(records, codec)
  batch.writeBigInt64BE(BigInt(offset), 0)
  return new BatchCursor(topic, partition, batch, {
    fetchOffset: offset,
    abortedTransactions: null,
    decompressedBytesMax: 2 ** 30,
    checkCrcs: true,
    lease: null
  })
}

/** What the worker builds of a task's configuration, on fakes. */
function newTask(options: CountedOptions) {
  const clock = new FakeClock()
  const described: MetricDescription[] = []
  const buffer = TaskMetrics.newBuffer()
  const metrics = new TaskMetrics(buffer, metric => described.push(metric))
  const parts = { ...newParts({ clock }), metrics }
  const registry = { away: true }
  const redis = new FakeRedis()
  const consumer = new FakeConsumer(clock, topic, options.pollRecordsMax ?? null)
  const converters = convertersOf(jsonWith(registry))
  const chain = chainOf(options.drops)
  const judge = newJudge(parts, options.settings)
  const batchRecordsMax = options.pollRecordsMax ?? 500
  const intake = new RecordIntake({ ...parts, converters, chain, judge, batchRecordsMax, onTopic: () => undefined })
  const generalWhy = whyGeneral(converters, chain)
  const states: string[] = []
  const task = new WorkerSinkTask({
    ...parts,
    id: { connector: 'c', task: 0 },
    config: configOf(options.connector),
    task: new RedisSinkTask(() => redis),
    consumer: new MeasuredConsumer(consumer, {
      metrics,
      clock,
      log: silentLogger,
      name: 'c-0',
      firstUnsettled: () => Infinity
    }),
    topics: { names: [topic] },
    intake,
    ...{ deadLetters: null, reportErrantRecord: null, generalWhy },
    raw: generalWhy === null ? new RuntimeRawAccess(converters, intake) : null,
    listener: {
      onRunning: () => states.push('RUNNING'),
      onPaused: () => states.push('PAUSED'),
      onFailed: () => states.push('FAILED'),
      onStopped: () => states.push('STOPPED')
    },
    ...{ commitIntervalMs: 3_600_000, commitTimeoutMs: 60_000, lettersWaitMs: 60_000, startPaused: false },
    yieldTurn: () => new Promise(resolve => setImmediate(resolve)),
    close: () => Promise.resolve()
  })
  const numbers = { values: new Float64Array(buffer), metrics: described }
  return { task, consumer, redis, registry, clock, states, numbers, lines: parts.lines }
}

/** "await using" ends it. */
export function openCounted(options: CountedOptions = {}) {
  const { numbers, ...world } = newTask(options)
  const { task, consumer } = world
  const ended = task.run()
  let bytes = 0
  return {
    ...world,
    ended,
    /** Bytes of all that was given. */
    get bytes(): number {
      return bytes
    },
    /** A batch of these values comes from the broker, the first at `offset`. */
    give(partition: number, offset: number, values: readonly string[], codec: WrittenCodec = 'none'): void {
      const cursor = fetchedBatch(partition, offset, values, codec)
      bytes += cursor.fetchedBytes
      consumer.giveFetched(cursor)
    },
    /** A number of the task, as a scrape shows it now. */
    number: (name: string): number => {
      const window = new MetricWindow({ windowMs: 30_000, windows: 2 }, numbers, 0)
      const samples = taskSamples({ id: { connector: 'c', task: 0 }, window, numbers, nowMs: 1000 })
      return Number(samples.find(sample => sample.name === name)?.value ?? NaN)
    },
    [Symbol.asyncDispose]: async () => {
      task.cancel()
      await ended
    }
  }
}
