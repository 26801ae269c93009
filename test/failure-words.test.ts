// What is said where a converter meets bytes of another kind, or a transform a record it can't work on: the cause, then what to write, tolerance last.
import assert from 'node:assert/strict'
import { silentSkips } from '../src/connect/skips.ts'
import { silentWaits } from '../src/connect/waits.ts'
import { test } from 'node:test'
import { FakeClock } from './kit/fake-clock.ts'
import { FakeRegistry } from './kit/fake-registry.ts'
import { type ConnectValue } from '../src/connect/data.ts'
import { causeChain, ConnectError, ConversionError } from '../src/connect/errors.ts'
import { silentLogger } from '../src/connect/log.ts'
import { type Config, type Doors } from '../src/connect/plugin.ts'
import { type RawHeader, type RecordOrigin, type SinkRecord } from '../src/connect/record.ts'
import { converterPlugins, headerConverterPlugins } from '../src/converters/converter-table.ts'
import { transformationEntries } from '../src/transforms/transform-table.ts'
import { ErrorJudge } from '../src/runtime/error-judge.ts'
import { type ConvertersInUse, type ConverterInUse } from '../src/runtime/failure-words.ts'
import { TaskMetrics } from '../src/runtime/task-metrics.ts'
import { TransformationChain } from '../src/runtime/transformation-chain.ts'

const clock = new FakeClock()
const doors: Doors = { clock, random: { next: () => 0.5, bytes: size => new Uint8Array(size) }, log: silentLogger }
const framed = (id: number, payload: string): Buffer =>
  Buffer.from(`00${id.toString(16).padStart(8, '0')}${payload}`, 'hex')
const text = (content: string): Buffer => Buffer.from(content)
const hexOf = (content: string): string => Buffer.from(content).toString('hex')

const avro = 'io.confluent.connect.avro.AvroConverter'
const protobuf = 'io.confluent.connect.protobuf.ProtobufConverter'
const jsonSchema = 'io.confluent.connect.json.JsonSchemaConverter'
const json = 'org.apache.kafka.connect.json.JsonConverter'
const string = 'org.apache.kafka.connect.storage.StringConverter'
const numbers = 'org.apache.kafka.connect.converters'
const registries = [avro, protobuf, jsonSchema]

interface Bytes {
  readonly bytes: Buffer
  readonly looks: RegExp
  /** What is written for it where the converter at work is another: the converter, or the sentence that stands in its place. */
  readonly value: string
  readonly key?: string
  /** Converters that are for such bytes, or that take them for what they are not. */
  readonly passes: readonly string[]
}

const withRegistry = (name: string, part = 'value'): string =>
  `Write ${part}.converter=${name} and ${part}.converter.schema.registry.url=http://HOST:8081`
const withoutSchemas = `value.converter.schemas.enable=false`

