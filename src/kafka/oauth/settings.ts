// Where a client's OAUTHBEARER token comes from, as Java users write it: a token endpoint, a token as it is, or one that nobody signs.
import { type ConnectionOptions as TlsOptions } from 'node:tls'
import { ConfigError } from '../../connect/errors.ts'
import { ClientProperties } from '../client-properties.ts'
import { readTls } from '../tls-settings.ts'
import { endpointKey, endpointUrl } from './endpoint-url.ts'

/** What an OAuth server is asked with, and how patiently. */
export interface TokenEndpoint {
  readonly url: URL
  /** Without what may be secret in it, for messages. */
  readonly shown: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string | null
  /** Id and secret are URL-encoded in the header, as RFC 6749 has it and few servers want it. */
  readonly encodesHeader: boolean
  readonly tls: TlsOptions
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
  readonly retryBackoffMs: number
  /** For all attempts together, as in Java. */
  readonly retryMsMax: number
  readonly refresh: {
    /** The part of a token's life after which another one is fetched, plus up to `jitter`. */
    readonly factor: number
    readonly jitter: number
    readonly minPeriodMs: number
    readonly bufferMs: number
  }
}

export interface OauthSettings {
  readonly source:
    | { readonly kind: 'endpoint'; readonly endpoint: TokenEndpoint }
    | { readonly kind: 'token'; readonly token: string }
    /** A token that nobody signs, made anew for each login; only a broker without a validator of its own accepts it. */
    | { readonly kind: 'unsecured'; readonly subject: string }
  /** Sent to the broker beside the token. */
  readonly extensions: Readonly<Record<string, string>>
}

const handlerKey = 'sasl.login.callback.handler.class'
const packageName = 'org.apache.kafka.common.security.oauthbearer.'
const endpointHandlers = [
  `${packageName}OAuthBearerLoginCallbackHandler`,
  `${packageName}secured.OAuthBearerLoginCallbackHandler`
]
const unsecuredHandler = `${packageName}internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler`
/** Java's clients wait without end where nothing is said; a task that hangs tells nobody why. */
const timeoutMsDefault = 10_000

/** `options` are those of the login module in sasl.jaas.config. Throws ConfigError naming the key. */
export function readOauth(properties: ClientProperties, options: ReadonlyMap<string, string>): OauthSettings {
  const url = properties.text(endpointKey)
  const handler = properties.text(handlerKey)
  if (handler !== null && ![...endpointHandlers, unsecuredHandler].includes(handler)) {
    // No code by name: only what these do exists here.
    throw new ConfigError(handlerKey, `${handlerKey}: ${handler} is unknown, known is ${endpointHandlers[0] ?? ''}`)
  }
  const extensions = readExtensions(options)
  if (url !== null)
    return { source: { kind: 'endpoint', endpoint: readEndpoint(properties, url, options) }, extensions }
  if (handler !== null && endpointHandlers.includes(handler)) {
    throw new ConfigError(endpointKey, `${endpointKey}: missing, expected the address that ${handler} asks for tokens`)
  }
  const token = options.get('token')
  if (token !== undefined) return { source: { kind: 'token', token }, extensions }
  const subject = options.get('unsecuredLoginStringClaim_sub')
  if (subject !== undefined) return { source: { kind: 'unsecured', subject }, extensions }
  throw new ConfigError(
    'sasl.jaas.config',
    `sasl.jaas.config: OAUTHBEARER needs ${endpointKey} with clientId="..." clientSecret="..." here, or token="..." ` +
      '(or unsecuredLoginStringClaim_sub="..." for a test cluster)'
  )
}

function readEndpoint(properties: ClientProperties, text: string, options: ReadonlyMap<string, string>): TokenEndpoint {
  const url = endpointUrl(text)
  mustBeOneOf(properties, 'sasl.oauthbearer.jwt.retriever.class', [
    'DefaultJwtRetriever',
    'ClientCredentialsJwtRetriever'
  ])
  mustBeOneOf(properties, 'sasl.oauthbearer.jwt.validator.class', ['DefaultJwtValidator', 'ClientJwtValidator'])
  // The broker looks into the token; here only its expiry is of interest.
  for (const claim of ['scope', 'sub']) properties.text(`sasl.oauthbearer.${claim}.claim.name`)
  const needed = (option: string, key: string): string => {
    const value = properties.text(key) ?? options.get(option)
    if (value !== undefined && value !== '') return value
    throw new ConfigError(
      'sasl.jaas.config',
      `sasl.jaas.config: expected ${option}="..." for ${endpointKey} (or ${key})`
    )
  }
  const ssl = new Map([...options].filter(([key]) => key.startsWith('ssl.')))
  return {
    url,
    shown: `${url.origin}${url.pathname}`,
    clientId: needed('clientId', 'sasl.oauthbearer.client.credentials.client.id'),
    clientSecret: needed('clientSecret', 'sasl.oauthbearer.client.credentials.client.secret'),
    scope: properties.text('sasl.oauthbearer.scope') ?? options.get('scope') ?? null,
    encodesHeader: properties.bool('sasl.oauthbearer.header.urlencode', false),
    // As in Java the stores of the brokers don't count for the OAuth server: it has its own among the login module's options.
    tls: ssl.size === 0 ? { minVersion: 'TLSv1.2' } : readTls(new ClientProperties(ssl)),
    connectTimeoutMs: properties.int('sasl.login.connect.timeout.ms', timeoutMsDefault, 1),
    readTimeoutMs: properties.int('sasl.login.read.timeout.ms', timeoutMsDefault, 1),
    retryBackoffMs: properties.int('sasl.login.retry.backoff.ms', 100),
    retryMsMax: properties.int('sasl.login.retry.backoff.max.ms', 10_000),
    refresh: {
      factor: properties.decimal('sasl.login.refresh.window.factor', 0.8, 0.5, 1),
      jitter: properties.decimal('sasl.login.refresh.window.jitter', 0.05, 0, 0.25),
      minPeriodMs: properties.int('sasl.login.refresh.min.period.seconds', 60, 0, 900) * 1000,
      bufferMs: properties.int('sasl.login.refresh.buffer.seconds', 300, 0, 3600) * 1000
    }
  }
}

function mustBeOneOf(properties: ClientProperties, key: string, simpleNames: readonly string[]): void {
  const found = properties.text(key)
  if (found === null || simpleNames.some(name => found === `${packageName}${name}`)) return
  throw new ConfigError(
    key,
    `${key}: ${found} is unknown, known are ${simpleNames.map(name => packageName + name).join(', ')}`
  )
}

/** `extension_NAME="VALUE"`; the signs are those that RFC 7628 allows, so that none of them ends the message early. */
function readExtensions(options: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const entries: [string, string][] = []
  for (const [option, value] of options) {
    const name = /^(?:extension|unsecuredLoginExtension)_(.*)$/.exec(option)?.[1]
    if (name === undefined) continue
    if (!/^[A-Za-z]+$/.test(name) || name === 'auth' || !/^[\x21-\x7e \t\r\n]+$/.test(value)) {
      throw new ConfigError(
        'sasl.jaas.config',
        `sasl.jaas.config: the option ${option} is no SASL extension: its name takes letters and is not 'auth', its value printable ASCII`
      )
    }
    entries.push([name, value])
  }
  return Object.fromEntries(entries)
}
