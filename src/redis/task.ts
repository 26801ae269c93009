// The sink task: plans records, hands their commands to the writer, and answers which offsets may be committed.
import { BusyError, ConnectError, PartlyPutError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Metric, type Offsets, type RawAccess, type SinkTask, type SinkTaskContext } from '../connect/plugin.ts'
import {
  changeRecord,
  type RecordCursor,
  type SinkRecord,
  type TopicPartition,
  topicPartitionKey
} from '../connect/record.ts'
import { SkipReport } from '../connect/skip-report.ts'
import { type Timer } from '../util/clock.ts'
import { settingsText, taskLogger } from './banner.ts'
import { redisDoor, type RedisDoor } from './client.ts'
import { RawWay } from './compiled/raw-way.ts'
import { parseSinkSettings } from './config-read.ts'
import { latencyMetric } from './latency.ts'
import { compilePlans, type Plans } from './plan.ts'
import { Progress } from './progress.ts'
import { RefusedError } from './refused-error.ts'
import { type BoundStatement, type SinkSettings } from './settings.ts'
import { silenceMsMax } from './writer/air.ts'
import { Outage } from './writer/outage.ts'
import { RetryBudget } from './writer/policy.ts'
import { RefusalJudge } from './writer/refusal-judge.ts'
import { Writer } from './writer/writer.ts'

/** A rebalance takes partitions away and mostly gives them back: for so long the connection is kept. */
const restDelayMs = 5000

/** By `topic-partition`, the offset behind the last record that was taken. */
type Taken = Map<string, TopicPartition & { readonly offset: number }>

/** What a started task knows. */
interface Started {
  readonly context: SinkTaskContext
  readonly settings: SinkSettings
  readonly plans: Plans
  readonly door: RedisDoor
  readonly progress: Progress | null
  readonly log: Logger
}

/** What it writes with, from its first partition on: most tasks of a connector with more tasks than partitions never get there. */
interface Running extends Started {
  readonly writer: Writer
  readonly judge: RefusalJudge
  /** Geo records whose coordinates are no numbers. */
  readonly skips: SkipReport
  readonly dropped: Metric
}

export class RedisSinkTask implements SinkTask {
  readonly #openDoor: (settings: SinkSettings) => RedisDoor
  readonly #silenceMs: number
  #started: Started | null = null
  #running: Running | null = null
  /** Per partition, the first offset of the batch at hand that was not taken when the target was away: the same batch comes again. */
  #resume: Taken | null = null
  /** Partitions that are open: without any, no connection is held. */
  readonly #owned = new Set<string>()
  #restTimer: Timer | null = null
  #stopped = false

  /** Tests hand in a door of their own, or a Redis that is taken for gone when it says nothing for `silenceMs`. */
  constructor(openDoor: (settings: SinkSettings) => RedisDoor = redisDoor, silenceMs = silenceMsMax) {
    this.#openDoor = openDoor
    this.#silenceMs = silenceMs
  }

  async start(context: SinkTaskContext): Promise<void> {
    const settings = parseSinkSettings(context.config)
    const log = context.log.named(taskLogger)
    announce(settings, log, context.task === 0)
    const progress = settings.progress ? new Progress(log, context.clock) : null
    const door = this.#openDoor(settings)
    this.#started = { context, settings, plans: compilePlans(settings), door, progress, log }
    const access = rawAccess(this.#started)
    if (access === null) return
    let way: RawWay | null = null
    this.putRaw = async cursors => {
      const running = this.#work()
      throwIfFailed(running.writer)
      way ??= this.#rawWay(access, running)
      await way.put(cursors)
      progress?.batch()
    }
  }

  async open(partitions: readonly TopicPartition[]): Promise<void> {
    this.#resume = null
    for (const { topic, partition } of partitions) this.#owned.add(topicPartitionKey(topic, partition))
    this.#restTimer?.clear()
    this.#work().writer.start()
  }

  rest(): void {
    this.#running?.writer.rest()
  }

  resume(): void {
    if (this.#owned.size > 0) this.#running?.writer.start()
  }

  /** The compiled way, where `start` chose it. */
  putRaw: ((cursors: readonly RecordCursor[]) => Promise<void>) | null = null

  async put(records: readonly SinkRecord[]): Promise<void> {
    if (records.length === 0 && this.#running === null) return
    const { writer, progress } = this.#work()
    const resume = this.#resume
    this.#resume = null
    let index = 0
    try {
      throwIfFailed(writer)
      for (; index < records.length; index++) {
        const record = records[index]
        if (record === undefined) continue
        if (resume !== null && record.original.offset < (resume.get(partitionOf(record))?.offset ?? -1)) continue
        // A promise only where something must be waited for: an await per record would cost as much as a transform.
        const waiting = writer.full ? this.#takeWhenRoom(record) : this.#take(record)
        if (waiting !== null) await waiting
        progress?.count(record.topic)
      }
    } catch (error) {
      const taken = takenOffsets(records.slice(0, index), resume)
      if (!(error instanceof BusyError)) throw new PartlyPutError(error, taken)
      this.#resume = taken
      throw error
    }
    writer.push()
    if (records.length > 0) progress?.batch()
  }

  async #takeWhenRoom(record: SinkRecord): Promise<void> {
    const { writer } = this.#work()
    while (writer.full) {
      writer.push()
      await this.#progressOrBusy()
    }
    await this.#take(record)
  }

  /** A promise where the record is refused. */
  #take(record: SinkRecord): Promise<void> | null {
    const { writer, plans } = this.#work()
    try {
      const { commands, skips } = plans.run(record)
      for (const skip of skips) this.#skip(record, skip)
      writer.take(withoutValues(record), commands)
      return null
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      return this.#refuse(record, error)
    }
  }

  #skip({ original }: SinkRecord, text: string): void {
    const { skips, dropped } = this.#work()
    skips.add(original, () => text)
    dropped.add(1)
  }

