// Who gets what a config provider gives: the hosts named for it, by keys that are secrets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { silentLogger } from '../src/connect/log.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { soundConnector } from './kit/sound-connector.ts'
import { ConfigTransformer } from '../src/runtime/config-transformer.ts'
import { validateConnectorConfig } from '../src/runtime/connector-validation.ts'
import { boundsOf } from '../src/runtime/secret-bounds.ts'
import { SecretMask } from '../src/runtime/secret-mask.ts'
import { readWorkerStart } from '../src/runtime/worker-start.ts'
import { allowedUrlsKey } from '../src/runtime/client-config.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'

const registry = new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} }))
const providerOf = (values: Readonly<Record<string, string>>) => ({
  get: () => Promise.resolve(new Map(Object.entries(values)))
})
const transformer = new ConfigTransformer(
  new Map([
    ['vault', providerOf({ p: 'canary' })],
    ['env', providerOf({ GOOD: 'redis-1', BAD: 'evil' })]
  ])
)
const plugins = { clock: systemClock, random: systemRandom, log: silentLogger }

async function errorsOf(
  settings: Readonly<Record<string, string>>,
  bound: string | null,
  more: Readonly<Record<string, string>> = {}
): Promise<readonly string[]> {
  const worker = new Map(Object.entries(more))
  if (bound !== null) worker.set('config.providers.vault.allowed.hosts', bound)
  const config = soundConnector({ 'connect.redis.password': '${vault:p}', ...settings })
  const { entries } = await validateConnectorConfig(config, {
    ...{ registry, compileRegex: matchesWhole, plugins, worker, transformer }
  })
  assert.ok(!JSON.stringify(entries).includes('canary'))
  return entries.flatMap(({ value }) => value.errorMessages.map(() => value.name))
}

const avro = { 'value.converter': 'io.confluent.connect.avro.AvroConverter' }
const registryUrl = 'value.converter.schema.registry.url'

const consumers = { 'consumer.override.sasl.jaas.config': 'x password="${vault:p}"' }
const servers = 'consumer.override.bootstrap.servers'
const endpoint = 'consumer.override.sasl.oauthbearer.token.endpoint.url'

test('a reference goes to the hosts that the worker names for its provider, and nowhere else', async () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, readonly string[]])[] = [
    [{}, []],
    [{ 'connect.redis.host': 'REDIS-2' }, []],
    [{ 'connect.redis.host': 'evil' }, ['connect.redis.host']],
    [{ 'connect.redis.host': 'redis-1.evil' }, ['connect.redis.host']],
    [{ 'connect.redis.sink.connection.host': 'evil' }, ['connect.redis.sink.connection.host']],
    [{ 'connect.redis.connection.host': 'evil' }, ['connect.redis.connection.host']],
    [{ 'connect.redis.host': 'evil', 'connect.redis.password': 'own' }, []],
    [{ ...consumers, [servers]: 'redis-1:9092,evil:9092' }, [servers]],
    [{ ...consumers, [servers]: 'redis-1:9092' }, []],
    [{ ...avro, [registryUrl]: 'https://redis-1@evil/redis-1' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'https://u:p@redis-1:8081/x' }, []],
    [{ ...avro, [registryUrl]: 'https://redis-1, http://evil' }, [registryUrl]],
    // What another reader takes for an address of ours.
    [{ ...avro, [registryUrl]: 'http://evil:1\\@redis-1/' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'http:\\\\evil/@redis-1/' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'http:evil' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'http:///evil/redis-1' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'http://redis-1%2eevil/' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'http://redis-1\t.evil/' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'http://ev\nil#@redis-1/' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'http://redis-1./' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'HTTP://REDIS-1:8081' }, []],
    [{ ...avro, [registryUrl]: 'http://redis%2D1/' }, []],
    [{ ...avro, [registryUrl]: 'http://[::ffff:10.0.0.8]/' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'http://[::FFFF:0a00:7]/' }, []],
    [{ ...avro, [registryUrl]: 'http://0x0a.0.0.7/' }, []],
    [{ ...avro, [registryUrl]: 'http://[fd00:0::1]:80/' }, []],
    [{ ...avro, [registryUrl]: 'http://[fd00::2]/' }, [registryUrl]],
    [{ 'connect.redis.host': 'fd00::0:1' }, []],
    [{ 'connect.redis.host': 'fd00::1%eth0' }, ['connect.redis.host']],
    [{ ...consumers, [servers]: '[fd00::1]:9092,PLAINTEXT://redis-1:9092' }, []],
    [{ ...consumers, [servers]: 'redis-1:evil:9092' }, [servers]],
    [{ ...consumers, [endpoint]: 'https://evil\\@redis-1/token' }, [endpoint]],
    // Where it would be shown, or where another host could be hidden in it.
    [{ 'connect.redis.host': '${vault:p}' }, ['connect.redis.host']],
    [{ 'errors.deadletterqueue.topic.name': '${vault:p}' }, ['errors.deadletterqueue.topic.name']]
  ]
  for (const [settings, expected] of cases) {
    const worker = { [allowedUrlsKey]: settings[endpoint] ?? '' }
    const errors = await errorsOf(settings, 'redis-1, redis-2,10.0.0.7,fd00::1', worker)
    assert.deepEqual([...new Set(errors)], expected, JSON.stringify(settings))
  }
  assert.deepEqual(await errorsOf({}, ''), ['connect.redis.host'], 'bound to nothing')
})

