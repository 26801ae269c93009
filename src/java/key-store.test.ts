// Proves key stores made by keytool (Java 17, and in Java 8's way) and OpenSSL, with right, wrong and missing passwords.
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { KeyStoreError } from './key-store/parts.ts'
import { loadKeyStore } from './key-store.ts'

const PASSWORD = 'store-secret'

function file(name: string): Buffer {
  return readFileSync(new URL(`../../test/vectors/key-stores/${name}`, import.meta.url))
}

const app = new X509Certificate(file('app.pem'))
const ca = new X509Certificate(file('ca.pem'))
const key = createPrivateKey(file('key.pem')).export({ format: 'pem', type: 'pkcs8' })

function fingerprints(certificates: string[]): string[] {
  return certificates.map(certificate => new X509Certificate(certificate).fingerprint256)
}

const KEY_STORES: [name: string, type: string, keyPassword?: string][] = [
  ['key.jks', 'JKS', 'key-secret'],
  ['key.jks', 'pkcs12', 'key-secret'],
  ['key.p12', 'PKCS12'],
  ['key.p12', 'JKS'],
  ['key-java8.p12', 'PKCS12'],
  ['key-openssl.p12', 'PKCS12'],
  ['store.pem', 'PEM', 'key-secret']
]

for (const [name, type, keyPassword] of KEY_STORES) {
  test(`${name} as ${type}: the key, its chain, and trust in its own certificate alone`, () => {
    const store = loadKeyStore(file(name), type, PASSWORD, keyPassword)
    assert.equal(createPrivateKey(store.key ?? '').export({ format: 'pem', type: 'pkcs8' }), key)
    assert.deepEqual(fingerprints(store.chain), [app.fingerprint256, ca.fingerprint256])
    assert.deepEqual(fingerprints(store.certificates), [app.fingerprint256])
  })
}

const TRUST_STORES: [name: string, type: string, password: string | null][] = [
  ['trust.jks', 'JKS', PASSWORD],
  ['trust.jks', 'JKS', null],
  ['trust.p12', 'PKCS12', PASSWORD],
  ['trust-open.p12', 'PKCS12', null],
  ['ca.pem', 'PEM', null]
]

for (const [name, type, password] of TRUST_STORES) {
  test(`${name} ${password === null ? 'without' : 'with'} a password: the trusted certificate`, () => {
    const store = loadKeyStore(file(name), type, password)
    assert.deepEqual(fingerprints(store.certificates), [ca.fingerprint256])
    assert.deepEqual([store.key, store.chain], [null, []])
  })
}

const REFUSALS: [
  what: string,
  name: string,
  type: string,
  password: string | null,
  keyPassword: string | null,
  reason: RegExp
][] = [
  ['a wrong store password', 'key.jks', 'JKS', 'wrong', 'wrong', /the password is wrong/],
  ['a wrong key password', 'key.jks', 'JKS', PASSWORD, PASSWORD, /password of the private key "app" is wrong/],
  ['a wrong password', 'key.p12', 'PKCS12', 'wrong', 'wrong', /password of the key store is wrong/],
  [
    "a wrong password of Java 8's form",
    'key-java8.p12',
    'PKCS12',
    'wrong',
    'wrong',
    /password of the key store is wrong/
  ],
  ['a missing password', 'trust.p12', 'PKCS12', null, null, /encrypted and needs a password/],
  ['a wrong PEM password', 'store.pem', 'PEM', null, 'wrong', /its password is missing or wrong/],
  ['another format', 'make.sh', 'JKS', PASSWORD, PASSWORD, /begins neither as JKS nor as PKCS#12/],
  ['PEM as JKS', 'ca.pem', 'JKS', PASSWORD, PASSWORD, /The file is PEM text and no JKS\. Write PEM as its type/],
  ['JKS as PEM', 'key.jks', 'PEM', PASSWORD, PASSWORD, /begins as JKS\. Write JKS as its type/],
  ['PKCS#12 as PEM', 'trust.p12', 'PEM', PASSWORD, PASSWORD, /begins as PKCS12\. Write PKCS12 as its type/],
  ['an unknown type', 'key.jks', 'BKS', PASSWORD, PASSWORD, /type BKS is not known. Use JKS, PKCS12 or PEM/]
]

for (const [what, name, type, password, keyPassword, reason] of REFUSALS) {
  test(`${what} is refused, and no password shown`, () => {
    assert.throws(
      () => loadKeyStore(file(name), type, password, keyPassword),
      (error: unknown) => {
        assert.ok(error instanceof KeyStoreError)
        assert.match(error.message, reason)
        assert.doesNotMatch(error.message, /secret/)
        return true
      }
    )
  })
}

test('a file cut off anywhere is refused as a key store error', () => {
  for (const name of ['key.jks', 'trust-open.p12']) {
    const whole = file(name)
    for (let length = 1; length < whole.length; length += 7) {
      assert.throws(
        () => loadKeyStore(whole.subarray(0, length), 'JKS', null, 'key-secret'),
        KeyStoreError,
        `${name} ${length}`
      )
    }
  }
})
