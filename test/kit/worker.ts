// A real worker process for tests: configuration in, its log and exit code out; records are sent and offsets read by kafkajs, which is not ours.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import kafkajs from 'kafkajs'
import { follow } from './child.ts'
import { uniqueName, withStack } from './stack.ts'

export type Settings = Readonly<Record<string, string | number>>

/** A record to be sent; `value` null is a tombstone. */
export interface Sent {
  readonly value: string | Buffer | null
  readonly key?: string | Buffer
  readonly partition?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** The class name that a connector of these tests has unless it says otherwise. */
export const oldClass = 'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector'

/** Waits until `probe` answers something other than undefined, false or null; the test runner's own limit ends what never comes. */
export async function until<T>(
  probe: () => Promise<T | undefined | false | null> | T | undefined | false | null
): Promise<T> {
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== false && found !== null) return found
    await sleep(25)
  }
}

/** Nothing yet, where Kafka says that the trouble passes; anything else is thrown on. */
function laterIfPassing(error: unknown): undefined {
  if (error instanceof kafkajs.KafkaJSProtocolError && error.retriable) return undefined
  throw error
}

/** A new topic whose partitions have leaders. A broker may not know of it yet when it is asked first, which kafkajs fails at. */
async function createTopic(admin: kafkajs.Admin, topic: kafkajs.ITopicConfig): Promise<void> {
  await admin.createTopics({ topics: [topic], waitForLeaders: false })
  await until(async () => {
    const known = await admin.fetchTopicMetadata({ topics: [topic.topic] }).catch(laterIfPassing)
    const partitions = known?.topics[0]?.partitions ?? []
    return partitions.length === topic.numPartitions && partitions.every(({ leader }) => leader >= 0)
  })
}

/** What goes out in one request: few enough for a broker, and of one partition, since where one of several fails kafkajs sends them all again. */
function batchesOf(records: readonly Sent[]): readonly kafkajs.Message[][] {
  // Those that name no partition keep their order among the others.
  const isPlaced = records.every(({ partition }) => partition !== undefined)
  const groups = isPlaced ? [...Map.groupBy(records, ({ partition }) => partition).values()] : [records]
  return groups.flatMap(group =>
    Array.from({ length: Math.ceil(group.length / 1000) }, (_, at) =>
      group.slice(at * 1000, (at + 1) * 1000).map(record => ({ ...record, key: record.key ?? null }))
    )
  )
}

/** Kafka as tests use it: topics, records, committed offsets. "await using" closes it. */
export async function openKafka(bootstrap?: string) {
  const brokers = [bootstrap ?? (await withStack()).kafka.bootstrap]
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
  const admin = kafka.admin()
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await Promise.all([admin.connect(), producer.connect()])
  const create = (topic: kafkajs.ITopicConfig): Promise<void> => createTopic(admin, topic)
  return {
    bootstrap: brokers[0] ?? '',
    async createTopic(prefix: string, partitions = 1): Promise<string> {
      const topic = uniqueName(prefix)
      await create({ topic, numPartitions: partitions, replicationFactor: 1 })
      return topic
    },
    async send(topic: string, records: readonly Sent[]): Promise<void> {
      for (const messages of batchesOf(records)) await producer.send({ topic, messages })
    },
    /** The committed offset of each partition, by number; partitions without one are left out. */
    async committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
      // a coordinator that has just become one answers "still loading", which kafkajs hands on instead of asking again
      const [answer] = await until(() => admin.fetchOffsets({ groupId: group, topics: [topic] }).catch(laterIfPassing))
      const known = answer?.partitions.filter(each => Number(each.offset) >= 0) ?? []
      return new Map(known.map(each => [each.partition, Number(each.offset)]))
    },
    /** A topic of just this name, with settings of its own. */
    async createExactTopic(topic: string, settings: Readonly<Record<string, string>>): Promise<void> {
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
      await create({ topic, numPartitions: 1, replicationFactor: 1, configEntries })
    },
    async partitionsOf(topic: string): Promise<number> {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      return topics[0]?.partitions.length ?? 0
    },
    /** Resolves when no broker names the topic any more. */
    async deleteTopic(topic: string): Promise<void> {
      await admin.deleteTopics({ topics: [topic] })
      await until(async () => !(await admin.listTopics()).includes(topic))
    },
    /** The first records of a topic, as many as `count`; waits until they are there. */
    async read(topic: string, count: number): Promise<readonly kafkajs.KafkaMessage[]> {
      const consumer = kafka.consumer({ groupId: uniqueName('reader') })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      const messages: kafkajs.KafkaMessage[] = []
      await consumer.run({ eachMessage: ({ message }) => Promise.resolve(void messages.push(message)) })
      await until(() => messages.length >= count)
      await consumer.disconnect()
      return messages.slice(0, count)
    },
    /** The number of records ever written to partition 0. */
    async endOffset(topic: string): Promise<number> {
      const [offsets] = await admin.fetchTopicOffsets(topic)
      return Number(offsets?.high ?? 0)
    },
    async membersOf(group: string): Promise<number> {
      const { groups } = await until(() => admin.describeGroups([group]).catch(laterIfPassing))
      return groups[0]?.members.length ?? 0
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([admin.disconnect(), producer.disconnect()])
    }
  }
}

