// Why a broker was not reached, and what is asked: by what the socket says, by our settings, by where the address came from.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectError } from './connect-error.ts'
import { AuthenticationFailedError, BrokerUnreachableError, UnsupportedVersionError } from './errors.ts'
import { type SecuritySettings } from './security.ts'

const plain: SecuritySettings = { tls: null, sasl: null }
const login: SecuritySettings = { tls: null, sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' } }
const bootstrap = [{ host: 'localhost', port: 1 }]
const first = { host: 'localhost', port: 1 }
const other = { host: 'kafka-1', port: 2 }

const cases: readonly (readonly [said: string, broker: typeof first, security: SecuritySettings, says: RegExp])[] = [
  ['connect ECONNREFUSED 127.0.0.1:1', first, plain, /in a container localhost is the container itself: write the server's own host into bootstrap\.servers/],
  ['getaddrinfo ENOTFOUND kafka-1', other, plain, /bootstrap\.servers answered; this is the address that the broker gives for itself: let its advertised\.listeners name one/],
  ['no connection within 10000 ms', other, plain, /advertised\.listeners/],
  ['connect ECONNREFUSED 127.0.0.1:2', { host: '127.0.0.1', port: 2 }, plain, /advertised\.listeners/],
  // A broker that is down is nobody's fault.
  ['connect ECONNREFUSED 10.0.0.1:2', other, plain, /^kafka-1:2 can't be reached: connect ECONNREFUSED 10\.0\.0\.1:2$/],
  ['it answers in TLS', first, login, /security\.protocol is SASL_PLAINTEXT, but this listener speaks TLS: write SASL_SSL/],
  ['it answers in text, as no Kafka broker does: "HTTP/1.1 400 Bad Request"', first, plain, /\(an HTTP server listens there: look at bootstrap\.servers\)/],
  ['it answers in text, as no Kafka broker does: "-ERR unknown command"', other, login, /\(Redis listens there: look at the brokers' advertised\.listeners\)/],
  ['it answers in text, as no Kafka broker does: "220 mail ready"', first, plain, /\(another server listens there: look at bootstrap\.servers\)/],
  ['localhost:1 gave no answer to ApiVersions: no answer within 10000 ms', first, plain, /no answer within 10000 ms \(does a Kafka broker listen there\?/],
  ['Connection to localhost:1 timed out.', first, login, /does a Kafka broker listen there\?/],
  ['the broker closed the connection', first, plain, /security\.protocol is PLAINTEXT: does this listener speak that\? Else write SSL, SASL_SSL or SASL_PLAINTEXT/],
  ['Authentication failed.; caused by: UNSUPPORTED_SASL_MECHANISM', first, login, /does not offer sasl\.mechanism=PLAIN: write one of its sasl\.enabled\.mechanisms/],
  ['Cannot find a suitable SASL mechanism.; caused by: The broker does not support the requested SASL mechanism.', first, login, /does not offer sasl\.mechanism=PLAIN: write one of its sasl\.enabled\.mechanisms/],
  ['SASL handshake: ILLEGAL_SASL_STATE', first, login, /wants no login: write security\.protocol=PLAINTEXT/],
  ['self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca', first, { tls: {}, sasl: null }, /\(self-signed certificate \(the broker's certificate is not trusted: set ssl\.truststore\.location/],
  ['certificate has expired', first, { tls: {}, sasl: null }, /have it renewed there, and compare the clocks/],
  ["Hostname/IP does not match certificate's altnames: Host: localhost. is not cert's CN: a", first, { tls: {}, sasl: null }, /write one of its names into bootstrap\.servers and advertised\.listeners/]
] // prettier-ignore

for (const [said, broker, security, says] of cases) {
  test(`${said} at ${broker.host}`, () => {
    const error = connectError(broker, new Error(said), { security, bootstrap, heard: false })
    assert.ok(error instanceof Error)
    assert.match(error.message, says)
    assert.doesNotMatch(error.message, /Node\.js/)
  })
}

test('a broker that has answered before is asked nothing: address and protocol are right', () => {
  const error = connectError(first, new Error('the broker closed the connection'), { security: plain, bootstrap, heard: true })
  assert.equal((error as Error).message, "localhost:1 can't be reached: the broker closed the connection")
}) // prettier-ignore

test('a broker that ends within the handshake may come back; a certificate that is not trusted stays so', () => {
  const tls = { security: { tls: {}, sasl: null }, bootstrap, heard: false }
  const ended = new Error('Client network socket disconnected before secure TLS connection was established')
  assert.ok(connectError(first, ended, tls) instanceof BrokerUnreachableError)
  assert.ok(connectError(first, new Error('self-signed certificate'), tls) instanceof AuthenticationFailedError)
})

/** As Node words and marks what its calls of the system answer. */
function systemError(message: string, code: string, syscall: string): Error {
  return Object.assign(new Error(message), { code, syscall })
}

test('a name that leads nowhere for a while is no refusal, whatever the name holds', () => {
  const secured: readonly SecuritySettings[] = [{ tls: {}, sasl: null }, login, { ...login, tls: {} }]
  for (const host of ['my-cluster-kafka-tls-bootstrap.prod', 'sasl.kafka', 'certificate', 'ssl', 'authentication-1'])
    for (const security of secured) {
      const known = { security, bootstrap, heard: true }
      const broker = { host, port: 9093 }
      const lookup = systemError(`getaddrinfo EAI_AGAIN ${host}`, 'EAI_AGAIN', 'getaddrinfo')
      const causes = [
        lookup,
        // So the client library words it.
        new Error(`Connection to ${host}:9093 failed.`, { cause: lookup }),
        new Error(`Connection to ${host}:9093 timed out.`),
        new Error(`getaddrinfo EAI_AGAIN ${host}`),
        new AggregateError([systemError('connect ECONNREFUSED 10.0.0.1:9093', 'ECONNREFUSED', 'connect')], ''),
        systemError('connect EHOSTUNREACH 10.0.0.1:9093', 'EHOSTUNREACH', 'connect')
      ]
      for (const cause of causes) {
        const error = connectError(broker, cause, known)
        assert.ok(error instanceof BrokerUnreachableError, `${String(error)} with ${JSON.stringify(security)}`)
        assert.ok(error.message.includes(cause.message), error.message)
      }
    }
})

test('what TLS or a login refuses stays refused, whatever the host is named', () => {
  for (const host of ['certificate', 'ssl', 'sasl', 'h']) {
    const broker = { host, port: 1 }
    const tls = { security: { tls: {}, sasl: null }, bootstrap, heard: false }
    const untrusted = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    const odd = systemError('write EPROTO 0A00010B:SSL routines:wrong version number', 'EPROTO', 'write')
    for (const cause of [untrusted, odd])
      assert.ok(connectError(broker, cause, tls) instanceof AuthenticationFailedError)
    const refused = new Error('SASL authentication failed.', { cause: new Error('Authentication failed.') })
    const known = { security: login, bootstrap, heard: false }
    assert.ok(connectError(broker, refused, known) instanceof AuthenticationFailedError)
  }
})

test('what has its own words keeps them', () => {
  const known = { security: login, bootstrap, heard: false }
  for (const error of [
    new UnsupportedVersionError('x'),
    new BrokerUnreachableError('no token from http://h: socket hang up'),
    new AuthenticationFailedError('no token')
  ])
    assert.equal(connectError(first, error, known), error)
})
