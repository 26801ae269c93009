// The command "npm run bench": the worker on real Kafka and Redis, beside redis-benchmark and a hand-written consumer, in one run on the same data.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import kafkajs from 'kafkajs'
import { down, up, type Endpoints } from '../scripts/stack/stack.ts'
import { type Case, cases, latencyCase, latencyPerSecond, shortNames } from './cases.ts'
import { type Latency, measureLatency } from './latency.ts'
import { loadAvro, loadJson } from './load.ts'
import { type Run, runCase } from './worker.ts'

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    records: { type: 'string' },
    out: { type: 'string', default: 'bench-result.json' }
  }
})

interface Row {
  readonly name: string
  readonly ours: Run
  readonly peer: Run | null
  /** Keys set per second by `redis-benchmark -P 100 -c 4` with the same value size and key space, by SET and by MSET of ten. */
  readonly redisBenchmark: { readonly set: number; readonly mset: number } | null
}

/** The names of all cases, where --only fits none of them. */
function nothingChosen(): readonly string[] | null {
  const names = [...cases, latencyCase].map(({ name }) => name)
  const { only } = options
  return only === undefined || names.some(name => name.includes(only)) ? null : names
}

function chosen(): readonly Case[] {
  const wanted = cases.filter(item => {
    if (options.only !== undefined) return item.name.includes(options.only)
    return !options.short || shortNames.includes(item.name)
  })
  return wanted.map(item => {
    const records = Math.min(
      item.records,
      options.records === undefined ? (options.short ? item.records / 4 : item.records) : Number(options.records)
    )
    return { ...item, records }
  })
}

const keysPerMset = 10

function redisBenchmark(stack: Required<Endpoints>, item: Case): { set: number; mset: number } {
  const args = ['-p', String(stack.redis.port), '-P', '100', '-c', '4', '-d', '75', '-r', String(item.keys), '-q']
  const rate = (test: string, requests: number): number => {
    const { stdout } = spawnSync('redis-benchmark', [...args, '-t', test, '-n', String(requests)], { encoding: 'utf8' })
    return Number(/: ([\d.]+) requests per second/.exec(stdout)?.[1] ?? NaN)
  }
  return { set: rate('set', item.records), mset: keysPerMset * rate('mset', item.records / keysPerMset) }
}

async function runOne(stack: Required<Endpoints>, item: Case, index: number): Promise<Row> {
  const topic = `bench-${process.pid}-${index}`
  const admin = new kafkajs.Kafka({ brokers: [stack.kafka.bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const topics = (item.moreTopics ?? []).map(name => ({ topic: name.replaceAll('TOPIC', topic), numPartitions: 1 }))
  topics.push({ topic, numPartitions: item.partitions })
  await admin.createTopics({ topics, waitForLeaders: true })
  console.error(`${item.name}: loading ${item.records} records`)
  await (item.format === 'avro' ? loadAvro(item, stack, topic) : loadJson(item, stack.kafka.bootstrap, topic))
  const reference = item.peers ? redisBenchmark(stack, item) : null
  const ours = await runCase(item, stack, topic, `connect-${topic}`)
  const peerArgs = ['bench/peer-kafkajs.mjs', stack.kafka.bootstrap, topic, `peer-${topic}`, String(stack.redis.port)]
  const columns = 'id:id,firstName:firstName,city:city,salary:income'
  const peer = item.peers
    ? await runCase(item, stack, topic, `peer-${topic}`, () => [process.execPath, ...peerArgs, columns, 'id'])
    : null
  await admin.deleteTopics({ topics: topics.map(each => each.topic) })
  await admin.disconnect()
  return { name: item.name, ours, peer, redisBenchmark: reference }
}

function print(rows: readonly Row[]): void {
  console.table(
    Object.fromEntries(
      rows.map(({ name, ours, peer, redisBenchmark: reference }) => [
        name,
        {
          'records/s': Math.round(ours.recordsPerSecond),
          'x SET': reference === null ? '' : (ours.recordsPerSecond / reference.set).toFixed(2),
          'x MSET': reference === null ? '' : (ours.recordsPerSecond / reference.mset).toFixed(2),
          'x kafkajs': peer === null ? '' : (ours.recordsPerSecond / peer.recordsPerSecond).toFixed(1),
          'CPU s/M': ours.workerCpuPerMillion.toFixed(2),
          'Redis s/M': ours.redisCpuPerMillion.toFixed(2),
          'peer CPU s/M': peer === null ? '' : peer.workerCpuPerMillion.toFixed(2),
          'peak MB': Math.round(ours.peakMb),
          'end MB': Math.round(ours.idleMb),
          'first key ms': Math.round(ours.startToFirstKeyMs)
        }
      ])
    )
  )
}

async function latency(stack: Required<Endpoints>): Promise<Latency | null> {
  if (options.only !== undefined && !latencyCase.name.includes(options.only)) return null
  const topic = `bench-${process.pid}-latency`
  const admin = new kafkajs.Kafka({ brokers: [stack.kafka.bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: latencyCase.partitions }], waitForLeaders: true })
  await admin.disconnect()
  return measureLatency(latencyCase, stack, topic, latencyPerSecond)
}

const names = nothingChosen()
if (names !== null) {
  console.error(`No case of the bench has "${options.only}" in its name. There are:\n  ${names.join('\n  ')}`)
  process.exit(1)
}
if (spawnSync(process.execPath, ['scripts/build.ts'], { stdio: 'inherit' }).status !== 0) process.exit(1)
const name = `bench-${process.pid}`
const { kafka, redis, registry, ...rest } = await up({ name, log: line => console.error(line) })
if (kafka === undefined || redis === undefined || registry === undefined) throw new Error('The stack lacks a server.')
try {
  const rows: Row[] = []
  for (const [index, item] of chosen().entries()) {
    const row = await runOne({ ...rest, kafka, redis, registry }, item, index)
    // A long run that is cut off has not measured for nothing.
    print([row])
    rows.push(row)
  }
  const waiting = await latency({ ...rest, kafka, redis, registry })
  print(rows)
  if (waiting !== null) {
    const { p50Ms, p99Ms, p999Ms } = waiting
    console.log(
      `latency at ${latencyPerSecond}/s: p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} p99.9 ${p999Ms.toFixed(1)} ms`
    )
  }
  writeFileSync(options.out, JSON.stringify({ rows, latency: waiting }, null, 2))
} finally {
  await down(name)
}
