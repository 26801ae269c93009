// The TLS settings of a configuration as Node takes them: stores read and opened, and found fit to be used.
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { ConfigError } from '../connect/errors.ts'
import { type KeyStore } from '../java/key-store/parts.ts'
import { loadKeyStore } from '../java/key-store.ts'
import { tls as keys } from './config.ts'
import { type StoreSettings, type TlsSettings } from './settings.ts'

/** Reads the stores from disk each time: they may have been replaced. Throws ConfigError where something can't be read or used. */
export function tlsOptions(settings: TlsSettings): ConnectionOptions {
  const trust = settings.truststore === null ? null : readStore(settings.truststore, 'Truststore', null)
  const keyPassword = settings.keyPassword?.reveal() ?? null
  const own = settings.keystore === null ? null : readStore(settings.keystore, 'Keystore', keyPassword)
  if (own !== null && own.key === null) {
    const key = keys.keystoreLocation
    throw new ConfigError(
      key,
      `${key}=${settings.keystore?.location ?? ''} holds no private key. Name the key store, not the trust store.`
    )
  }
  const options: ConnectionOptions = {}
  if (settings.trustedPem !== null) options.ca = settings.trustedPem
  else if (trust !== null) options.ca = [...trust.certificates]
  if (settings.keyPem !== null && settings.chainPem !== null) {
    Object.assign(options, {
      key: settings.keyPem.reveal(),
      cert: settings.chainPem,
      passphrase: keyPassword ?? undefined
    })
  } else if (own !== null && own.key !== null) {
    Object.assign(options, { key: own.key, cert: own.chain.join('\n') })
  }
  if (!settings.verifyHost) options.checkServerIdentity = () => undefined
  const versions = settings.protocols.filter(name => /^TLSv1(\.[123])?$/.test(name)).toSorted()
  if (versions.length > 0) {
    Object.assign(options, { minVersion: versions[0], maxVersion: versions.at(-1) })
  }
  if (settings.cipherSuites.length > 0) options.ciphers = settings.cipherSuites.join(':')
  checkTls(options)
  return options
}

/** What OpenSSL can't read is wrong in the configuration; met at the first connection it would look like an outage. */
function checkTls(options: ConnectionOptions): void {
  const parts: readonly (readonly [key: string, options: ConnectionOptions])[] = [
    [keys.truststoreCertificates, { ca: options.ca }],
    [keys.keystoreKey, { key: options.key, cert: options.cert, passphrase: options.passphrase }],
    [keys.cipherSuites, { ciphers: options.ciphers }]
  ]
  for (const [key, part] of parts) {
    try {
      createSecureContext(part)
    } catch (cause) {
      throw new ConfigError(key, `${key} can't be used: ${messageOf(cause)}`, { cause })
    }
  }
}

/** The old sink's words where the file is missing; the reason otherwise. */
function readStore(store: StoreSettings, what: 'Keystore' | 'Truststore', keyPassword: string | null): KeyStore {
  const key = what === 'Keystore' ? keys.keystoreLocation : keys.truststoreLocation
  const { location, type } = store
  if (location === null) throw new ConfigError(key, `${key} is missing`)
  let bytes: Buffer
  try {
    bytes = readFileSync(location)
  } catch (cause) {
    throw new ConfigError(key, `${what} not found in: [${location}] (${key}): ${messageOf(cause)}`, { cause })
  }
  try {
    const password = store.password?.reveal() ?? null
    return loadKeyStore(bytes, type, password, keyPassword ?? password, key.replace(/location$/, 'type'))
  } catch (cause) {
    throw new ConfigError(key, `${key}=${location} can't be used: ${messageOf(cause)}`, { cause })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
