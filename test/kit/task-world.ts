// A sink task's runtime without servers: a consumer, a sink and a dead letter queue that do what a test says, when it says so.
import { systemClock, type Clock } from '../../src/util/clock.ts'
import { ConversionError, DataError, RetriableError } from '../../src/connect/errors.ts'
import { type Logger } from '../../src/connect/log.ts'
import { type Converter, type Offsets, type SinkTask, type SinkTaskContext } from '../../src/connect/plugin.ts'
import { type RecordCursor, type SinkRecord, type TopicPartition } from '../../src/connect/record.ts'
import { createSimpleHeaderConverter } from '../../src/converters/simple-header-converter.ts'
import { createStringConverter } from '../../src/converters/string-converter.ts'
import { SecretMask } from '../../src/runtime/secret-mask.ts'
import { type DeadLetterProducer, DeadLetterQueue, type ProducerTrouble } from '../../src/runtime/dead-letter-queue.ts'
import { ErrorJudge, type ErrorSettings } from '../../src/runtime/error-judge.ts'
import { type TaskConverters } from '../../src/runtime/lazy-record.ts'
import { BatchCursor } from '../../src/kafka/records/record-cursor.ts'
import { RecordIntake } from '../../src/runtime/record-intake.ts'
import {
  type FetchedCursor,
  type RebalanceListener,
  type TaskConsumer,
  type Topics
} from '../../src/runtime/task-consumer.ts'
import { TaskMetrics } from '../../src/runtime/task-metrics.ts'
import { TransformationChain } from '../../src/runtime/transformation-chain.ts'
import { WorkerSinkTask } from '../../src/runtime/worker-sink-task.ts'
import { middleRandom } from './fake-clock.ts'
import { toldSkips } from './told-skips.ts'
import { toldWaits } from './told-waits.ts'

export const topic = 't'
export const at = (partition: number): TopicPartition => ({ topic, partition })
const nameOf = ({ topic: name, partition }: TopicPartition): string => `${name}-${partition}`

/** Something that ends when a test says so. */
export interface Held {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Records of one partition; the values are texts. */
class TextCursor implements RecordCursor {
  readonly topic: string
  readonly partition: number
  readonly timestamp = 0
  readonly timestampType = 'CreateTime'
  readonly keyStart = -1
  readonly keyEnd = -1
  readonly valueStart = 0
  readonly hasHeaders = false
  readonly lease = null
  readonly #values: readonly string[]
  readonly #first: number
  offset: number
  recordCount = 0
  bytes = Buffer.alloc(0)

  constructor({ topic, partition }: TopicPartition, first: number, values: readonly string[]) {
    this.topic = topic
    this.partition = partition
    this.#first = first
    this.#values = values
    this.offset = first - 1
  }

  next(): boolean {
    const value = this.#values[this.offset + 1 - this.#first]
    if (value === undefined) return false
    this.offset++
    this.recordCount++
    this.bytes = Buffer.from(value)
    return true
  }
  get valueEnd(): number {
    return this.bytes.length
  }
  headers(): [] {
    return []
  }
  get nextOffset(): number {
    return this.offset + 1
  }
  again(offset: number): RecordCursor {
    return new TextCursor(this, offset, this.#values.slice(offset - this.#first))
  }
}

/** A consumer whose records, rebalances and answers to commits are given by the test. Rebalances happen in `poll`, as in the real one. */
export class FakeConsumer implements TaskConsumer {
  readonly #clock: Clock
  readonly #assigned = new Map<string, TopicPartition>()
  readonly #positions = new Map<string, number>()
  #listener: RebalanceListener | null = null
  readonly #rebalances: (() => Promise<void>)[] = []
  #cursors: FetchedCursor[] = []
  #wakeups = 0
  #sleeper = new AbortController()
  readonly paused = new Set<string>()
  readonly seeks: string[] = []
  polls = 0
  /** Every commit as `t-0=5 t-1=7`, in the order they were sent. */
  readonly commits: string[] = []
  /** While true, commits wait in `open`. */
  holdCommits = false
  readonly open: Held[] = []

  readonly #topic: string
  readonly #pollRecordsMax: number | null

