// A reference that nobody resolves is no password: it is told where it stands, and reaches no server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../src/connect/log.ts'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { configTransformer } from '../src/runtime/config-providers.ts'
import { ConnectorOffsets } from '../src/runtime/connector-offsets.ts'
import { validateConnectorConfig } from '../src/runtime/connector-validation.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { SecretMask } from '../src/runtime/secret-mask.ts'
import { readWorkerStart } from '../src/runtime/worker-start.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { soundConnector } from './kit/sound-connector.ts'

const registry = new PluginRegistry(
  pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: { PASSWORD: 'sesame', PORT: '6380' } })
)
const plugins = { clock: systemClock, random: systemRandom, log: silentLogger }
const provider = (name: string): string => `org.apache.kafka.common.config.provider.${name}ConfigProvider`
const worker = new Map([
  ['config.providers', 'env,file'],
  ['config.providers.env.class', provider('EnvVar')],
  ['config.providers.file.class', provider('File')]
])
const transformer = configTransformer(worker, registry, plugins, new SecretMask())
const doors = { registry, compileRegex: matchesWhole, plugins, worker, transformer }

async function errorsOf(settings: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const { entries } = await validateConnectorConfig(soundConnector(settings), doors)
  return Object.fromEntries(
    entries.flatMap(({ value }) => value.errorMessages.map(message => [value.name, message] as const))
  )
}

const password = 'connect.redis.password'
const missing: readonly (readonly [string, RegExp])[] = [
  ['${env:NOT_SET}', /\$\{env:NOT_SET\}.*provider 'env'.*'NOT_SET'/],
  ['a${env:NOT_SET}b', /\$\{env:NOT_SET\}/],
  ['${vault:secret/redis:pw}', /no provider 'vault'.*|config\.providers=env,file/],
  ['${file:/nowhere/x.properties:pw}', /\$\{file:\/nowhere\/x\.properties:pw\}.*provider 'file'.*\/nowhere\/x\.properties/],
  ['${file:package.json:pw}', /provider 'file'.*'pw' at package\.json/],
  ['${env:some/path:PASSWORD}', /provider 'env'.*some\/path/],
  ['${file:/proc/self/environ:PATH}', /provider 'file'.*may not read/]
] // prettier-ignore

for (const [text, expected] of missing) {
  test(`as a password ${text} is an error that names provider and path`, async () => {
    const errors = await errorsOf({ [password]: text })
    assert.deepEqual(Object.keys(errors), [password])
    assert.match(errors[password] ?? '', expected)
    assert.match(errors[password] ?? '', /Correct the reference/)
  })
}

test('older spellings, converters, clients and stores: every key that is a secret', async () => {
  const avro = { 'value.converter': 'AvroConverter', 'value.converter.schema.registry.url': 'http://r' }
  for (const [key, more] of [
    ['connect.redis.connection.password', {}],
    ['ssl.keystore.key', {}],
    ['value.converter.basic.auth.user.info', avro],
    ['consumer.override.sasl.jaas.config', {}],
    ['admin.override.ssl.key.password', {}]
  ] as const) {
    assert.deepEqual(Object.keys(await errorsOf({ ...more, [key]: 'x ${env:NOT_SET}' })), [key])
  }
})

test('what is no secret stays as it is written, as in Kafka; what is no reference stays everywhere', async () => {
  assert.deepEqual(await errorsOf({ [password]: '${env:PASSWORD}', 'connect.redis.port': '${env:PORT}' }), {})
  assert.deepEqual(await errorsOf({ [password]: 'a${b}c${:' }), {})
  assert.deepEqual(await errorsOf({ 'errors.deadletterqueue.topic.name': '${env:NOT_SET}' }), {})
})

test('a file that cannot be read is told on the key that names it, whatever the key', async () => {
  const key = 'errors.deadletterqueue.topic.name'
  const errors = await errorsOf({ [key]: '${file:/nowhere/x.properties:topic}' })
  assert.match(errors[key] ?? '', /Could not read properties from file \/nowhere\/x\.properties/)
})

test('a value of a hundred thousand references is one error, and no more files are looked for than it takes', async () => {
  for (const text of [(index: number) => `\${env:${index}}`, (index: number) => `\${file:/nowhere/${index}:k}`]) {
    const errors = await errorsOf({ [password]: Array.from({ length: 100_000 }, (_, index) => text(index)).join('') })
    assert.deepEqual(Object.keys(errors), [password])
    assert.ok((errors[password] ?? '').length < 500)
  }
})

test('offsets are not asked for with a login that nobody resolved', async () => {
  const newAdmin = () => Promise.reject(new Error('asked'))
  const offsets = new ConnectorOffsets({ clock: systemClock, doors, newAdmin })
  const given = soundConnector({ 'admin.override.sasl.jaas.config': 'x password="${env:NOT_SET}"' })
  await assert.rejects(offsets.read('x', given), /admin\.override\.sasl\.jaas\.config: \$\{env:NOT_SET\}/)
})

test('offsets are asked for whatever is wrong elsewhere in the configuration', async () => {
  const newAdmin = () => Promise.reject(new Error('asked'))
  const offsets = new ConnectorOffsets({ clock: systemClock, doors, newAdmin })
  await assert.rejects(offsets.read('x', soundConnector({ [password]: '${env:NOT_SET}' })), /^Error: asked$/)
})

const converter = 'org.apache.kafka.connect.converters.ByteArrayConverter'
const start = (more: Readonly<Record<string, string>>) => {
  const given = new Map([
    ...worker,
    ...Object.entries({ 'key.converter': converter, 'value.converter': converter, 'offset.storage.file.filename': 'x', ...more })
  ]) // prettier-ignore
  return readWorkerStart('standalone', 'worker.properties', given, {
    registry,
    plugins,
    log: silentLogger,
    mask: new SecretMask()
  })
}

test("a secret of the worker's own file that nobody resolves ends the start", async () => {
  for (const key of [
    'sasl.jaas.config',
    'consumer.sasl.jaas.config',
    'producer.ssl.key.password',
    'listeners.https.ssl.keystore.password',
    'admin.listeners.https.ssl.key.password',
    'ssl.truststore.password'
  ]) {
    await assert.rejects(start({ [key]: 'x${env:NOT_SET}' }), (error: Error) =>
      error.message.includes(`${key}: \${env:NOT_SET}`)
    )
  }
  const { properties } = await start({ 'client.id': '${env:NOT_SET}', 'ssl.key.password': '${env:PASSWORD}' })
  assert.deepEqual([properties.get('client.id'), properties.get('ssl.key.password')], ['${env:NOT_SET}', 'sesame'])
})

test('hosts that are none in allowed.hosts end the start', async () => {
  await assert.rejects(start({ 'config.providers.env.allowed.hosts': 'redis-1:6379' }), /allowed\.hosts: found 'redis-1:6379'/)
}) // prettier-ignore
