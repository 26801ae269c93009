// The configuration of a worker, as Apache's connect-standalone.properties and connect-distributed.properties write it.
import { ConfigDef, type ConfigKey, type Importance, type ParsedConfig } from '../connect/config.ts'
import { type ConfigType, type Parsed } from '../connect/config-type.ts'
import { atLeast, oneOf, oneOfIgnoringCase } from '../connect/config-validators.ts'
import { type Config } from '../connect/plugin.ts'
import { nearestName } from '../util/nearest-name.ts'

type Row = readonly [
  name: string,
  type: ConfigType,
  defaultValue: Parsed | undefined,
  importance: Importance,
  documentation: string,
  validator?: ConfigKey['validator']
]

const hmac = 'HmacSHA256'

/** `undefined` as default: required. */
const commonRows: readonly Row[] = [
  [
    'bootstrap.servers',
    'LIST',
    ['localhost:9092'],
    'HIGH',
    'Addresses host:port of Kafka brokers, separated by commas.'
  ],
  ['key.converter', 'CLASS', undefined, 'HIGH', 'Converter of record keys for connectors that name none.'],
  ['value.converter', 'CLASS', undefined, 'HIGH', 'Converter of record values for connectors that name none.'],
  [
    'header.converter',
    'CLASS',
    'org.apache.kafka.connect.storage.SimpleHeaderConverter',
    'LOW',
    'Converter of headers for connectors that name none.'
  ],
  [
    'task.shutdown.graceful.timeout.ms',
    'LONG',
    5000,
    'LOW',
    'How long tasks may take to finish when they are asked to stop.'
  ],
  ['offset.flush.interval.ms', 'LONG', 60000, 'LOW', 'Time between two commits of offsets.'],
  ['offset.flush.timeout.ms', 'LONG', 5000, 'LOW', 'How long a commit is waited for before it counts as failed.'],
  ['plugin.path', 'LIST', null, 'LOW', 'Folders with plugins. Java archives in them are skipped.'],
  [
    'plugin.discovery',
    'STRING',
    'hybrid_warn',
    'LOW',
    'Accepted for old files; our plugins need no discovery.',
    oneOfIgnoringCase('only_scan', 'service_load', 'hybrid_warn', 'hybrid_fail')
  ],
  ['listeners', 'LIST', ['http://:8083'], 'LOW', 'Addresses the REST API listens on.'],
  ['rest.advertised.host.name', 'STRING', null, 'LOW', 'Host name given to other workers.'],
  ['rest.advertised.port', 'INT', null, 'LOW', 'Port given to other workers.'],
  ['rest.advertised.listener', 'STRING', null, 'LOW', 'Protocol (http or https) given to other workers.'],
  [
    'admin.listeners',
    'LIST',
    null,
    'LOW',
    'Addresses of the admin endpoints: unset, those of the REST API; empty, none.'
  ],
  [
    'rest.extension.classes',
    'LIST',
    [],
    'LOW',
    'REST extensions; org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension is known.'
  ],
  ['access.control.allow.origin', 'STRING', '', 'LOW', 'Origins that pages may call the REST API from.'],
  ['access.control.allow.methods', 'STRING', '', 'LOW', 'Methods for such calls.'],
  [
    'response.http.headers.config',
    'STRING',
    '',
    'LOW',
    'Headers of every REST answer, as `set X-Frame-Options: DENY`.'
  ],
  ['config.providers', 'LIST', [], 'LOW', 'Names of providers for references like ${name:path:key}.'],
  [
    'connector.client.config.override.policy',
    'STRING',
    'All',
    'MEDIUM',
    'Which client settings connectors may override: All, None or Principal.'
  ],
  ['topic.creation.enable', 'BOOLEAN', true, 'LOW', 'For source connectors; without effect here.'],
  ['topic.tracking.enable', 'BOOLEAN', true, 'LOW', 'Remember which topics a connector read.'],
  ['topic.tracking.allow.reset', 'BOOLEAN', true, 'LOW', 'Allow REST to forget those topics.'],
  ['client.id', 'STRING', '', 'LOW', 'Name of this worker in requests to Kafka.'],
  [
    'client.dns.lookup',
    'STRING',
    'use_all_dns_ips',
    'MEDIUM',
    'How broker names become addresses.',
    oneOf('use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only')
  ],
  ['request.timeout.ms', 'INT', 40000, 'LOW', 'How long a request to Kafka may take.', atLeast(0)],
  ['retry.backoff.ms', 'LONG', 100, 'LOW', 'Wait before a failed request is sent again.', atLeast(0)],
  ['retry.backoff.max.ms', 'LONG', 1000, 'LOW', 'Longest such wait.', atLeast(0)],
  ['reconnect.backoff.ms', 'LONG', 50, 'LOW', 'Wait before a broker is connected to again.', atLeast(0)],
  ['reconnect.backoff.max.ms', 'LONG', 1000, 'LOW', 'Longest such wait.', atLeast(0)],
  ['connections.max.idle.ms', 'LONG', 540000, 'LOW', 'Idle connections are closed after this time.'],
  ['metadata.max.age.ms', 'LONG', 300000, 'LOW', 'Age at which metadata is fetched anew.', atLeast(0)],
  [
    'metadata.recovery.strategy',
    'STRING',
    'rebootstrap',
    'LOW',
    'What a client does when no known broker answers.',
    oneOfIgnoringCase('none', 'rebootstrap')
  ],
  [
    'metadata.recovery.rebootstrap.trigger.ms',
    'LONG',
    300000,
    'LOW',
    'When it begins anew with bootstrap.servers.',
    atLeast(0)
  ],
  ['send.buffer.bytes', 'INT', 131072, 'LOW', 'TCP send buffer.', atLeast(-1)],
  ['receive.buffer.bytes', 'INT', 32768, 'LOW', 'TCP receive buffer.', atLeast(-1)],
  ['socket.connection.setup.timeout.ms', 'LONG', 10000, 'LOW', 'How long a connection may take to stand.', atLeast(0)],
  ['socket.connection.setup.timeout.max.ms', 'LONG', 30000, 'LOW', 'Longest such time after failures.', atLeast(0)],
  [
    'security.protocol',
    'STRING',
    'PLAINTEXT',
    'MEDIUM',
    'PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, for the worker itself; consumer. and producer. need their own.',
    oneOfIgnoringCase('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL')
  ],
  ['metrics.num.samples', 'INT', 2, 'LOW', 'Over how many windows averages and rates are taken.', atLeast(1)],
  ['metrics.sample.window.ms', 'LONG', 30000, 'LOW', 'Window of averages and rates.', atLeast(0)],
  ['metrics.recording.level', 'STRING', 'INFO', 'LOW', 'Accepted for old files.', oneOf('INFO', 'DEBUG', 'TRACE')],
  [
    'metric.reporters',
    'LIST',
    ['org.apache.kafka.common.metrics.JmxReporter'],
    'LOW',
    'Accepted for old files; metrics are served over HTTP.'
  ],
  ['auto.include.jmx.reporter', 'BOOLEAN', true, 'LOW', 'Accepted for old files.'],
  // Ours, not Connect's.
  [
    'metrics.prometheus.spelling',
    'STRING',
    'short',
    'LOW',
    "Names at /metrics: `short` as the exporter's example and Strimzi (kafka_connect_sink_task_...), `full` as the exporter's default and Confluent (kafka_connect_sink_task_metrics_...), or `both`.",
    oneOf('short', 'full', 'both')
  ],
  // In Java a system property; here either.
  [
    'org.apache.kafka.sasl.oauthbearer.allowed.urls',
    'LIST',
    null,
    'LOW',
    "OAuth token endpoints that clients may ask. Unset: those that the worker's file names; connectors name no others."
  ],
  [
    'rest.allowed.hosts',
    'LIST',
    [],
    'LOW',
    'Names, beside those of this host, by which the REST API may be called on a loopback address.'
  ],
  [
    'rest.changes.authenticated',
    'BOOLEAN',
    false,
    'LOW',
    'Who has neither logged in nor shown a trusted certificate may only read.'
  ],
  [
    'rest.requests.per.second.max',
    'INT',
    1000,
    'LOW',
    'Requests from one address in the long run, twice as many at once; 0: any number.',
    atLeast(0)
  ],
  ['rest.connections.max', 'INT', 2000, 'LOW', 'Connections to one listener at the same time.', atLeast(1)],
  [
    'rest.connections.per.address.max',
    'INT',
    1000,
    'LOW',
    'Connections from one address to one listener at the same time; beyond it the one that asks nothing for longest is closed.',
    atLeast(1)
  ],
  [
    'worker.threads',
    'INT',
    null,
    'LOW',
    'Threads for tasks: unset, one per core; 0, tasks share the main thread.',
    { validate: (name, value) => (value === null ? undefined : atLeast(0).validate(name, value)) }
  ],
  [
    'worker.log.level',
    'STRING',
    'INFO',
    'LOW',
    'Level of the root logger at start.',
    oneOfIgnoringCase('OFF', 'FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'ALL')
  ],
  [
    'worker.log.format',
    'STRING',
    'text',
    'LOW',
    'text: lines as log4j writes them; json: one object a line.',
    oneOf('text', 'json')
  ]
]

const standaloneRows: readonly Row[] = [
  [
    'offset.storage.file.filename',
    'STRING',
    undefined,
    'HIGH',
    'File for offsets of source connectors. Sinks keep theirs in Kafka; the key is required as in Apache Kafka.'
  ]
]

const distributedRows: readonly Row[] = [
  ['group.id', 'STRING', undefined, 'HIGH', 'Name of the Connect cluster this worker belongs to.'],
  ['config.storage.topic', 'STRING', undefined, 'HIGH', 'Topic for connector configurations.'],
  [
    'config.storage.replication.factor',
    'SHORT',
    3,
    'LOW',
    'Replicas of that topic when it is created; -1: as the broker says.'
  ],
  ['offset.storage.topic', 'STRING', undefined, 'HIGH', 'Topic for offsets of source connectors.'],
  ['offset.storage.partitions', 'INT', 25, 'LOW', 'Its partitions when it is created; -1: as the broker says.'],
  ['offset.storage.replication.factor', 'SHORT', 3, 'LOW', 'Its replicas when it is created; -1: as the broker says.'],
  ['status.storage.topic', 'STRING', undefined, 'HIGH', 'Topic for states of connectors and tasks.'],
  ['status.storage.partitions', 'INT', 5, 'LOW', 'Its partitions when it is created; -1: as the broker says.'],
  ['status.storage.replication.factor', 'SHORT', 3, 'LOW', 'Its replicas when it is created; -1: as the broker says.'],
  ['session.timeout.ms', 'INT', 10000, 'HIGH', 'A worker that is silent for this long is taken for dead.'],
  ['rebalance.timeout.ms', 'INT', 60000, 'HIGH', 'How long workers may take to join a rebalance.'],
  ['heartbeat.interval.ms', 'INT', 3000, 'HIGH', 'Time between two heartbeats.'],
  [
    'worker.sync.timeout.ms',
    'INT',
    3000,
    'MEDIUM',
    'How long a worker may take to read configurations it is behind with.'
  ],
  ['worker.unsync.backoff.ms', 'INT', 300000, 'MEDIUM', 'How long it stays out of the group when it could not.'],
  [
    'scheduled.rebalance.max.delay.ms',
    'INT',
    300000,
    'LOW',
    'How long the work of a lost worker waits for its return.',
    atLeast(0)
  ],
  [
    'connect.protocol',
    'STRING',
    'sessioned',
    'LOW',
    'eager, compatible or sessioned.',
    oneOfIgnoringCase('eager', 'compatible', 'sessioned')
  ],
  [
    'inter.worker.key.generation.algorithm',
    'STRING',
    hmac,
    'LOW',
    'Algorithm of the keys that sign requests between workers.'
  ],
  ['inter.worker.key.size', 'INT', null, 'LOW', 'Size of those keys; unset: as the algorithm says.'],
  ['inter.worker.key.ttl.ms', 'INT', 3600000, 'LOW', 'Age at which such a key is replaced.', atLeast(0)],
  ['inter.worker.signature.algorithm', 'STRING', hmac, 'LOW', 'Algorithm requests are signed with.'],
  ['inter.worker.verification.algorithms', 'LIST', [hmac], 'LOW', 'Algorithms that are accepted.'],
  [
    'exactly.once.source.support',
    'STRING',
    'disabled',
    'HIGH',
    'For source connectors; without effect here.',
    oneOfIgnoringCase('disabled', 'preparing', 'enabled')
  ]
]

function definition(rows: readonly Row[]): ConfigDef {
  const definition = new ConfigDef()
  for (const [name, type, defaultValue, importance, documentation, validator] of rows) {
    definition.define({
      name,
      type,
      importance,
      documentation,
      ...(defaultValue === undefined ? {} : { defaultValue }),
      ...(validator === undefined ? {} : { validator })
    })
  }
  return definition
}

/** Of the keys that a worker's file defines, those that are its Kafka clients' too. */
const clientKeys = new Set([
  'bootstrap.servers', 'client.id', 'client.dns.lookup', 'request.timeout.ms', 'retry.backoff.ms', 'retry.backoff.max.ms',
  'reconnect.backoff.ms', 'reconnect.backoff.max.ms', 'connections.max.idle.ms', 'metadata.max.age.ms',
  'metadata.recovery.strategy', 'metadata.recovery.rebootstrap.trigger.ms', 'send.buffer.bytes', 'receive.buffer.bytes',
  'socket.connection.setup.timeout.ms', 'socket.connection.setup.timeout.max.ms', 'security.protocol'
]) // prettier-ignore

/** Whether a key of the worker's file means nothing to a Kafka client: the worker's own, or somebody else's by its prefix. */
export function isWorkerOnly(key: string): boolean {
  if (key.startsWith('ssl.') || key.startsWith('sasl.')) return false
  const isDefined = Object.values(workerConfigDefs).some(definition => definition.key(key) !== undefined)
  return isDefined ? !clientKeys.has(key) : foreignPrefixes.some(prefix => key.startsWith(prefix))
}

export type WorkerMode = 'standalone' | 'distributed'

export const workerConfigDefs: { readonly [mode in WorkerMode]: ConfigDef } = {
  standalone: definition([...commonRows, ...standaloneRows]),
  distributed: definition([...commonRows, ...distributedRows])
}

// Keys under these belong to somebody else: converters, clients, providers, listeners, security and topic settings.
const foreignPrefixes = [
  'consumer.', 'producer.', 'admin.', 'listeners.https.', 'admin.listeners.https.', 'config.providers.', 'key.converter.', 'value.converter.',
  'header.converter.', 'config.storage.', 'offset.storage.', 'status.storage.', 'metrics.context.', 'ssl.', 'sasl.', 'topic.creation.', 'rest.extension.'
] // prettier-ignore

/** Reads a worker's properties; all faults come in one ConfigErrors that names `where`. */
export function parseWorkerConfig(mode: WorkerMode, properties: Config, where: string): ParsedConfig {
  return workerConfigDefs[mode].parse(properties, where)
}

export interface UnknownKey {
  readonly key: string
  /** A known key that is spelled nearly so. */
  readonly nearest: string | null
  /** The other mode knows it. */
  readonly otherMode: boolean
}

/** What was meant is looked for among all names: for so many keys and no more. */
const toldMax = 50

/** Keys without effect in this mode, the first of them. */
export function unknownWorkerKeys(
  mode: WorkerMode,
  properties: Config
): { readonly told: readonly UnknownKey[]; readonly more: number } {
  const known = workerConfigDefs[mode]
  const names = known.keys().map(key => key.name)
  const other = workerConfigDefs[mode === 'standalone' ? 'distributed' : 'standalone']
  const unknown = [...properties.keys()].filter(
    key => known.key(key) === undefined && !foreignPrefixes.some(prefix => key.startsWith(prefix))
  )
  const told = unknown
    .slice(0, toldMax)
    .map(key => ({ key, nearest: nearestName(key, names), otherMode: other.key(key) !== undefined }))
  return { told, more: unknown.length - told.length }
}

/** The part of `properties` under a prefix, the prefix taken off. */
export function withPrefix(properties: Config, prefix: string): Config {
  return new Map(
    [...properties].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value])
  )
}
