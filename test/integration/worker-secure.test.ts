// A worker on a cluster that asks for TLS and logins and grants rights one by one: every login, every kind of store, and a dead letter queue of its own.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import kafkajs from 'kafkajs'
import { silentLogger } from '../../src/connect/log.ts'
import { KafkaAdmin } from '../../src/kafka/admin.ts'
import { unsecuredToken } from '../../src/kafka/oauth/unsecured-token.ts'
import { systemClock } from '../../src/util/clock.ts'
import { systemRandom } from '../../src/util/random.ts'
import { OauthServer } from '../kit/oauth-server.ts'
import { startOwnStack, uniqueName } from '../kit/stack.ts'
import { openKafka, openRedis, startWorker, type Settings, until } from '../kit/worker.ts'

const stack = await startOwnStack(['kafka', 'redis'], { secure: true })
after(() => stack[Symbol.asyncDispose]())
const bootstrap = stack.kafka?.bootstrap ?? ''
const secure = stack.kafka?.secure
const redisPort = stack.redis?.port ?? 0
assert.ok(secure, 'the stack listens for logins')
const { stores, storePassword, users } = secure

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

/** Grants `connect` what a sink with a dead letter queue needs, on names that begin with `prefix`. */
async function grant(prefix: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const right = (resourceType: number, resourceName: string, operation: number) => ({
    ...{ resourceType, resourceName, operation, host: '*', principal: 'User:connect' },
    ...{ resourcePatternType: ResourcePatternTypes.PREFIXED, permissionType: AclPermissionTypes.ALLOW }
  })
  await admin.createAcls({
    acl: [
      right(AclResourceTypes.TOPIC, prefix, AclOperationTypes.READ),
      right(AclResourceTypes.TOPIC, prefix, AclOperationTypes.WRITE),
      right(AclResourceTypes.TOPIC, prefix, AclOperationTypes.CREATE),
      right(AclResourceTypes.TOPIC, prefix, AclOperationTypes.DESCRIBE),
      right(AclResourceTypes.GROUP, `connect-${prefix}`, AclOperationTypes.READ)
    ]
  })
  await admin.disconnect()
}

/** Rights reach the brokers a moment after they were granted: waits until \`connect\` may see the topic. */
async function granted(topic: string): Promise<void> {
  const client = new kafkajs.Kafka({
    brokers: [secure?.bootstrap ?? ''],
    ssl: { ca: readFileSync(stores.pem, 'utf8') },
    sasl: { mechanism: 'plain', username: 'connect', password: users.connect },
    logLevel: kafkajs.logLevel.NOTHING
  })
  const admin = client.admin()
  await admin.connect()
  await until(() => admin.fetchTopicMetadata({ topics: [topic] }).catch(() => undefined))
  await admin.disconnect()
}

const plain = (user: string, password: string): string =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user}" password="${password}";`
const scram = `org.apache.kafka.common.security.scram.ScramLoginModule required username="connect" password="${users.connect}";`
const oauth =
  'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="connect";'

/** The keys of a secured client, each behind the prefixes of the clients that get them. */
function client(
  mechanism: string,
  jaas: string,
  store: Settings,
  prefixes = ['', 'consumer.', 'producer.', 'admin.']
): Settings {
  const keys: Settings = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': jaas,
    ...store
  }
  return Object.fromEntries(
    prefixes.flatMap(prefix => Object.entries(keys).map(([key, value]) => [`${prefix}${key}`, value]))
  )
}

const jks: Settings = { 'ssl.truststore.location': stores.jks, 'ssl.truststore.password': storePassword }
const logins: readonly (readonly [mechanism: string, jaas: string, store: Settings, what: string])[] = [
  ['PLAIN', plain('connect', users.connect), jks, 'JKS'],
  [
    'SCRAM-SHA-256',
    scram,
    { ...jks, 'ssl.truststore.location': stores.pkcs12, 'ssl.truststore.type': 'PKCS12' },
    'PKCS12'
  ],
  ['SCRAM-SHA-512', scram, { 'ssl.truststore.location': stores.pem, 'ssl.truststore.type': 'PEM' }, 'PEM'],
  ['OAUTHBEARER', oauth, jks, 'JKS']
]