test('where nothing is bound, a reference stands anywhere, as in Connect', async () => {
  for (const settings of [{}, { ...consumers, [servers]: 'evil:9092' }, { 'transforms.x.y': '${vault:p}' }]) {
    assert.deepEqual(await errorsOf(settings, null), [])
  }
})

test('the host of another provider is looked at as it will be asked', async () => {
  assert.deepEqual(await errorsOf({ 'connect.redis.host': '${env:GOOD}' }, 'redis-1'), [])
  assert.deepEqual(await errorsOf({ 'connect.redis.host': '${env:BAD}' }, 'redis-1'), ['connect.redis.host'])
})

test('what is secret is what its definition says, however a key is spelled', async () => {
  const router = 'org.apache.kafka.connect.transforms.RegexRouter'
  const cases: readonly (readonly [Readonly<Record<string, string>>, string | null])[] = [
    [{ transforms: 'password', 'transforms.password.type': router, 'transforms.password.regex': '.*', 'transforms.password.replacement': '${vault:p}' }, 'transforms.password.replacement'],
    [{ predicates: 'token', 'predicates.token.type': 'TopicNameMatches', 'predicates.token.pattern': '${vault:p}' }, 'predicates.token.pattern'],
    [{ 'my.password': '${vault:p}' }, 'my.password'],
    [{ 'consumer.override.my.password': '${vault:p}' }, 'consumer.override.my.password'],
    [{ ...consumers, 'consumer.override.client.id': '${vault:p}' }, 'consumer.override.client.id'],
    [{ 'value.converter': 'JsonConverter', 'value.converter.token': '${vault:p}' }, 'value.converter.token'],
    [{ 'connect.redis.connection.password': '${vault:p}' }, null],
    [{ 'ssl.key.password': '${vault:p}' }, null],
    [{ ...avro, [registryUrl]: 'http://redis-1', 'value.converter.basic.auth.user.info': 'u:${vault:p}' }, null],
    [{ ...avro, [registryUrl]: 'http://redis-1', 'value.converter.schema.registry.ssl.keystore.certificate.chain': '${vault:p}' }, null],
    [{ ...avro, [registryUrl]: 'http://redis-1', 'value.converter.sasl.jaas.config': 'x password="${vault:p}";' }, null],
    [{ 'consumer.override.sasl.oauthbearer.assertion.private.key.passphrase': '${vault:p}' }, null]
  ] // prettier-ignore
  for (const [settings, expected] of cases) {
    const errors = await errorsOf(settings, 'redis-1')
    assert.deepEqual([...new Set(errors)], expected === null ? [] : [expected], JSON.stringify(settings))
  }
})

