// Reads PKCS#12 files as keytool and OpenSSL write them: checks the MAC, opens the safes, finds the key and its chain.
import { createPrivateKey, timingSafeEqual, X509Certificate } from 'node:crypto'
import { octetsOf, oidOf, partsOf, readDer, TAG, type Der } from './der.ts'
import { KeyStoreError, pem, type KeyStore } from './parts.ts'
import { decrypt, macOf } from './pbe.ts'

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2'
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3'
/** Oracle's attribute of a trusted certificate; without it Java does not take one for trusted. */
const TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1'

type Found = { keys: Buffer[]; certificates: { der: Buffer; isTrusted: boolean }[] }

/** All trusted certificates and the first key. Without a password the MAC is not checked and only open parts can be read. */
export function readPkcs12(bytes: Buffer, password: string | null, keyPassword: string | null): KeyStore {
  const [, authSafe, mac] = partsOf(readDer(bytes), TAG.sequence)
  const content = contentOf(authSafe)
  if (mac !== undefined && password !== null) checkMac(mac, password, content)
  const found: Found = { keys: [], certificates: [] }
  for (const part of partsOf(readDer(content), TAG.sequence)) {
    for (const bag of partsOf(readDer(opened(part, password)), TAG.sequence)) takeBag(bag, keyPassword, found)
  }
  return storeOf(found)
}

/** The content of a ContentInfo of kind data. */
function contentOf(info: Der | undefined): Buffer {
  const [, explicit] = partsOf(info, TAG.sequence)
  return octetsOf(partsOf(explicit, TAG.context0)[0])
}

/** The safe's content, decrypted where it is encrypted. */
function opened(info: Der, password: string | null): Buffer {
  const [oid, explicit] = partsOf(info, TAG.sequence)
  const kind = oidOf(oid)
  if (kind === DATA) return contentOf(info)
  if (kind !== ENCRYPTED_DATA)
    throw new KeyStoreError(
      `The key store has a part of kind ${kind}; only open and password-encrypted parts can be read.`
    )
  const [, encryptedInfo] = partsOf(partsOf(explicit, TAG.context0)[0], TAG.sequence)
  const [, algorithm, encrypted] = partsOf(encryptedInfo, TAG.sequence)
  return decryptedOr(algorithm, encrypted, password, 'key store')
}

function checkMac(mac: Der, password: string, content: Buffer): void {
  const [digestInfo, salt, iterations] = partsOf(mac, TAG.sequence)
  const [algorithm, digest] = partsOf(digestInfo, TAG.sequence)
  const expected = octetsOf(digest)
  const actual = macOf(algorithm, password, octetsOf(salt), iterations, content)
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new KeyStoreError('The password of the key store is wrong, or the file is damaged. Check the password.')
  }
}

function takeBag(bag: Der, keyPassword: string | null, found: Found): void {
  const [oid, explicit, attributes] = partsOf(bag, TAG.sequence)
  const [value] = partsOf(explicit, TAG.context0)
  if (value === undefined) return
  const kind = oidOf(oid)
  if (kind === KEY_BAG) found.keys.push(value.raw)
  if (kind === SHROUDED_KEY_BAG) {
    const [algorithm, encrypted] = partsOf(value, TAG.sequence)
    found.keys.push(decryptedOr(algorithm, encrypted, keyPassword, 'private key'))
  }
  if (kind === CERTIFICATE_BAG) {
    const [, certificate] = partsOf(value, TAG.sequence)
    const names = attributes === undefined ? [] : partsOf(attributes, TAG.set).map(each => oidOf(partsOf(each)[0]))
    found.certificates.push({
      der: octetsOf(partsOf(certificate, TAG.context0)[0]),
      isTrusted: names.includes(TRUSTED_KEY_USAGE)
    })
  }
}

function decryptedOr(
  algorithm: Der | undefined,
  encrypted: Der | undefined,
  password: string | null,
  what: string
): Buffer {
  if (password === null)
    throw new KeyStoreError(`The ${what} is encrypted and needs a password. Set the key store's password.`)
  const plain = decrypt(algorithm, password, octetsOf(encrypted))
  if (plain === null) throw new KeyStoreError(`The password of the ${what} is wrong. Check the password.`)
  return plain
}

/** With a key only marked certificates are trusted, and its own; a file of certificates alone, as OpenSSL makes them, is trusted whole. */
function storeOf({ keys, certificates }: Found): KeyStore {
  const all = certificates.map(({ der, isTrusted }) => ({ certificate: new X509Certificate(der), der, isTrusted }))
  const [key] = keys
  if (key === undefined) return { certificates: all.map(({ der }) => pem('CERTIFICATE', der)), key: null, chain: [] }
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  const chain: typeof all = []
  let next = all.find(({ certificate }) => certificate.checkPrivateKey(privateKey))
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next)
    const current = next.certificate
    next = all.find(({ certificate }) => current.checkIssued(certificate))
  }
  const trusted = all.filter(each => each.isTrusted || each === chain[0])
  return {
    certificates: trusted.map(({ der }) => pem('CERTIFICATE', der)),
    key: pem('PRIVATE KEY', key),
    chain: chain.map(({ der }) => pem('CERTIFICATE', der))
  }
}
