// A consumer's Java-style properties, read once: every key has its effect or one warning that it has none.
import { ConfigError } from '../connect/errors.ts'
import { int32Max, readClientConfig, uselessSettings, type ClientConfig } from './client-config.ts'
import { ClientProperties } from './client-properties.ts'
import { type ResetPolicy } from './fetch/positions.ts'

export interface ConsumerConfig extends ClientConfig {
  readonly groupId: string | null
  readonly instanceId: string | null
  readonly rack: string
  readonly reset: ResetPolicy
  readonly readCommitted: boolean
  readonly assignors: readonly string[]
  /** `group.protocol=consumer`: the coordinator deals (KIP-848). */
  readonly serverAssigned: boolean
  readonly remoteAssignor: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly pollIntervalMsMax: number
  /** Null: everything that is fetched, bounded by bytes. */
  readonly pollRecordsMax: number | null
  readonly fetchBytesMin: number
  readonly fetchBytesMax: number
  readonly fetchWaitMsMax: number
  readonly partitionBytesMax: number
  readonly checkCrcs: boolean
  readonly excludeInternal: boolean
  readonly decompressedBytesMax: number
  /** One sentence per setting that has no effect. */
  readonly warnings: readonly string[]
}

const decompressedBytesDefault = 128 * 1024 * 1024
/** Java's default is 50 MB. All that is fetched and not read counts here, and memory must stay flat however far behind a group is. */
const fetchBytesDefault = 8 * 1024 * 1024
const assignorPackage = 'org.apache.kafka.clients.consumer.'
const assignorClasses = new Map([
  ['RangeAssignor', 'range'],
  ['RoundRobinAssignor', 'roundrobin'],
  ['StickyAssignor', 'sticky'],
  ['CooperativeStickyAssignor', 'cooperative-sticky']
])

/** Settings of Java's consumer that mean nothing here, and why. */
const pointless = new Map<string, string | null>([
  ['key.deserializer', null],
  ['value.deserializer', null],
  ['auto.commit.interval.ms', 'offsets are committed by the worker (offset.flush.interval.ms)'],
  ['allow.auto.create.topics', 'a sink never creates the topics it reads']
])

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
  const config = {
    ...readClientConfig(properties, groupId === null ? 'kafka-connect-redis' : `consumer-${groupId}`),
    groupId: groupId === '' ? null : groupId,
    instanceId: properties.text('group.instance.id'),
    rack: properties.textOr('client.rack', ''),
    reset: readReset(properties),
    readCommitted:
      properties.oneOf('isolation.level', 'read_uncommitted', ['read_uncommitted', 'read_committed'] as const) ===
      'read_committed',
    assignors: readAssignors(properties),
    serverAssigned: properties.oneOf('group.protocol', 'classic', ['classic', 'consumer'] as const) === 'consumer',
    remoteAssignor: properties.text('group.remote.assignor'),
    sessionTimeoutMs,
    heartbeatIntervalMs,
    pollIntervalMsMax: properties.int('max.poll.interval.ms', 300000, 1, int32Max),
    pollRecordsMax:
      properties.text('max.poll.records') === null ? null : properties.int('max.poll.records', 500, 1, int32Max),
    fetchBytesMin: properties.int('fetch.min.bytes', 1, 0, int32Max),
    fetchBytesMax: properties.int('fetch.max.bytes', fetchBytesDefault, 1, int32Max),
    fetchWaitMsMax: properties.int('fetch.max.wait.ms', 500, 0, int32Max),
    partitionBytesMax: properties.int('max.partition.fetch.bytes', 1024 * 1024, 1, int32Max),
    checkCrcs: properties.bool('check.crcs', true),
    excludeInternal: properties.bool('exclude.internal.topics', true),
    decompressedBytesMax: properties.int('max.decompressed.message.bytes', decompressedBytesDefault, 1, int32Max)
  }
  return { ...config, warnings: [...protocolWarnings(properties, config.serverAssigned), ...warningsOf(properties)] }
}

/** Settings of the one group protocol mean nothing under the other. */
function protocolWarnings(properties: ClientProperties, serverAssigned: boolean): string[] {
  const idle = serverAssigned
    ? ['session.timeout.ms', 'heartbeat.interval.ms', 'partition.assignment.strategy']
    : ['group.remote.assignor']
  const protocol = serverAssigned ? 'consumer' : 'classic'
  return idle
    .filter(key => properties.text(key) !== null)
    .map(key => `${key} has no effect under group.protocol=${protocol}`)
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
  // Connect commits by itself and always says so.
  const autoCommit = properties.bool('enable.auto.commit', false)
  const warnings = uselessSettings('consumer', properties, pointless)
  if (autoCommit) {
    warnings.push('enable.auto.commit has no effect: offsets are committed by the worker after Redis has answered')
  }
  return warnings
}