/** A client to look into Redis; "await using" closes it. */
export function openRedis(port: number, password?: string, host = '127.0.0.1') {
  const redis = new Redis({
    port,
    host,
    retryStrategy: () => 50,
    ...(password === undefined ? {} : { password })
  })
  redis.on('error', () => undefined)
  return Object.assign(redis, {
    [Symbol.asyncDispose]: async () => redis.disconnect()
  })
}

function properties(settings: Settings): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`)
    .join('')
}

/** Starts `bin/connect-standalone` with a worker file and a file per connector. "await using" kills it. */
export async function startWorker(
  connectors: readonly Settings[],
  worker: Settings = {},
  { env }: { readonly env?: Readonly<Record<string, string>> } = {}
) {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-worker-'))
  const bootstrap = worker['bootstrap.servers'] ?? (await withStack()).kafka.bootstrap
  const base: Settings = {
    'bootstrap.servers': bootstrap,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'offset.storage.file.filename': join(dir, 'offsets'),
    'offset.flush.interval.ms': 200,
    listeners: 'http://127.0.0.1:0'
  }
  const files = [join(dir, 'worker.properties')]
  writeFileSync(files[0] ?? '', properties({ ...base, ...worker }))
  for (const [index, connector] of connectors.entries()) {
    const file = join(dir, `connector-${index}.properties`)
    writeFileSync(
      file,
      properties({ 'connector.class': oldClass, 'tasks.max': 1, 'connect.redis.host': '127.0.0.1', ...connector })
    )
    files.push(file)
  }
  return runWorker(files, dir, env)
}

/** Starts the worker on files as they are. */
export function runWorker(files: readonly string[], dir?: string, env: Readonly<Record<string, string>> = {}) {
  const child: ChildProcess = spawn('bin/connect-standalone', files, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env }
  })
  const log = follow('worker', child)
  return {
    pid: child.pid ?? 0,
    ...log,
    /** Waits as `until`, for as long as the worker lives and does not say `unless`. */
    async until<T>(
      probe: () => Promise<T | undefined | false | null>,
      { unless }: { readonly unless?: RegExp } = {}
    ): Promise<T> {
      return until(async () => {
        // Asked before the probe: what came about just before the end is still found.
        const isEnded = log.isEnded()
        const [said] = unless === undefined ? [] : log.found(unless)
        if (said !== undefined) log.fail(`The worker said ${String(unless)}`)
        const found = await probe()
        if (isEnded && (found === undefined || found === false || found === null)) {
          log.fail(`The worker ended (${child.exitCode ?? child.signalCode})`)
        }
        return found
      })
    },
    /** SIGTERM, as an operator; fails with the log where the exit code is not the expected one, and returns it. */
    async stop({ code = 0 }: { readonly code?: number } = {}): Promise<number | null> {
      child.kill('SIGTERM')
      const found = await log.ended
      assert.equal(found, code, `The worker ended with exit code ${found} instead of ${code}:\n${log.logAtEnd()}`)
      return found
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await log.ended
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await log.ended
      if (dir !== undefined) rmSync(dir, { recursive: true, force: true })
    }
  }
}