/** What a worker that may log in is expected to do: it writes, commits and sends its dead letter. */
async function expectWork(
  settings: Settings,
  secrets: readonly string[],
  meanwhile: (worker: Awaited<ReturnType<typeof startWorker>>) => Promise<void> = () => Promise.resolve()
): Promise<void> {
  const name = uniqueName('secure')
  await grant(name)
  await using kafka = await openKafka(bootstrap)
  await using redis = openRedis(redisPort)
  const topic = await kafka.createTopic(name)
  await granted(topic)
  await kafka.send(topic, [{ value: '{"id":"a"}' }, { value: 'no json' }, { value: '{"id":"b"}' }])
  const letters = `${name}-dlq`
  await using worker = await startWorker(
    [
      {
        name,
        topics: topic,
        'connect.redis.port': redisPort,
        'connect.redis.kcql': `INSERT INTO ${name}: SELECT * FROM ${topic} PK id`,
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': letters,
        'errors.deadletterqueue.topic.replication.factor': 1
      }
    ],
    { 'bootstrap.servers': secure?.bootstrap ?? '', ...settings }
  )
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 3)
  assert.deepEqual((await redis.keys(`${name}:*`)).sort(), [`${name}:a`, `${name}:b`])
  assert.equal(await kafka.endOffset(letters), 1)
  await meanwhile(worker)
  await kafka.send(topic, [{ value: '{"id":"c"}' }])
  await worker.until(async () => (await kafka.committed(`connect-${name}`, topic)).get(0) === 4)
  await worker.stop()
  worker.neverSaid(...secrets)
}

for (const [mechanism, jaas, store, what] of logins) {
  test(`a worker logs in by ${mechanism} over TLS with a ${what} store, writes, commits and sends dead letters`, () =>
    expectWork(client(mechanism, jaas, store), [users.connect, storePassword]))
}

const clientSecret = 'oauth-Secret-4'
const credentials = `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="connect" clientSecret="${clientSecret}" scope="kafka";`

/** The keys of a client that asks an OAuth server for its tokens. */
function byEndpoint(port: number): Settings {
  return client('OAUTHBEARER', credentials, {
    ...jks,
    'sasl.login.callback.handler.class': 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler',
    'sasl.oauthbearer.token.endpoint.url': `http://127.0.0.1:${port}/token`
  })
}

test('a worker fetches its tokens from an OAuth server, again once one nears its end, and shows neither them nor its secret', async () => {
  const tokens: string[] = []
  await using server = await OauthServer.open(() => {
    const token = unsecuredToken('connect', Date.now(), 3)
    tokens.push(token)
    return { body: { access_token: token, expires_in: 3, scope: 'kafka' } }
  })
  const settings = { ...byEndpoint(server.port), 'worker.log.level': 'TRACE' }
  const secrets = [clientSecret]
  await expectWork(settings, secrets, async worker => {
    const first = tokens.length
    // The brokers end a session with its token: two more mean that it went on by another one.
    await worker.until(() => Promise.resolve(tokens.length >= first + 2))
    // Read as the list of secrets once the worker has ended.
    secrets.push(...tokens)
  })
  const basic = Buffer.from(`connect:${clientSecret}`).toString('base64')
  for (const { headers, body } of server.requests) {
    assert.equal(headers.authorization, `Basic ${basic}`)
    assert.equal(body, 'grant_type=client_credentials&scope=kafka')
  }
})

test('an OAuth server that refuses is told by what it answers', async () => {
  const name = uniqueName('unknown-client')
  await using server = await OauthServer.open(() => ({ status: 401, body: { error: 'invalid_client' } }))
  await using worker = await startWorker(
    [{ name, topics: name, 'connect.redis.port': redisPort, 'connect.redis.kcql': `SELECT * FROM ${name} PK id` }],
    { 'bootstrap.servers': secure.bootstrap, ...byEndpoint(server.port) }
  )
  await worker.said(/no token from http:\/\/127\.0\.0\.1:\d+\/token: it answered 401 \(invalid_client\)/)
  await worker.said(/Task is being killed/)
  await worker.stop()
  worker.neverSaid(clientSecret)
})

