// A class name with a slip of the pen: the one that was meant stands before the list of all, in the words that scripts grep.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../src/connect/log.ts'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { configTransformer } from '../src/runtime/config-providers.ts'
import { validateConnectorConfig } from '../src/runtime/connector-validation.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { SecretMask } from '../src/runtime/secret-mask.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { soundConnector } from './kit/sound-connector.ts'

const registry = new PluginRegistry(
  pluginTable({ newSinkTask: () => assert.fail('no task is made here'), environment: {} })
)
const plugins = { clock: systemClock, random: systemRandom, log: silentLogger }
const worker = new Map<string, string>()
const transformer = configTransformer(worker, registry, plugins, new SecretMask())
const doors = { registry, compileRegex: matchesWhole, plugins, worker, transformer }

const connectors: readonly (readonly [string, string | null])[] = [
  [
    'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConector',
    'com.datamountaineer.streamreactor.connect.redis.sink.RedisSinkConnector'
  ],
  // Another package: that with the longest beginning in common.
  ['io.lenses.redis.RedisSinkConnector', 'io.lenses.streamreactor.connect.redis.sink.RedisSinkConnector'],
  ['connect.redis.RedisSink', 'connect.redis.RedisSinkConnector'],
  ['org.example.MongoSinkConnector', null],
  ['Nope', null]
]

for (const [name, meant] of connectors) {
  test(`connector.class=${name} ${meant === null ? 'is like none' : `means ${meant}`}`, async () => {
    const hint = meant === null ? '' : ` (did you mean ${meant}?)`
    await assert.rejects(
      validateConnectorConfig(soundConnector({ 'connector.class': name }), doors),
      ({ message }: Error) =>
        message.startsWith(
          `Failed to find any class that implements Connector and which name matches ${name}${hint}, available connectors are: PluginDesc{klass=`
        )
    )
  })
}

const others: readonly (readonly [string, string, string | null])[] = [
  ['value.converter', 'org.apache.kafka.connect.json.JsonConvertor', 'org.apache.kafka.connect.json.JsonConverter'],
  ['key.converter', 'io.confluent.connect.avro.AvroConverte', 'io.confluent.connect.avro.AvroConverter'],
  ['header.converter', 'SimpleHeaderConvertr', 'org.apache.kafka.connect.storage.SimpleHeaderConverter'],
  [
    'transforms.a.type',
    'org.apache.kafka.connect.transforms.InsertField$Valu',
    'org.apache.kafka.connect.transforms.InsertField$Value'
  ],
  ['value.converter', 'org.example.Something', null]
]

for (const [key, name, meant] of others) {
  test(`${key}=${name} ${meant === null ? 'is like none' : `means ${meant}`}`, async () => {
    const { entries } = await validateConnectorConfig(soundConnector({ transforms: 'a', [key]: name }), doors)
    const errors = entries.flatMap(({ value }) => (value.name === key ? value.errorMessages : []))
    const hint = meant === null ? '' : ` Did you mean ${meant}?`
    assert.ok(
      errors.includes(`Invalid value ${name} for configuration ${key}: Class ${name} could not be found.${hint}`),
      errors.join('\n')
    )
  })
}
