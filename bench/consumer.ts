// The command "npm run bench:consumer": our consumer alone, decode only, per codec, beside kafka-consumer-perf-test on the same topics in the same run.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import kafkajs from 'kafkajs'
import { ensureArtifacts } from '../scripts/stack/artifacts.ts'
import { findJava } from '../scripts/stack/programs.ts'
import { down, up } from '../scripts/stack/stack.ts'

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '4000000' },
    codecs: { type: 'string', default: 'none,gzip,snappy,lz4,zstd' },
    partitions: { type: 'string', default: '1,4' },
    runs: { type: 'string', default: '3' },
    out: { type: 'string', default: 'bench-consumer-result.json' }
  }
})

interface Ours {
  readonly count: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMb: number
}

const records = Number(options.records)
const runsEach = Number(options.runs)
const { kafkaClasspath } = await ensureArtifacts(line => console.error(line))
const java = findJava()

/** Runs a program; its standard output, and what it and its children cost in CPU seconds. */
async function measured(program: string, args: readonly string[]): Promise<{ text: string; cpuSeconds: number }> {
  // The shell's own word on its children: user and system time, minutes and seconds.
  const child = spawn('sh', ['-c', '"$@"; status=$?; times >&2; exit $status', 'sh', program, ...args])
  const out: Buffer[] = []
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise(resolve => child.on('close', resolve))
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${said}`)
  const spans = said.trim().split('\n').at(-1) ?? ''
  const seconds = [...spans.matchAll(/(\d+)m([\d.]+)s/g)].map(([, min, sec]) => Number(min) * 60 + Number(sec))
  return { text: Buffer.concat(out).toString(), cpuSeconds: seconds.reduce((sum, each) => sum + each, 0) }
}

/** A record of 145 bytes of JSON that compresses as records do: some fields repeat, some do not. */
function payload(): string {
  const lines: string[] = []
  for (let index = 0; index < 200_000; index++) {
    const id = `user-${String(index).padStart(7, '0')}`
    const noise = Math.floor(Math.random() * 1e9).toString(36)
    const text = `{"id":"${id}","firstName":"John","city":"Berlin","age":${18 + (index % 60)},"salary":${4830.5 + (index % 1000)},"ts":${1_700_000_000_000 + index},"note":"${noise}"}`
    lines.push(text.length < 145 ? `${text.slice(0, -2)}${'x'.repeat(145 - text.length)}"}` : text.slice(0, 145))
  }
  return lines.join('\n')
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

const name = `bench-consumer-${process.pid}`
const folder = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-bench-'))
const stack = await up({ name, only: ['kafka'], log: line => console.error(line) })
const bootstrap = stack.kafka?.bootstrap ?? ''
const rows: Record<string, Record<string, number>> = {}
try {
  writeFileSync(join(folder, 'payload'), payload())
  const admin = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  for (const codec of options.codecs.split(',')) {
    for (const partitions of options.partitions.split(',').map(Number)) {
      const topic = `${codec}-${partitions}`
      await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })
      console.error(`${topic}: loading ${records} records`)
      const producing = ['--topic', topic, '--num-records', String(records), '--throughput', '-1']
      const properties = [`bootstrap.servers=${bootstrap}`, `compression.type=${codec}`, 'batch.size=131072']
      await measured(java, [
        ...['-Xmx1g', '-XX:+UseSerialGC', '-cp', kafkaClasspath, 'org.apache.kafka.tools.ProducerPerformance'],
        ...[...producing, '--payload-file', join(folder, 'payload')],
        ...['--producer-props', ...properties, 'linger.ms=20', 'acks=1']
      ])
      const ours: Ours[] = []
      const theirs: { perSecond: number; cpuSeconds: number }[] = []
      for (let run = 0; run < runsEach; run++) {
        const reader = ['bench/consumer-reader.ts', bootstrap, topic, String(partitions), String(records)]
        ours.push(JSON.parse((await measured(process.execPath, reader)).text) as Ours)
        const perf = await measured(java, [
          ...['-Xmx1g', '-cp', kafkaClasspath, 'org.apache.kafka.tools.ConsumerPerformance'],
          ...['--bootstrap-server', bootstrap, '--topic', topic, '--messages', String(records), '--timeout', '60000'],
          ...['--group', `perf-${topic}-${run}`, '--hide-header']
        ])
        // start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s
        const fields = perf.text.trim().split('\n').at(-1)?.split(',').map(Number) ?? []
        theirs.push({ perSecond: fields[9] ?? NaN, cpuSeconds: perf.cpuSeconds })
      }
      rows[topic] = {
        'records/s': Math.round(median(ours.map(({ count, seconds }) => count / seconds))),
        'CPU s/M': Number(median(ours.map(({ cpuSeconds }) => (cpuSeconds / records) * 1e6)).toFixed(3)),
        'peak MB': Math.round(median(ours.map(({ peakMb }) => peakMb))),
        'perf-test records/s': Math.round(median(theirs.map(({ perSecond }) => perSecond))),
        'perf-test CPU s/M': Number(median(theirs.map(({ cpuSeconds }) => (cpuSeconds / records) * 1e6)).toFixed(3))
      }
      await admin.deleteTopics({ topics: [topic] })
    }
  }
  await admin.disconnect()
  console.table(rows)
  writeFileSync(options.out, JSON.stringify(rows, null, 2))
} finally {
  rmSync(folder, { recursive: true, force: true })
  await down(name)
}
