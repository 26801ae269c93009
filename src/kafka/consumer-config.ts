// A consumer's Java-style properties, read once: every key has its effect or one warning that it has none.
import { ConfigError } from '../connect/errors.ts'
import { ClientProperties, parseBootstrapServers, type BrokerAddress } from './client-properties.ts'
import { type ResetPolicy } from './fetch/positions.ts'
import { readSecurity, type SecuritySettings } from './security.ts'

export interface ConsumerConfig {
  readonly bootstrap: readonly BrokerAddress[]
  readonly security: SecuritySettings
  readonly clientId: string
  readonly groupId: string | null
  readonly instanceId: string | null
  readonly rack: string
  readonly reset: ResetPolicy
  readonly readCommitted: boolean
  readonly assignors: readonly string[]
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly pollIntervalMsMax: number
  /** Null: everything that is fetched, bounded by bytes. */
  readonly pollRecordsMax: number | null
  readonly fetchBytesMin: number
  readonly fetchBytesMax: number
  readonly fetchWaitMsMax: number
  readonly partitionBytesMax: number
  readonly metadataMsMax: number
  readonly requestTimeoutMs: number
  readonly apiTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMsMax: number
  readonly retryBackoffMs: number
  readonly retryBackoffMsMax: number
  readonly checkCrcs: boolean
  readonly excludeInternal: boolean
  readonly decompressedBytesMax: number
  /** One sentence per setting that has no effect. */
  readonly warnings: readonly string[]
}

const decompressedBytesDefault = 128 * 1024 * 1024
const int32Max = 2 ** 31 - 1
const assignorPackage = 'org.apache.kafka.clients.consumer.'
const assignorClasses = new Map([
  ['RangeAssignor', 'range'],
  ['RoundRobinAssignor', 'roundrobin'],
  ['StickyAssignor', 'sticky'],
  ['CooperativeStickyAssignor', 'cooperative-sticky']
])

/** Settings of Java's consumer that mean nothing here, and why; anything else unknown is named as unknown. */
const pointless = new Map([
  ['key.deserializer', null],
  ['value.deserializer', null],
  // Connect commits by itself and always says so.
  ['enable.auto.commit', 'offsets are committed by the worker after Redis has answered'],
  ['auto.commit.interval.ms', 'offsets are committed by the worker (offset.flush.interval.ms)'],
  ['interceptor.classes', 'Java classes are not run here'],
  ['metric.reporters', 'Java classes are not run here; metrics are served by the worker'],
  ['metrics.sample.window.ms', 'metrics are not sampled here'],
  ['metrics.num.samples', 'metrics are not sampled here'],
  ['metrics.recording.level', 'metrics are not sampled here'],
  ['auto.include.jmx.reporter', 'there is no JMX here'],
  ['enable.metrics.push', 'client metrics are not pushed to brokers'],
  ['receive.buffer.bytes', 'the system chooses socket buffers'],
  ['send.buffer.bytes', 'the system chooses socket buffers'],
  ['connections.max.idle.ms', 'idle connections are closed by the brokers'],
  ['client.dns.lookup', 'all addresses of a name are always tried'],
  ['socket.connection.setup.timeout.max.ms', 'only socket.connection.setup.timeout.ms is used'],
  ['allow.auto.create.topics', 'a sink never creates the topics it reads'],
  ['metadata.recovery.strategy', 'the bootstrap servers are always asked again'],
  ['metadata.recovery.rebootstrap.trigger.ms', 'the bootstrap servers are always asked again'],
  ['config.providers', 'config providers are resolved by the worker'],
  ['security.providers', 'Java classes are not run here']
] as const) as ReadonlyMap<string, string | null>

