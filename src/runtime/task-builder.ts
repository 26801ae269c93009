// Puts a task together from its configuration: providers resolved, converters, transforms, judge, dead letters, consumer, sink.
import { setMaxListeners } from 'node:events'
import { ConfigError } from '../connect/errors.ts'
import { type Logger } from '../connect/log.ts'
import { type Config, type Doors, type SinkTask } from '../connect/plugin.ts'
import { type WaitPlan } from '../connect/waits.ts'
import { connectorAdminConfig, consumerConfig, consumerKin, deadLetterProducerConfig } from './client-config.ts'
import { BrokerError } from '../kafka/errors.ts'
import { aliases, connectorTopics, deadLetterWarnings, errorSettings } from './connector-config.ts'
import { configTransformer } from './config-providers.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import { ErrorJudge } from './error-judge.ts'
import { inTodaysNames } from './former-names.ts'
import { type TaskId, taskIdText } from './herder.ts'
import { CauseFirstError } from './java-trace.ts'
import { type Named, type TaskConverters } from './lazy-record.ts'
import { MeasuredConsumer, type MeasuredOptions } from './measured-consumer.ts'
import { type ConnectorEntry, type PluginEntry, type PluginRegistry } from './plugin-registry.ts'
import { RuntimeRawAccess, whyGeneral } from './raw-access.ts'
import { RecordIntake } from './record-intake.ts'
import { type TaskConsumer, type Topics } from './task-consumer.ts'
import { type TaskSkip, TaskSkips } from './skips.ts'
import { type FromTask, type StartTask } from './task-messages.ts'
import { resolvedConnector } from './secret-bounds.ts'
import { labelsOf } from './secret-mask.ts'
import { type MetricDescription, TaskMetrics } from './task-metrics.ts'
import { contextOf, type TaskDoors } from './task-doors.ts'
import { TransformationChain, type TransformationStep } from './transformation-chain.ts'
import { TaskWaits, type TaskWait } from './waits.ts'
import { withPrefix } from './worker-config.ts'
import { type TaskListener, WorkerSinkTask } from './worker-sink-task.ts'

/**
 * Records converted at once where the consumer sets no `max.poll.records`: Connect's own default. Enough to fill a flight, and few enough: of 2000
 * decoded records many outlived a collection (with one transform 5.0 CPU s per million instead of 4.6).
 */
const batchRecordsDefault = 500
/** A topic is created within this, or it is told. */
const creatingPatienceMs = 5000

const sinkTaskLogger = 'org.apache.kafka.connect.runtime.WorkerSinkTask'

export interface TaskVoice {
  readonly post: (message: FromTask) => void
  readonly listener: TaskListener
  /** Called for every record: a record of that topic was converted. */
  readonly onTopic: (topic: string) => void
  /** Called before the first topic: how the task's names are told. */
  readonly onLabels: (label: Label) => void
}

/** A name as it is told: a reference, where a provider gave it. */
export type Label = (name: string) => string

