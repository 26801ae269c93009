// Who gets what a config provider gives: the hosts named for it, by keys that are secrets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { silentLogger } from '../src/connect/log.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { ConfigTransformer } from '../src/runtime/config-transformer.ts'
import { validateConnectorConfig } from '../src/runtime/connector-validation.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'

const registry = new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} }))
const provider = { get: () => Promise.resolve(new Map([['p', 'canary']])) }
const transformer = new ConfigTransformer(new Map([['vault', provider]]))
const plugins = { clock: systemClock, random: systemRandom, log: silentLogger }

async function errorsOf(settings: Readonly<Record<string, string>>, bound: string | null): Promise<readonly string[]> {
  const worker = new Map(bound === null ? [] : [['config.providers.vault.allowed.hosts', bound]])
  const config = new Map(
    Object.entries({
      'connector.class': 'RedisSink',
      name: 'x',
      topics: 't',
      'connect.redis.host': 'redis-1',
      'connect.redis.port': '6379',
      'connect.redis.password': '${vault:p}',
      'connect.redis.kcql': 'SELECT * FROM t PK id',
      ...settings
    })
  )
  const { entries } = await validateConnectorConfig(config, {
    ...{ registry, compileRegex: matchesWhole, plugins, worker, transformer }
  })
  assert.ok(!JSON.stringify(entries).includes('canary'))
  return entries.flatMap(({ value }) => value.errorMessages.map(() => value.name))
}

const avro = { 'value.converter': 'io.confluent.connect.avro.AvroConverter' }
const registryUrl = 'value.converter.schema.registry.url'

test('a reference goes to the hosts that the worker names for its provider, and nowhere else', async () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, readonly string[]])[] = [
    [{}, []],
    [{ 'connect.redis.host': 'REDIS-2' }, []],
    [{ 'connect.redis.host': 'evil' }, ['connect.redis.host']],
    [{ 'connect.redis.host': 'redis-1.evil' }, ['connect.redis.host']],
    [{ 'connect.redis.sink.connection.host': 'evil' }, ['connect.redis.sink.connection.host']],
    [{ 'connect.redis.host': 'evil', 'connect.redis.password': 'own' }, []],
    [{ 'consumer.override.bootstrap.servers': 'redis-1:9092,evil:9092' }, ['consumer.override.bootstrap.servers']],
    [{ ...avro, [registryUrl]: 'https://redis-1@evil/redis-1' }, [registryUrl]],
    [{ ...avro, [registryUrl]: 'https://u:p@redis-1:8081/x' }, []],
    // Where it would be shown, or where another host could be hidden in it.
    [{ 'connect.redis.host': '${vault:p}' }, ['connect.redis.host']],
    [{ 'errors.deadletterqueue.topic.name': '${vault:p}' }, ['errors.deadletterqueue.topic.name']]
  ]
  for (const [settings, expected] of cases) {
    assert.deepEqual([...new Set(await errorsOf(settings, 'redis-1, redis-2'))], expected, JSON.stringify(settings))
    assert.deepEqual(await errorsOf(settings, null), [], 'as in Connect where nothing is bound')
  }
  assert.deepEqual(await errorsOf({}, ''), ['connect.redis.host'], 'bound to nothing')
})
