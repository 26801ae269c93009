// The table of transforms and predicates: every name Connect has, once, each made or refused with a reason.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectError } from '../connect/errors.ts'
import { silentLogger } from '../connect/log.ts'
import { type Doors } from '../connect/plugin.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { predicateEntries, transformationEntries } from './transform-table.ts'

const doors: Doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const inBoth = ['Cast', 'ExtractField', 'Flatten', 'HeaderFrom', 'HoistField', 'InsertField', 'MaskField']
const variants = [...inBoth, 'ReplaceField', 'SetSchemaMetadata', 'TimestampConverter']
const single = ['DropHeaders', 'Filter', 'InsertHeader', 'RegexRouter', 'TimestampRouter', 'ValueToKey']

test('holds every transform and predicate of Connect', () => {
  assert.deepEqual(
    transformationEntries.map(entry => entry.className).sort(),
    [...variants.flatMap(name => [`${name}$Key`, `${name}$Value`]), ...single]
      .map(name => `org.apache.kafka.connect.transforms.${name}`)
      .sort()
  )
  assert.deepEqual(
    predicateEntries.map(entry => entry.className).sort(),
    ['HasHeaderKey', 'RecordIsTombstone', 'TopicNameMatches']
      .map(name => `org.apache.kafka.connect.transforms.predicates.${name}`)
      .sort()
  )
})

test('each is made without settings, or says which it needs', () => {
  for (const entry of [...transformationEntries, ...predicateEntries]) {
    const isNeeding = entry.configDef.keys().some(key => key.defaultValue === undefined)
    try {
      entry.create(new Map(), doors)
      assert.equal(isNeeding, false, entry.className)
    } catch (error) {
      assert.ok(error instanceof ConnectError, entry.className)
      assert.match(error.message, /^Missing required configuration|^No field insertion|^Neither schema name/)
    }
  }
})

test('every setting is documented', () => {
  for (const entry of [...transformationEntries, ...predicateEntries]) {
    for (const key of entry.configDef.keys())
      assert.match(key.documentation, /\w.*\.$/s, `${entry.className} ${key.name}`)
  }
})