export async function buildTask(start: StartTask, doors: TaskDoors, voice: TaskVoice): Promise<WorkerSinkTask> {
  const { id } = start
  const log = doors.logs.logger('org.apache.kafka.connect.runtime.Worker', contextOf(id))
  const pluginDoors: Doors = { clock: doors.clock, random: doors.random, log }
  const worker: Config = new Map(start.workerConfig)
  const { connector, config, label } = await resolvedConfigs(start, worker, doors, pluginDoors)
  voice.onLabels(label)
  const entry = connectorEntry(connector, doors)
  const metrics = taskMetrics(start, voice, label)
  const told = { waits: taskWaits(start, doors, voice), skips: taskSkips(start, doors, voice) }
  const { waits } = told
  const stopping = new AbortController()
  // Every waiting retry and sleep of the task listens to it.
  setMaxListeners(0, stopping.signal)
  const converters = taskConverters(connector, worker, doors.registry, pluginDoors)
  const chain = transformationChain(connector, doors.registry, pluginDoors)
  const properties = consumerConfig(id, worker, connector)
  // The queue is built before the task whose failure it may be.
  const holder: { task: WorkerSinkTask | null } = { task: null }
  const fail = (error: Error): void => holder.task?.fail(error)
  const deadLetters = await deadLetterQueue({ id, worker, connector, doors, metrics, waits, log, fail })
  const judge = new ErrorJudge({
    taskId: taskIdText(id),
    settings: errorSettings(connector),
    log: log.named('org.apache.kafka.connect.runtime.errors.LogReporter'),
    clock: doors.clock,
    random: doors.random,
    metrics,
    deadLetters,
    converters,
    ...told,
    stopping: stopping.signal
  })
  const batchRecordsMax = batchRecords(properties)
  const intake = new RecordIntake({ converters, chain, judge, metrics, batchRecordsMax, onTopic: voice.onTopic })
  const generalWhy = whyGeneral(converters, chain)
  const sink = entry.create(pluginDoors).createTask()
  const task = new WorkerSinkTask({
    id,
    config,
    task: sink,
    consumer: measured(taskConsumer(properties, { id, worker, connector, doors, metrics, waits }), sink, id, {
      metrics,
      clock: doors.clock,
      log
    }),
    topics: subscription(connector, doors),
    intake,
    raw: generalWhy === null ? new RuntimeRawAccess(converters, intake) : null,
    ...told,
    generalWhy,
    deadLetters,
    reportErrantRecord: judge.reporter,
    metrics,
    listener: voice.listener,
    clock: doors.clock,
    random: doors.random,
    log,
    commitIntervalMs: start.commitIntervalMs,
    commitTimeoutMs: start.commitTimeoutMs,
    // The other half is left for the commit of what is settled.
    lettersWaitMs: start.gracefulTimeoutMs / 2,
    startPaused: start.paused,
    yieldTurn: () => doors.yieldTurn(),
    stopping,
    close: closer({ chain, converters, deadLetters, judge, ...told })
  })
  holder.task = task
  return task
}

function taskMetrics({ id, incarnation, metrics }: StartTask, voice: TaskVoice, label: Label): TaskMetrics {
  const tell = together<MetricDescription>(described =>
    voice.post({ kind: 'metrics', id, incarnation, metrics: described.map(metric => withLabels(metric, label)) })
  )
  return new TaskMetrics(metrics, tell)
}

/** The one task of a connector that tells what is odd about the settings they share. */
function isFirst({ task }: TaskId): boolean {
  return task === 0
}

interface ConsumerParts {
  readonly id: TaskId
  readonly worker: Config
  readonly connector: Config
  readonly doors: TaskDoors
  readonly metrics: TaskMetrics
  readonly waits: TaskWaits
}

function taskConsumer(properties: ReadonlyMap<string, string>, parts: ConsumerParts): TaskConsumer {
  const { id, worker, connector, doors, metrics, waits } = parts
  const kin = consumerKin(id.connector, worker, connector)
  return doors.consumer(properties, { meter: metrics.client('consumer'), warns: isFirst(id), waits, kin })
}

function measured(
  consumer: TaskConsumer,
  sink: SinkTask,
  id: TaskId,
  { log, ...parts }: Pick<MeasuredOptions, 'metrics' | 'clock' | 'log'>
): MeasuredConsumer {
  return new MeasuredConsumer(consumer, {
    ...parts,
    log: log.named(sinkTaskLogger),
    name: `WorkerSinkTask{id=${taskIdText(id)}}`,
    firstUnsettled: partition => sink.firstUnsettled?.(partition) ?? Infinity
  })
}

/** Hands over in one piece what comes within a turn: a task has fifty numbers, and a worker may have ten thousand tasks. */
function together<T>(hand: (items: readonly T[]) => void): (item: T) => void {
  let items: T[] = []
  return item => {
    if (items.push(item) > 1) return
    queueMicrotask(() => {
      const all = items
      items = []
      hand(all)
    })
  }
}

/** A topic that a provider named is not told by the name of a number. */
function withLabels(metric: MetricDescription, label: Label): MetricDescription {
  const { tags } = metric
  if (tags === undefined) return metric
  return { ...metric, tags: Object.fromEntries(Object.entries(tags).map(([key, tag]) => [key, label(tag)])) }
}

