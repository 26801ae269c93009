// The examples of the modes, as README shows them, in every format: what they say is what Redis holds.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AvroEncoder, createTopics, openProducer } from '../../scripts/quickstart/producer.ts'
import { follow, run } from '../kit/child.ts'
import { startRedis, uniqueName, withStack } from '../kit/stack.ts'
import { runWorker } from '../kit/worker.ts'

type AvroField = { readonly name: string; readonly type: 'string' | 'double' | 'int' | 'long' }

const examples: readonly {
  file: string
  topic: string
  record: string
  fields: readonly AvroField[]
  ask: string[]
}[] = [
  {
    file: 'cache',
    topic: 'yahoo-fx',
    record: '{"symbol": "USDGBP", "price": 0.7943}',
    fields: [
      { name: 'symbol', type: 'string' },
      { name: 'price', type: 'double' }
    ],
    ask: ['get', 'FX-USDGBP']
  },
  {
    file: 'sorted-set',
    topic: 'cpuTopic',
    record: '{"host": "a1", "load": 0.5, "timestamp": 1700000000}',
    fields: [
      { name: 'host', type: 'string' },
      { name: 'load', type: 'double' },
      { name: 'timestamp', type: 'long' }
    ],
    ask: ['zrange', 'cpu_stats', '0', '-1', 'withscores']
  },
  {
    file: 'sorted-sets',
    topic: 'sensorsTopic',
    record: '{"sensorID": "S7", "temperature": 21.5, "humidity": 40, "timestamp": 1700000000}',
    fields: [
      { name: 'sensorID', type: 'string' },
      { name: 'temperature', type: 'double' },
      { name: 'humidity', type: 'int' },
      { name: 'timestamp', type: 'long' }
    ],
    ask: ['zrange', 'sensor-S7', '0', '-1', 'withscores']
  },
  {
    file: 'geo',
    topic: 'stations',
    record: '{"country": "FR", "name": "Lyon", "lon": 4.83, "lat": 45.76}',
    fields: [
      { name: 'country', type: 'string' },
      { name: 'name', type: 'string' },
      { name: 'lon', type: 'double' },
      { name: 'lat', type: 'double' }
    ],
    ask: ['georadius', 'geo-FR', '4.83', '45.76', '1', 'm']
  },
  {
    file: 'stream',
    topic: 'audit-log',
    record: '{"who": "Ada", "what": "login", "took": 12}',
    fields: [
      { name: 'who', type: 'string' },
      { name: 'what', type: 'string' },
      { name: 'took', type: 'int' }
    ],
    ask: ['eval', "local e = redis.call('xrange', 'audit', '-', '+') return e[1] and e[1][2] or ''", '0']
  }
]

/** Nothing of it stays in Redis: a subscriber must be there before. */
const published = {
  file: 'pub-sub',
  topic: 'news',
  record: '{"section": "sport", "headline": "Ada wins"}',
  fields: [
    { name: 'section', type: 'string' },
    { name: 'headline', type: 'string' }
  ]
} as const

const ofSchema = [
  '{"price":0.7943}',
  '{"host":"a1","load":0.5,"timestamp":1700000000}\n1700000000',
  '{"temperature":21.5,"humidity":40,"timestamp":1700000000}\n1700000000',
  '{"name":"Lyon"}',
  // The order of a Java HashMap, whatever the format.
  'what\nlogin\nwho\nAda'
]
// Without a schema "SELECT *" comes in the order of a Java HashMap, as from the old connector.
const ofMap = ofSchema.map(text => text.replace('"host":"a1","load":0.5', '"load":0.5,"host":"a1"'))

const avro = 'io.confluent.connect.avro.AvroConverter'
const json = 'org.apache.kafka.connect.json.JsonConverter'
const formats = [
  { name: 'bare JSON', converter: [json, 'value.converter.schemas.enable=false'], expected: ofMap },
  { name: 'JSON with schemas', converter: [json, 'value.converter.schemas.enable=true'], expected: ofSchema },
  { name: 'Avro', converter: [avro], expected: ofSchema }
]

for (const { name: format, converter, expected } of formats) {
  test(`the examples of the modes hold for ${format}`, async () => {
    const stack = await withStack()
    await using redis = await startRedis()
    const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-examples-'))
    const worker = join(dir, 'worker.properties')
    writeFileSync(
      worker,
      `bootstrap.servers=${stack.kafka.bootstrap}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=${json}
offset.storage.file.filename=${join(dir, 'offsets')}
listeners=http://127.0.0.1:0
`
    )
    await using producer = openProducer(stack.kafka.bootstrap)
    const files: string[] = []
    await using subscriber = await subscribe(redis.port, 'sport')
    for (const { file, topic, record, fields } of [...examples, published]) {
      const ours = uniqueName(topic)
      const lines = [
        `name=${uniqueName(file)}`,
        `connect.redis.port=${redis.port}`,
        `value.converter=${converter.join('\n')}`
      ]
      if (converter[0] === avro) lines.push(`value.converter.schema.registry.url=${stack.registry.url}`)
      const text = readFileSync(`examples/modes/${file}.properties`, 'utf8').replaceAll(topic, ours)
      const kept = text.split('\n').filter(line => !/^(name|value\.converter|connect\.redis\.port)/.test(line))
      files.push(join(dir, `${file}.properties`))
      writeFileSync(join(dir, `${file}.properties`), [...kept, ...lines].join('\n'))
      await createTopics(stack.kafka.bootstrap, [ours])
      await producer.send(ours, await encode(format, record, fields, ours, stack.registry.url))
    }
    // The folder goes with the worker.
    await using running = runWorker([worker, ...files], dir)
    const at = ['-p', String(redis.port), '--raw']
    for (const [index, { ask }] of examples.entries()) {
      const answered = await running.until(async () => (await run('redis-cli', [...at, ...ask])).stdout.trim() || false)
      assert.equal(answered, expected[index])
    }
    await running.until(async () => subscriber.found(/^message$/m).length > 0)
    await subscriber.said(/^\{"headline":"Ada wins"\}$/m)
    await running.stop()
  })
}

async function encode(format: string, record: string, fields: readonly AvroField[], topic: string, registry: string) {
  if (format === 'bare JSON') return Buffer.from(record)
  if (format === 'Avro') {
    const encoder = await AvroEncoder.register(
      registry,
      topic,
      JSON.stringify({ type: 'record', name: 'Example', fields })
    )
    return encoder.encode(record)
  }
  const types = { string: 'string', double: 'double', int: 'int32', long: 'int64' }
  const schema = { type: 'struct', fields: fields.map(({ name, type }) => ({ field: name, type: types[type] })) }
  return Buffer.from(`{"schema":${JSON.stringify(schema)},"payload":${record}}`)
}

/** A subscriber that is there when this resolves, and what it hears. */
async function subscribe(port: number, channel: string) {
  const child = spawn('redis-cli', ['-p', String(port), '--raw', 'subscribe', channel])
  const heard = follow('subscriber', child)
  await heard.said(new RegExp(`^subscribe\n${channel}\n1$`, 'm'))
  return {
    ...heard,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await heard.ended
    }
  }
}