  /** With `pollRecordsMax` one batch at a time is handed out, again and again, each time with so many records more to read. */
  constructor(clock: Clock, name = topic, pollRecordsMax: number | null = null) {
    this.#clock = clock
    this.#topic = name
    this.#pollRecordsMax = pollRecordsMax
  }

  #at(partition: number): TopicPartition {
    return { topic: this.#topic, partition }
  }

  /** These partitions become the task's, each with the place to read on from. */
  assign(positions: Readonly<Record<number, number>>): Promise<void> {
    return this.#rebalance(async listener => {
      const partitions = Object.entries(positions).map(([partition, position]) => {
        this.#assigned.set(nameOf(this.#at(Number(partition))), this.#at(Number(partition)))
        this.#positions.set(nameOf(this.#at(Number(partition))), position)
        return this.#at(Number(partition))
      })
      await listener.onAssigned(partitions)
    })
  }

  revoke(partition: number): Promise<void> {
    return this.#rebalance(async listener => {
      await listener.onRevoked([this.#at(partition)])
      this.#drop(this.#at(partition))
    })
  }

  lose(partition: number): Promise<void> {
    return this.#rebalance(async listener => {
      this.#drop(this.#at(partition))
      await listener.onLost([this.#at(partition)])
    })
  }

  /** Resolves when a poll has done it. */
  #rebalance(change: (listener: RebalanceListener) => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#rebalances.push(async () => {
        if (this.#listener === null) throw new Error('nobody has subscribed')
        const done = change(this.#listener)
        done.then(resolve, reject)
        await done
      })
      this.#wake()
    })
  }

  #drop(partition: TopicPartition): void {
    const name = nameOf(partition)
    this.#assigned.delete(name)
    this.paused.delete(name)
    this.#cursors = this.#cursors.filter(cursor => nameOf(cursor) !== name)
  }

  /** Records to be polled, values in order, the first at `offset`. */
  give(partition: number, offset: number, values: readonly string[]): void {
    this.#cursors.push(new TextCursor(this.#at(partition), offset, values))
    this.#wake()
  }

  /** What a fetch brought of a partition. */
  giveFetched(cursor: BatchCursor): void {
    this.#cursors.push(cursor)
    this.#wake()
  }

  #ready(): readonly FetchedCursor[] {
    const isPaused = (cursor: FetchedCursor): boolean => this.paused.has(nameOf(cursor))
    const recordsMax = this.#pollRecordsMax
    if (recordsMax === null) {
      const ready = this.#cursors.filter(cursor => !isPaused(cursor))
      this.#cursors = this.#cursors.filter(isPaused)
      return ready
    }
    this.#cursors = this.#cursors.filter(cursor => !(cursor instanceof BatchCursor) || cursor.waiting())
    const next = this.#cursors.find(cursor => !isPaused(cursor))
    if (next instanceof BatchCursor) next.limit(recordsMax)
    return next === undefined ? [] : [next]
  }

  subscribe(_topics: Topics, listener: RebalanceListener): void {
    this.#listener = listener
  }

  async poll(timeoutMs: number): Promise<readonly FetchedCursor[]> {
    this.polls++
    const deadline = this.#clock.monotonic() + timeoutMs
    for (;;) {
      this.#sleeper = new AbortController()
      if (this.#wakeups > 0) {
        this.#wakeups = 0
        return []
      }
      for (let next = this.#rebalances.shift(); next !== undefined; next = this.#rebalances.shift()) await next()
      const ready = this.#ready()
      const leftMs = deadline - this.#clock.monotonic()
      if (ready.length > 0 || leftMs <= 0) return ready
      await this.#clock.sleep(leftMs, this.#sleeper.signal)
    }
  }

  #wake(): void {
    this.#sleeper.abort()
  }
  wakeup(): void {
    this.#wakeups = 1
    this.#wake()
  }
  keepPolling(): void {
    // There is no group that could lose patience.
  }
  assignment(): readonly TopicPartition[] {
    return [...this.#assigned.values()]
  }
  position(partition: TopicPartition): number {
    return this.#positions.get(nameOf(partition)) ?? 0
  }
  seek(partition: TopicPartition, offset: number): void {
    this.seeks.push(`${nameOf(partition)}=${offset}`)
  }
  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.paused.add(nameOf(partition))
  }
  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.paused.delete(nameOf(partition))
    this.#wake()
  }
  commit(offsets: Offsets): Promise<void> {
    this.commits.push([...offsets].map(([key, { offset }]) => `${key}=${offset}`).join(' '))
    if (!this.holdCommits) return Promise.resolve()
    return new Promise((resolve, reject) => this.open.push({ resolve, reject }))
  }
  close(): Promise<void> {
    for (const held of this.open.splice(0)) held.reject(new Error('the consumer is closed'))
    return Promise.resolve()
  }
}

