// Fills a topic for a case: JSON by Kafka's own performance producer (it has every codec), Avro by our producer.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import kafkajs from 'kafkajs'
import { AvroEncoder } from '../scripts/quickstart/producer.ts'
import { ensureArtifacts } from '../scripts/stack/artifacts.ts'
import { findJava } from '../scripts/stack/programs.ts'
import { type Endpoints } from '../scripts/stack/stack.ts'
import { type Case } from './cases.ts'

const cities = ['Athens', 'Berlin', 'Cairo', 'Dublin', 'Essen', 'Florence', 'Geneva', 'Hamburg']

/** The record of a number: nine fields, some 154 bytes as JSON. `zip` has a hundred values (sets, channels). */
export function sampleRecord(index: number, filler: number): Record<string, unknown> {
  return {
    id: `user-${String(index).padStart(7, '0')}`,
    firstName: 'John',
    city: cities[index % cities.length],
    age: 18 + (index % 60),
    salary: 4830.5 + (index % 1000),
    zip: `104${String(index % 100).padStart(2, '0')}`,
    lon: `${String(20 + (index % 10))}.25`,
    lat: '37.97',
    ts: 1_700_000_000_000 + index,
    ...(filler > 0 ? { filler: 'x'.repeat(filler) } : {})
  }
}

/** The manual's record, with as many people as there are keys. */
function manualRecord(index: number): Record<string, unknown> {
  return { firstName: `John${index}`, lastName: 'Smith', age: 30, salary: 4830.5 }
}

/** The record of a number as the case has it. */
function recordOf(item: Case, index: number): Record<string, unknown> {
  return item.manual === true ? manualRecord(index) : sampleRecord(index, item.filler)
}

const manualAvroSchema = {
  type: 'record',
  name: 'User',
  fields: [
    { name: 'firstName', type: 'string' },
    { name: 'lastName', type: 'string' },
    { name: 'age', type: 'int' },
    { name: 'salary', type: 'double' }
  ]
}

const structFields = [
  ['id', 'string'],
  ['firstName', 'string'],
  ['city', 'string'],
  ['age', 'int32'],
  ['salary', 'double'],
  ['zip', 'string'],
  ['lon', 'string'],
  ['lat', 'string'],
  ['ts', 'int64']
] as const

const envelopeSchema = {
  type: 'struct',
  name: 'Person',
  optional: false,
  fields: structFields.map(([field, type]) => ({ field, type, optional: false }))
}

/** The Avro schema of `sampleRecord`. */
export const avroSchema = {
  type: 'record',
  name: 'Person',
  fields: structFields.map(([name, type]) => ({
    name,
    type: type === 'int32' ? 'int' : type === 'int64' ? 'long' : type
  }))
}

/** The text of one record as the case's converter reads it. */
export function jsonText(item: Case, index: number): string {
  const record = recordOf(item, index)
  return JSON.stringify(item.format === 'json-schema' ? { schema: envelopeSchema, payload: record } : record)
}

/** Produces the case's records to an existing topic, spread over its partitions. */
export async function loadJson(item: Case, bootstrap: string, topic: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-bench-'))
  try {
    const file = join(dir, 'payload')
    const distinct = Math.min(item.keys, item.filler > 0 ? Math.ceil(200_000_000 / (item.filler + 154)) : item.keys)
    const stream = createWriteStream(file)
    for (let from = 0; from < distinct; from += 1000) {
      const count = Math.min(1000, distinct - from)
      const lines = Array.from({ length: count }, (_, index) => jsonText(item, from + index))
      if (!stream.write(`${from === 0 ? '' : '\n'}${lines.join('\n')}`)) await once(stream, 'drain')
    }
    stream.end()
    await finished(stream)
    const { kafkaClasspath } = await ensureArtifacts(() => undefined)
    await run(findJava(), [
      ...['-Xmx3g', '-XX:+UseSerialGC', '-cp', kafkaClasspath, 'org.apache.kafka.tools.ProducerPerformance'],
      ...['--topic', topic, '--num-records', String(item.records), '--throughput', '-1', '--payload-file', file],
      ...['--producer-props', `bootstrap.servers=${bootstrap}`, `compression.type=${item.compression}`],
      ...['batch.size=131072', 'linger.ms=20', 'buffer.memory=134217728', 'acks=1']
    ])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.on('error', reject)
    child.on('close', code =>
      code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}: ${said}`))
    )
  })
}

/** Produces the case's records as Avro, their schema in the registry. */
export async function loadAvro(item: Case, stack: Required<Endpoints>, topic: string): Promise<void> {
  const schema = JSON.stringify(item.manual === true ? manualAvroSchema : avroSchema)
  const encoder = await AvroEncoder.register(stack.registry.url, topic, schema)
  const producer = new kafkajs.Kafka({ brokers: [stack.kafka.bootstrap], logLevel: kafkajs.logLevel.ERROR }).producer()
  await producer.connect()
  for (let from = 0; from < item.records; from += 5000) {
    const messages = Array.from({ length: Math.min(5000, item.records - from) }, (_, index) => ({
      value: encoder.encode(JSON.stringify(recordOf(item, (from + index) % item.keys))),
      partition: (from / 5000) % item.partitions
    }))
    await producer.send({ topic, acks: 1, messages })
  }
  await producer.disconnect()
}
