// Every setting that Java's consumer and producer know has its effect here, or one warning that says why it has none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../connect/errors.ts'
import { readConsumerConfig } from './consumer-config.ts'
import { readProducerConfig } from './produce/producer-config.ts'

// The names in ConsumerConfig and ProducerConfig of Kafka 4.3.1 but for ssl.*, sasl.* and those of share groups.
const consumerNames = `
  allow.auto.create.topics auto.commit.interval.ms auto.offset.reset bootstrap.servers check.crcs
  client.dns.lookup client.id client.rack config.providers connections.max.idle.ms
  default.api.timeout.ms enable.auto.commit enable.metrics.push exclude.internal.topics fetch.max.bytes
  fetch.max.wait.ms fetch.min.bytes group.id group.instance.id group.protocol
  group.remote.assignor heartbeat.interval.ms interceptor.classes isolation.level key.deserializer
  max.partition.fetch.bytes max.poll.interval.ms max.poll.records metadata.max.age.ms metadata.recovery.rebootstrap.trigger.ms
  metadata.recovery.strategy metric.reporters metrics.num.samples metrics.recording.level metrics.sample.window.ms
  partition.assignment.strategy receive.buffer.bytes reconnect.backoff.max.ms reconnect.backoff.ms request.timeout.ms
  retry.backoff.max.ms retry.backoff.ms security.protocol security.providers send.buffer.bytes
  session.timeout.ms socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms value.deserializer
`
const producerNames = `
  acks batch.size bootstrap.servers buffer.memory client.dns.lookup
  client.id compression.gzip.level compression.lz4.level compression.type compression.zstd.level
  config.providers connections.max.idle.ms delivery.timeout.ms enable.idempotence enable.metrics.push
  interceptor.classes key.serializer linger.ms max.block.ms max.in.flight.requests.per.connection
  max.request.size metadata.max.age.ms metadata.max.idle.ms metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy
  metric.reporters metrics.num.samples metrics.recording.level metrics.sample.window.ms partitioner.adaptive.partitioning.enable
  partitioner.availability.timeout.ms partitioner.class partitioner.ignore.keys receive.buffer.bytes reconnect.backoff.max.ms
  reconnect.backoff.ms request.timeout.ms retries retry.backoff.max.ms retry.backoff.ms
  security.protocol security.providers send.buffer.bytes socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms
  transaction.timeout.ms transaction.two.phase.commit.enable transactional.id value.serializer
`

const base = [['bootstrap.servers', 'broker:9092']] as const
/** Values that some setting or other takes. */
const samples = [
  '1000',
  'true',
  'all',
  'latest',
  'classic',
  'read_committed',
  'gzip',
  'PLAINTEXT',
  'use_all_dns_ips',
  'RangeAssignor',
  'broker:9092',
  '60000'
]

type Read = (values: ReadonlyMap<string, string>) => { readonly warnings: readonly string[] }

function warningsFor(read: Read, key: string): readonly string[] {
  for (const value of samples) {
    try {
      return read(new Map([...base, [key, value]])).warnings
    } catch (error) {
      assert.ok(error instanceof ConfigError && error.message.startsWith(`${error.key ?? ''}: `), String(error))
    }
  }
  throw new Error(`no sample value suits ${key}`)
}

for (const [kind, names, read] of [
  ['consumer', consumerNames, readConsumerConfig],
  ['producer', producerNames, readProducerConfig]
] as const) {
  test(`no setting of Java’s ${kind} is unknown, and none is without effect in silence`, () => {
    for (const key of names.trim().split(/\s+/)) {
      const warnings = warningsFor(read, key)
      assert.ok(warnings.length <= 1, `${key}: ${warnings.join('; ')}`)
      assert.ok(!warnings.some(warning => warning.includes('of that name is known')), warnings.join())
    }
    assert.deepEqual(read(new Map([...base, ['fetch.maximum', '1']])).warnings, [
      `fetch.maximum has no effect: no ${kind} setting of that name is known`
    ])
    assert.deepEqual(read(new Map([...base, ['request.timeout', '1']])).warnings, [
      'request.timeout has no effect: did you mean request.timeout.ms?'
    ])
  })
}

test('what is ill-typed or contradicts itself names the key, what was found and what is expected', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['max.poll.records', 'many', /^max.poll.records: found 'many', expected a whole number of at least 1$/],
    ['isolation.level', 'dirty', /^isolation.level: found 'dirty', expected one of read_uncommitted, read_committed$/],
    ['check.crcs', 'perhaps', /^check.crcs: found 'perhaps', expected true or false$/],
    ['auto.offset.reset', 'first', /^auto.offset.reset: found 'first', expected earliest, latest, none or by_duration/],
    [
      'heartbeat.interval.ms',
      '50000',
      /^heartbeat.interval.ms: found 50000, expected less than session.timeout.ms \(45000\)$/
    ],
    ['partition.assignment.strategy', 'com.example.Mine', /'com.example.Mine' is unknown, known are RangeAssignor/],
    ['bootstrap.servers', 'broker', /^bootstrap.servers: found 'broker', expected host:port/]
  ]
  for (const [key, value, message] of cases) {
    assert.throws(() => readConsumerConfig(new Map([...base, [key, value]])), { message })
  }
  assert.deepEqual(readConsumerConfig(new Map([...base, ['auto.offset.reset', 'by_duration:P1DT2H3M4.5S']])).reset, {
    kind: 'by_duration',
    durationMs: 93_784_500
  })
  const canonical = 'resolve_canonical_bootstrap_servers_only'
  assert.match(
    readConsumerConfig(new Map([...base, ['client.dns.lookup', canonical]])).warnings.join(),
    /^client.dns.lookup=resolve_canonical_bootstrap_servers_only has no effect: /
  )
  const ignored = readConsumerConfig(new Map([...base, ['group.protocol', 'consumer'], ['session.timeout.ms', '9000']]))
  assert.deepEqual(ignored.warnings, ['session.timeout.ms has no effect under group.protocol=consumer'])
})