test('no message of a configuration shows what a provider gave, whichever key it came from', async () => {
  const config = new Map(
    Object.entries({
      ...{ 'connector.class': 'RedisSink', name: 'x', topics: '${vault:p}', 'connect.redis.host': 'redis://u:pw@h' },
      ...{ 'connect.redis.port': '1', 'connect.redis.kcql': 'SELECT ${vault:p}, ${vault:p} FROM t PK id' },
      ...{ 'value.converter': 'AvroConverter', [registryUrl]: 'http://u:pw@r, ftp://u:pw@r' }
    })
  )
  const { entries } = await validateConnectorConfig(config, {
    ...{ registry, compileRegex: matchesWhole, plugins, worker: new Map(), transformer }
  })
  const text = JSON.stringify(entries)
  assert.doesNotMatch(text, /canary|:pw@/)
  const errors = entries.flatMap(({ value }) => value.errorMessages).join('\n')
  assert.match(errors, /Field \$\{vault:p\} has already/)
  // The caret stands below what it stood below.
  const [, line = '', caret = ''] = /\n( *SELECT.*)\n( *\^+)/.exec(errors) ?? []
  assert.equal(line.slice(caret.indexOf('^'), caret.length), '${vault:p}', errors)
})

test('a host of the list that is none is told at the start', () => {
  for (const entry of ['registry:8081', 'http://registry', '0x7f.1']) {
    assert.throws(
      () => boundsOf(new Map([['config.providers.vault.allowed.hosts', `redis-1,${entry}`]])),
      (error: Error) => error.message.includes(entry) && /without scheme and port/.test(error.message)
    )
  }
})

const said = {
  pair: 'ada:open-1',
  login: 'x required username="ada" password="open-2";',
  kcql: 'INSERT INTO customers SELECT id, amount FROM orders',
  topics: 'orders, returns'
}
/** What a mask hides after these settings were read: in the order of the words. */
const words = 'open-1 open-2 customers amount returns'

test('of secrets, by their definitions, the parts are hidden as well; of other keys the whole, and the items of lists', async () => {
  const vault = new ConfigTransformer(new Map([['vault', providerOf(said)]]))
  const config = new Map([
    ['connector.class', 'RedisSink'],
    ['connect.redis.password', '${vault:pair}'],
    ['consumer.override.sasl.jaas.config', '${vault:login}'],
    ['connect.redis.kcql', '${vault:kcql}'],
    ['topics', '${vault:topics}']
  ])
  const doors = { registry, compileRegex: matchesWhole, plugins, worker: new Map<string, string>() }
  await validateConnectorConfig(config, { ...doors, transformer: vault })
  assert.match(vault.mask.text(words), /^\$\{vault:pair\}\[0\] \$\{vault:login\}\[\d\] customers amount \$\{vault:topics\}\[1\]$/) // prettier-ignore
  assert.equal(vault.mask.text(said.kcql), '${vault:kcql}')
})

test("of a worker's file the same", async () => {
  const mask = new SecretMask()
  const worker = new Map([
    ['config.providers', 'env'],
    ['config.providers.env.class', 'org.apache.kafka.common.config.provider.EnvVarConfigProvider'],
    ['consumer.sasl.jaas.config', '${env:login}'],
    ['client.id', '${env:kcql}']
  ])
  const known = new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: said }))
  const doors = { registry: known, plugins, log: silentLogger, mask }
  await assert.rejects(readWorkerStart('standalone', 'w.properties', worker, doors), /offset\.storage\.file\.filename/)
  assert.match(mask.text(words), /^open-1 \$\{env:login\}\[\d\] customers amount returns$/)
})

test('a message about a reference says it once, and garbles no name of a key', async () => {
  const env = new ConfigTransformer(new Map([['env', providerOf({ P: 'redis', M: 'x1' })]]))
  const config = new Map([
    ['connector.class', 'RedisSink'],
    ['connect.redis.port', '${env:P}'],
    ['tasks.max', '${env:M}']
  ])
  const doors = { registry, compileRegex: matchesWhole, plugins, worker: new Map<string, string>() }
  const { entries } = await validateConnectorConfig(config, { ...doors, transformer: env })
  const messages = (name: string): string =>
    entries.flatMap(({ value }) => (value.name === name ? value.errorMessages : [])).join()
  assert.match(messages('connect.redis.port'), /^Invalid value \$\{env:P\} for configuration connect\.redis\.port: /)
  assert.match(messages('tasks.max'), /^Invalid value \$\{env:M\} for configuration tasks\.max: /)
})
