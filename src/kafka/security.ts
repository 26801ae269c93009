// TLS and SASL settings of a Java client's properties, as options of a connection.
import { readFileSync } from 'node:fs'
import { type ConnectionOptions as TlsOptions } from 'node:tls'
import { ConfigError } from '../connect/errors.ts'
import { type KeyStore } from '../java/key-store/parts.ts'
import { loadKeyStore } from '../java/key-store.ts'
import { type ClientProperties } from './client-properties.ts'

export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'

export interface SaslSettings {
  readonly mechanism: SaslMechanism
  readonly username?: string
  readonly password?: string
  readonly token?: string
  /** The subject of a token that nobody signs, made anew for each login; only a broker without a validator of its own accepts it. */
  readonly unsecuredSubject?: string
}

export interface SecuritySettings {
  readonly tls: TlsOptions | null
  readonly sasl: SaslSettings | null
}

const loginModules = new Map<string, readonly SaslMechanism[]>([
  ['org.apache.kafka.common.security.plain.PlainLoginModule', ['PLAIN']],
  ['org.apache.kafka.common.security.scram.ScramLoginModule', ['SCRAM-SHA-256', 'SCRAM-SHA-512']],
  ['org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule', ['OAUTHBEARER']]
])

/** What `security.protocol` and the `ssl.*` and `sasl.*` keys ask for. */
export function readSecurity(properties: ClientProperties): SecuritySettings {
  const protocol = properties.oneOf('security.protocol', 'PLAINTEXT', [
    'PLAINTEXT',
    'SSL',
    'SASL_PLAINTEXT',
    'SASL_SSL'
  ] as const)
  const tls = protocol.endsWith('SSL') ? readTls(properties) : null
  const sasl = protocol.startsWith('SASL') ? readSasl(properties) : null
  return { tls, sasl }
}

function readTls(properties: ClientProperties): TlsOptions {
  const options: TlsOptions = { minVersion: 'TLSv1.2' }
  const keyPassword = properties.text('ssl.key.password')
  const trusted = properties.text('ssl.truststore.certificates')
  const truststore = trusted === null ? readStore(properties, 'ssl.truststore', null) : null
  if (trusted !== null) options.ca = trusted
  else if (truststore !== null) options.ca = [...truststore.certificates]
  const chain = properties.text('ssl.keystore.certificate.chain')
  const key = properties.text('ssl.keystore.key')
  if (chain !== null && key !== null) {
    Object.assign(options, { cert: chain, key, passphrase: keyPassword ?? undefined })
  } else {
    const keystore = readStore(properties, 'ssl.keystore', keyPassword)
    if (keystore !== null && keystore.key !== null) {
      Object.assign(options, { cert: keystore.chain.join('\n'), key: keystore.key })
    }
  }
  // An empty algorithm switches the host name check off, as in Java.
  const identification = properties.textOr('ssl.endpoint.identification.algorithm', 'https')
  if (identification === '') options.checkServerIdentity = () => undefined
  return options
}

function readStore(
  properties: ClientProperties,
  prefix: 'ssl.truststore' | 'ssl.keystore',
  keyPassword: string | null
): KeyStore | null {
  const key = `${prefix}.location`
  const location = properties.text(key)
  const type = properties.textOr(`${prefix}.type`, 'JKS')
  const password = properties.text(`${prefix}.password`)
  if (location === null) return null
  try {
    const bytes = readFileSync(location)
    // A file that is PEM is taken as PEM whatever the type says: JKS is only Java's default.
    const isPem = bytes.includes('-----BEGIN ')
    return loadKeyStore(bytes, isPem ? 'PEM' : type, password, keyPassword ?? password)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable'
    throw new ConfigError(key, `${key}: '${location}' can't be used: ${reason}`, { cause })
  }
}

function readSasl(properties: ClientProperties): SaslSettings {
  const mechanism = properties.textOr('sasl.mechanism', 'GSSAPI').toUpperCase()
  const jaas = properties.text('sasl.jaas.config')
  if (jaas === null)
    throw new ConfigError('sasl.jaas.config', 'sasl.jaas.config: missing, expected the login of this client')
  const { module, options } = parseJaas(jaas)
  const mechanisms = loginModules.get(module)
  if (mechanisms === undefined) {
    // No code by name: only these three modules exist here, whatever the text says.
    throw new ConfigError(
      'sasl.jaas.config',
      `sasl.jaas.config: login module ${module} is unknown, known are ${[...loginModules.keys()].join(', ')}`
    )
  }
  const known = mechanisms.find(name => name === mechanism)
  if (known === undefined) {
    throw new ConfigError(
      'sasl.mechanism',
      `sasl.mechanism: found '${mechanism}', the login module ${module} serves ${mechanisms.join(', ')}`
    )
  }
  if (known === 'OAUTHBEARER') {
    const token = options.get('token')
    const unsecuredSubject = options.get('unsecuredLoginStringClaim_sub')
    if (token === undefined && unsecuredSubject !== undefined) return { mechanism: known, unsecuredSubject }
    if (token === undefined)
      throw new ConfigError(
        'sasl.jaas.config',
        'sasl.jaas.config: OAUTHBEARER needs the option token="..." (or unsecuredLoginStringClaim_sub="..." for a test cluster); asking a token endpoint is not supported'
      )
    return { mechanism: known, token }
  }
  const username = options.get('username')
  const password = options.get('password')
  if (username === undefined || password === undefined) {
    throw new ConfigError(
      'sasl.jaas.config',
      'sasl.jaas.config: expected username="..." password="..." before the semicolon'
    )
  }
  return { mechanism: known, username, password }
}

/** `module flag option="value" ...;` and nothing else. */
export function parseJaas(text: string): { module: string; options: Map<string, string> } {
  const head = /^\s*([\w.$]+)\s+(required|requisite|sufficient|optional)\b/.exec(text)
  if (head?.[1] === undefined) {
    throw new ConfigError(
      'sasl.jaas.config',
      'sasl.jaas.config: expected `<login module class> required <option>="<value>" ...;`'
    )
  }
  const options = new Map<string, string>()
  const option = /\s*([\w.-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))|\s*;\s*$/gy
  option.lastIndex = head[0].length
  for (let match = option.exec(text); match !== null; match = option.exec(text)) {
    const name = match[1]
    if (name === undefined) return { module: head[1], options }
    options.set(name, (match[2] ?? match[3] ?? match[4] ?? '').replace(/\\(.)/g, '$1'))
  }
  throw new ConfigError(
    'sasl.jaas.config',
    'sasl.jaas.config: the options do not end with a semicolon, or one is not name="value"'
  )
}
