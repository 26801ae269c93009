// What is advised where no connection came about is judged by what went wrong, never by the names in its text.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConnectionKeys, withTlsAdvice } from './connection-advice.ts'

const keys: ConnectionKeys = {
  server: 'the server',
  host: 'HOST',
  truststore: 'TRUST',
  keystore: 'KEY',
  identification: 'NAMES',
  protocols: 'PROTOCOLS',
  noTls: 'NOTLS'
}

test('a host that is not found is told as it is, whatever its name holds', () => {
  for (const host of ['self-signed.badssl.com', 'altnames.prod', 'handshake_failure']) {
    const text = `getaddrinfo EAI_AGAIN ${host}`
    assert.equal(withTlsAdvice(text, keys), text)
  }
})

test('a certificate for other names is told so, whatever those names are', () => {
  const text =
    "Hostname/IP does not match certificate's altnames: Host: self-signed.prod. is not in the cert's altnames: DNS:unable-to"
  assert.ok(withTlsAdvice(text, keys).startsWith(`${text} (the server's certificate names other hosts: `))
})