test('a wrong password, an unknown certificate and a missing right are each told by name', async () => {
  const name = uniqueName('refused')
  await using kafka = await openKafka(bootstrap)
  const topic = await kafka.createTopic(name)
  const connector = {
    name,
    topics: topic,
    'connect.redis.port': redisPort,
    'connect.redis.kcql': `SELECT * FROM ${topic} PK id`
  }
  const worker = (settings: Settings) =>
    startWorker([connector], { 'bootstrap.servers': secure.bootstrap, ...settings })
  {
    await using wrong = await worker(client('PLAIN', plain('connect', 'wrong-Secret-9'), jks))
    await wrong.said(/refused our login/)
    await wrong.stop()
    wrong.neverSaid('wrong-Secret-9')
  }
  {
    await using untrusted = await worker(client('PLAIN', plain('connect', users.connect), {}))
    await untrusted.said(/no TLS connection|certificate/)
  }
  await using denied = await worker(client('PLAIN', plain('connect', users.connect), jks))
  await denied.said(/AUTHORIZATION_FAILED|not authorized/i)
})

test('a secured cluster whose producer has no settings is a named error when a dead letter queue is asked for', async () => {
  const name = uniqueName('silent')
  await grant(name)
  await using kafka = await openKafka(bootstrap)
  const topic = await kafka.createTopic(name)
  await granted(topic)
  await using worker = await startWorker(
    [
      {
        name,
        topics: topic,
        'connect.redis.port': redisPort,
        'connect.redis.kcql': `SELECT * FROM ${topic} PK id`,
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': `${name}-dlq`,
        'errors.deadletterqueue.topic.replication.factor': 1
      }
    ],
    {
      'bootstrap.servers': secure.bootstrap,
      ...client('PLAIN', plain('connect', users.connect), jks, ['', 'consumer.', 'admin.'])
    }
  )
  await worker.said(/producer\.security\.protocol/)
})

/** What a client of these settings says that asks for the cluster. */
async function saidOf(settings: Settings): Promise<string> {
  const properties = new Map(
    Object.entries({ 'default.api.timeout.ms': 1000, 'request.timeout.ms': 5000, ...settings }).map(
      ([key, value]) => [key, String(value)] as const
    )
  )
  const admin = new KafkaAdmin({ properties, clock: systemClock, random: systemRandom, log: silentLogger })
  try {
    await admin.clusterId()
    return 'reached'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await admin.close()
  }
}

test('a client that speaks another protocol than the listener is asked the right question', async () => {
  const open = { 'bootstrap.servers': bootstrap }
  const closed = { 'bootstrap.servers': secure.bootstrap }
  const login = { 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': plain('connect', users.connect) }
  const cases: readonly (readonly [Settings, RegExp])[] = [
    [{ ...open }, /^reached$/],
    [{ ...closed }, /security\.protocol is PLAINTEXT.*SSL/],
    [{ ...closed, ...login, 'security.protocol': 'SASL_PLAINTEXT' }, /security\.protocol is SASL_PLAINTEXT.*SASL_SSL/],
    [{ ...closed, ...jks, 'security.protocol': 'SSL' }, /security\.protocol is SSL.*SASL_SSL where it wants a login/],
    [{ ...open, ...jks, 'security.protocol': 'SSL' }, /security\.protocol is SSL: does this listener speak that\? Else write PLAINTEXT/],
    [{ ...open, ...login, 'security.protocol': 'SASL_PLAINTEXT' }, /wants no login: write security\.protocol=PLAINTEXT/],
    [{ ...open, ...jks, ...login, 'security.protocol': 'SASL_SSL' }, /security\.protocol is SASL_SSL/],
    [{ ...closed, ...login, 'security.protocol': 'SASL_SSL' }, /no TLS connection \(.*set ssl\.truststore\.location to a store that holds the CA/],
    [{ ...closed, ...login, 'security.protocol': 'SASL_SSL', 'ssl.truststore.location': stores.jks, 'ssl.truststore.type': 'PEM' }, /Write ssl\.truststore\.type=(?:JKS|PKCS12)/]
  ]
  for (const [settings, says] of cases) {
    const said = await saidOf(settings).catch((error: unknown) => (error as Error).message)
    assert.match(said, says, JSON.stringify({ ...settings, 'sasl.jaas.config': undefined }))
    assert.doesNotMatch(said, /Node\.js|--use-/)
  }
}) // prettier-ignore
