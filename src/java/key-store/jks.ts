// Reads JKS, Java's own key store format: entries behind a magic number, a SHA-1 over all, keys hidden by a SHA-1 key stream.
import { createHash, timingSafeEqual } from 'node:crypto'
import { octetsOf, partsOf, readDer, TAG } from './der.ts'
import { KeyStoreError, pem, utf16Bytes, type KeyStore } from './parts.ts'

const JKS_MAGIC = 0xfeedfeed
const JCEKS_MAGIC = 0xcececece
const KEY_ENTRY = 1
const CERTIFICATE_ENTRY = 2
const DIGEST_LENGTH = 20

/** Do the bytes begin as JKS or its cousin JCEKS do? */
export function isJks(bytes: Buffer): boolean {
  return bytes.length >= 12 && [JKS_MAGIC, JCEKS_MAGIC].includes(bytes.readUInt32BE(0))
}

/** All certificates and the first key. Without a password the digest is not checked, as in Java; a key needs one. */
export function readJks(bytes: Buffer, password: string | null, keyPassword: string | null): KeyStore {
  if (password !== null) checkDigest(bytes, password)
  const reader = new Reader(bytes)
  const isJceks = reader.uint32() === JCEKS_MAGIC
  const version = reader.uint32()
  const store: KeyStore = { certificates: [], key: null, chain: [] }
  for (let count = reader.uint32(); count > 0; count--) {
    const kind = reader.uint32()
    const alias = reader.text()
    reader.skip(8)
    if (kind === CERTIFICATE_ENTRY) store.certificates.push(reader.certificate(version))
    else if (kind === KEY_ENTRY) {
      if (isJceks)
        throw new KeyStoreError(
          `The JCEKS key "${alias}" cannot be read. Convert it: keytool -importkeystore -deststoretype PKCS12`
        )
      const protectedKey = reader.block()
      const chain = Array.from({ length: reader.uint32() }, () => reader.certificate(version))
      store.certificates.push(...chain.slice(0, 1))
      if (store.key !== null) continue
      store.key = pem('PRIVATE KEY', unprotected(protectedKey, keyPassword, alias))
      store.chain = chain
    } else
      throw new KeyStoreError(
        `The key store has an entry of kind ${kind} ("${alias}"); only keys and certificates can be read.`
      )
  }
  return store
}

/** The last 20 bytes: SHA-1 of the password, a phrase of Java's authors, and all bytes before. */
function checkDigest(bytes: Buffer, password: string): void {
  const end = bytes.length - DIGEST_LENGTH
  const hash = createHash('sha1').update(utf16Bytes(password)).update('Mighty Aphrodite').update(bytes.subarray(0, end))
  if (!timingSafeEqual(hash.digest(), bytes.subarray(end))) {
    throw new KeyStoreError('The key store was tampered with, or the password is wrong. Check the password.')
  }
}

/** Sun's key protector: salt, key bytes under a chain of SHA-1(password, previous), and a SHA-1 that proves the password. */
function unprotected(protectedKey: Buffer, password: string | null, alias: string): Buffer {
  if (password === null)
    throw new KeyStoreError(`The private key "${alias}" needs a password. Set the key store's password.`)
  const secret = utf16Bytes(password)
  const bytes = octetsOf(partsOf(readDer(protectedKey), TAG.sequence)[1])
  let digest = bytes.subarray(0, DIGEST_LENGTH)
  const key = Buffer.from(bytes.subarray(DIGEST_LENGTH, -DIGEST_LENGTH))
  for (let at = 0; at < key.length; at++) {
    if (at % DIGEST_LENGTH === 0) digest = createHash('sha1').update(secret).update(digest).digest()
    key[at] = (key[at] ?? 0) ^ (digest[at % DIGEST_LENGTH] ?? 0)
  }
  const check = createHash('sha1').update(secret).update(key).digest()
  if (!check.equals(bytes.subarray(-DIGEST_LENGTH))) {
    throw new KeyStoreError(
      `The password of the private key "${alias}" is wrong. Where it differs from the store's, set the key password.`
    )
  }
  return key
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  uint32(): number {
    return this.#take(4).readUInt32BE(0)
  }

  skip(length: number): void {
    this.#take(length)
  }

  /** DataInput.readUTF; beyond ASCII it differs from UTF-8 in ways no alias needs. */
  text(): string {
    return this.#take(this.#take(2).readUInt16BE(0)).toString('utf8')
  }

  block(): Buffer {
    return this.#take(this.uint32())
  }

  /** From version 2 on the kind of certificate stands before it. */
  certificate(version: number): string {
    if (version > 1) this.text()
    return pem('CERTIFICATE', this.block())
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length - DIGEST_LENGTH)
      throw new KeyStoreError('The key store is damaged: it ends early. Copy it again in binary form.')
    const part = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return part
  }
}