/** A sink that keeps what it is given and settles all of it at once, unless a test puts its own function in a place. */
export class FakeSink implements SinkTask {
  context: SinkTaskContext | null = null
  /** `partition@offset`, once per put. */
  readonly taken: string[] = []
  onPut: (records: readonly SinkRecord[]) => Promise<void> | void = () => undefined
  onPreCommit: (offsets: Offsets) => Promise<Offsets> | Offsets = offsets => offsets
  onFlush: () => Promise<void> | void = () => undefined
  readonly closed: string[] = []

  async start(context: SinkTaskContext): Promise<void> {
    this.context = context
  }
  async open(): Promise<void> {
    // Nothing to prepare.
  }
  async put(records: readonly SinkRecord[]): Promise<void> {
    await this.onPut(records)
    for (const { original } of records) this.taken.push(`${original.partition}@${original.offset}`)
  }
  async flush(): Promise<void> {
    await this.onFlush()
  }
  async preCommit(offsets: Offsets): Promise<Offsets> {
    return this.onPreCommit(offsets)
  }
  async close(partitions: readonly TopicPartition[]): Promise<void> {
    this.closed.push(...partitions.map(nameOf))
  }
  async stop(): Promise<void> {
    // It holds nothing.
  }
}

/** Values are texts; `garbage...` can't be read, `away` can't be read until `back` is called. */
export class TextConverter implements Converter {
  #away = true
  back(): void {
    this.#away = false
  }
  toConnectData(_topic: string, bytes: Uint8Array | null) {
    const value = bytes === null ? null : Buffer.from(bytes).toString()
    if (value?.startsWith('garbage') === true) throw new DataError('no text')
    if (value === 'away' && this.#away) throw new RetriableError('the registry is away')
    return { schema: null, value }
  }
  fromConnectData(): null {
    throw new ConversionError('VALUE_CONVERTER', 'TextConverter', new Error('not asked for'))
  }
}

export interface WorldOptions {
  readonly settings?: Partial<ErrorSettings>
  readonly deadLetters?: boolean
  readonly clock?: Clock
  readonly commitIntervalMs?: number
  readonly commitTimeoutMs?: number
  readonly lettersWaitMs?: number
  /** Records read at once. */
  readonly batchRecordsMax?: number
}

const errorDefaults: ErrorSettings = {
  tolerateAll: false,
  retryTimeoutMs: 0,
  retryDelayMsMax: 60_000,
  logEnabled: false,
  logMessages: false
}

/** A log that keeps its lines, as `WARN text`. */
function keepingLog(lines: string[]): Logger {
  const keep =
    (level: string) =>
    (message: string, error?: unknown): void =>
      void lines.push(`${level} ${message}${error instanceof Error ? ` ${String(error)}` : ''}`)
  const log: Logger = {
    error: keep('ERROR'),
    warn: keep('WARN'),
    info: keep('INFO'),
    debug: keep('DEBUG'),
    trace: () => undefined,
    enabled: () => false,
    named: () => log
  }
  return log
}

/** A producer whose records are acknowledged by the test. */
export class FakeProducer implements DeadLetterProducer {
  readonly letters: Held[] = []
  trouble: ProducerTrouble | null = null

