// The sink's configuration keys, one definition for both contracts: defaults, validation, REST answers, docs and help come from it.
import { type Parsed } from '../connect/config-type.ts'
import { between, oneOfIgnoringCase } from '../connect/config-validators.ts'
import { ConfigDef, type ConfigKey, type Validator } from '../connect/config.ts'
import { ConfigError } from '../connect/errors.ts'
import { redisHostFault, redisHosts } from './redis-host.ts'
import { type Contract } from './settings.ts'

export const keys = {
  host: 'connect.redis.host',
  port: 'connect.redis.port',
  password: 'connect.redis.password',
  sslEnabled: 'connect.redis.ssl.enabled',
  kcql: 'connect.redis.kcql',
  errorPolicy: 'connect.redis.error.policy',
  retryInterval: 'connect.redis.retry.interval',
  maxRetries: 'connect.redis.max.retries',
  progress: 'connect.progress.enabled',
  pkDelimiter: 'connect.redis.pk.delimiter',
  outage: 'connect.redis.outage.timeout.ms',
  deadLetter: 'connect.redis.errors.deadletter',
  coalesce: 'connect.redis.coalesce',
  output: 'connect.redis.output',
  tombstones: 'connect.redis.tombstones'
} as const

/** In characters: what is read within a few tens of milliseconds. */
export const kcqlLengthMax = 65_536
/** Told at once; what else is wrong is only counted. */
export const kcqlErrorsMax = 20
/** As many warnings are told at start. */
export const kcqlWarningsMax = 100

/** A value that did not parse has had its message already: Java's validators would speak of it a second time. */
function ofRead(validator: Validator): Validator {
  return { ...validator, validate: (name, value) => (value === null ? undefined : validator.validate(name, value)) }
}

/** Why a null value deletes nothing, on the key that asks for it. */
export function deletesNotYet(key: string): string {
  return `${key}: null values can't delete keys yet. Write ${keys.tombstones}=ignore to pass over them, or leave ${key} out to have them refused`
}

const refuseOrIgnore = oneOfIgnoringCase('REFUSE', 'IGNORE')

const INT_MAX = 2147483647
const LONG_MAX = Number.MAX_SAFE_INTEGER

/** A key of the old sink in its group, as its validation showed it. */
function connection(key: Omit<ConfigKey, 'group' | 'width' | 'displayName'>): ConfigKey {
  return { ...key, group: 'Connection', width: 'MEDIUM', displayName: key.name }
}

/** What both contracts share stands in one list; the defaults that differ are asked from the contract. */
export function sinkConfigDef(contract: Contract): ConfigDef {
  const def = new ConfigDef()
  const keysInOrder = [...connectionKeys(), ...policyKeys(), ...otherKeys(), ...newKeys(contract), ...tlsKeys(contract)]
  for (const key of keysInOrder) def.define(key)
  return def
}

function connectionKeys(): readonly ConfigKey[] {
  return [
    connection({
      name: keys.host,
      type: 'STRING',
      importance: 'HIGH',
      order: 2,
      documentation: 'The Redis server: the name or address of its host. An empty text means localhost.',
      validator: {
        validate(_, value) {
          const fault = typeof value === 'string' ? redisHostFault(value) : null
          if (fault !== null) throw new ConfigError(keys.host, fault)
        }
      },
      destinations: redisHosts
    }),
    connection({
      name: keys.port,
      type: 'INT',
      validator: ofRead(between(1, 65535)),
      importance: 'HIGH',
      order: 3,
      documentation: "The Redis server's port."
    }),
    connection({
      name: keys.password,
      type: 'PASSWORD',
      defaultValue: null,
      importance: 'LOW',
      order: 4,
      documentation: 'The password for AUTH. Empty means none.'
    }),
    connection({
      name: keys.sslEnabled,
      type: 'BOOLEAN',
      defaultValue: false,
      importance: 'LOW',
      order: 5,
      documentation: 'Speak TLS to Redis; certificates and keys come from the ssl.* keys.'
    }),
    connection({
      name: keys.kcql,
      type: 'STRING',
      importance: 'HIGH',
      order: 1,
      documentation:
        'KCQL statements, separated by semicolons: which topic goes where, with which fields, under which key.'
    })
  ]
}

function policyKeys(): readonly ConfigKey[] {
  return [
    connection({
      name: keys.errorPolicy,
      type: 'STRING',
      defaultValue: 'THROW',
      validator: oneOfIgnoringCase('NOOP', 'THROW', 'RETRY'),
      importance: 'HIGH',
      order: 5,
      documentation:
        'What happens to a record that no statement fits or whose command Redis refuses. NOOP: it is dropped, logged and counted. THROW: the task fails. RETRY: what Redis refused is sent again after connect.redis.retry.interval, connect.redis.max.retries attempts in all.'
    }),
    connection({
      name: keys.retryInterval,
      type: 'INT',
      defaultValue: 60000,
      validator: ofRead(between(0, INT_MAX)),
      importance: 'MEDIUM',
      order: 6,
      documentation: 'The time in milliseconds between two attempts under the error policy RETRY.'
    }),
    connection({
      name: keys.maxRetries,
      type: 'INT',
      defaultValue: 10,
      validator: ofRead(between(-1, INT_MAX)),
      importance: 'MEDIUM',
      order: 7,
      documentation: 'How many attempts the error policy RETRY makes in all. 0: one attempt, -1: without end.'
    })
  ]
}

