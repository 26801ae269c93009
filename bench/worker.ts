// Runs one case through a real worker process: from its start until the group has committed the last record, with the system's account of it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import kafkajs from 'kafkajs'
import { type Endpoints } from '../scripts/stack/stack.ts'
import { type Case } from './cases.ts'
import { cpuSeconds, memoryMb } from './measure.ts'

/** What one run measured. Rates leave out the start: they count from the first key in Redis. */
export interface Run {
  readonly recordsPerSecond: number
  readonly workerCpuPerMillion: number
  readonly redisCpuPerMillion: number
  readonly peakMb: number
  readonly idleMb: number
  readonly startToFirstKeyMs: number
}

const converters = {
  json: { 'value.converter': 'org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable': 'false' },
  'json-schema': {
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true'
  },
  avro: { 'value.converter': 'io.confluent.connect.avro.AvroConverter' }
} as const

function text(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

/** `commandOf` gives the command line of what is measured, from the folder of its properties files; another consumer has to be in group `group`. */
export async function runCase(
  item: Case,
  stack: Required<Endpoints>,
  topic: string,
  group: string,
  commandOf: (dir: string) => readonly string[] = workerCommand
): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-bench-'))
  const redis = new Redis({ port: stack.redis.port, host: stack.redis.host })
  const admin = new kafkajs.Kafka({ brokers: [stack.kafka.bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  await redis.flushall()
  const redisPid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1])
  writeFiles(dir, item, stack, topic, group)
  const command = commandOf(dir)
  const redisCpuBefore = cpuSeconds(redisPid)
  const started = performance.now()
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)))
  const pid = child.pid ?? 0
  // Asked for before anything can end it: one that ended by itself would be waited for without end.
  const ended = new Promise(resolve => child.once('close', resolve))
  try {
    const published = item.kcql.includes('PubSub')
    while ((published ? await commandCalls(redis, 'publish') : await redis.dbsize()) === 0) {
      if (child.exitCode !== null) throw new Error(`It ended:\n${log}`)
      await sleep(5)
    }
    const first = performance.now()
    const cpuAtFirst = cpuSeconds(pid)
    if (item.stallMs !== undefined) await stall(redisPid, item.stallMs)
    while ((await committed(admin, group, topic)) < item.records) {
      if (child.exitCode !== null) throw new Error(`It ended:\n${log}`)
      await sleep(100)
    }
    const seconds = (performance.now() - first) / 1000
    const millions = item.records / 1_000_000
    const workerCpu = cpuSeconds(pid) - cpuAtFirst
    const redisCpu = cpuSeconds(redisPid) - redisCpuBefore
    const { now, peak } = memoryMb(pid)
    return {
      recordsPerSecond: item.records / seconds,
      workerCpuPerMillion: workerCpu / millions,
      redisCpuPerMillion: redisCpu / millions,
      peakMb: peak,
      idleMb: now,
      startToFirstKeyMs: first - started
    }
  } finally {
    child.kill('SIGTERM')
    await ended
    await admin.disconnect()
    redis.disconnect()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The worker as it is published, of the checkout in `home`: compiled, so that no figure holds what reading TypeScript costs. */
export function workerCommand(dir: string, home = '.'): readonly string[] {
  return [
    process.execPath,
    join(home, 'dist/cli/connect-standalone.js'),
    join(dir, 'worker.properties'),
    join(dir, 'sink.properties')
  ]
}

export function writeFiles(dir: string, item: Case, stack: Required<Endpoints>, topic: string, group: string): void {
  writeFileSync(
    join(dir, 'worker.properties'),
    text({
      'bootstrap.servers': stack.kafka.bootstrap,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      ...converters[item.format],
      'value.converter.schema.registry.url': stack.registry.url,
      'offset.storage.file.filename': join(dir, 'offsets'),
      'offset.flush.interval.ms': 200,
      listeners: 'http://127.0.0.1:0'
    })
  )
  writeFileSync(
    join(dir, 'sink.properties'),
    text({
      name: group.replace(/^connect-/, ''),
      'connector.class': 'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector',
      'tasks.max': item.tasks,
      topics: [topic, ...(item.moreTopics ?? [])].join(',').replaceAll('TOPIC', topic),
      'connect.redis.host': stack.redis.host,
      'connect.redis.port': stack.redis.port,
      'connect.redis.kcql': item.kcql.replaceAll('TOPIC', topic),
      ...item.config
    })
  )
}

/** A server that takes bytes and answers nothing: the hardest case for whoever buffers. */
async function stall(pid: number, stallMs: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await sleep(stallMs)
  process.kill(pid, 'SIGCONT')
}

async function committed(admin: kafkajs.Admin, group: string, topic: string): Promise<number> {
  const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  return (answer?.partitions ?? []).reduce((sum, each) => sum + Math.max(0, Number(each.offset)), 0)
}

async function commandCalls(redis: Redis, name: string): Promise<number> {
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(await redis.info('commandstats'))?.[1] ?? 0)
}