/** Secrets are resolved here, where the task runs, and nowhere else kept. */
async function resolvedConfigs(
  start: StartTask,
  worker: Config,
  { registry, compileRegex, logs }: TaskDoors,
  pluginDoors: Doors
): Promise<{ connector: Config; config: Config; label: Label }> {
  const transformer = configTransformer(worker, registry, pluginDoors, logs.mask)
  // Looked at again where the secrets are: whatever way a configuration came here, and whatever became of its secrets since.
  const connectorDoors = { registry, compileRegex, worker, transformer }
  try {
    const connector = await resolvedConnector(new Map(start.connectorConfig), connectorDoors)
    const task = await resolvedConnector(new Map(start.taskConfig), connectorDoors)
    // Its own references alone: who else runs in this thread has no say in its names.
    const label = labelsOf([...connector.resolved, ...task.resolved])
    return { connector: connector.config, config: task.config, label }
  } finally {
    transformer.close()
  }
}

interface ToClose {
  readonly chain: TransformationChain
  readonly converters: TaskConverters
  readonly deadLetters: DeadLetterQueue | null
  readonly waits: TaskWaits
  readonly skips: TaskSkips
  readonly judge: ErrorJudge
}

function closer({ chain, converters, deadLetters, waits, skips, judge }: ToClose) {
  return async (): Promise<void> => {
    judge.close()
    skips.close()
    waits.close()
    chain.close()
    await converters.key.plugin.close?.()
    await converters.value.plugin.close?.()
    await deadLetters?.close()
  }
}

/** A converter named by the connector takes its settings from the connector alone; the worker's comes with the worker's. */
export function taskConverters(
  connector: Config,
  worker: Config,
  registry: PluginRegistry,
  doors: Doors
): TaskConverters {
  const defaults = registry.connector(connector)?.converterDefaults ?? []
  const choose = <T>(key: string, create: (name: string, config: Config) => Named<T>): Named<T> => {
    const own = connector.get(key)?.trim()
    const fromWorker = own === undefined
    const name = own ?? worker.get(key)?.trim() ?? 'org.apache.kafka.connect.storage.SimpleHeaderConverter'
    const settings = withPrefix(fromWorker ? worker : connector, `${key}.`)
    return { ...create(name, settings), settings, fromWorker }
  }
  // A user's own converter may mean something else by such a name.
  const settings = (entry: PluginEntry, config: Config): Config =>
    new Map([...[...defaults].filter(([key]) => entry.configDef.key(key) !== undefined), ...config])
  const named = (isKey: boolean) => (name: string, config: Config) => {
    const entry = registry.converter(isKey ? 'key.converter' : 'value.converter', name)
    return { className: entry.className, plugin: entry.create(settings(entry, config), isKey, doors) }
  }
  return {
    key: choose('key.converter', named(true)),
    value: choose('value.converter', named(false)),
    header: choose('header.converter', (name, config) => {
      const entry = registry.headerConverter('header.converter', name)
      return { className: entry.className, plugin: entry.create(settings(entry, config), doors) }
    })
  }
}

export function transformationChain(given: Config, registry: PluginRegistry, doors: Doors): TransformationChain {
  const { config } = inTodaysNames(given, registry)
  const predicates = new Map(
    aliases(config, 'predicates').map(alias => {
      const key = `predicates.${alias}.type`
      const entry = registry.predicate(key, config.get(key)?.trim() ?? '')
      return [alias, entry.create(withPrefix(config, `predicates.${alias}.`), doors)]
    })
  )
  const steps = aliases(config, 'transforms').map((alias): TransformationStep => {
    const prefix = `transforms.${alias}.`
    const entry = registry.transformation(`${prefix}type`, config.get(`${prefix}type`)?.trim() ?? '')
    const guard = config.get(`${prefix}predicate`)?.trim() ?? ''
    const predicate = predicates.get(guard)
    if (guard !== '' && predicate === undefined) {
      throw new ConfigError(
        `${prefix}predicate`,
        `${prefix}predicate names '${guard}', which is none of predicates=${[...predicates.keys()].join(',')}. Add it there, with its type`
      )
    }
    const negate = config.get(`${prefix}negate`)?.trim().toLowerCase() === 'true'
    return {
      alias,
      className: entry.className,
      transformation: entry.create(withPrefix(config, prefix), doors),
      predicate: predicate === undefined ? null : { predicate, negate }
    }
  })
  return new TransformationChain(steps)
}

function connectorEntry(connector: Config, { registry }: TaskDoors): ConnectorEntry {
  const entry = registry.connector(connector)
  if (entry === null) throw new ConfigError('connector.class', `No connector ${connector.get('connector.class') ?? ''}`)
  return entry
}

