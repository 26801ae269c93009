// Keys of other Redis clients that ask for what is not there: refused where passing over them would write elsewhere or in clear.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../src/connect/log.ts'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { ConfigTransformer } from '../src/runtime/config-transformer.ts'
import { validateConnectorConfig } from '../src/runtime/connector-validation.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'

const registry = new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} }))
const plugins = { clock: systemClock, random: systemRandom, log: silentLogger }
const transformer = new ConfigTransformer(new Map())
const doors = { registry, compileRegex: matchesWhole, plugins, worker: new Map(), transformer }

const sound = {
  'connector.class': 'io.lenses.streamreactor.connect.redis.sink.RedisSinkConnector',
  name: 'x',
  topics: 't',
  'connect.redis.host': 'h',
  'connect.redis.port': '1',
  'connect.redis.kcql': 'SELECT * FROM t PK id'
}

async function report(more: Readonly<Record<string, string>>, without: readonly string[] = []) {
  const config = new Map(Object.entries({ ...sound, ...more }).filter(([key]) => !without.includes(key)))
  const { entries, warnings } = await validateConnectorConfig(config, doors)
  const errors = entries.flatMap(({ value }) => value.errorMessages.map(text => `${value.name} | ${text}`))
  return { errors, warnings }
}

const refused: readonly (readonly [key: string, value: string, says: RegExp])[] = [
  ['connect.redis.ssl', 'true', /in clear, the password too: write connect\.redis\.ssl\.enabled=true/],
  ['connect.redis.use.tls', 'TRUE', /write connect\.redis\.ssl\.enabled=true/],
  ['redis.tls', 'true', /write connect\.redis\.ssl\.enabled=true/],
  ['connect.redis.db', '3', /connect\.redis\.db=3: another database than 0 can't be chosen yet, all would be written to database 0/],
  ['connect.redis.connection.database', '1', /can't be chosen yet/],
  ['redis.database', '1', /can't be chosen yet/],
  ['connect.redis.user', 'app', /another user than default is not possible yet/],
  ['connect.redis.username', 'app', /another user than default is not possible yet/],
  ['connect.redis.cluster', 'true', /Redis Cluster is not served yet/],
  ['connect.redis.cluster.nodes', 'a:1,b:2', /Redis Cluster is not served yet/],
  ['redis.client.mode', 'Cluster', /Redis Cluster is not served yet/],
  ['connect.redis.sentinel.master', 'mymaster', /Redis Sentinel is not served yet/],
  ['connect.redis.url', 'redis://u:Secret-1@h:1/3', /Write its parts instead: connect\.redis\.host/],
  ['redis.hosts', 'a:1,b:2', /name the one server that takes writes in connect\.redis\.host/],
  ['connect.redis.delete.enabled', 'true', /null values can't delete keys yet\. Write connect\.redis\.tombstones=ignore/],
  ['behavior.on.null.values', 'delete', /null values can't delete keys yet/],
  ['connect.redis.tombstones', 'delete', /null values can't delete keys yet/]
] // prettier-ignore

for (const [key, value, says] of refused) {
  test(`${key}=${value} is refused on its key`, async () => {
    const { errors, warnings } = await report({ [key]: value })
    assert.equal(errors.length, 1, errors.join('\n'))
    assert.ok(errors[0]?.startsWith(`${key} | `), errors[0])
    assert.match(errors[0] ?? '', says)
    assert.ok(errors[0]?.includes(key), 'the message alone names the key')
    assert.doesNotMatch(errors.join(), /Secret-1/)
    // Told once, as an error.
    assert.deepEqual(warnings, [])
  })
}

for (const [key, value] of [
  ['connect.redis.ssl', 'false'],
  ['connect.redis.db', '0'],
  ['redis.database', ''],
  ['connect.redis.user', 'default'],
  ['connect.redis.cluster', 'false'],
  ['connect.redis.sentinel.enabled', 'false'],
  ['redis.client.mode', 'Standalone'],
  ['connect.redis.delete.enabled', 'false']
] as const) {
  test(`${key}=${value} asks for what is done anyway: it passes, with a word`, async () => {
    const { errors, warnings } = await report({ [key]: value })
    assert.deepEqual(errors, [])
    assert.equal(warnings.length, 1)
    assert.ok(warnings[0]?.startsWith(`${key} has no effect: `), warnings[0])
  })
}

test('TLS that is asked for under its own name too is not refused for the other one', async () => {
  const { errors, warnings } = await report({ 'connect.redis.ssl': 'true', 'connect.redis.ssl.enabled': 'true' })
  assert.deepEqual(errors, [])
  assert.match(warnings[0] ?? '', /connect\.redis\.ssl has no effect: connect\.redis\.ssl\.enabled is set, and counts/)
})

test('a required key under a name of others is told on that name', async () => {
  const { errors } = await report({ 'connect.redis.hostname': 'h' }, ['connect.redis.host'])
  assert.equal(errors.filter(error => error.startsWith('connect.redis.host | ')).length, 1)
  assert.match(errors.join('\n'), /connect\.redis\.hostname \| .*did you mean connect\.redis\.host\?/)
})

test('a dead letter queue where nothing is tolerated is told, with what it does and what to write', async () => {
  const letters = { 'errors.deadletterqueue.topic.name': 'letters' }
  for (const more of [{}, { 'errors.tolerance': 'none' }, { 'connector.class': 'connect.redis.RedisSinkConnector' }]) {
    const { warnings, errors } = await report({ ...letters, ...more })
    assert.deepEqual([warnings.length, errors.length], [1, 0])
    assert.match(
      warnings[0] ?? '',
      /errors\.deadletterqueue\.topic\.name=letters .*the task fails all the same.*each restart .* one more copy\. Write errors\.tolerance=all/
    )
    assert.ok((warnings[0] ?? '').length <= 400, 'a header holds it')
  }
})

test('a dead letter queue that the old class leaves to converters is told, with the key that sends refused records there', async () => {
  const letters = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'letters' }
  const { warnings } = await report(letters)
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /connect\.redis\.errors\.deadletter=true/)
  for (const value of ['true', 'false'])
    assert.deepEqual((await report({ ...letters, 'connect.redis.errors.deadletter': value })).warnings, [])
  const plain = await report({ ...letters, 'connector.class': 'connect.redis.RedisSinkConnector' })
  assert.deepEqual(plain.warnings, [])
})

const foreignClasses: readonly (readonly [key: string, value: string, says: RegExp])[] = [
  ['transforms.a.type', 'io.debezium.transforms.ExtractNewRecordState', /could not be found\. KCQL reads below fields.*SELECT after\.id AS id/],
  ['transforms.a.type', 'io.aiven.kafka.connect.transforms.ExtractTopic$Value', /could not be found\. It is Java's.*plugin\.path/],
  ['transforms.a.type', 'io.confluent.connect.transforms.MessageTimestampRouter', /org\.apache\.kafka\.connect\.transforms\.TimestampRouter/],
  ['transforms.a.type', 'io.lenses.connect.smt.header.InsertWallclock', /InsertField\$Value/],
  ['value.converter', 'io.apicurio.registry.utils.converter.AvroConverter', /io\.confluent\.connect\.avro\.AvroConverter.*ccompat/],
  ['transforms.a.type', 'org.apache.kafka.connect.transforms.Nonsense', /could not be found\.$/]
] // prettier-ignore

for (const [key, value, says] of foreignClasses) {
  test(`${value}: what does its work is told in the same message`, async () => {
    const { errors } = await report({ transforms: key.startsWith('transforms') ? 'a' : '', [key]: value })
    assert.match(errors.find(error => error.startsWith(`${key} | `)) ?? '', says)
  })
}

test("another Redis sink's class is told by what its keys are here, before the list", async () => {
  await assert.rejects(
    report({ 'connector.class': 'com.redis.kafka.connect.RedisSinkConnector' }),
    /RedisSinkConnector \(the sink here is connect\.redis\.RedisSinkConnector: .*\), available connectors are: /
  )
})
