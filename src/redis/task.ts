// The sink task: plans records, hands their commands to the writer, and answers which offsets may be committed.
import { BusyError, ConnectError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Offsets, type SinkTask, type SinkTaskContext } from '../connect/plugin.ts'
import { type SinkRecord, type TopicPartition, topicPartitionKey } from '../connect/record.ts'
import { banner, settingsText } from './banner.ts'
import { redisDoor, type RedisDoor } from './client.ts'
import { parseSinkSettings } from './config-read.ts'
import { compilePlans, type Plans } from './plan.ts'
import { Progress } from './progress.ts'
import { RefusedError } from './refused-error.ts'
import { type SinkSettings } from './settings.ts'
import { Outage } from './writer/outage.ts'
import { RetryBudget } from './writer/policy.ts'
import { RefusalJudge } from './writer/refusal-judge.ts'
import { Writer } from './writer/writer.ts'

const taskLogger = 'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkTask'
/** Warnings about skipped geo records, one line each, are no more than these; then only counted. */
const skipsShownMax = 1000

/** Everything a started task works with. */
interface Running {
  readonly context: SinkTaskContext
  readonly settings: SinkSettings
  readonly plans: Plans
  readonly writer: Writer
  readonly judge: RefusalJudge
  readonly progress: Progress | null
  readonly log: Logger
}

export class RedisSinkTask implements SinkTask {
  readonly #openDoor: (settings: SinkSettings) => RedisDoor
  #running: Running | null = null
  /** Per partition, the first offset of the batch at hand that was not taken when the target was away: the same batch comes again. */
  #resume: Map<string, number> | null = null
  #skips = 0

  /** Tests hand in a door of their own. */
  constructor(openDoor: (settings: SinkSettings) => RedisDoor = redisDoor) {
    this.#openDoor = openDoor
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract's verb; Redis is met in the background
  async start(context: SinkTaskContext): Promise<void> {
    const settings = parseSinkSettings(context.config)
    const log = context.log.named(taskLogger)
    announce(settings, log)
    const retries = new RetryBudget(settings.policy, context.clock, context.log)
    const judge = new RefusalJudge({
      retries,
      report: settings.deadLetter ? context.reportErrantRecord : null,
      refused: context.metric('redis-refused-total', 'counter'),
      log,
      fail: error => context.fail(error)
    })
    const writer = createWriter(context, settings, this.#openDoor(settings), retries, judge, log)
    const progress = settings.progress ? new Progress(log, context.clock) : null
    this.#running = { context, settings, plans: compilePlans(settings), writer, judge, progress, log }
    writer.start()
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- nothing to prepare: the connection is there or will be
  async open(): Promise<void> {
    this.#resume = null
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    const { writer, plans, progress } = this.#started
    const resume = this.#resume
    this.#resume = null
    throwIfFailed(writer)
    for (const [index, record] of records.entries()) {
      if (resume !== null && record.original.offset < (resume.get(partitionOf(record)) ?? -1)) continue
      if (writer.full) await this.#room(records, index)
      await this.#take(record, plans, records, index)
      progress?.count(record.topic)
    }
    writer.push()
    if (records.length > 0) progress?.batch()
  }

  async #take(record: SinkRecord, plans: Plans, records: readonly SinkRecord[], index: number): Promise<void> {
    const { writer, log } = this.#started
    try {
      const { commands, skips } = plans.run(record)
      for (const skip of skips) {
        this.#skips++
        if (this.#skips <= skipsShownMax) log.warn(skip)
      }
      writer.take(record, commands)
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      await this.#refuse(record, error, records, index)
    }
  }

  /** Every record before a refused one is written, none after it. */
  async #refuse(record: SinkRecord, error: RefusedError, records: readonly SinkRecord[], index: number): Promise<void> {
    const { writer, judge } = this.#started
    if (!judge.drops) {
      writer.push()
      while (!writer.idle) await this.#progressOrBusy(records, index)
    }
    judge.giveUp({ record, error })
  }

  async #room(records: readonly SinkRecord[], index: number): Promise<void> {
    const { writer } = this.#started
    writer.push()
    while (writer.full) await this.#progressOrBusy(records, index)
  }

  /** Waits for the writer's next step. While Redis is away it does not wait here: the runtime goes on polling and delivers the batch again. */
  async #progressOrBusy(records: readonly SinkRecord[], index: number): Promise<void> {
    const { writer } = this.#started
    throwIfFailed(writer)
    if (writer.away) {
      this.#resume = new Map()
      for (const record of records.slice(0, index)) this.#resume.set(partitionOf(record), record.original.offset + 1)
      throw new BusyError('Redis is away: what was read waits', whenBack(writer))
    }
    await writer.change()
    throwIfFailed(writer)
  }

  async flush(): Promise<void> {
    const { writer } = this.#started
    writer.push()
    while (!writer.idle) {
      throwIfFailed(writer)
      // What can't be settled now stays uncommitted: the next owner reads it again.
      if (writer.away) return
      await writer.change()
    }
    throwIfFailed(writer)
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract's verb
  async preCommit(offsets: Offsets): Promise<Offsets> {
    return this.#started.writer.committable(offsets)
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract's verb
  async close(partitions: readonly TopicPartition[]): Promise<void> {
    this.#running?.writer.forget(partitions)
    for (const { topic, partition } of partitions) this.#resume?.delete(topicPartitionKey(topic, partition))
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract's verb
  async stop(): Promise<void> {
    const running = this.#running
    if (running === null) return
    running.log.info('Stopping Redis sink.')
    running.writer.close()
  }

  get #started(): Running {
    if (this.#running === null) throw new ConnectError('The Redis sink task was not started')
    return this.#running
  }
}

function announce(settings: SinkSettings, log: Logger): void {
  log.info(banner)
  log.info(settingsText(settings))
  for (const warning of settings.warnings) log.warn(warning)
  for (const note of settings.notes) log.info(note)
}

function createWriter(
  context: SinkTaskContext,
  settings: SinkSettings,
  door: RedisDoor,
  retries: RetryBudget,
  judge: RefusalJudge,
  log: Logger
): Writer {
  const { clock, random } = context
  const counter = (name: string) => context.metric(name, 'counter')
  const texts = new Map(settings.statements.map(({ index, text }) => [index, text]))
  return new Writer({
    door,
    coalesce: settings.coalesce,
    outage: new Outage({ address: door.address, outageMs: settings.outageMs, retries, clock, random, log }),
    retries,
    judge,
    clock,
    log,
    metrics: {
      commands: counter('redis-commands-total'),
      wires: counter('redis-merged-commands-total'),
      bytes: counter('redis-bytes-sent-total'),
      flights: counter('redis-flushes-total'),
      latencyMs: context.metric('redis-latency-ms', 'gauge'),
      resent: counter('redis-resent-total'),
      reconnects: counter('redis-reconnects-total')
    },
    statementText: index => texts.get(index) ?? '',
    onFailed: error => context.fail(error)
  })
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
