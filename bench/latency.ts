// Latency from produce to visible: one record at a time at a steady low rate, seen through Redis's own keyspace events.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import kafkajs from 'kafkajs'
import { type Endpoints } from '../scripts/stack/stack.ts'
import { type Case } from './cases.ts'
import { sampleRecord } from './load.ts'
import { percentile } from './measure.ts'
import { workerCommand, writeFiles } from './worker.ts'

export interface Latency {
  readonly records: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

/** Records of the first seconds are not counted: the code is still being compiled then. */
const warmUpShare = 0.2

export async function measureLatency(
  item: Case,
  stack: Required<Endpoints>,
  topic: string,
  perSecond: number
): Promise<Latency> {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-bench-'))
  const redis = new Redis({ port: stack.redis.port, host: stack.redis.host })
  const events = redis.duplicate()
  const producer = new kafkajs.Kafka({
    brokers: [stack.kafka.bootstrap],
    logLevel: kafkajs.logLevel.NOTHING
  }).producer()
  await producer.connect()
  await redis.flushall()
  await redis.config('SET', 'notify-keyspace-events', 'E$')
  writeFiles(dir, item, stack, topic, `connect-${topic}`)
  const [program = '', ...args] = workerCommand(dir)
  const child = spawn(program, args, { stdio: 'ignore' })
  const sentAt = new Map<string, number>()
  const spans: number[] = []
  await events.subscribe('__keyevent@0__:set')
  events.on('message', (_channel: string, key: string) => {
    const at = sentAt.get(key)
    if (at !== undefined) spans.push(performance.now() - at)
  })
  try {
    const send = (index: number): void => {
      const record = sampleRecord(index, 0)
      sentAt.set(String(record['id']), performance.now())
      void producer.send({ topic, acks: 1, messages: [{ value: JSON.stringify(record) }] })
    }
    send(0)
    while (spans.length === 0) await sleep(10)
    const startedAt = performance.now()
    for (let sent = 1; sent <= item.records;) {
      const due = Math.min(item.records, ((performance.now() - startedAt) / 1000) * perSecond)
      for (; sent <= due; sent++) send(sent)
      await sleep(1)
    }
    while (spans.length <= item.records) await sleep(10)
    const counted = spans.slice(Math.floor(spans.length * warmUpShare))
    return {
      records: counted.length,
      p50Ms: percentile(counted, 0.5),
      p99Ms: percentile(counted, 0.99),
      p999Ms: percentile(counted, 0.999)
    }
  } finally {
    const ended = new Promise(resolve => child.once('close', resolve))
    child.kill('SIGTERM')
    await ended
    await redis.config('SET', 'notify-keyspace-events', '')
    await producer.disconnect()
    redis.disconnect()
    events.disconnect()
    rmSync(dir, { recursive: true, force: true })
  }
}
