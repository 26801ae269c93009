// The root of a worker: hands in the doors to the world, starts the herder, then REST, and ends both in order.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Worker as NodeWorker } from 'node:worker_threads'
import { ConfigError, ConnectError } from './connect/errors.ts'
import { type Logger } from './connect/log.ts'
import { type Config } from './connect/plugin.ts'
import { propertiesIn } from './connect/properties-file.ts'
import { systemProperty } from './java/system-property.ts'
import { matchesWhole, packageCommit, packageVersion, pluginTable } from './plugins.ts'
import { banner, taskLogger } from './redis/banner.ts'
import { type MetricsSource, spellingOf } from './rest/metrics-routes.ts'
import { RestServer } from './rest/rest-server.ts'
import { allowedUrlsKey } from './runtime/client-config.ts'
import { ConnectorOffsets } from './runtime/connector-offsets.ts'
import { reportErrors, validateConnectorConfig, type ValidationDoors } from './runtime/connector-validation.ts'
import { InThreadHost } from './runtime/in-thread-host.ts'
import { type LogFormat, LogStream, parseLevel } from './runtime/log.ts'
import { WorkerMetrics } from './runtime/metrics.ts'
import { findPluginFiles, type PluginFile } from './runtime/plugin-files.ts'
import { withUserPlugins } from './runtime/plugin-path.ts'
import { PluginRegistry } from './runtime/plugin-registry.ts'
import { processSamples } from './runtime/process-samples.ts'
import { type ConnectorFile, parseConnectorFile } from './runtime/standalone/connector-file.ts'
import { StandaloneHerder } from './runtime/standalone/standalone-herder.ts'
import { type TaskHost } from './runtime/task-messages.ts'
import { ThreadHost, type ThreadStart } from './runtime/thread-host.ts'
import { type TaskEvents, Worker, type WorkerOptions } from './runtime/worker.ts'
import { WorkerAnswers } from './runtime/worker-answers.ts'
import { readWorkerStart, settingsText, type WorkerStart } from './runtime/worker-start.ts'
import { taskThreadOptions } from './thread-options.ts'
import { systemClock } from './util/clock.ts'
import { systemRandom } from './util/random.ts'

/** Why a worker does not start. The exit codes are those of Apache's command. */
export class StartError extends ConnectError {
  override readonly code: string = 'START'
  readonly exitCode: number

