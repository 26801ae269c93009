// One worker of a world: production code from the herder down, with clock, chance, Kafka and Redis handed in.
import { type Config } from '../../../src/connect/plugin.ts'
import { KafkaAdmin } from '../../../src/kafka/admin.ts'
import { type OpenLink } from '../../../src/kafka/broker-link.ts'
import { Consumer } from '../../../src/kafka/consumer.ts'
import { Producer } from '../../../src/kafka/producer.ts'
import { matchesWhole, packageVersion, pluginTable } from '../../../src/plugins.ts'
import { type RedisDoor } from '../../../src/redis/client.ts'
import { type SinkSettings } from '../../../src/redis/settings.ts'
import { RedisSinkTask } from '../../../src/redis/task.ts'
import { ConnectorOffsets } from '../../../src/runtime/connector-offsets.ts'
import { type ValidationDoors } from '../../../src/runtime/connector-validation.ts'
import { InThreadHost } from '../../../src/runtime/in-thread-host.ts'
import { LogStream } from '../../../src/runtime/log.ts'
import { WorkerMetrics } from '../../../src/runtime/metrics.ts'
import { PluginRegistry } from '../../../src/runtime/plugin-registry.ts'
import { StandaloneHerder } from '../../../src/runtime/standalone/standalone-herder.ts'
import { type TaskDoors } from '../../../src/runtime/task-doors.ts'
import { type TaskEvents, Worker } from '../../../src/runtime/worker.ts'
import { WorkerAnswers } from '../../../src/runtime/worker-answers.ts'
import { readWorkerStart } from '../../../src/runtime/worker-start.ts'
import { type Chance } from '../engine/chance.ts'
import { type SimProcess } from '../engine/scheduler.ts'

/** How a worker of a world reaches it. */
export interface WorkerDoors {
  readonly process: SimProcess
  readonly chance: Chance
  readonly openLink: OpenLink
  readonly openRedis: (settings: SinkSettings) => RedisDoor
  /** Called with each line of its log. */
  readonly onLine: (line: string) => void
}

export interface SimWorker {
  readonly herder: StandaloneHerder
  readonly metrics: WorkerMetrics
  /** As SIGTERM: tasks finish, commit and leave their groups. */
  stop(): Promise<void>
}

/** So long a turn of the event loop takes in a world. */
const turnMs = 0.02

export async function startSimWorker(properties: Config, doors: WorkerDoors): Promise<SimWorker> {
  const { process, chance, onLine } = doors
  const { clock } = process
  const logs = new LogStream({ clock, write: onLine })
  const log = logs.logger('org.apache.kafka.connect.cli.ConnectStandalone')
  const registry = new PluginRegistry(
    pluginTable({ newSinkTask: () => new RedisSinkTask(doors.openRedis), environment: {} })
  )
  const plugins = { clock, random: chance.fork('plugins'), log }
  const start = await readWorkerStart('standalone', 'worker.properties', properties, { registry, plugins, log, mask: logs.mask }) // prettier-ignore
  const validation: ValidationDoors = {
    registry,
    compileRegex: matchesWhole,
    plugins,
    worker: start.properties,
    transformer: start.transformer
  }
  const { config } = start
  const taskDoors = newTaskDoors(doors, registry, logs)
  const newWorker = (events: TaskEvents): Worker =>
    new Worker(
      {
        settings: {
          commitIntervalMs: config.number('offset.flush.interval.ms'),
          commitTimeoutMs: config.number('offset.flush.timeout.ms'),
          gracefulTimeoutMs: config.number('task.shutdown.graceful.timeout.ms'),
          properties: start.properties
        },
        newHost: () => new InThreadHost(taskDoors),
        hostsMax: 2,
        clock,
        log: logs.logger('org.apache.kafka.connect.runtime.Worker')
      },
      events
    )
  const herder = new StandaloneHerder({
    identity: { workerId: () => process.name, version: packageVersion },
    newWorker,
    answers: new WorkerAnswers({
      validation,
      logs,
      onLevel: (logger, level) => herder.worker.setLoggerLevel(logger, level)
    }),
    offsets: new ConnectorOffsets({
      clock,
      doors: validation,
      newAdmin: adminProperties =>
        Promise.resolve(new KafkaAdmin({ properties: adminProperties, openLink: doors.openLink, clock, random: chance.fork('admin'), log })) // prettier-ignore
    }),
    doors: validation,
    topicTracking: { enabled: true, resetAllowed: true },
    log,
    mask: text => logs.mask.text(text)
  })
  await herder.start()
  const window = { windowMs: 30_000, windows: 2 }
  const metrics = new WorkerMetrics({ herder, worker: herder.worker, window, clock })
  metrics.start()
  return {
    herder,
    metrics,
    async stop() {
      metrics.stop()
      await herder.stop()
    }
  }
}

function newTaskDoors(
  { process, chance, openLink }: WorkerDoors,
  registry: PluginRegistry,
  logs: LogStream
): TaskDoors {
  const { clock } = process
  const random = chance.fork('clients')
  return {
    clock,
    random: chance.fork('tasks'),
    logs,
    registry,
    compileRegex: matchesWhole,
    consumer(properties, more) {
      const log = logs.logger('org.apache.kafka.clients.consumer.KafkaConsumer', '[Consumer] ')
      return new Consumer({ properties, ...more, clock, random, log, openLink })
    },
    deadLetterProducer(properties, more) {
      const log = logs.logger('org.apache.kafka.clients.producer.KafkaProducer', '[Producer] ')
      return new Producer({ properties, ...more, clock, random, log, openLink })
    },
    async ensureTopic(properties, name, replicationFactor) {
      const log = logs.logger('org.apache.kafka.clients.admin.KafkaAdminClient', '[AdminClient] ')
      const admin = new KafkaAdmin({ properties, clock, random, log, openLink })
      try {
        await admin.ensureTopic({ name, partitions: 1, replicationFactor })
      } finally {
        await admin.close()
      }
    },
    yieldTurn: () => new Promise(resolve => process.after(turnMs, resolve))
  }
}
