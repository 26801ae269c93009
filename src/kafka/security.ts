// TLS and SASL settings of a Java client's properties, as options of a connection.
import { type ConnectionOptions as TlsOptions } from 'node:tls'
import { ConfigError } from '../connect/errors.ts'
import { type ClientProperties } from './client-properties.ts'
import { type OauthSettings, readOauth } from './oauth/settings.ts'
import { readTls } from './tls-settings.ts'

export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'

export interface SaslSettings {
  readonly mechanism: SaslMechanism
  readonly username?: string
  readonly password?: string
  /** Where the token of OAUTHBEARER comes from. */
  readonly oauth?: OauthSettings
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
  if (known === 'OAUTHBEARER') return { mechanism: known, oauth: readOauth(properties, options) }
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