function taskWaits({ id, incarnation }: StartTask, { clock, logs }: TaskDoors, { post }: TaskVoice): TaskWaits {
  const log = logs.logger(sinkTaskLogger, contextOf(id))
  const onChange = (waits: readonly TaskWait[]): void => post({ kind: 'waits', id, incarnation, waits })
  return new TaskWaits({ taskId: taskIdText(id), clock, log, mask: text => logs.mask.text(text), onChange })
}

function taskSkips({ id, incarnation }: StartTask, { clock, logs }: TaskDoors, { post }: TaskVoice): TaskSkips {
  const onChange = (skips: readonly TaskSkip[]): void => post({ kind: 'skips', id, incarnation, skips })
  return new TaskSkips({ clock, mask: text => logs.mask.text(text), onChange })
}

interface DeadLetterParts {
  readonly id: TaskId
  readonly worker: Config
  readonly connector: Config
  readonly doors: TaskDoors
  readonly metrics: TaskMetrics
  readonly waits: TaskWaits
  readonly log: Logger
  readonly fail: (error: Error) => void
}

async function deadLetterQueue(parts: DeadLetterParts): Promise<DeadLetterQueue | null> {
  const { id, worker, connector, doors, metrics, waits, log, fail } = parts
  const topic = (connector.get('errors.deadletterqueue.topic.name') ?? '').trim()
  if (topic === '') return null
  if (isFirst(id)) for (const warning of deadLetterWarnings(connector)) log.warn(warning)
  const replicas = Number(connector.get('errors.deadletterqueue.topic.replication.factor') ?? 3)
  const admin = connectorAdminConfig(`connector-dlq-adminclient-${taskIdText(id)}`, worker, connector)
  const wait = waits.begin(creatingTopic(topic, admin.get('bootstrap.servers') ?? ''))
  try {
    await doors.ensureTopic(admin, topic, replicas)
    wait.end('the topic is there')
  } catch (error) {
    waits.close()
    throw new CauseFirstError(
      `Could not initialize dead letter queue with topic=${topic}${letterTopicAdvice(error, replicas)}`,
      error
    )
  }
  const enable = connector.get('errors.deadletterqueue.context.headers.enable') ?? ''
  return new DeadLetterQueue({
    topic,
    contextHeaders: enable.trim().toLowerCase() === 'true',
    connector: id.connector,
    task: id.task,
    producer: doors.deadLetterProducer(deadLetterProducerConfig(id, worker, connector), {
      meter: metrics.client('producer'),
      warns: isFirst(id)
    }),
    metrics,
    waits,
    log: log.named(sinkTaskLogger),
    clock: doors.clock,
    mask: doors.logs.mask,
    fail
  })
}

/** What to write where the brokers refuse the topic. */
function letterTopicAdvice(error: unknown, replicas: number): string {
  if (!(error instanceof BrokerError)) return ''
  const { errorName } = error
  if (errorName === 'INVALID_REPLICATION_FACTOR') {
    return `: there are fewer than ${replicas} brokers for its replicas. Write errors.deadletterqueue.topic.replication.factor=1, or as many as there are brokers`
  }
  if (errorName === 'TOPIC_AUTHORIZATION_FAILED' || errorName === 'CLUSTER_AUTHORIZATION_FAILED') {
    return ': the user of admin.* may not create it. Create it by hand, or allow CREATE on that topic'
  }
  return errorName === 'POLICY_VIOLATION' ? ": the brokers' policy forbids it. Create it by hand" : ''
}

function creatingTopic(topic: string, servers: string): WaitPlan {
  return {
    for: 'kafka',
    what: `Kafka at ${servers}, to create the dead letter queue ${topic}`,
    patienceMs: creatingPatienceMs,
    words: () => ({
      attempts: 1,
      reason: 'no answer yet',
      hint: 'The task does not read before. See that the brokers run and can be reached'
    })
  }
}

function subscription(connector: Config, doors: TaskDoors): Topics {
  const regex = (connector.get('topics.regex') ?? '').trim()
  return regex === '' ? { names: connectorTopics(connector) } : { matches: doors.compileRegex(regex) }
}

function batchRecords(properties: ReadonlyMap<string, string>): number {
  const asked = Number(properties.get('max.poll.records'))
  return Number.isInteger(asked) && asked > 0 ? asked : batchRecordsDefault
}
