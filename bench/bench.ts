// The command "npm run bench": the worker on real Kafka and Redis, beside redis-benchmark and a hand-written consumer, in one run on the same data.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import kafkajs from 'kafkajs'
import { down, up, type Endpoints } from '../scripts/stack/stack.ts'
import { type Case, cases, shortNames } from './cases.ts'
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
  /** SETs per second of `redis-benchmark -P 100 -c 4` with the same value size and key space. */
  readonly redisBenchmark: number | null
}

function chosen(): readonly Case[] {
  const wanted = cases.filter(item => {
    if (options.only !== undefined) return item.name.includes(options.only)
    return !options.short || shortNames.includes(item.name)
  })
  return wanted.map(item => {
    const records =
      options.records === undefined ? (options.short ? item.records / 4 : item.records) : Number(options.records)
    return { ...item, records }
  })
}

function redisBenchmark(stack: Required<Endpoints>, item: Case): number {
  const args = ['-p', String(stack.redis.port), '-t', 'set', '-P', '100', '-c', '4', '-n', String(item.records)]
  const { stdout } = spawnSync('redis-benchmark', [...args, '-d', '75', '-r', String(item.keys), '-q'], {
    encoding: 'utf8'
  })
  return Number(/SET: ([\d.]+) requests per second/.exec(stdout)?.[1] ?? NaN)
}

async function runOne(stack: Required<Endpoints>, item: Case, index: number): Promise<Row> {
  const topic = `bench-${process.pid}-${index}`
  const admin = new kafkajs.Kafka({ brokers: [stack.kafka.bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: item.partitions }], waitForLeaders: true })
  console.error(`${item.name}: loading ${item.records} records`)
  await (item.format === 'avro' ? loadAvro(item, stack, topic) : loadJson(item, stack.kafka.bootstrap, topic))
  const reference = item.peers ? redisBenchmark(stack, item) : null
  const ours = await runCase(item, stack, topic, `connect-${topic}`)
  const peerArgs = ['bench/peer-kafkajs.mjs', stack.kafka.bootstrap, topic, `peer-${topic}`, String(stack.redis.port)]
  const columns = 'id:id,firstName:firstName,city:city,salary:income'
  const peer = item.peers
    ? await runCase(item, stack, topic, `peer-${topic}`, [process.execPath, ...peerArgs, columns, 'id'])
    : null
  await admin.deleteTopics({ topics: [topic] })
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
          'x redis-benchmark': reference === null ? '' : (ours.recordsPerSecond / reference).toFixed(2),
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

const name = `bench-${process.pid}`
const { kafka, redis, registry, ...rest } = await up({ name, log: line => console.error(line) })
if (kafka === undefined || redis === undefined || registry === undefined) throw new Error('The stack lacks a server.')
try {
  const rows: Row[] = []
  for (const [index, item] of chosen().entries())
    rows.push(await runOne({ ...rest, kafka, redis, registry }, item, index))
  print(rows)
  writeFileSync(options.out, JSON.stringify(rows, null, 2))
} finally {
  await down(name)
}
