// Keys of a connector that do nothing are told once, with what was meant; everything that is read stays unmentioned.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { unknownKeyWarnings } from '../src/runtime/unknown-keys.ts'

const registry = new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} }))
const doors = { registry, compileRegex: matchesWhole, worker: new Map() }

const cases: readonly (readonly [key: string, value: string, says: string | null])[] = [
  ['connect.redis.hots', 'x', 'did you mean connect.redis.host?'],
  ['tasks.maxx', '1', 'did you mean tasks.max?'],
  ['something.else', '1', 'no setting of that name is known'],
  ['transforms.b.field', 'x', "transforms= does not name 'b'"],
  ['transforms.a.feild', 'x', 'did you mean transforms.a.field?'],
  ['transforms.a.field', 'x', null],
  ['connect.redis.connection.password', 'x', null],
  ['value.converter.anything', 'x', null],
  ['value.converter.schemas.enable', 'x', null],
  // Java passes over it too, and every record fails, or is read as something else.
  ['value.converter.schema.enable', 'false', 'did you mean value.converter.schemas.enable?'],
  ['key.converter.schema.enable', 'false', null],
  ['consumer.override.max.poll.records', '5', null],
  ['errors.tolerance', 'all', null],
  ['connect.progress.enabled', 'true', null]
]

for (const [key, value, says] of cases) {
  test(`${key} ${says === null ? 'is read' : 'is told'}`, () => {
    const config = new Map([
      ['connector.class', 'RedisSink'],
      ['name', 'x'],
      ['topics', 't'],
      ['value.converter', 'org.apache.kafka.connect.json.JsonConverter'],
      ['transforms', 'a'],
      ['transforms.a.type', 'org.apache.kafka.connect.transforms.HoistField$Value'],
      [key, value]
    ])
    assert.deepEqual(unknownKeyWarnings(config, doors), says === null ? [] : [`${key} has no effect: ${says}`])
  })
}
