// No secret in any output, at any level: everything a worker says, with its passwords right and wrong, is searched for them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { reservePort } from '../../scripts/stack/ports.ts'
import { startRedis, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, type Settings } from '../kit/worker.ts'

const store = (name: string): string => resolve('test/vectors/key-stores', name)
const pemKey = readFileSync(store('key.pem'), 'utf8')

/** As they stand, in base64, in a URL, and as JSON writes them. */
function formsOf(secret: string): readonly string[] {
  return [
    secret,
    Buffer.from(secret).toString('base64'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1)
  ]
}

function assertSilent(output: string, secrets: readonly string[]): void {
  assert.ok(output.length > 1000)
  for (const secret of secrets.flatMap(formsOf)) {
    const at = output.indexOf(secret)
    assert.equal(at, -1, `a secret stands in the output: ...${output.slice(Math.max(0, at - 200), at)}`)
  }
}

async function startSecret(password: string) {
  const port = await reservePort({ pid: process.pid })
  const files = [
    '--tls-cert-file',
    store('app.pem'),
    '--tls-key-file',
    store('key.pem'),
    '--tls-ca-cert-file',
    store('ca.pem')
  ]
  const server = await startRedis({
    args: ['--requirepass', password, '--tls-port', String(port), '--tls-auth-clients', 'optional', ...files]
  })
  return { port, plainPort: server.port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const password = 'pass "word" & secret\\1'

/** The levels of the worker, and the switches by which libraries speak. */
const loud: Settings = { 'worker.log.level': 'TRACE' }
const env = { DEBUG: '*' }

test('passwords of Redis and of its stores, all of them right', async () => {
  await using kafka = await openKafka()
  await using server = await startSecret(password)
  await using redis = openRedis(server.plainPort, password)
  const topic = await kafka.createTopic('secrets')
  const secrets = [password, 'store-secret', 'key-secret']
  await using worker = await startWorker(
    [
      {
        name: uniqueName('secrets'),
        topics: topic,
        'connect.redis.port': server.port,
        'connect.redis.password': password,
        'connect.redis.ssl.enabled': 'true',
        'ssl.truststore.location': store('trust.jks'),
        'ssl.truststore.password': 'store-secret',
        'ssl.keystore.location': store('key.jks'),
        'ssl.keystore.password': 'store-secret',
        'ssl.key.password': 'key-secret',
        'connect.redis.kcql': `SELECT id FROM ${topic} PK id`
      }
    ],
    loud,
    { env }
  )
  await kafka.send(topic, [{ value: '{"id":1}' }])
  await worker.until(async () => (await redis.get('1')) !== null)
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await kafka.send(topic, [{ value: '{"id":2}' }])
  await worker.until(async () => (await redis.get('2')) !== null)
  await worker.stop()
  await worker.said(/(TRACE|DEBUG) /)
  assertSilent(worker.logAtEnd(), secrets)
})

test('a wrong password, a wrong one of a store, a key as text, two spellings that differ', async () => {
  await using kafka = await openKafka()
  await using server = await startSecret(password)
  const topic = await kafka.createTopic('secrets')
  const base: Settings = {
    topics: topic,
    'connect.redis.port': server.port,
    'connect.redis.ssl.enabled': 'true',
    'ssl.truststore.location': store('trust.jks'),
    'ssl.truststore.password': 'store-secret',
    'connect.redis.kcql': `SELECT id FROM ${topic} PK id`
  }
  const wrong = 'a-wrong-password'
  const cases: readonly (readonly [Settings, RegExp, readonly string[]])[] = [
    [{ 'connect.redis.password': wrong }, /refuses the password/, [wrong, 'store-secret']],
    [{ 'ssl.truststore.password': wrong }, /password is wrong/, [wrong]],
    [
      {
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.key': pemKey.replace('MEE', 'MXX'),
        'ssl.keystore.certificate.chain': readFileSync(store('app.pem'), 'utf8')
      },
      /Task is being killed|can't run|ssl\.keystore\.key/,
      [...pemKey.split('\n').filter(line => line.length > 20 && !line.startsWith('-')), 'store-secret']
    ],
    [
      { 'connect.redis.password': password, 'connect.redis.connection.password': wrong },
      /connect\.redis\.connection\.password/,
      [password, wrong, 'store-secret']
    ]
  ]
  for (const [more, expected, secrets] of cases) {
    await using worker = await startWorker([{ name: uniqueName('secrets'), ...base, ...more }], loud, { env })
    // Each goes as far as it gets: to its end, to a failed task, or to a Redis that it can't log in to.
    await Promise.race([worker.ended, worker.said(/Task is being killed|waiting for Redis/).catch(() => undefined)])
    await worker.said(expected)
    await worker.kill()
    assertSilent(worker.logAtEnd(), secrets)
  }
})