  /** Every record before a refused one is written, none after it. */
  async #refuse(record: SinkRecord, error: RefusedError): Promise<void> {
    const { writer, judge } = this.#work()
    if (!judge.drops) {
      writer.push()
      while (!writer.idle) await this.#progressOrBusy()
    }
    judge.giveUp({ record, error })
  }

  /** Waits for the writer's next step. While Redis is away it does not wait here: the runtime goes on polling and delivers the batch again. */
  async #progressOrBusy(): Promise<void> {
    const { writer } = this.#work()
    throwIfFailed(writer)
    if (writer.away) throw new BusyError('Redis is away: what was read waits', whenBack(writer))
    await writer.change()
    throwIfFailed(writer)
  }

  #rawWay(access: RawAccess, { settings, plans, writer, progress }: Running): RawWay {
    return new RawWay({
      access,
      plans,
      writer,
      expiring: settings.statements.some(isExpiringSet),
      style: settings.output === 'java' ? 'java' : 'source',
      wait: () => this.#progressOrBusy(),
      refuse: (record, error) => this.#refuse(record, error),
      skip: (record, text) => this.#skip(record, text),
      delivered: (topic, records) => progress?.count(topic, records)
    })
  }

  async flush(): Promise<void> {
    if (this.#running === null) return
    const { writer } = this.#running
    writer.push()
    while (!writer.idle) {
      throwIfFailed(writer)
      // What can't be settled now stays uncommitted: the next owner reads it again. A connection that is only being made, because there was nothing to
      // write before, will settle it: a task that fails at its first batch writes what stood before the fault.
      if (writer.away && !writer.opening) return
      await writer.change()
    }
    throwIfFailed(writer)
  }

  firstUnsettled(partition: TopicPartition): number {
    return this.#running?.writer.firstUnsettled(partition) ?? Infinity
  }

  async preCommit(offsets: Offsets): Promise<Offsets> {
    if (this.#running === null) return offsets
    const { writer, context } = this.#running
    try {
      return writer.committable(offsets)
    } catch (error) {
      // A fault of ours: the task ends, and nothing is committed that might not be settled.
      context.fail(error instanceof Error ? error : new ConnectError(String(error)))
      return new Map()
    }
  }

  async close(partitions: readonly TopicPartition[]): Promise<void> {
    this.#running?.writer.forget(partitions)
    for (const { topic, partition } of partitions) {
      const key = topicPartitionKey(topic, partition)
      this.#resume?.delete(key)
      this.#owned.delete(key)
    }
    if (this.#owned.size === 0) this.#restLater()
    // The next owner begins when this resolves.
    await this.#running?.writer.drawFence()
  }

  #restLater(): void {
    this.#restTimer?.clear()
    this.#restTimer = this.#started?.context.clock.setTimer(restDelayMs, () => this.rest()) ?? null
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#restTimer?.clear()
    this.#started?.log.info('Stopping Redis sink.')
    this.#running?.writer.close()
    this.#running?.skips.close()
    this.#running?.judge.close()
    await this.#running?.writer.drawFence()
  }

  #work(): Running {
    if (this.#running !== null) return this.#running
    if (this.#started === null) throw new ConnectError('The Redis sink task was not started')
    // A partition that comes after a stop opens nothing any more.
    if (this.#stopped) throw new ConnectError('The task was stopped')
    this.#running = begin(this.#started, this.#silenceMs)
    return this.#running
  }
}

/** What the compiled way needs, or null, with the reason in the log, where every record goes the general way. */
function rawAccess({ context, settings, log }: Started): RawAccess | null {
  const why = context.generalWhy ?? whyGeneral(settings)
  if (context.raw === null || why !== null) {
    log.info(`Records go the general way (decoded one by one): ${why ?? 'no raw access'}`)
    return null
  }
  log.info('Records go the compiled way (bytes to bytes); single ones that it does not take go the general way')
  return context.raw
}

/** The tasks of a connector share their settings: one of them warns. */
function announce(settings: SinkSettings, log: Logger, warns: boolean): void {
  log.info(settingsText(settings))
  if (warns) for (const warning of settings.warnings) log.warn(warning)
  for (const note of settings.notes) log.info(note)
}

function begin(started: Started, silenceMs: number): Running {
  const { context, settings, log } = started
  const retries = new RetryBudget(settings.policy, context.clock, context.log)
  const dropped = context.metric('redis-dropped-total', 'counter')
  const judge = new RefusalJudge({
    retries,
    report: settings.deadLetter ? context.reportErrantRecord : null,
    idleLetters: settings.idleLetters,
    refused: context.metric('redis-refused-total', 'counter'),
    dropped,
    clock: context.clock,
    skips: context.skips,
    log,
    fail: error => context.fail(error)
  })
  const skips = new SkipReport(context, {
    why: 'longitude or latitude is no number',
    one: (_place, reason) => log.warn(`${reason}. More are told once a minute`),
    more: (counted, reason) => log.warn(`${counted} were skipped for their coordinates, the last one: ${reason}`)
  })
  return { ...started, writer: createWriter(started, silenceMs, retries, judge), judge, skips, dropped }
}

function createWriter(
  { context, settings, door, log }: Started,
  silenceMs: number,
  retries: RetryBudget,
  judge: RefusalJudge
): Writer {
  const { clock, random } = context
  const counter = (name: string) => context.metric(name, 'counter')
  const texts = new Map(settings.statements.map(({ index, text }) => [index, text]))
  return new Writer({
    door,
    silenceMs,
    coalesce: settings.coalesce,
    outage: new Outage({
      address: door.address,
      outageMs: settings.outageMs,
      retries,
      clock,
      random,
      waits: context.waits
    }),
    retries,
    judge,
    clock,
    log,
    ownership: context.ownership ?? null,
    fenceKey: `__connect:fence:${context.connector}-${context.task}`,
    metrics: {
      commands: counter('redis-commands-total'),
      wires: counter('redis-merged-commands-total'),
      bytes: counter('redis-bytes-sent-total'),
      flights: counter('redis-flushes-total'),
      latencyMs: latencyMetric((name, kind) => context.metric(name, kind)),
      resent: counter('redis-resent-total'),
      reconnects: counter('redis-reconnects-total')
    },
    statementText: index => texts.get(index) ?? '',
    onFailed: error => context.fail(error)
  })
}

function isExpiringSet({ mode, ttl }: BoundStatement): boolean {
  return (mode === 'sortedSet' || mode === 'sortedSets') && ttl > 0n
}

/** Commands of streams travel in transactions, in which the compiled way does not keep an eye on other commands' keys. */
function whyGeneral({ statements }: SinkSettings): string | null {
  const streams = statements.filter(({ mode }) => mode === 'stream' || mode === 'pubSub').length
  return streams === 0 || streams === statements.length ? null : 'streams or channels stand beside other modes'
}

/** How far `records` go, and an earlier put of the same batch went. */
function takenOffsets(records: readonly SinkRecord[], earlier: Taken | null): Taken {
  const taken: Taken = new Map(earlier)
  for (const record of records) {
    const { topic, partition, offset } = record.original
    const key = partitionOf(record)
    if (offset >= (taken.get(key)?.offset ?? 0)) taken.set(key, { topic, partition, offset: offset + 1 })
  }
  return taken
}

const none = { schema: null, value: null }

/** What waits for its answer is told apart by its place alone: thousands of decoded values would live through every collection. */
function withoutValues(record: SinkRecord): SinkRecord {
  return changeRecord(record, { key: none, value: none, headers: [] })
}

function throwIfFailed(writer: Writer): void {
  if (writer.failure !== null) throw writer.failure
}

async function whenBack(writer: Writer): Promise<void> {
  while (writer.away && writer.failure === null) await writer.change()
}

function partitionOf({ original }: SinkRecord): string {
  return topicPartitionKey(original.topic, original.partition)
}