function otherKeys(): readonly ConfigKey[] {
  return [
    {
      name: keys.progress,
      type: 'BOOLEAN',
      defaultValue: false,
      importance: 'MEDIUM',
      group: 'Metrics',
      order: 1,
      width: 'MEDIUM',
      displayName: 'Enable progress counter',
      documentation: 'Log how many records were delivered, by topic, once a minute.'
    },
    {
      name: keys.pkDelimiter,
      type: 'STRING',
      defaultValue: '.',
      importance: 'LOW',
      documentation: 'What joins the values of several PK fields to one key.'
    }
  ]
}

function newKeys(contract: Contract): readonly ConfigKey[] {
  const plain = contract === 'plain'
  return [
    {
      name: keys.outage,
      type: 'LONG',
      defaultValue: plain ? -1 : 60000,
      validator: ofRead(between(-1, LONG_MAX)),
      importance: 'MEDIUM',
      documentation:
        'How long Redis may be away, loading, read-only or out of memory before the error policy is asked, in milliseconds: NOOP goes on waiting, for no record is to blame. Until then nothing is lost and the task stays RUNNING. -1: for ever.'
    },
    {
      name: keys.deadLetter,
      type: 'BOOLEAN',
      defaultValue: plain,
      importance: 'MEDIUM',
      documentation:
        'Send refused records to the dead letter queue of errors.deadletterqueue.topic.name, where there is one, instead of dropping them (NOOP) or failing (THROW). With errors.tolerance=none the letter is written and the task fails all the same.'
    },
    {
      name: keys.coalesce,
      type: 'BOOLEAN',
      defaultValue: true,
      importance: 'LOW',
      documentation: 'Of several values for one key in a batch send only the last, in cache mode.'
    },
    {
      name: keys.output,
      type: 'STRING',
      defaultValue: plain ? 'plain' : 'java',
      validator: oneOfIgnoringCase('JAVA', 'PLAIN'),
      importance: 'LOW',
      documentation:
        'How values are printed. java: to the byte as the retired connector did, in its field order. plain: fields in SELECT or record order, numbers as they stood in the source, ISO dates.'
    },
    {
      name: keys.tombstones,
      type: 'STRING',
      defaultValue: 'refuse',
      validator: {
        ...refuseOrIgnore,
        validate(name, value) {
          if (typeof value === 'string' && /^del(?:ete)?$/i.test(value))
            throw new ConfigError(name, deletesNotYet(name))
          refuseOrIgnore.validate(name, value)
        }
      },
      importance: 'LOW',
      documentation:
        'What a record with a null value is: refuse hands it to the error policy, ignore passes over it without a word.'
    }
  ]
}

/** Kafka's own TLS keys, which the old sink read beside its own. */
export const tls = {
  truststoreType: 'ssl.truststore.type',
  truststoreLocation: 'ssl.truststore.location',
  truststorePassword: 'ssl.truststore.password',
  truststoreCertificates: 'ssl.truststore.certificates',
  keystoreType: 'ssl.keystore.type',
  keystoreLocation: 'ssl.keystore.location',
  keystorePassword: 'ssl.keystore.password',
  keystoreKey: 'ssl.keystore.key',
  keystoreChain: 'ssl.keystore.certificate.chain',
  keyPassword: 'ssl.key.password',
  protocols: 'ssl.enabled.protocols',
  cipherSuites: 'ssl.cipher.suites',
  endpoint: 'ssl.endpoint.identification.algorithm'
} as const

function tlsKeys(contract: Contract): readonly ConfigKey[] {
  const key = (
    name: string,
    type: ConfigKey['type'],
    documentation: string,
    defaultValue: Parsed = null
  ): ConfigKey => ({
    name,
    type,
    defaultValue,
    importance: 'MEDIUM',
    documentation
  })
  const storeType = oneOfIgnoringCase('JKS', 'PKCS12', 'PEM')
  return [
    { ...key(tls.truststoreType, 'STRING', 'The trust store: JKS, PKCS12 or PEM.', 'JKS'), validator: storeType },
    key(
      tls.truststoreLocation,
      'STRING',
      'The file of the trust store. Without one the certificates of the system hold.'
    ),
    key(tls.truststorePassword, 'PASSWORD', 'The password of the trust store.'),
    key(tls.truststoreCertificates, 'PASSWORD', 'Trusted certificates as PEM text, instead of a file.'),
    { ...key(tls.keystoreType, 'STRING', 'The key store: JKS, PKCS12 or PEM.', 'JKS'), validator: storeType },
    key(
      tls.keystoreLocation,
      'STRING',
      "The file of the key store, for Redis servers that ask for a client's certificate."
    ),
    key(tls.keystorePassword, 'PASSWORD', 'The password of the key store.'),
    key(tls.keystoreKey, 'PASSWORD', 'The private key as PEM text, instead of a file.'),
    key(tls.keystoreChain, 'PASSWORD', 'The certificate chain of the private key as PEM text.'),
    key(tls.keyPassword, 'PASSWORD', 'The password of the private key.'),
    key(tls.protocols, 'LIST', 'The TLS versions to offer.', ['TLSv1.2', 'TLSv1.3']),
    key(tls.cipherSuites, 'LIST', 'The cipher suites to offer; without it those of the runtime.'),
    key(
      tls.endpoint,
      'STRING',
      "https: the server's certificate must name the host. Empty: it need not.",
      // Jedis never looked: certificates that worked for years must go on working.
      contract === 'old' ? '' : 'https'
    )
  ]
}