  send(): Promise<void> {
    return new Promise((resolve, reject) => this.letters.push({ resolve, reject }))
  }
  close(): Promise<void> {
    for (const each of this.letters) each.reject(new Error('the producer is closed'))
    return Promise.resolve()
  }
}

/** What a task and its helpers have in common here. */
export function newParts(options: WorldOptions) {
  const lines: string[] = []
  const clock = options.clock ?? systemClock
  const metrics = new TaskMetrics(TaskMetrics.newBuffer())
  const log = keepingLog(lines)
  const told = { ...toldWaits('c-0', clock, log), ...toldSkips(clock) }
  return { lines, clock, metrics, log, ...told, random: middleRandom, stopping: new AbortController() }
}

export type Parts = ReturnType<typeof newParts>

export function newQueue(parts: Parts, producer: FakeProducer, fail: (error: Error) => void): DeadLetterQueue {
  return new DeadLetterQueue({
    ...parts,
    ...{ topic: 'dead', contextHeaders: false, connector: 'c', task: 0, mask: new SecretMask() },
    producer,
    fail
  })
}

export function newJudge(
  parts: Parts,
  settings: Partial<ErrorSettings> = {},
  deadLetters: DeadLetterQueue | null = null
): ErrorJudge {
  const all = { ...errorDefaults, ...settings }
  return new ErrorJudge({ ...parts, taskId: 'c-0', settings: all, deadLetters, stopping: parts.stopping.signal })
}

/** Keys are texts. */
export function convertersOf(value: Converter): TaskConverters {
  const named = <T>(plugin: T) => ({ className: 'TextConverter', plugin })
  return {
    key: named(createStringConverter(new Map(), true)),
    value: named(value),
    header: named(createSimpleHeaderConverter(new Map(), false))
  }
}

function newIntake(
  parts: Parts,
  { settings, batchRecordsMax = 500 }: WorldOptions,
  value: Converter,
  deadLetters: DeadLetterQueue | null
): RecordIntake {
  const judge = newJudge(parts, settings, deadLetters)
  const chain = new TransformationChain([])
  const converters = convertersOf(value)
  return new RecordIntake({ ...parts, converters, chain, judge, batchRecordsMax, onTopic: () => undefined })
}

/** A running task on fakes; "await using" ends it. */
export function openTask(options: WorldOptions = {}) {
  const parts = newParts(options)
  const states: string[] = []
  const failures: Error[] = []
  const consumer = new FakeConsumer(parts.clock)
  const sink = new FakeSink()
  const value = new TextConverter()
  const producer = new FakeProducer()
  const holder: { task: WorkerSinkTask | null } = { task: null }
  const deadLetters = options.deadLetters === true ? newQueue(parts, producer, error => holder.task?.fail(error)) : null
  const task = new WorkerSinkTask({
    ...parts,
    id: { connector: 'c', task: 0 },
    config: new Map(),
    task: sink,
    consumer,
    topics: { names: [topic] },
    intake: newIntake(parts, options, value, deadLetters),
    deadLetters,
    reportErrantRecord: null,
    raw: null,
    generalWhy: 'a test',
    listener: {
      onRunning: () => states.push('RUNNING'),
      onPaused: () => states.push('PAUSED'),
      onFailed: error => {
        states.push('FAILED')
        failures.push(error)
      },
      onStopped: () => states.push('STOPPED')
    },
    commitIntervalMs: options.commitIntervalMs ?? 3_600_000,
    commitTimeoutMs: options.commitTimeoutMs ?? 60_000,
    lettersWaitMs: options.lettersWaitMs ?? 60_000,
    startPaused: false,
    yieldTurn: () => new Promise(resolve => setImmediate(resolve)),
    close: async () => {
      parts.skips.close()
      parts.waits.close()
      await deadLetters?.close()
    }
  })
  holder.task = task
  const ended = task.run()
  const { lines, metrics, clock, shown } = parts
  return {
    ...{
      task,
      consumer,
      sink,
      value,
      producer,
      letters: producer.letters,
      lines,
      states,
      failures,
      metrics,
      clock,
      shown
    },
    ended,
    [Symbol.asyncDispose]: async () => {
      task.cancel()
      await ended
    }
  }
}

/** The messages of an error and its causes. */
export function chainOf(error: unknown): readonly string[] {
  return error instanceof Error ? [error.message, ...chainOf(error.cause)] : []
}
