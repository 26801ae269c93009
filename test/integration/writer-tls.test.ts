// TLS to a real Redis with the stores people have: JKS, PKCS#12 and PEM, with and without a client's certificate, and what is said where it fails.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { reservePort } from '../../scripts/stack/ports.ts'
import { ConnectError } from '../../src/connect/errors.ts'
import { loadKeyStore } from '../../src/java/key-store.ts'
import { oldClassNames } from '../../src/redis/class-names.ts'
import { type RedisDoor, redisDoor } from '../../src/redis/client.ts'
import { parseSinkSettings } from '../../src/redis/config-read.ts'
import { hotKeys, hotText, startSink } from '../kit/redis-sink.ts'
import { certificate, key as certificateKey } from '../kit/self-signed.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, type Settings } from '../kit/worker.ts'

const store = (name: string): string => resolve('test/vectors/key-stores', name)
const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-tls-'))
after(() => rmSync(dir, { recursive: true, force: true }))

/** A certificate that names the server, which those of the vectors do not: made by keytool, as users' are. */
function namedServer(): { cert: string; key: string } {
  const file = join(dir, 'named.p12')
  const words =
    `-genkeypair -alias server -keyalg EC -groupname secp256r1 -dname CN=localhost -ext san=ip:127.0.0.1,dns:localhost ` +
    `-validity 3650 -storetype PKCS12 -keystore ${file} -storepass store-secret`
  execFileSync('keytool', words.split(' '), { stdio: 'ignore' })
  const { key, chain } = loadKeyStore(readFileSync(file), 'PKCS12', 'store-secret')
  writeFileSync(join(dir, 'named.key'), key ?? '')
  writeFileSync(join(dir, 'named.pem'), chain.join('\n'))
  return { cert: join(dir, 'named.pem'), key: join(dir, 'named.key') }
}

