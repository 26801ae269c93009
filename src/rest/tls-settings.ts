// HTTPS settings of the REST listeners: `listeners.https.ssl.*`, or else the worker's own `ssl.*`, with PEM, PKCS12 and JKS stores.
import { readFileSync } from 'node:fs'
import { type ServerOptions } from 'node:https'
import { ConfigError } from '../connect/errors.ts'
import { type Config } from '../connect/plugin.ts'
import { loadKeyStore } from '../java/key-store.ts'

/** `prefix` is `listeners.https.` or `admin.listeners.https.`: all settings come from below it where one does. */
export function httpsOptions(properties: Config, prefix: string): ServerOptions {
  const below = [...properties].filter(([key]) => key.startsWith(`${prefix}ssl.`))
  const settings = new Map(
    below.length === 0 ? properties : below.map(([key, value]) => [key.slice(prefix.length), value])
  )
  const where = below.length === 0 ? '' : prefix
  const { key, chain } = ownCertificate(settings, where)
  const trusted = trustedCertificates(settings, where)
  const clientAuth = (settings.get('ssl.client.auth') ?? 'none').trim().toLowerCase()
  if (!['none', 'requested', 'required'].includes(clientAuth)) {
    throw new ConfigError(
      `${where}ssl.client.auth`,
      `${where}ssl.client.auth: found '${clientAuth}', expected none, requested or required`
    )
  }
  const ciphers = list(settings.get('ssl.cipher.suites'))
  const { minVersion, maxVersion } = versions(settings.get('ssl.enabled.protocols'), where)
  return {
    key,
    cert: chain,
    minVersion,
    maxVersion,
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth !== 'none',
    ...(trusted === null ? {} : { ca: [...trusted] }),
    ...(ciphers.length === 0 ? {} : { ciphers: ciphers.join(':') })
  }
}

function ownCertificate(settings: Config, where: string): { key: string; chain: string } {
  const inline = settings.get('ssl.keystore.key')
  const chain = settings.get('ssl.keystore.certificate.chain')
  if (inline !== undefined && chain !== undefined) {
    const { key } = readStore(Buffer.from(`${inline}\n${chain}`), 'PEM', settings, `${where}ssl.keystore.key`)
    if (key !== null) return { key, chain }
  }
  const location = settings.get('ssl.keystore.location')
  const name = `${where}ssl.keystore.location`
  if (location === undefined) {
    throw new ConfigError(name, `${name} is missing: an https listener needs a key store (JKS, PKCS12 or PEM)`)
  }
  const store = readStore(readFile(location, name), settings.get('ssl.keystore.type') ?? 'JKS', settings, name)
  if (store.key === null) throw new ConfigError(name, `${name}: '${location}' holds no private key`)
  return { key: store.key, chain: store.chain.join('\n') }
}

function trustedCertificates(settings: Config, where: string): readonly string[] | null {
  const inline = settings.get('ssl.truststore.certificates')
  if (inline !== undefined) return [inline]
  const location = settings.get('ssl.truststore.location')
  if (location === undefined) return null
  const name = `${where}ssl.truststore.location`
  const password = settings.get('ssl.truststore.password') ?? null
  try {
    const type = settings.get('ssl.truststore.type') ?? 'JKS'
    return loadKeyStore(readFile(location, name), type, password, password, name.replace(/location$/, 'type'))
      .certificates
  } catch (error) {
    throw storeError(name, error)
  }
}

function readStore(bytes: Buffer, type: string, settings: Config, name: string) {
  const password = settings.get('ssl.keystore.password') ?? null
  try {
    const keyPassword = settings.get('ssl.key.password') ?? password
    return loadKeyStore(bytes, type, password, keyPassword, name.replace(/location$/, 'type'))
  } catch (error) {
    throw storeError(name, error)
  }
}

function storeError(name: string, error: unknown): ConfigError {
  if (error instanceof ConfigError) return error
  return new ConfigError(name, `${name}: ${error instanceof Error ? error.message : 'unreadable'}`, { cause: error })
}

function readFile(path: string, name: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigError(name, `${name}: '${path}' can't be read: ${(error as Error).message}`)
  }
}

function versions(text: string | undefined, where: string): Required<Pick<ServerOptions, 'minVersion' | 'maxVersion'>> {
  const known = ['TLSv1.2', 'TLSv1.3'] as const
  const asked = list(text)
  const enabled = known.filter(version => asked.length === 0 || asked.includes(version))
  const [first] = enabled
  const last = enabled.at(-1)
  if (first === undefined || last === undefined) {
    throw new ConfigError(
      `${where}ssl.enabled.protocols`,
      `${where}ssl.enabled.protocols: found '${text}', expected TLSv1.2, TLSv1.3 or both`
    )
  }
  return { minVersion: first, maxVersion: last }
}

function list(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}
