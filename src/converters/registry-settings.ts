// The settings that lead to a schema registry, as Confluent's converters write them.
import { readFileSync } from 'node:fs'
import { type ConnectionOptions } from 'node:tls'
import { invalid } from '../connect/config-type.ts'
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { type KeyStore } from '../java/key-store/parts.ts'
import { loadKeyStore } from '../java/key-store.ts'
import { canonicalHost } from '../util/host-name.ts'
import { integerSetting, requiredListSetting } from './converter-config.ts'

export interface RegistrySettings {
  /** In the order to try them. `shown` is the address without credentials, for messages. */
  readonly urls: readonly { readonly url: URL; readonly authorization: string | null; readonly shown: string }[]
  readonly tls: ConnectionOptions
  readonly timeoutMs: number
  readonly retriesMax: number
  readonly retryWaitMs: number
  readonly retryWaitMsMax: number
  /** Whether a lookup by id names the subject `topic-value`; other naming strategies do not. */
  readonly namesSubject: boolean
  readonly cacheSize: number
}

/** Throws ConfigError naming the key. */
export function registrySettings(config: Config, isKey: boolean): RegistrySettings {
  const strategy = config.get(isKey ? 'key.subject.name.strategy' : 'value.subject.name.strategy')
  const authorization = bearer(config) ?? basic(config)
  return {
    urls: requiredListSetting(config, urlKey).map(text => address(text, authorization)),
    tls: tlsOptions(config),
    timeoutMs: integerSetting(config, 'http.read.timeout.ms', 60_000),
    retriesMax: integerSetting(config, 'max.retries', 3),
    retryWaitMs: integerSetting(config, 'retries.wait.ms', 1000),
    retryWaitMsMax: integerSetting(config, 'retries.max.wait.ms', 20_000),
    namesSubject: strategy === undefined || strategy.endsWith('.TopicNameStrategy'),
    cacheSize: integerSetting(config, 'schemas.cache.config', 1000)
  }
}

/** The hosts that `schema.registry.url` leads to; null: one that can't be told. */
export function registryHosts(text: string): readonly (string | null)[] {
  try {
    const texts = requiredListSetting(new Map([[urlKey, text]]), urlKey)
    return texts.map(each => canonicalHost(registryUrl(each).hostname))
  } catch (error) {
    // What is wrong is told where the registry is asked.
    if (error instanceof ConfigError) return [null]
    throw error
  }
}

const urlKey = 'schema.registry.url'

function registryUrl(text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    // The text may hold a password: it is not shown.
    throw new ConfigError(
      urlKey,
      `${urlKey} holds an address that is no URL; write http://host:8081 or https://host:8081`
    )
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid(urlKey, `${url.protocol}//...`, 'only http:// and https:// addresses can be asked')
  }
  return url
}

function address(text: string, authorization: string | null): RegistrySettings['urls'][number] {
  const url = registryUrl(text)
  const credentials =
    url.username === '' ? null : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return {
    url,
    authorization: authorization ?? (credentials === null ? null : basicHeader(credentials)),
    shown: url.href.replace(/\/$/, '')
  }
}

function basicHeader(userInfo: string): string {
  return `Basic ${Buffer.from(userInfo).toString('base64')}`
}

/** `schema.registry.` may stand before these keys, as before those of TLS. */
function setting(config: Config, key: string): string | undefined {
  return config.get(`schema.registry.${key}`) ?? config.get(key)
}

function basic(config: Config): string | null {
  const source = (setting(config, 'basic.auth.credentials.source') ?? 'URL').toUpperCase()
  const userInfo = setting(config, 'basic.auth.user.info')
  if (source === 'URL') return null
  if (source === 'USER_INFO') {
    if (userInfo !== undefined && userInfo.includes(':')) return basicHeader(userInfo)
    throw new ConfigError(
      'basic.auth.user.info',
      'basic.auth.user.info must be user:password where basic.auth.credentials.source is USER_INFO'
    )
  }
  if (source === 'SASL_INHERIT') return basicHeader(saslUserInfo(config))
  throw invalid('basic.auth.credentials.source', source, 'one of URL, USER_INFO, SASL_INHERIT is known')
}

/** The user and password of the Kafka client's own JAAS line. */
function saslUserInfo(config: Config): string {
  const jaas = setting(config, 'sasl.jaas.config') ?? ''
  const part = (name: string): string | undefined =>
    new RegExp(`\\b${name}\\s*=\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(jaas)?.[1]?.replace(/\\(.)/g, '$1')
  const user = part('username')
  const password = part('password')
  if (user !== undefined && password !== undefined) return `${user}:${password}`
  throw new ConfigError(
    'sasl.jaas.config',
    'SASL_INHERIT needs sasl.jaas.config with username="..." and password="..." among the converter\'s settings'
  )
}

function bearer(config: Config): string | null {
  const source = setting(config, 'bearer.auth.credentials.source')?.toUpperCase()
  if (source === undefined) return null
  if (source !== 'STATIC_TOKEN') throw invalid('bearer.auth.credentials.source', source, 'only STATIC_TOKEN is known')
  const token = setting(config, 'bearer.auth.token')
  if (token === undefined || token === '')
    throw new ConfigError('bearer.auth.token', 'bearer.auth.token is missing; STATIC_TOKEN sends it with every request')
  return `Bearer ${token}`
}

/** `schema.registry.ssl.*`, as Kafka's own clients have it: stores in files (JKS, PKCS12, PEM), or PEM text in the settings. */
function tlsOptions(config: Config): ConnectionOptions {
  const ssl = (key: string): string | undefined => config.get(`schema.registry.ssl.${key}`)
  const options: ConnectionOptions = {}
  const certificates = ssl('truststore.certificates')
  const trust = certificates === undefined ? store(config, 'truststore')?.certificates : [certificates]
  if (trust !== undefined) options.ca = [...trust]
  const chain = ssl('keystore.certificate.chain')
  const keys = chain === undefined ? store(config, 'keystore') : { key: ssl('keystore.key') ?? chain, chain: [chain] }
  if (keys !== undefined && keys.key !== null) {
    Object.assign(options, {
      cert: keys.chain.join('\n'),
      key: keys.key,
      passphrase: chain === undefined ? undefined : ssl('key.password')
    })
  }
  if (ssl('endpoint.identification.algorithm') === '') options.checkServerIdentity = () => undefined
  return options
}

function store(config: Config, kind: 'truststore' | 'keystore'): KeyStore | undefined {
  const key = `schema.registry.ssl.${kind}`
  const path = config.get(`${key}.location`)
  if (path === undefined) return undefined
  const password = config.get(`${key}.password`) ?? null
  try {
    return loadKeyStore(
      readFileSync(path),
      config.get(`${key}.type`) ?? 'JKS',
      password,
      config.get('schema.registry.ssl.key.password') ?? password,
      `${key}.type`
    )
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable'
    throw new ConfigError(`${key}.location`, `Could not use ${key}.location=${path}: ${reason}`, { cause })
  }
}