/** A Redis that speaks TLS beside its plain port. `clients`: it asks for a client's certificate. */
async function startTlsRedis(clients: boolean, { cert, key } = { cert: store('app.pem'), key: store('key.pem') }) {
  const port = await reservePort({ pid: process.pid })
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', store('ca.pem')]
  const args = ['--tls-port', String(port), ...files, '--tls-auth-clients', clients ? 'yes' : 'no']
  const server = await startRedis({ args })
  return { port, plainPort: server.port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

function doorOf(more: Settings): RedisDoor {
  const config = {
    name: 'tls',
    'connector.class': oldClassNames[0] ?? '',
    topics: 't',
    'connect.redis.host': '127.0.0.1',
    'connect.redis.ssl.enabled': 'true',
    'connect.redis.kcql': 'SELECT * FROM t',
    ...more
  }
  return redisDoor(parseSinkSettings(new Map(Object.entries(config).map(([key, value]) => [key, String(value)]))))
}

/** What a door of these settings gets: `+PONG`, or the reason. */
async function tried(port: number, more: Settings): Promise<string> {
  try {
    const { link } = await doorOf({ 'connect.redis.port': port, ...more }).open()
    return await new Promise(done => {
      link.listen({
        onData: chunk => {
          done(Buffer.from(chunk).toString().trim())
          link.destroy()
        },
        onDrain: () => undefined,
        onClose: done
      })
      link.write([Buffer.from('*1\r\n$4\r\nPING\r\n')])
    })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const trust = (file: string, type: string, password: string | null = 'store-secret'): Settings => ({
  'ssl.truststore.location': store(file),
  'ssl.truststore.type': type,
  ...(password === null ? {} : { 'ssl.truststore.password': password })
})
const own = (file: string, type: string, password: string | null, keyPassword: string | null = null): Settings => ({
  'ssl.keystore.location': store(file),
  'ssl.keystore.type': type,
  ...(password === null ? {} : { 'ssl.keystore.password': password }),
  ...(keyPassword === null ? {} : { 'ssl.key.password': keyPassword })
})
const jks = trust('trust.jks', 'JKS')

test('trust stores of every kind, and what a wrong one says', async () => {
  await using redis = await startTlsRedis(false)
  const cases: readonly (readonly [Settings, RegExp])[] = [
    [jks, /^\+PONG$/],
    [trust('trust.jks', 'JKS', null), /^\+PONG$/],
    [trust('trust.p12', 'PKCS12'), /^\+PONG$/],
    [trust('trust-open.p12', 'PKCS12', null), /^\+PONG$/],
    [trust('ca.pem', 'PEM', null), /^\+PONG$/],
    [
      { 'ssl.truststore.certificates': readFileSync(store('ca.pem'), 'utf8'), 'ssl.truststore.type': 'PEM' },
      /^\+PONG$/
    ],
    [{ ...jks, 'ssl.enabled.protocols': 'TLSv1.2' }, /^\+PONG$/],
    [{ ...jks, 'ssl.enabled.protocols': 'TLSv1.3' }, /^\+PONG$/],
    [{}, /certificate is not trusted: set ssl\.truststore\.location/],
    [
      trust('trust.jks', 'JKS', 'wrong-secret'),
      /ssl\.truststore\.location=.*trust\.jks can't be used: .*password is wrong/
    ],
    [
      trust('ca.pem', 'JKS'),
      /ca\.pem can't be used: The file is PEM text and no JKS\. Write ssl\.truststore\.type=PEM/
    ],
    [trust('trust.jks', 'PEM'), /trust\.jks can't be used: .*begins as JKS\. Write ssl\.truststore\.type=JKS/],
    [trust('trust.p12', 'PEM'), /trust\.p12 can't be used: .*begins as PKCS12\. Write ssl\.truststore\.type=PKCS12/],
    [trust('make.sh', 'JKS'), /ssl\.truststore\.location=.*make\.sh can't be used: .*no key store/],
    [trust('nowhere.jks', 'JKS'), /Truststore not found in: \[.*nowhere\.jks\]/],
    // The vectors' certificate names nobody: the old contract never compared, https does.
    [
      { ...jks, 'ssl.endpoint.identification.algorithm': 'https' },
      /names other hosts: write one of its names into connect\.redis\.host/
    ]
  ]
  for (const [settings, expected] of cases) {
    const answer = await tried(redis.port, settings)
    assert.match(answer, expected, JSON.stringify(settings))
    assert.doesNotMatch(answer, /(store|wrong)-secret/)
    // Node's own advice names flags that no worker is given.
    assert.doesNotMatch(answer, /Node\.js|--use-/)
  }
})

test('a certificate that names the server passes the check of its name', async () => {
  const { cert, key } = namedServer()
  await using redis = await startTlsRedis(false, { cert, key })
  const settings: Settings = { 'ssl.truststore.location': cert, 'ssl.truststore.type': 'PEM' }
  const https = { ...settings, 'ssl.endpoint.identification.algorithm': 'https' }
  assert.equal(await tried(redis.port, https), '+PONG')
  assert.equal(await tried(redis.port, { ...https, 'connect.redis.host': 'localhost' }), '+PONG')
})

test("a client's certificate from every kind of store, and what a Redis says that misses it", async () => {
  await using redis = await startTlsRedis(true)
  const pem = readFileSync(store('key.pem'), 'utf8')
  const chain = readFileSync(store('app.pem'), 'utf8')
  const cases: readonly (readonly [Settings, RegExp])[] = [
    [own('key.jks', 'JKS', 'store-secret', 'key-secret'), /^\+PONG$/],
    [own('key.p12', 'PKCS12', 'store-secret'), /^\+PONG$/],
    [own('key-java8.p12', 'PKCS12', 'store-secret'), /^\+PONG$/],
    [own('key-openssl.p12', 'PKCS12', 'store-secret'), /^\+PONG$/],
    [own('store.pem', 'PEM', null, 'key-secret'), /^\+PONG$/],
    [{ 'ssl.keystore.type': 'PEM', 'ssl.keystore.key': pem, 'ssl.keystore.certificate.chain': chain }, /^\+PONG$/],
    [own('key.jks', 'JKS', 'store-secret', 'wrong-secret'), /ssl\.keystore\.location=.* can't be used/],
    [own('trust.jks', 'JKS', 'store-secret'), /ssl\.keystore\.location=.*no private key/],
    [{}, /asks for a client's certificate: set ssl\.keystore\.location/]
  ]
  for (const [settings, expected] of cases) {
    const answer = await tried(redis.port, { ...jks, ...settings })
    assert.match(answer, expected, JSON.stringify(settings))
    assert.doesNotMatch(answer, /(store|key|wrong)-secret|PRIVATE KEY/)
  }
})

test('a worker writes over TLS with both certificates, through a lost connection', async () => {
  await using kafka = await openKafka()
  await using server = await startTlsRedis(true)
  await using redis = openRedis(server.plainPort)
  const topic = await kafka.createTopic('tls')
  const name = uniqueName('tls')
  const filler = 'x'.repeat(200)
  const records = (from: number) =>
    Array.from({ length: 2000 }, (_, n) => ({ value: JSON.stringify({ id: from + n, filler }) }))
  await kafka.send(topic, records(0))
  await using worker = await startWorker([
    {
      name,
      topics: topic,
      'connect.redis.port': server.port,
      'connect.redis.ssl.enabled': 'true',
      ...jks,
      ...own('key.jks', 'JKS', 'store-secret', 'key-secret'),
      'connect.redis.kcql': `SELECT * FROM ${topic} PK id`
    }
  ])
  await worker.until(async () => (await redis.dbsize()) === 2000)
  const me = await redis.client('ID')
  for (const line of String(await redis.client('LIST')).split('\n')) {
    const id = /^id=(\d+)/.exec(line)?.[1]
    if (id !== undefined && Number(id) !== me) await redis.call('CLIENT', 'KILL', 'ID', id)
  }
  await kafka.send(topic, records(2000))
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 4000)
  assert.equal(await redis.dbsize(), 4000)
  await worker.stop()
  worker.neverSaid(/(store|key)-secret|PRIVATE KEY/)
})

test('a CA file that is replaced on disk counts from the next login on; one that can not be read just then is an outage', async () => {
  const [ca, cert, key] = [join(dir, 'replaced-ca.pem'), join(dir, 'replaced.pem'), join(dir, 'replaced.key')]
  copyFileSync(store('ca.pem'), ca)
  copyFileSync(store('app.pem'), cert)
  copyFileSync(store('key.pem'), key)
  const port = await reservePort({ pid: process.pid })
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', store('ca.pem')]
  await using server = await startRedis({ args: ['--tls-port', String(port), ...files, '--tls-auth-clients', 'no'] })
  await using redis = openRedis(server.port)
  const settings: Settings = {
    'connect.redis.port': port,
    'connect.redis.ssl.enabled': 'true',
    'ssl.truststore.location': ca,
    'ssl.truststore.type': 'PEM'
  }
  await using sink = await startSink(settings)
  const door = doorOf(settings)
  await sink.put([0])
  await sink.settled()
  // Redis comes back under another authority.
  await server.kill()
  writeFileSync(cert, certificate)
  writeFileSync(key, certificateKey)
  await server.start()
  await sink.put([1])
  await sink.said(/waiting for Redis/)
  const isOutage = (reason: RegExp) => (error: Error) => !(error instanceof ConnectError) && reason.test(error.message)
  await assert.rejects(door.open(), isOutage(/certificate is not trusted/))
  // The file is gone for a moment, and then half written.
  rmSync(ca)
  await assert.rejects(door.open(), isOutage(/Truststore not found in: \[.*replaced-ca\.pem\]/))
  writeFileSync(ca, '-----BEGIN CERT')
  await assert.rejects(door.open(), isOutage(/replaced-ca\.pem can't be used/))
  writeFileSync(ca, certificate)
  await sink.settled()
  assert.deepEqual(
    await redis.mget(Array.from({ length: hotKeys }, (_, id) => String(id))),
    Array(hotKeys).fill(hotText(1))
  )
})

test('a plain port behind a TLS configuration is an outage that says so', async () => {
  await using server = await startRedis()
  assert.match(
    await tried(server.port, jks),
    /ETIMEDOUT \(connect\.redis\.ssl\.enabled is true: does Redis speak TLS on this port\? Its TLS port is mostly another/
  )
})

test('a TLS port behind a plain configuration is an outage that asks for TLS', async () => {
  await using redis = await startTlsRedis(false)
  const answer = await tried(redis.port, { 'connect.redis.ssl.enabled': 'false' })
  assert.match(
    answer,
    /\(connect\.redis\.ssl\.enabled is false: does Redis speak TLS on this port\? Then write connect\.redis\.ssl\.enabled=true\)/
  )
})

test('where nothing listens, a name of this machine is asked about', async () => {
  const port = await reservePort({ pid: process.pid })
  const answer = await tried(port, { 'connect.redis.ssl.enabled': 'false', 'connect.redis.host': 'localhost' })
  assert.match(
    answer,
    /ECONNREFUSED.*in a container localhost is the container itself: write the server's own host into connect\.redis\.host/
  )
})
