// Java key stores and trust stores for Node's TLS: JKS, PKCS#12 and PEM files in, PEM text out.
import { createPrivateKey } from 'node:crypto'
import { isJks, readJks } from './key-store/jks.ts'
import { KeyStoreError, type KeyStore } from './key-store/parts.ts'
import { readPkcs12 } from './key-store/pkcs12.ts'

/**
 * Reads a store. `type` is Kafka's `ssl.keystore.type`: JKS, PKCS12 or PEM in any case; `keyPassword` is for keys under another password.
 * `typeKey` is where the type was written, for messages. Throws a KeyStoreError for a wrong password, an unknown type or a damaged file.
 */
export function loadKeyStore(
  bytes: Uint8Array,
  type: string,
  password: string | null,
  keyPassword: string | null = password,
  typeKey = 'as its type'
): KeyStore {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  switch (type.toUpperCase()) {
    case 'PEM':
      if (isJks(buffer) || buffer[0] === 0x30) {
        const found = isJks(buffer) ? 'JKS' : 'PKCS12'
        throw new KeyStoreError(`The file is no PEM text, it begins as ${found}. ${written(typeKey, found)}.`)
      }
      return readPem(buffer.toString('utf8'), keyPassword)
    case 'JKS':
    case 'JCEKS':
    case 'PKCS12':
      // Java reads either form under either name (keystore.type.compat), and keytool writes PKCS#12 into files called .jks.
      if (isJks(buffer)) return readJks(buffer, password, keyPassword)
      if (buffer[0] === 0x30) return readPkcs12(buffer, password, keyPassword)
      if (buffer.includes('-----BEGIN '))
        throw new KeyStoreError(`The file is PEM text and no ${type}. ${written(typeKey, 'PEM')}.`)
      throw new KeyStoreError(
        `The file is no key store of type ${type}: it begins neither as JKS nor as PKCS#12. Check its path and type.`
      )
    default:
      throw new KeyStoreError(`The key store type ${type} is not known. Use JKS, PKCS12 or PEM.`)
  }
}

function written(typeKey: string, type: string): string {
  return typeKey.includes('.') ? `Write ${typeKey}=${type}` : `Write ${type} ${typeKey}`
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g

/** Kafka's PEM stores: a private key with its chain, or certificates alone. */
function readPem(text: string, keyPassword: string | null): KeyStore {
  const blocks = [...text.matchAll(PEM_BLOCK)].map(([block, label = '']) => ({ block: `${block}\n`, label }))
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ block }) => block)
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))
  if (key === undefined && certificates.length === 0) {
    throw new KeyStoreError('The PEM text holds neither a certificate nor a private key. Check its path and type.')
  }
  if (key === undefined) return { certificates, key: null, chain: [] }
  return { certificates: certificates.slice(0, 1), key: openKey(key.block, keyPassword), chain: certificates }
}

function openKey(block: string, password: string | null): string {
  try {
    const key = createPrivateKey(password === null ? { key: block } : { key: block, passphrase: password })
    return key.export({ format: 'pem', type: 'pkcs8' }).toString()
  } catch (error) {
    throw new KeyStoreError('The private key cannot be opened: its password is missing or wrong, or it is damaged.', {
      cause: error
    })
  }
}
