// Slips of whoever writes a file by hand: quotes that become part of a value, addresses that are none, a byte order mark; each is told with what to write.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfigText } from '../src/cli/connect-cli/stdin-config.ts'
import { ConfigErrors } from '../src/connect/errors.ts'
import { silentLogger } from '../src/connect/log.ts'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { configTransformer } from '../src/runtime/config-providers.ts'
import { invalidConfigError, validateConnectorConfig } from '../src/runtime/connector-validation.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { SecretMask } from '../src/runtime/secret-mask.ts'
import { readWorkerStart } from '../src/runtime/worker-start.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { soundConnector } from './kit/sound-connector.ts'

const registry = new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} }))
const plugins = { clock: systemClock, random: systemRandom, log: silentLogger }
const worker = new Map<string, string>()
const transformer = configTransformer(worker, registry, plugins, new SecretMask())
const doors = { registry, compileRegex: matchesWhole, plugins, worker, transformer }

async function refusal(settings: Readonly<Record<string, string>>): Promise<string> {
  const error = invalidConfigError(await validateConnectorConfig(soundConnector(settings), doors))
  return error?.message ?? ''
}

const quoted: readonly (readonly [key: string, value: string, write: string])[] = [
  ['connect.redis.host', '"localhost"', 'connect.redis.host=localhost'],
  ['connect.redis.port', "'6379'", 'connect.redis.port=6379'],
  ['topics', '"t"', 'topics=t'],
  ['tasks.max', '"2"', 'tasks.max=2'],
  ['connect.redis.kcql', "'SELECT * FROM t PK id'", 'connect.redis.kcql=SELECT * FROM t PK id'],
  ['errors.tolerance', '"all"', 'errors.tolerance=all'],
  ['value.converter', '"org.apache.kafka.connect.json.JsonConverter"', 'value.converter=org.apache.kafka.connect.json.JsonConverter'],
  ['consumer.override.bootstrap.servers', '"k:9092"', 'consumer.override.bootstrap.servers=k:9092']
] // prettier-ignore

for (const [key, value, write] of quoted) {
  test(`${key}=${value}: the quotes are told, with the line to write`, async () => {
    assert.ok((await refusal({ [key]: value })).includes(`The quotes are part of the value: write ${write}`))
  })
}

for (const [topics, write] of [
  ['t;b', 't,b'],
  ['t b', 't,b'],
  ['["t"]', 't'],
  ['["t", "b"]', 't,b'],
  ['t/b', null]
] as const) {
  test(`topics=${topics}: no topic has such a name, with the line to write where it can be told`, async () => {
    const said = await refusal({ topics })
    assert.match(
      said,
      /No topic can be named \S.*: Kafka takes letters, digits, '\.', '_' and '-', 249 of them at most/
    )
    assert.match(
      said,
      write === null ? /Correct topics\b/ : new RegExp(`separated by commas: write topics=${write}$`, 'm')
    )
    assert.doesNotMatch(said, /Add a statement|Add t to topics/)
  })
}

test('a dead letter queue that no topic can be named by', async () => {
  const said = await refusal({ 'errors.deadletterqueue.topic.name': 'my dlq' })
  assert.match(said, /^errors\.deadletterqueue\.topic\.name: No topic can be named my dlq: Kafka takes letters/m)
  assert.match(said, /Write for instance errors\.deadletterqueue\.topic\.name=my-dlq$/m)
})

test('a class in quotes, and aliases in quotes', async () => {
  const given = { 'connector.class': '"RedisSink"' }
  await assert.rejects(validateConnectorConfig(soundConnector(given), doors), /write connector\.class=RedisSink/)
  const aliases = { transforms: '"a"', 'transforms.a.type': 'org.apache.kafka.connect.transforms.Flatten$Value' }
  assert.match(await refusal(aliases), /transforms: The quotes are part of the value: write transforms=a/)
})

test('nothing is said of a password in quotes, and of quotes inside a value', async () => {
  const settings = { 'connect.redis.password': '"x"', 'tasks.max': 'x' }
  const { entries, warnings } = await validateConnectorConfig(soundConnector(settings), doors)
  const all = [...warnings, ...entries.flatMap(({ value }) => value.errorMessages)]
  assert.ok(!all.some(text => text.includes('quotes')), all.join('\n'))
})

test('a statement in double quotes runs as it did, and the quotes are told', async () => {
  const report = await validateConnectorConfig(
    soundConnector({ 'connect.redis.kcql': '"SELECT * FROM t PK id"' }),
    doors
  )
  assert.equal(report.errorCount, 0)
  const says = 'connect.redis.kcql: The quotes are part of the value: write connect.redis.kcql=SELECT * FROM t PK id'
  assert.ok(report.warnings.includes(says), report.warnings.join('\n'))
})

test('a key that a message names in its remedy only stands before it too', async () => {
  const lines = (await refusal({ 'connect.redis.host': 'redis://localhost:6379' })).split('\n')
  assert.match(lines[1] ?? '', /^connect\.redis\.host: found a URL/)
})

test('each error of a refusal names its key', async () => {
  const lines = (await refusal({ 'connect.redis.host': 'a b', 'consumer.override.bootstrap.servers': 'k' })).split('\n')
  assert.match(lines[1] ?? '', /^connect\.redis\.host: found no name and no address/)
  assert.match(lines[2] ?? '', /^consumer\.override\.bootstrap\.servers: bootstrap\.servers: found 'k'/)
})

const sound = {
  'bootstrap.servers': 'k:9092',
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'offset.storage.file.filename': '/tmp/o'
}

for (const [key, value, says] of [
  ['bootstrap.servers', 'localhost', /^bootstrap\.servers: found 'localhost', expected host:port/],
  ['bootstrap.servers', 'localhost:abc', /^bootstrap\.servers: found 'localhost:abc'/],
  ['bootstrap.servers', '"k:9092"', /write bootstrap\.servers=k:9092/],
  ['consumer.bootstrap.servers', 'k', /^consumer\.bootstrap\.servers: found 'k'/]
] as const) {
  test(`a worker does not start with ${key}=${value}`, async () => {
    const given = new Map(Object.entries({ ...sound, [key]: value }))
    const start = readWorkerStart('standalone', 'w.properties', given, { registry, plugins, log: silentLogger, mask: new SecretMask() }) // prettier-ignore
    await assert.rejects(start, (error: unknown) => error instanceof ConfigErrors && says.test(error.errors[0]?.message ?? '')) // prettier-ignore
  })
}

test('connect-cli takes no byte order mark for part of the first key', () => {
  const bytes = (text: string): Buffer => Buffer.from(`\uFEFF${text}`)
  assert.deepEqual(parseConfigText(bytes('name=x\n'), 'PROPERTIES'), { name: 'x' })
  assert.deepEqual(parseConfigText(bytes('{"name":"x"}'), 'JSON'), { name: 'x' })
})