const kinds: readonly Bytes[] = [
  {
    bytes: framed(12, '02066162630e'),
    looks: /looks like Avro in Confluent framing, schema id 12 \(11 bytes, beginning 00 00 00 00 0c\)/,
    value: withRegistry(avro),
    key: withRegistry(avro, 'key'),
    passes: registries
  },
  {
    bytes: framed(5, `000a03${hexOf('abc')}1007`),
    looks: /looks like Protobuf in Confluent framing, schema id 5 /,
    value: withRegistry(protobuf),
    passes: registries
  },
  {
    bytes: framed(7, hexOf('{"id":1}')),
    looks: /looks like JSON Schema in Confluent framing, schema id 7 /,
    value: withRegistry(jsonSchema),
    passes: registries
  },
  {
    bytes: Buffer.from('0189791762233641869674299b90a802e202066162', 'hex'),
    looks: /looks like Avro in Confluent framing, schema named by GUID /,
    value: withRegistry(avro),
    passes: registries
  },
  {
    bytes: text('{"id":1,"name":"x"}'),
    looks: /looks like plain JSON \(19 bytes, beginning 7b 22 69 64 22\)/,
    value: withoutSchemas,
    passes: []
  },
  { bytes: text('"quoted"'), looks: /looks like plain JSON /, value: withoutSchemas, passes: [`${numbers}.LongConverter`, `${numbers}.DoubleConverter`] },
  {
    bytes: text('{"schema":{"type":"string","optional":false},"payload":"x"}'),
    looks: /looks like JSON in Connect's schema envelope /,
    value: 'value.converter.schemas.enable=true',
    passes: [json]
  },
  { bytes: text('{"id":1,"na'), looks: /looks like JSON that is cut off or damaged /, value: withoutSchemas, passes: [] },
  { bytes: text('hello, you'), looks: /looks like text \(10 bytes, /, value: `Write value.converter=${string}`, key: `Write key.converter=${string}`, passes: [] },
  { bytes: text('<a>1</a>'), looks: /looks like text \(XML or HTML\) /, value: `Write value.converter=${string}`, passes: [`${numbers}.LongConverter`, `${numbers}.DoubleConverter`] },
  { bytes: text('123456'), looks: /looks like a number as text /, value: `Write value.converter=${string}`, passes: [] },
  { bytes: text('{id=1, name=x}'), looks: /as Java's toString prints it/, value: 'No converter reads that: let the producer write JSON', passes: [] },
  { bytes: text("{'id': 1}"), looks: /as Python's str prints it/, value: 'No converter reads that: let the producer write JSON (in Python json.dumps', passes: [] },
  { bytes: Buffer.alloc(0), looks: /is empty \(0 bytes\)/, value: 'Correct the producer: a record without value is sent with null', key: `Or write key.converter=${string}`, passes: [] },
  { bytes: Buffer.from('aced00057400036162', 'hex'), looks: /looks like Java serialization /, value: 'No converter reads that', key: `Write key.converter=${numbers}.ByteArrayConverter`, passes: [] },
  { bytes: Buffer.from('1f8b0800000000000003', 'hex'), looks: /looks like data packed with gzip /, value: 'compression.type=gzip', passes: [] },
  { bytes: Buffer.from('4f626a0104146176726f', 'hex'), looks: /looks like an Avro file, no single Avro record /, value: "Confluent's Avro serializer", passes: [] },
  { bytes: Buffer.from('0300b7b4a7f09c9646e386df3fd2ab0d9a1d02', 'hex'), looks: /looks like AWS Glue Schema Registry framing /, value: 'No converter reads that', passes: [] },
  { bytes: Buffer.from('0000000000000000070206616263', 'hex'), looks: /looks like Apicurio framing with an id of 8 bytes /, value: 'apicurio.registry.as-confluent=true', passes: registries },
  { bytes: Buffer.from('0a036162631007', 'hex'), looks: /looks like Protobuf without framing /, value: "Confluent's Protobuf serializer", passes: [] },
  { bytes: Buffer.from('0000018bcfe56800', 'hex'), looks: /looks like a big-endian long of 8 bytes \(8 bytes, beginning 00 00 01 8b\)/, value: `Write value.converter=${numbers}.LongConverter`, passes: [`${numbers}.LongConverter`, `${numbers}.DoubleConverter`, ...registries] },
  { bytes: Buffer.from('4045000000000000', 'hex'), looks: /looks like a big-endian double of 8 bytes /, value: `Write value.converter=${numbers}.DoubleConverter`, passes: [`${numbers}.LongConverter`, `${numbers}.DoubleConverter`] },
  { bytes: Buffer.from('0000002a', 'hex'), looks: /looks like a big-endian integer of 4 bytes \(4 bytes, beginning 00 00\)/, value: `Write value.converter=${numbers}.IntegerConverter`, passes: [`${numbers}.IntegerConverter`, `${numbers}.FloatConverter`] },
  { bytes: Buffer.from('002a', 'hex'), looks: /looks like a big-endian short of 2 bytes \(2 bytes, beginning 00\)/, value: `Write value.converter=${numbers}.ShortConverter`, passes: [`${numbers}.ShortConverter`] },
  { bytes: Buffer.from('01', 'hex'), looks: /looks like a boolean of one byte \(1 byte\)/, value: `Write value.converter=${numbers}.BooleanConverter`, passes: [`${numbers}.BooleanConverter`] },
  { bytes: Buffer.from('ff9c01feab', 'hex'), looks: /looks like bytes of no known form /, value: 'No converter reads that', key: `Write key.converter=${numbers}.ByteArrayConverter`, passes: [] }
] // prettier-ignore

function origin(part: 'key' | 'value', bytes: Buffer, rawHeaders: readonly RawHeader[] = []): RecordOrigin {
  return {
    ...{ topic: 't', partition: 0, offset: 7, timestamp: 0, timestampType: 'CreateTime' },
    rawKey: part === 'key' ? bytes : null,
    rawValue: part === 'value' ? bytes : null,
    rawHeaders
  }
}

/** What the task fails with, its causes behind it. */
async function told(record: RecordOrigin, error: ConversionError, converters: ConvertersInUse | null): Promise<string> {
  const judge = new ErrorJudge({
    taskId: 't-0',
    waits: silentWaits,
    skips: silentSkips,
    settings: { tolerateAll: false, retryTimeoutMs: 0, retryDelayMsMax: 0, logEnabled: false, logMessages: false },
    ...doors,
    metrics: new TaskMetrics(TaskMetrics.newBuffer()),
    deadLetters: null,
    converters,
    stopping: new AbortController().signal
  })
  const failure: unknown = await judge
    .settle(record, error, () => Promise.reject(error))
    .catch((thrown: unknown) => thrown)
  assert.ok(failure instanceof ConnectError)
  assert.equal(failure.cause, error.cause)
  // The line in the log has each sentence once: what the converter or transform said stands in it, before the remedy.
  assert.equal(causeChain(failure), failure.message)
  const ending = '. Tolerance exceeded in error handler'
  assert.ok(failure.message.endsWith(ending))
  return failure.message.slice(0, -ending.length)
}

/** null: the converter takes the bytes. */
async function failureOf(
  className: string,
  part: 'key' | 'value',
  bytes: Buffer,
  more: Readonly<Record<string, string>> = {},
  fromWorker = false
): Promise<string | null> {
  const plugin = converterPlugins.find(each => each.className === className)
  assert.ok(plugin !== undefined)
  const settings: Config = new Map([
    ...(registries.includes(className) ? [['schema.registry.url', 'http://127.0.0.1:1'] as const] : []),
    ...Object.entries(more)
  ])
  const converter = plugin.create(settings, part === 'key', doors)
  try {
    converter.toConnectData('t', bytes)
    return null
  } catch (cause) {
    const stage = part === 'key' ? 'KEY_CONVERTER' : 'VALUE_CONVERTER'
    const inUse: ConverterInUse = { className, settings, fromWorker }
    const message = await told(origin(part, bytes), new ConversionError(stage, className, cause), {
      key: inUse,
      value: inUse
    })
    return message
  } finally {
    await converter.close?.()
  }
}

const tolerance = /errors\.tolerance=all/g

for (const { className } of converterPlugins) {
  test(`${className} on bytes of every other kind: what they look like, the exact property, tolerance last`, async () => {
    let failures = 0
    for (const { bytes, looks, value, key, passes } of kinds) {
      if (passes.includes(className)) continue
      const message = await failureOf(className, 'value', bytes)
      if (message === null) continue
      failures++
      assert.ok(message.startsWith('Record t-0@7: its value '), message)
      assert.match(message, looks)
      assert.ok(message.includes(`value.converter=${className}`), message)
      // A JSON text that is damaged is what JsonConverter is for: its own words say where.
      const wanted = className === json && /damaged/.test(looks.source) ? 'Correct the producer' : value
      assert.ok(message.includes(wanted), `${message} lacks ${wanted}`)
      assert.equal(message.match(tolerance)?.length, 1)
      assert.ok(message.indexOf('errors.tolerance=all') > message.indexOf(wanted))
      assert.match(message, /skips every such record for good/)
      assert.ok(!message.includes('\n'))
      if (key === undefined) continue
      const ofKey = await failureOf(className, 'key', bytes)
      assert.ok(ofKey?.startsWith('Record t-0@7: its key ') === true && ofKey.includes(key), ofKey ?? 'it passes')
    }
    const isPickless = className === string || className.endsWith('ByteArrayConverter')
    assert.equal(failures > 10, !isPickless, 'how many kinds it does not take')
  })
}

test('a setting is written alone where the connector names the converter, and with the class where the worker does', async () => {
  const plain = text('{"id":1}')
  assert.match((await failureOf(json, 'value', plain)) ?? '', /Write value\.converter\.schemas\.enable=false\. /)
  assert.match(
    (await failureOf(json, 'value', plain, {}, true)) ?? '',
    /Write value\.converter=org\.apache\.kafka\.connect\.json\.JsonConverter and value\.converter\.schemas\.enable=false\. /
  )
  assert.match((await failureOf(json, 'key', plain)) ?? '', /Write key\.converter\.schemas\.enable=false\. /)
})

test('a converter that reads such bytes, only not these, is not to be replaced', async () => {
  const cut = await failureOf(json, 'value', text('{"id":1,"na'), { 'schemas.enable': 'false' })
  assert.match(
    cut ?? '',
    /cut off or damaged .*value\.converter=\S+JsonConverter is right for that kind and can't read this one: [^.]*Invalid JSON at byte 11: [^.]*\. Correct the producer/
  )
  const envelope = await failureOf(json, 'value', text('{"schema":{"type":"nonsense"},"payload":1}'))
  assert.match(envelope ?? '', /is right for that kind and can't read this one: .*\. Correct the producer/)
})

test('of a record that may hold a secret no more than five bytes, and never more than half, are shown', async () => {
  for (const secret of ['pw', 'hunter2', 'a-very-long-password']) {
    const message = (await failureOf(json, 'value', text(secret))) ?? ''
    assert.ok(!message.includes(secret))
    const shown = /beginning ((?:[0-9a-f]{2} ?)+)\)/.exec(message)?.[1]?.split(' ').length ?? 0
    assert.ok(shown <= 5 && shown <= secret.length / 2, message)
  }
})

test('a value whose schema a header names is told as such', async () => {
  const header = { key: '__value_schema_id', value: Buffer.from('0189791762233641869674299b90a802e2', 'hex') }
  const error = new ConversionError('VALUE_CONVERTER', json, new ConnectError('no JSON'))
  const message = await told(origin('value', Buffer.from('0206616263', 'hex'), [header]), error, null)
  assert.match(
    message,
    /looks like Avro whose schema a header names .*Write value\.converter=io\.confluent\.connect\.avro\.AvroConverter/
  )
})

test('a header that its converter does not read is named, with the converter that takes any', async () => {
  const plugin = headerConverterPlugins.find(each => each.className === `${numbers}.LongConverter`)
  const rawHeaders = [{ key: 'trace', value: text('abc') }]
  const thrown = (() => {
    try {
      return plugin?.create(new Map(), doors).toConnectHeader('t', 'trace', text('abc'))
    } catch (cause) {
      return new ConversionError('HEADER_CONVERTER', `${numbers}.LongConverter`, cause, { part: 'trace' })
    }
  })()
  assert.ok(thrown instanceof ConversionError)
  const message = await told(origin('value', text('x'), rawHeaders), thrown, null)
  assert.match(
    message,
    /^Record t-0@7: its header trace looks like text .*header\.converter=\S+LongConverter can't read/
  )
  assert.match(message, /Write header\.converter=org\.apache\.kafka\.connect\.storage\.SimpleHeaderConverter/)
})

test('a schema of another type than the converter reads is told with the converter that does', async () => {
  using registry = await FakeRegistry.open()
  const id = registry.add('syntax = "proto3"; message M { string name = 1; }', 'PROTOBUF')
  const converter = converterPlugins
    .find(each => each.className === avro)
    ?.create(new Map([['schema.registry.url', registry.url]]), false, doors)
  const bytes = framed(id, `000a03${hexOf('abc')}`)
  await converter?.prepare?.('t', bytes)
  assert.throws(
    () => converter?.toConnectData('t', bytes),
    error =>
      error instanceof ConnectError &&
      /Write value\.converter=io\.confluent\.connect\.protobuf\.ProtobufConverter/.test(causeChain(error))
  )
})

test('of a schema that was deleted, and of one that no reader takes, the cause stands once and before the remedy', async () => {
  using registry = await FakeRegistry.open()
  const broken = registry.add('{"type":"nonsense"}')
  const causes = new Map([
    [
      99,
      `The schema registry at ${registry.url} refused the schema of id 99 (subject t-value): 404, Schema not found. Is this the registry of another environment ` +
        '(schema.registry.url), or was the schema deleted there? Write the address of the one that the producer uses, or register the schema again'
    ],
    [broken, `The schema of id ${broken} (subject t-value) cannot be used: Invalid Avro schema: unknown type nonsense`]
  ])
  const settings = new Map([['schema.registry.url', registry.url]])
  const converter = converterPlugins.find(each => each.className === avro)?.create(settings, false, doors)
  for (const [id, cause] of causes) {
    const bytes = framed(id, '02')
    await converter?.prepare?.('t', bytes)
    let thrown: unknown = null
    try {
      converter?.toConnectData('t', bytes)
    } catch (error) {
      thrown = new ConversionError('VALUE_CONVERTER', avro, error)
    }
    assert.ok(thrown instanceof ConversionError)
    const message = await told(origin('value', bytes), thrown, null)
    const sentence = `reads what is framed so, but not this one: Failed to deserialize data for topic t to Avro: ${cause}. Last of all`
    assert.ok(message.includes(sentence), message)
    assert.equal(message.split(cause).length, 2)
  }
})

interface Met {
  readonly type: string
  readonly config: Readonly<Record<string, string>>
  readonly value?: ConnectValue
  readonly says: readonly RegExp[]
}

const metByTransforms: readonly Met[] = [
  {
    type: 'MaskField$Value',
    config: { fields: 'id' },
    value: null,
    says: [/failed on a tombstone \(null value\)/, /predicates\.tombstone\.type=\S+RecordIsTombstone, transforms\.mine\.predicate=tombstone and transforms\.mine\.negate=true/]
  },
  {
    type: 'ReplaceField$Value',
    config: { exclude: 'id' },
    value: '{"id":1}',
    says: [/failed on text, which is what the value\.converter made/, /write value\.converter=\S+JsonConverter and value\.converter\.schemas\.enable=false/]
  },
  { type: 'Cast$Value', config: { spec: 'id:int32' }, value: new Map([['id', 'abc']]), says: [/failed on a map without schema/, /Correct transforms\.mine\.\*, or keep such records from it by transforms\.mine\.predicate/] },
  { type: 'MaskField$Key', config: { fields: 'id' }, says: [/failed on a null key/, /Let the producer send keys/] }
] // prettier-ignore

for (const { type, config, value = null, says } of metByTransforms) {
  test(`${type}: a transform that fails is named by its alias, with what it met and what to write`, async () => {
    const entry = transformationEntries.find(each => each.className.endsWith(`.${type}`))
    assert.ok(entry !== undefined)
    const chain = new TransformationChain([
      {
        alias: 'mine',
        className: entry.className,
        transformation: entry.create(new Map(Object.entries(config)), doors),
        predicate: null
      }
    ])
    const record: SinkRecord = {
      ...{ topic: 't', partition: 0, timestamp: 0, timestampType: 'CreateTime', headers: [] },
      ...{ keySchema: null, key: null, valueSchema: null, value, original: origin('value', text('x')) }
    }
    let thrown: unknown = null
    try {
      chain.apply(record)
    } catch (error) {
      thrown = error
    }
    assert.ok(thrown instanceof ConversionError)
    const message = await told(record.original, thrown, null)
    assert.ok(
      message.startsWith(`Record t-0@7: transform mine (transforms.mine.type=${entry.className}) failed on `),
      message
    )
    for (const sentence of says) assert.match(message, sentence)
    assert.match(message, /Last of all errors\.tolerance=all/)
  })
}
