// The entry of a task thread: hands in the doors to Kafka, Redis, time and chance, and runs tasks on the worker's orders.
import { parentPort, workerData } from 'node:worker_threads'
import { KafkaAdmin } from './kafka/admin.ts'
import { Consumer } from './kafka/consumer.ts'
import { Producer } from './kafka/producer.ts'
import { matchesWhole, pluginTable } from './plugins.ts'
import { RedisSinkTask } from './redis/task.ts'
import { LogStream } from './runtime/log.ts'
import { type PluginFile } from './runtime/plugin-files.ts'
import { withUserPlugins } from './runtime/plugin-path.ts'
import { PluginRegistry } from './runtime/plugin-registry.ts'
import { type TaskDoors } from './runtime/task-doors.ts'
import { type ToTask } from './runtime/task-messages.ts'
import { TaskRunner } from './runtime/task-runner.ts'
import { type FromThread, type ThreadStart } from './runtime/thread-host.ts'
import { systemClock } from './util/clock.ts'
import { systemRandom } from './util/random.ts'

/** What tasks reach the world through, in a thread of their own or in the main one. */
export async function openTaskDoors(logs: LogStream, pluginFiles: readonly PluginFile[]): Promise<TaskDoors> {
  const table = pluginTable({ newSinkTask: () => new RedisSinkTask(), environment: process.env })
  const registry = new PluginRegistry(await withUserPlugins(table, pluginFiles))
  return {
    clock: systemClock,
    random: systemRandom,
    logs,
    registry,
    compileRegex: matchesWhole,
    consumer(properties, more) {
      const log = logs.logger('org.apache.kafka.clients.consumer.KafkaConsumer', clientContext('Consumer', properties))
      return new Consumer({ properties, ...more, clock: systemClock, random: systemRandom, log })
    },
    deadLetterProducer(properties, more) {
      const log = logs.logger('org.apache.kafka.clients.producer.KafkaProducer', clientContext('Producer', properties))
      return new Producer({ properties, ...more, clock: systemClock, random: systemRandom, log })
    },
    async ensureTopic(properties, name, replicationFactor) {
      const log = logs.logger(
        'org.apache.kafka.clients.admin.KafkaAdminClient',
        clientContext('AdminClient', properties)
      )
      const admin = new KafkaAdmin({ properties, clock: systemClock, random: systemRandom, log })
      try {
        await admin.ensureTopic({ name, partitions: 1, replicationFactor })
      } finally {
        await admin.close()
      }
    },
    yieldTurn: () => new Promise(resolve => setImmediate(resolve))
  }
}

/** As Java's clients begin their lines. */
function clientContext(kind: string, properties: ReadonlyMap<string, string>): string {
  const group = properties.get('group.id')
  return `[${kind} clientId=${properties.get('client.id') ?? ''}${group === undefined ? '' : `, groupId=${group}`}] `
}

async function serve(port: NonNullable<typeof parentPort>, start: ThreadStart): Promise<void> {
  const post = (message: FromThread): void => port.postMessage(message)
  const write = (text: string): void => post({ kind: 'log', text })
  const onLogger = (name: string): void => post({ kind: 'logger', name })
  const logs = new LogStream({ clock: systemClock, write, format: start.format, onLogger })
  for (const secret of start.secrets) logs.mask.keep(secret)
  // A parent's level goes to its children too, so the root comes first.
  for (const [logger, level] of start.levels.toSorted(([a], [b]) => depth(a) - depth(b))) logs.setLevel(logger, level)
  // What is posted meanwhile waits at the port.
  const runner = new TaskRunner(await openTaskDoors(logs, start.pluginFiles), post)
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      if (!runner.uncaught(error)) endThread(error)
    })
  }
  port.on('message', (message: ToTask) => runner.handle(message))
}

/** The thread ends with `error`, which its worker hears of, as it would where nobody listened. */
function endThread(error: unknown): void {
  process.removeAllListeners('uncaughtException')
  setImmediate(() => {
    throw error
  })
}

function depth(logger: string): number {
  return logger === 'root' ? 0 : logger.split('.').length
}

// Imported by main (tasks in the main thread) the file starts nothing. A thread may load before anybody knows how it is to be started.
const { taskThread } = (workerData ?? {}) as { taskThread?: boolean }
if (parentPort !== null && taskThread === true) {
  const port = parentPort
  const start = await new Promise<ThreadStart>(resolve => port.once('message', resolve))
  await serve(port, start)
}