  constructor(exitCode: number, message: string, cause: unknown) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

/** The release of Connect whose REST answers ours are. */
const connectVersion = '4.3.1'
/** How long what answers REST waits for the first task, so that it does not slow its start. */
const restDelayMsMax = 2000

const exitCodes = { worker: 2, connectors: 3 } as const

export interface RunningWorker {
  /** Tasks finish, commit and leave their groups. */
  stop(): Promise<void>
}

/**
 * Starts a standalone worker from its files. Rejects with StartError, all that is wrong in one message.
 * `spareThread` is a task thread that loads already, while the files are still being read.
 */
export async function startStandalone(
  workerPath: string,
  connectorPaths: readonly string[],
  spareThread: NodeWorker | null = null
): Promise<RunningWorker> {
  const odd: string[] = []
  const properties = await orStartError(exitCodes.worker, () => readProperties(workerPath, text => odd.push(text)))
  const voice = openVoice(properties)
  const { logs } = voice
  const log = logs.logger('org.apache.kafka.connect.cli.ConnectStandalone')
  log.info(`Kafka Connect worker initializing: kafka-connect-redis ${packageVersion}, Node.js ${process.version}`)
  logs.logger(taskLogger).info(banner)
  for (const text of odd) log.warn(text)
  const { registry, files } = await orStartError(exitCodes.worker, () => openPlugins(properties, log), voice)
  const plugins = { clock: systemClock, random: systemRandom, log }
  const start = await orStartError(
    exitCodes.worker,
    () => readWorkerStart('standalone', workerPath, properties, { registry, plugins, log, mask: logs.mask }),
    voice
  )
  log.info(settingsText('standalone', start.config))
  const validation: ValidationDoors = {
    registry,
    compileRegex: matchesWhole,
    plugins,
    worker: start.properties,
    transformer: start.transformer
  }
  const connectors = await orStartError(exitCodes.connectors, () => readConnectors(connectorPaths, validation), voice)
  const rest = await orStartError(exitCodes.worker, () => openRest(start, logs, log), voice)
  const options = await workerOptions(start, { ...voice, spareThread }, files)
  const { herder, firstState } = newStandaloneHerder(start, validation, logs, options, () => rest.advertised)
  await herder.start()
  for (const { name, config, initialState } of connectors) {
    await herder.createConnector({ name, config, initialState })
    log.info(`Created connector ${name}`)
  }
  const metrics = openMetrics(start, herder, () => rest.advertised)
  rest.serve(herder, metrics.source)
  // The first record goes before the first request; whoever asks earlier is answered all the same.
  const soon = connectors.length > 0 ? Promise.race([firstState, systemClock.sleep(restDelayMsMax)]) : null
  void Promise.resolve(soon)
    .then(() => rest.load())
    .catch((error: unknown) => log.error('REST could not be loaded', error))
  log.info('Kafka Connect started')
  return {
    async stop() {
      log.info('Kafka Connect stopping')
      await rest.close()
      metrics.stop()
      await herder.stop()
      log.info('Kafka Connect stopped')
    }
  }
}

function newStandaloneHerder(
  { config }: WorkerStart,
  validation: ValidationDoors,
  logs: LogStream,
  options: WorkerOptions,
  workerId: () => string
): { herder: StandaloneHerder; firstState: Promise<void> } {
  const holder: { worker: Worker | null } = { worker: null }
  let onFirstState = (): void => undefined
  const firstState = new Promise<void>(resolve => (onFirstState = resolve))
  const newWorker = (events: TaskEvents): Worker => {
    holder.worker = new Worker(options, {
      ...events,
      onState(id, state, trace) {
        events.onState(id, state, trace)
        onFirstState()
      }
    })
    return holder.worker
  }
  const herder = new StandaloneHerder({
    identity: { workerId, version: packageVersion },
    newWorker,
    answers: new WorkerAnswers({
      validation,
      logs,
      onLevel: (logger, level) => holder.worker?.setLoggerLevel(logger, level)
    }),
    offsets: new ConnectorOffsets({
      clock: systemClock,
      doors: validation,
      newAdmin: async adminProperties => {
        const { KafkaAdmin } = await import('./kafka/admin.ts')
        return new KafkaAdmin({
          properties: adminProperties,
          clock: systemClock,
          random: systemRandom,
          log: logs.logger('org.apache.kafka.clients.admin.KafkaAdminClient')
        })
      }
    }),
    doors: validation,
    topicTracking: {
      enabled: config.boolean('topic.tracking.enable'),
      resetAllowed: config.boolean('topic.tracking.allow.reset')
    },
    log: validation.plugins.log,
    mask: text => logs.mask.text(text)
  })
  return { herder, firstState }
}

/** The numbers at /metrics, looked at from now on. */
function openMetrics(
  { config }: WorkerStart,
  herder: StandaloneHerder,
  workerId: () => string
): { source: MetricsSource; stop: () => void } {
  const window = { windowMs: config.number('metrics.sample.window.ms'), windows: config.number('metrics.num.samples') }
  const more = processSamples({ version: connectVersion, commit: packageCommit, workerId, clock: systemClock })
  const metrics = new WorkerMetrics({ herder, worker: herder.worker, window, clock: systemClock, more })
  metrics.start()
  const spelling = spellingOf(config.text('metrics.prometheus.spelling'))
  return { source: { collect: () => metrics.collect(), spelling }, stop: () => metrics.stop() }
}

function openRest({ config, properties }: WorkerStart, { mask }: LogStream, log: Logger): Promise<RestServer> {
  return RestServer.open({
    config,
    properties,
    info: { version: connectVersion, commit: packageCommit },
    javaOptions: process.env['KAFKA_OPTS'] ?? '',
    clock: systemClock,
    log,
    mask: text => mask.text(text)
  })
}

/** The built-in plugins and the users' own; threads load the same files. */
async function openPlugins(
  properties: Config,
  log: Logger
): Promise<{ registry: PluginRegistry; files: readonly PluginFile[] }> {
  const table = pluginTable({ newSinkTask: noTaskHere, environment: process.env })
  const files = findPluginFiles(properties.get('plugin.path'), log)
  return { registry: new PluginRegistry(await withUserPlugins(table, files)), files }
}

async function workerOptions(
  { config, properties, secrets }: WorkerStart,
  voice: Voice & { readonly spareThread: NodeWorker | null },
  files: readonly PluginFile[]
): Promise<WorkerOptions> {
  const { logs, spareThread } = voice
  const asked = config.get('worker.threads')
  const threads = typeof asked === 'number' ? asked : availableParallelism()
  if (threads === 0) void spareThread?.terminate()
  let spare = spareThread
  const takeSpare = (): NodeWorker | null => {
    const taken = spare
    spare = null
    return taken
  }
  return {
    settings: {
      commitIntervalMs: config.number('offset.flush.interval.ms'),
      commitTimeoutMs: config.number('offset.flush.timeout.ms'),
      gracefulTimeoutMs: config.number('task.shutdown.graceful.timeout.ms'),
      properties
    },
    newHost:
      threads === 0
        ? await inThreadHosts(logs, files)
        : () => threadHost(takeSpare() ?? newThread(), voice, { pluginFiles: files, secrets }),
    hostsMax: Math.max(1, threads),
    clock: systemClock,
    log: logs.logger('org.apache.kafka.connect.runtime.Worker')
  }
}

function newThread(): NodeWorker {
  // The built form lies beside as .js: the thread runs the same form as this file.
  const entry = new URL(import.meta.url.replace(/main(\.[jt]s)$/, 'task-thread$1'))
  return new NodeWorker(entry, taskThreadOptions)
}

function threadHost(
  thread: NodeWorker,
  { logs, format, write }: Voice,
  start: Pick<ThreadStart, 'pluginFiles' | 'secrets'>
): TaskHost {
  const levels = [...logs.explicitLevels()].map(([logger, { level }]) => [logger, level] as const)
  // Its lines are written as they come: the thread has hidden what is to be hidden, before it made JSON of them.
  return new ThreadHost(thread, { ...start, format, levels }, write, name => logs.know(name))
}

/** With worker.threads=0 this thread needs what else only task threads load. */
async function inThreadHosts(logs: LogStream, files: readonly PluginFile[]): Promise<() => TaskHost> {
  const { openTaskDoors } = await import('./task-thread.ts')
  const doors = await openTaskDoors(logs, files)
  return () => new InThreadHost(doors)
}

/** Where log lines go, those of the threads too. */
interface Voice {
  readonly logs: LogStream
  readonly format: LogFormat
  readonly write: (text: string) => void
}

// Whether level and format are right is told with all else; until then lines must come out somehow.
function openVoice(properties: Config): Voice {
  const format: LogFormat = properties.get('worker.log.format')?.trim() === 'json' ? 'json' : 'text'
  const level = parseLevel((properties.get('worker.log.level') ?? '').trim()) ?? 'INFO'
  const write = (text: string): void => void process.stdout.write(text)
  return { logs: new LogStream({ clock: systemClock, write, format, level }), format, write }
}

/** `warn` hears what is odd about the file: no log is open yet. */
function readProperties(path: string, warn: (text: string) => void): Config {
  const properties = propertiesIn(path, readFile(path), { warn })
  const allowedUrls = systemProperty(process.env['KAFKA_OPTS'] ?? '', allowedUrlsKey)
  return allowedUrls === undefined ? properties : new Map([...properties, [allowedUrlsKey, allowedUrls]])
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigError(null, `${path} can't be read: ${(error as Error).message}`)
  }
}

