// Password-based encryption of PKCS#12: the key derivations of RFC 7292 and PBES2, and the ciphers that Java and OpenSSL use with them.
import { createDecipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { integerOf, octetsOf, oidOf, partsOf, TAG, type Der } from './der.ts'
import { KeyStoreError, utf16Bytes } from './parts.ts'
import { decryptRc2 } from './rc2.ts'

/** The purposes of RFC 7292's derivation. */
const KEY_MATERIAL = 1
const IV_MATERIAL = 2
const MAC_MATERIAL = 3
/** Java's own limit: a file must not name a count that takes minutes. */
const ITERATIONS_MAX = 5_000_000

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'

const PBES1: Readonly<Record<string, { cipher: string; keyLength: number }>> = {
  '1.2.840.113549.1.12.1.3': { cipher: 'des-ede3-cbc', keyLength: 24 },
  '1.2.840.113549.1.12.1.5': { cipher: 'rc2-128', keyLength: 16 },
  '1.2.840.113549.1.12.1.6': { cipher: 'rc2-40', keyLength: 5 }
}
const CIPHERS: Readonly<Record<string, { cipher: string; keyLength: number }>> = {
  '2.16.840.1.101.3.4.1.2': { cipher: 'aes-128-cbc', keyLength: 16 },
  '2.16.840.1.101.3.4.1.22': { cipher: 'aes-192-cbc', keyLength: 24 },
  '2.16.840.1.101.3.4.1.42': { cipher: 'aes-256-cbc', keyLength: 32 },
  '1.2.840.113549.3.7': { cipher: 'des-ede3-cbc', keyLength: 24 }
}
const PRFS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512'
}
const DIGESTS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512'
}

/** Decrypts with the algorithm an AlgorithmIdentifier names; null if the password does not fit. */
export function decrypt(algorithm: Der | undefined, password: string, encrypted: Buffer): Buffer | null {
  const [oid, parameters] = partsOf(algorithm, TAG.sequence)
  const name = oidOf(oid)
  if (name === PBES2) return decryptPbes2(parameters, password, encrypted)
  const scheme = PBES1[name]
  if (scheme === undefined) throw unknown('encryption', name)
  const [salt, iterations] = partsOf(parameters, TAG.sequence)
  const derive = (purpose: number, length: number): Buffer =>
    derived('sha1', password, octetsOf(salt), countOf(iterations), purpose, length)
  const key = derive(KEY_MATERIAL, scheme.keyLength)
  const iv = derive(IV_MATERIAL, 8)
  if (scheme.cipher.startsWith('rc2')) return decryptRc2(key, iv, encrypted, scheme.keyLength * 8)
  return deciphered(scheme.cipher, key, iv, encrypted)
}

/** The HMAC that proves a PKCS#12 file whole and the password right. */
export function macOf(
  digestAlgorithm: Der | undefined,
  password: string,
  salt: Buffer,
  iterations: Der | undefined,
  content: Buffer
): Buffer {
  const oid = oidOf(partsOf(digestAlgorithm, TAG.sequence)[0])
  const digest = DIGESTS[oid]
  if (digest === undefined) throw unknown('MAC', oid)
  const length = createHash(digest).digest().length
  const key = derived(digest, password, salt, iterations === undefined ? 1 : countOf(iterations), MAC_MATERIAL, length)
  return createHmac(digest, key).update(content).digest()
}

function decryptPbes2(parameters: Der | undefined, password: string, encrypted: Buffer): Buffer | null {
  const [derivation, encryption] = partsOf(parameters, TAG.sequence)
  const [derivationOid, derivationParameters] = partsOf(derivation, TAG.sequence)
  const [cipherOid, iv] = partsOf(encryption, TAG.sequence)
  if (oidOf(derivationOid) !== PBKDF2) throw unknown('key derivation', oidOf(derivationOid))
  const scheme = CIPHERS[oidOf(cipherOid)]
  if (scheme === undefined) throw unknown('cipher', oidOf(cipherOid))
  const [salt, iterations, ...options] = partsOf(derivationParameters, TAG.sequence)
  // An optional key length stands before the optional hash function, which is SHA-1 if left out.
  const prf = options.find(option => option.tag === TAG.sequence)
  const prfOid = prf === undefined ? '1.2.840.113549.2.7' : oidOf(partsOf(prf)[0])
  const digest = PRFS[prfOid]
  if (digest === undefined) throw unknown('hash function', prfOid)
  const key = pbkdf2Sync(password, octetsOf(salt), countOf(iterations), scheme.keyLength, digest)
  return deciphered(scheme.cipher, key, octetsOf(iv), encrypted)
}

function deciphered(cipher: string, key: Buffer, iv: Buffer, encrypted: Buffer): Buffer | null {
  const decipher = createDecipheriv(cipher, key, iv)
  try {
    return Buffer.concat([decipher.update(encrypted), decipher.final()])
  } catch {
    // A wrong key shows only by its padding.
    return null
  }
}

/** RFC 7292, appendix B.2. */
function derived(
  digest: string,
  password: string,
  salt: Buffer,
  iterations: number,
  purpose: number,
  length: number
): Buffer {
  const block = digest === 'sha1' || digest === 'sha256' ? 64 : 128
  const filled = (bytes: Buffer): Buffer => Buffer.alloc(block * Math.ceil(bytes.length / block), bytes)
  const secret = utf16Bytes(`${password}\0`)
  const input = Buffer.concat([filled(salt), filled(secret)])
  const result: Buffer[] = []
  for (let made = 0; made < length;) {
    let hash = createHash(digest).update(Buffer.alloc(block, purpose)).update(input).digest()
    for (let i = 1; i < iterations; i++) hash = createHash(digest).update(hash).digest()
    result.push(hash)
    made += hash.length
    if (made < length) addToBlocks(input, Buffer.alloc(block, hash))
  }
  return Buffer.concat(result).subarray(0, length)
}

/** Each block of the input, as one large number, plus the other block plus one. */
function addToBlocks(input: Buffer, addend: Buffer): void {
  for (let start = 0; start < input.length; start += addend.length) {
    let carry = 1
    for (let i = addend.length - 1; i >= 0; i--) {
      const sum = (input[start + i] ?? 0) + (addend[i] ?? 0) + carry
      input[start + i] = sum & 255
      carry = sum >> 8
    }
  }
}

function countOf(iterations: Der | undefined): number {
  const count = integerOf(iterations)
  if (count < 1 || count > ITERATIONS_MAX)
    throw new KeyStoreError(`The key store asks for ${count} hash rounds; 1 to ${ITERATIONS_MAX} are done.`)
  return count
}

function unknown(what: string, oid: string): KeyStoreError {
  return new KeyStoreError(
    `The key store uses the ${what} ${oid}, which is not known here. Convert it: keytool -importkeystore -deststoretype PKCS12`
  )
}
