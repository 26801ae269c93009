// What a sink's configuration says once it is read and found right: immutable, shared by plans, writer, task and explain.
import { type Password } from '../connect/config-type.ts'

/** Which promises hold: the retired sink's, byte for byte, or what a person expects. Chosen by the class name. */
export type Contract = 'old' | 'plain'

/** How JSON text, key text and orders come out: as the JVM's sink printed them, or as they stood in the source. */
export type Output = 'java' | 'plain'

export type PolicyKind = 'NOOP' | 'THROW' | 'RETRY'

export interface ErrorPolicySettings {
  readonly kind: PolicyKind
  /** Attempts in all under RETRY; 0: a single one, -1: endless. */
  readonly maxRetries: number
  readonly retryIntervalMs: number
}

/** A key or trust store as the `ssl.*` keys name it; reading it is the client's part. */
export interface StoreSettings {
  /** JKS, PKCS12 or PEM, upper case. */
  readonly type: string
  /** A file, or null where the PEM text stands in the configuration itself. */
  readonly location: string | null
  readonly password: Password | null
}

export interface TlsSettings {
  readonly truststore: StoreSettings | null
  /** PEM certificates written into the configuration, or null. */
  readonly trustedPem: string | null
  readonly keystore: StoreSettings | null
  readonly keyPassword: Password | null
  /** PEM key and certificate chain written into the configuration, or null. */
  readonly keyPem: Password | null
  readonly chainPem: string | null
  /** False only where the old contract asks for no endpoint check: Jedis never compared the certificate's name with the host's. */
  readonly verifyHost: boolean
  /** `ssl.enabled.protocols`, empty: whatever is safe. */
  readonly protocols: readonly string[]
  readonly cipherSuites: readonly string[]
}

/** A field by its way from the value's top: `a.b` is ['a', 'b']. */
export type FieldPath = readonly string[]

/** Paths that are left out, by their parts: one look-up a part, however many paths there are. */
export interface LeftOut {
  /** Whether a path ends here: the field itself is left out. */
  readonly whole: boolean
  readonly below: ReadonlyMap<string, LeftOut>
}

/** A selected field and the name it gets in the output. */
export interface Column {
  readonly path: FieldPath
  readonly alias: string
}

export type ModeName = 'cache' | 'sortedSet' | 'sortedSets' | 'geo' | 'stream' | 'pubSub'

/** One statement, its mode chosen and everything it needs spelled out; the KCQL text itself is behind us. */
export interface BoundStatement {
  /** Its place in `connect.redis.kcql`, from 0. */
  readonly index: number
  /** As it was written, for messages. */
  readonly text: string
  readonly mode: ModeName
  readonly topic: string
  /** The Redis name (sorted set, stream) or key prefix (already trimmed where the mode trims it); '' without INSERT INTO. */
  readonly target: string
  /** Every field of the value, less `ignored`; `columns` then counts for nothing. */
  readonly star: boolean
  readonly columns: readonly Column[]
  /** Top-level names to leave out. */
  readonly ignored: ReadonlySet<string>
  /** Paths to leave out; none under the old contract, where only their last names counted. */
  readonly leftOut: LeftOut
  /** Paths that make the key, as written; under the old contract no two alike. */
  readonly keys: readonly FieldPath[]
  /** Seconds; 0: none. */
  readonly ttl: bigint
  /** `score=`, `channel=`, `longitudeField=`, `latitudeField=`, or their defaults. */
  readonly score: FieldPath
  readonly channel: FieldPath
  readonly longitude: FieldPath
  readonly latitude: FieldPath
}

export type TombstoneRule = 'refuse' | 'ignore'

export interface SinkSettings {
  /** The connector's name. */
  readonly name: string
  readonly contract: Contract
  readonly output: Output
  readonly host: string
  readonly port: number
  readonly password: Password | null
  /** null: no TLS. */
  readonly tls: TlsSettings | null
  readonly statements: readonly BoundStatement[]
  readonly pkDelimiter: string
  readonly policy: ErrorPolicySettings
  /** How long an outage is ridden out before the policy is asked; null: for ever. */
  readonly outageMs: number | null
  /** Refusals go to the dead letter queue (where the connector has one) instead of the policy's NOOP or THROW. */
  readonly deadLetter: boolean
  /** A dead letter queue that the connector has for converters alone, though nobody said that refusals stay out of it; null: none such. */
  readonly idleLetters: string | null
  /** Of several SETs to one key in a batch only the last is sent. */
  readonly coalesce: boolean
  /** `Delivered [n] records` lines. */
  readonly progress: boolean
  readonly tombstones: TombstoneRule
  /** To be logged once at start, at WARN and at INFO. */
  readonly warnings: readonly string[]
  readonly notes: readonly string[]
}
