// What consumer, producer and admin clients read alike from their Java-style properties, and the cluster each of them opens with it.
import { type Logger } from '../connect/log.ts'
import { type Waits } from '../connect/waits.ts'
import { type Clock } from '../util/clock.ts'
import { nearestName } from '../util/nearest-name.ts'
import { type Random } from '../util/random.ts'
import { type OpenLink } from './broker-link.ts'
import { type ClientMeter } from './client-meter.ts'
import { parseBootstrapServers, type BrokerAddress, type ClientProperties } from './client-properties.ts'
import { Cluster } from './cluster.ts'
import { readSecurity, type SecuritySettings } from './security.ts'
import { KafkaWire, type Wire } from './wire.ts'

export interface ClientConfig {
  readonly bootstrap: readonly BrokerAddress[]
  readonly security: SecuritySettings
  readonly clientId: string
  readonly metadataMsMax: number
  readonly requestTimeoutMs: number
  readonly apiTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly connectTimeoutMsMax: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMsMax: number
  readonly retryBackoffMs: number
  readonly retryBackoffMsMax: number
}

/** What every client is handed besides its settings. */
export interface ClientDoors {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Tests hand in their own. */
  readonly wire?: Wire
  /** The simulation's way to brokers. */
  readonly openLink?: OpenLink | undefined
  /** Gets what its connections tell of themselves. */
  readonly meter?: ClientMeter | undefined
  /** Where it is told that brokers are waited for; absent: nowhere. */
  readonly waits?: Waits
  /** How the client ids of all who belong into its group begin; absent: that is not known, and no member is a stranger. */
  readonly kin?: readonly string[] | undefined
}

export interface ClientOptions extends ClientDoors {
  /** Java-style client properties, prefixes stripped. */
  readonly properties: ReadonlyMap<string, string>
  /** False: another client tells what is odd about these very settings (tasks of one connector have the same). */
  readonly warns?: boolean
}

const canonicalLookup = 'resolve_canonical_bootstrap_servers_only'
export const int32Max = 2 ** 31 - 1

/** Settings of Java's clients that mean nothing here, and why (null: they need no word). */
const pointless = new Map<string, string | null>([
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
  ['metadata.recovery.strategy', 'the bootstrap servers are always asked again'],
  ['metadata.recovery.rebootstrap.trigger.ms', 'the bootstrap servers are always asked again'],
  ['config.providers', 'config providers are resolved by the worker'],
  ['security.providers', 'Java classes are not run here']
])

export function readClientConfig(properties: ClientProperties, clientId: string): ClientConfig {
  const connectTimeoutMs = properties.int('socket.connection.setup.timeout.ms', 10_000, 1, int32Max)
  properties.oneOf('client.dns.lookup', 'use_all_dns_ips', ['use_all_dns_ips', canonicalLookup] as const)
  return {
    bootstrap: parseBootstrapServers(properties.text('bootstrap.servers')),
    security: readSecurity(properties),
    clientId: properties.textOr('client.id', clientId),
    metadataMsMax: properties.int('metadata.max.age.ms', 300_000),
    requestTimeoutMs: properties.int('request.timeout.ms', 30_000, 1, int32Max),
    apiTimeoutMs: properties.int('default.api.timeout.ms', 60_000, 0, int32Max),
    connectTimeoutMs,
    connectTimeoutMsMax: properties.int('socket.connection.setup.timeout.max.ms', 30_000, 1, int32Max),
    reconnectBackoffMs: properties.int('reconnect.backoff.ms', 50),
    reconnectBackoffMsMax: properties.int('reconnect.backoff.max.ms', 1000),
    retryBackoffMs: properties.int('retry.backoff.ms', 100),
    retryBackoffMsMax: properties.int('retry.backoff.max.ms', 1000)
  }
}

/** One sentence per key that nobody asked for; `also` names those of one kind of client and why they mean nothing. */
export function uselessSettings(
  kind: string,
  properties: ClientProperties,
  also: ReadonlyMap<string, string | null>
): string[] {
  const warnings: string[] = []
  if (properties.text('client.dns.lookup')?.toLowerCase() === canonicalLookup) {
    warnings.push(
      `client.dns.lookup=${canonicalLookup} has no effect: names are taken as they are given; every address of each is tried, as with use_all_dns_ips`
    )
  }
  const known = properties.known()
  for (const key of properties.unused()) {
    const why = also.has(key) ? also.get(key) : pointless.get(key)
    if (why === null) continue
    if (/^(ssl|sasl)\./.test(key))
      warnings.push(`${key} has no effect: this part of TLS and login is not configurable here`)
    else warnings.push(`${key} has no effect: ${why ?? meant(kind, key, warnings.length < meantMax ? known : [])}`)
  }
  return warnings
}

/** What was meant is looked for among all names: for so many settings and no more. */
const meantMax = 20

function meant(kind: string, key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known)
  return nearest === null ? `no ${kind} setting of that name is known` : `did you mean ${nearest}?`
}

export function openCluster(
  config: ClientConfig,
  { wire, openLink, clock, random, log, meter }: ClientDoors,
  warns = true
): Cluster {
  return new Cluster({
    wire: wire ?? new KafkaWire({ ...config, clock, random, log, meter, openLink, warns }),
    bootstrap: config.bootstrap,
    metadataMsMax: config.metadataMsMax,
    retryBackoffMs: config.retryBackoffMs,
    retryBackoffMsMax: config.retryBackoffMsMax,
    clock,
    random,
    log
  })
}