export function readConsumerConfig(values: ReadonlyMap<string, string>): ConsumerConfig {
  const properties = new ClientProperties(values)
  const groupId = properties.text('group.id')
  const sessionTimeoutMs = properties.int('session.timeout.ms', 45000, 1, int32Max)
  const heartbeatIntervalMs = properties.int('heartbeat.interval.ms', 3000, 1, int32Max)
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    throw new ConfigError(
      'heartbeat.interval.ms',
      `heartbeat.interval.ms: found ${heartbeatIntervalMs}, expected less than session.timeout.ms (${sessionTimeoutMs})`
    )
  }
  const requestTimeoutMs = properties.int('request.timeout.ms', 30000, 1, int32Max)
  const config = {
    bootstrap: parseBootstrapServers(properties.text('bootstrap.servers')),
    security: readSecurity(properties),
    clientId: properties.textOr('client.id', groupId === null ? 'kafka-connect-redis' : `consumer-${groupId}`),
    groupId: groupId === '' ? null : groupId,
    instanceId: properties.text('group.instance.id'),
    rack: properties.textOr('client.rack', ''),
    reset: readReset(properties),
    readCommitted:
      properties.oneOf('isolation.level', 'read_uncommitted', ['read_uncommitted', 'read_committed'] as const) ===
      'read_committed',
    assignors: readAssignors(properties),
    sessionTimeoutMs,
    heartbeatIntervalMs,
    pollIntervalMsMax: properties.int('max.poll.interval.ms', 300000, 1, int32Max),
    pollRecordsMax:
      properties.text('max.poll.records') === null ? null : properties.int('max.poll.records', 500, 1, int32Max),
    fetchBytesMin: properties.int('fetch.min.bytes', 1, 0, int32Max),
    fetchBytesMax: properties.int('fetch.max.bytes', 50 * 1024 * 1024, 1, int32Max),
    fetchWaitMsMax: properties.int('fetch.max.wait.ms', 500, 0, int32Max),
    partitionBytesMax: properties.int('max.partition.fetch.bytes', 1024 * 1024, 1, int32Max),
    metadataMsMax: properties.int('metadata.max.age.ms', 300000),
    requestTimeoutMs,
    apiTimeoutMs: properties.int('default.api.timeout.ms', 60000, 0, int32Max),
    connectTimeoutMs: properties.int('socket.connection.setup.timeout.ms', 10000, 1, int32Max),
    reconnectBackoffMs: properties.int('reconnect.backoff.ms', 50),
    reconnectBackoffMsMax: properties.int('reconnect.backoff.max.ms', 1000),
    retryBackoffMs: properties.int('retry.backoff.ms', 100),
    retryBackoffMsMax: properties.int('retry.backoff.max.ms', 1000),
    checkCrcs: properties.bool('check.crcs', true),
    excludeInternal: properties.bool('exclude.internal.topics', true),
    decompressedBytesMax: properties.int('max.decompressed.message.bytes', decompressedBytesDefault, 1, int32Max)
  }
  return { ...config, warnings: warningsOf(properties) }
}

function readReset(properties: ClientProperties): ResetPolicy {
  const text = properties.textOr('auto.offset.reset', 'latest').toLowerCase()
  if (text === 'earliest' || text === 'latest' || text === 'none') return { kind: text }
  const match = /^by_duration:p(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?)?$/.exec(text)
  if (match === null) {
    throw new ConfigError(
      'auto.offset.reset',
      `auto.offset.reset: found '${text}', expected earliest, latest, none or by_duration:<ISO 8601 duration>`
    )
  }
  const [days, hours, minutes, seconds] = match.slice(1).map(part => Number((part as string | undefined) ?? 0))
  const durationMs = ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000
  return { kind: 'by_duration', durationMs }
}

function readAssignors(properties: ClientProperties): string[] {
  const key = 'partition.assignment.strategy'
  const given = properties.list(key)
  // Java's default list: with range first, the group runs eagerly until every member has dropped range.
  if (given.length === 0) return ['range']
  return given.map(name => {
    const plain = name.startsWith(assignorPackage) ? name.slice(assignorPackage.length) : name
    const found = assignorClasses.get(plain) ?? [...assignorClasses.values()].find(known => known === plain)
    if (found === undefined) {
      throw new ConfigError(key, `${key}: '${name}' is unknown, known are ${[...assignorClasses.keys()].join(', ')}`)
    }
    return found
  })
}

function warningsOf(properties: ClientProperties): string[] {
  const warnings: string[] = []
  for (const key of properties.unused()) {
    const why = key === 'enable.auto.commit' && properties.text(key) === 'false' ? null : pointless.get(key)
    if (why === null) continue
    if (/^(ssl|sasl)\./.test(key))
      warnings.push(`${key} has no effect: this part of TLS and login is not configurable here`)
    else warnings.push(`${key} has no effect: ${why ?? 'no consumer setting of that name is known'}`)
  }
  return warnings
}
