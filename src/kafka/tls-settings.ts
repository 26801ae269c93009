// The `ssl.*` settings of a Java client's properties as options of a TLS connection: stores in files or PEM text in the settings.
import { readFileSync } from 'node:fs'
import { type ConnectionOptions as TlsOptions } from 'node:tls'
import { ConfigError } from '../connect/errors.ts'
import { type KeyStore } from '../java/key-store/parts.ts'
import { loadKeyStore } from '../java/key-store.ts'
import { type ClientProperties } from './client-properties.ts'

export function readTls(properties: ClientProperties): TlsOptions {
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
    return loadKeyStore(bytes, isPem ? 'PEM' : type, password, keyPassword ?? password, `${prefix}.type`)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable'
    throw new ConfigError(key, `${key}: '${location}' can't be used: ${reason}`, { cause })
  }
}