/** All files, validated; what is wrong in any of them is told at once. */
async function readConnectors(paths: readonly string[], doors: ValidationDoors): Promise<readonly ConnectorFile[]> {
  const files: ConnectorFile[] = []
  const faults: string[] = []
  for (const path of paths) {
    try {
      const file = parseConnectorFile(path, readFile(path), text => doors.plugins.log.warn(text))
      const other = files.find(({ name }) => name === file.name)
      if (other !== undefined)
        faults.push(`${path}: the name ${file.name} is that of ${other.path} too. Give it another`)
      faults.push(...(await connectorFaults(file, doors)))
      files.push(file)
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error
      faults.push(error.message.startsWith(path) ? error.message : `${path}: ${error.message}`)
    }
  }
  if (faults.length > 0) throw new ConnectError(faults.join('\n'))
  return files
}

async function connectorFaults({ path, name, config }: ConnectorFile, doors: ValidationDoors): Promise<string[]> {
  const report = await validateConnectorConfig(config, doors)
  if (report.errorCount === 0) return []
  // What stands on two keys at once (topics and topics.regex) is one fault here.
  const lines = new Set(reportErrors(report).map(text => `- ${text}`))
  return [`${path}: connector ${name} can't run, ${lines.size} error(s)`, ...lines]
}

async function orStartError<T>(exitCode: number, step: () => T | Promise<T>, voice: Voice | null = null): Promise<T> {
  try {
    return await step()
  } catch (error) {
    // The message goes to whoever started us; a trace is wanted at DEBUG only.
    voice?.logs.logger('org.apache.kafka.connect.cli.ConnectStandalone').debug('The worker does not start', error)
    if (!(error instanceof ConnectError)) throw error
    throw new StartError(exitCode, voice?.logs.mask.text(error.message) ?? error.message, error)
  }
}

function noTaskHere(): never {
  throw new ConnectError('Sink tasks are made where tasks run')
}
