// The table of converters: every name makes one, every setting it defines parses as the converter itself reads it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../connect/log.ts'
import { type Doors } from '../connect/plugin.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { converterPlugins, headerConverterPlugins } from './converter-table.ts'

const doors: Doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const config = new Map([['schema.registry.url', 'http://localhost:8081']])

test('names each converter once, and makes it', () => {
  for (const plugins of [converterPlugins, headerConverterPlugins]) {
    assert.equal(new Set(plugins.map(plugin => plugin.className)).size, plugins.length)
  }
  for (const plugin of converterPlugins) {
    const data = plugin.create(config, false, doors).toConnectData('t', null)
    assert.equal(data.value, null, plugin.className)
  }
  for (const plugin of headerConverterPlugins) {
    const data = plugin.create(config, doors).toConnectHeader('t', 'h', null)
    assert.equal(data.value, null, plugin.className)
  }
})

test('knows the names that configurations use', () => {
  const names = new Set(converterPlugins.map(plugin => plugin.className))
  for (const name of [
    'org.apache.kafka.connect.json.JsonConverter',
    'org.apache.kafka.connect.storage.StringConverter',
    'org.apache.kafka.connect.converters.ByteArrayConverter',
    'io.confluent.connect.avro.AvroConverter',
    'io.confluent.connect.protobuf.ProtobufConverter',
    'io.confluent.connect.json.JsonSchemaConverter'
  ]) {
    assert.ok(names.has(name), name)
  }
  assert.ok(
    headerConverterPlugins.some(plugin => plugin.className === 'org.apache.kafka.connect.storage.SimpleHeaderConverter')
  )
})

test('a converter of the registry without its address is refused by its definition and by itself', () => {
  const avro = converterPlugins.find(plugin => plugin.className.endsWith('AvroConverter'))
  assert.ok(avro !== undefined)
  assert.throws(() => avro.configDef.parse(new Map(), 'value converter'), /schema.registry.url/)
  assert.throws(() => avro.create(new Map(), false, doors), /schema.registry.url/)
})

test('secrets are defined as secrets', () => {
  for (const plugin of converterPlugins) {
    for (const key of plugin.configDef.keys()) {
      const isSecret = /password|token|user\.info|keystore\.key$|certificates$|certificate\.chain$|jaas\.config$/.test(
        key.name
      )
      assert.equal(key.type === 'PASSWORD', isSecret, `${plugin.className} ${key.name}`)
    }
  }
})

const untaken: readonly (readonly [converter: string, key: string, value: string])[] = [
  ['avro.Avro', 'generalized.sum.type.support', 'true'],
  ['avro.Avro', 'scrub.invalid.names', 'true'],
  ['protobuf.Protobuf', 'generate.struct.for.nulls', 'true'],
  ['protobuf.Protobuf', 'flatten.unions', 'true']
]

for (const [converter, key, value] of untaken) {
  test(`${key}=${value} of ${converter}Converter, which would change what is written, is refused and not passed over`, () => {
    const plugin = converterPlugins.find(({ className }) => className === `io.confluent.connect.${converter}Converter`)
    const errors = (text: string) =>
      plugin?.configDef.validate(new Map([...config, [key, text]])).flatMap(({ errorMessages }) => errorMessages)
    assert.match(errors(value)?.join() ?? '', new RegExp(`^Invalid value ${value} for configuration ${key}: only `))
    assert.deepEqual(errors(value === 'true' ? 'FALSE' : 'true'), [])
  })
}
