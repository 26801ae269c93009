// Keys of a connector that do nothing are told once, with what was meant; everything that is read stays unmentioned.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { workerConverterWarnings } from '../src/runtime/converter-keys.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { unknownKeyWarnings } from '../src/runtime/unknown-keys.ts'

const registry = new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} }))
const worker = new Map([
  ['key.converter', 'org.apache.kafka.connect.json.JsonConverter'],
  ['key.converter.schemas.enable', 'true']
])
const doors = { registry, compileRegex: matchesWhole, worker }

const cases: readonly (readonly [key: string, value: string, says: string | null])[] = [
  ['connect.redis.hots', 'x', 'did you mean connect.redis.host?'],
  ['tasks.maxx', '1', 'did you mean tasks.max?'],
  ['something.else', '1', 'no setting of that name is known'],
  ['transforms.b.field', 'x', "transforms= does not name 'b'"],
  ['transforms.a.feild', 'x', 'did you mean transforms.a.field?'],
  ['transforms.a.field', 'x', null],
  ['connect.redis.connection.password', 'x', null],
  // By its sense before its spelling, which would say host.
  ['connect.redis.ssl', 'false', 'connect.redis.ssl.enabled is false anyway. Leave it out'],
  ['connect.redis.tls.enabled', 'no', 'connect.redis.ssl.enabled is false anyway. Leave it out'],
  ['connect.redis.pwd', 'x', 'did you mean connect.redis.password?'],
  ['connect.redis.PASSWORD', 'x', 'did you mean connect.redis.password?'],
  ['connect.redis.db', '0', 'database 0 is written to anyway. Leave it out'],
  ['connect.redis.username', 'default', "Redis's user default logs in anyway. Leave it out"],
  ['connect.redis.cluster.enabled', 'false', 'one server is written to anyway. Leave it out'],
  ['connect.redis.ssl.truststore.location', '/x', 'did you mean ssl.truststore.location?'],
  ['connect.redis.ttl', '60', 'keys expire by the statement: write TTL=60 (seconds) at its end in connect.redis.kcql, without it they stay for ever'],
  ['redis.separator', ':', 'did you mean connect.redis.pk.delimiter?'],
  ['dlq.topic', 'x', 'did you mean errors.deadletterqueue.topic.name?'],
  ['max.poll.records', '1', 'did you mean consumer.override.max.poll.records?'],
  ['consumer.max.poll.records', '1', "in a connector's configuration it is consumer.override.max.poll.records"],
  ['value.converter.anything', 'x', 'JsonConverter has no setting of that name'],
  // Of another converter, left from before: harmless.
  ['value.converter.schema.registry.url', 'http://r', null],
  ['value.converter.schemas.enable', 'x', null],
  // Java passes over it too, and every record fails, or is read as something else.
  ['value.converter.schema.enable', 'false', 'did you mean value.converter.schemas.enable?'],
  ['value.converter.enable.schemas', 'false', 'did you mean value.converter.schemas.enable?'],
  // A connector that names no converter takes the worker's settings with it.
  ['key.converter.schema.enable', 'false', "without key.converter the worker's converter holds, with the worker's settings. Write key.converter=org.apache.kafka.connect.json.JsonConverter here and key.converter.schemas.enable"],
  ['key.converter.schemas.enable', 'false', "without key.converter the worker's converter holds, with the worker's settings. Write key.converter=org.apache.kafka.connect.json.JsonConverter here too"],
  ['key.converter.schemas.enable', 'true', null],
  ['consumer.override.max.poll.records', '5', null],
  ['errors.tolerance', 'all', null],
  ['connect.progress.enabled', 'true', null]
] // prettier-ignore

for (const [key, value, says] of cases) {
  test(`${key}=${value} ${says === null ? 'is read' : 'is told'}`, () => {
    const config = new Map([
      ['connector.class', 'RedisSink'],
      ['name', 'x'],
      ['topics', 't'],
      ['connect.redis.host', 'h'],
      ['value.converter', 'org.apache.kafka.connect.json.JsonConverter'],
      ['transforms', 'a'],
      ['transforms.a.type', 'org.apache.kafka.connect.transforms.HoistField$Value'],
      [key, value]
    ])
    assert.deepEqual(unknownKeyWarnings(config, doors), says === null ? [] : [`${key} has no effect: ${says}`])
  })
}

test('settings of a transform whose class is none are not told one by one', () => {
  const config = new Map([
    ['connector.class', 'RedisSink'],
    ['transforms', 'unwrap'],
    ['transforms.unwrap.type', 'io.debezium.transforms.ExtractNewRecordState'],
    ['transforms.unwrap.drop.tombstones', 'false']
  ])
  assert.deepEqual(unknownKeyWarnings(config, doors), [])
})

test("a worker's file is told of its converters' settings too", () => {
  const file = new Map([
    ['value.converter', 'org.apache.kafka.connect.json.JsonConverter'],
    ['value.converter.schema.enable', 'false']
  ])
  assert.deepEqual(workerConverterWarnings(file, registry), [
    'value.converter.schema.enable has no effect: did you mean value.converter.schemas.enable?'
  ])
})
