// A decimal that a transform does not touch keeps the text it had in the source, which the plain contract prints.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConnectValue, setSourceText, sourceText } from '../connect/data.ts'
import { silentLogger } from '../connect/log.ts'
import { type SinkRecord } from '../connect/record.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { transformationEntries } from './transform-table.ts'

const doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const text = '1.23456789012345678901234567890'

function valueOf(): ReadonlyMap<ConnectValue, ConnectValue> {
  const inner = new Map<ConnectValue, ConnectValue>([['price', 2.5]])
  setSourceText(inner, 'price', '2.50')
  const value = new Map<ConnectValue, ConnectValue>([
    ['price', Number(text)],
    ['n', 1n],
    ['inner', inner]
  ])
  setSourceText(value, 'price', text)
  return value
}

/** What a transform makes of the value, or of the key. */
function applied(name: string, config: Readonly<Record<string, string>>, part: 'key' | 'value' = 'value'): object {
  const place = { topic: 't', partition: 0, timestamp: 0, timestampType: 'CreateTime' } as const
  const original = { ...place, offset: 0, rawKey: null, rawValue: null, rawHeaders: [] }
  const record: SinkRecord = {
    ...place,
    keySchema: null,
    key: null,
    valueSchema: null,
    value: valueOf(),
    headers: [],
    original
  }
  const entry = transformationEntries.find(each => each.className.endsWith(`.${name}`)) ?? assert.fail(name)
  const result = entry.create(new Map(Object.entries(config)), doors).apply(record)?.[part]
  assert.ok(result instanceof Map)
  return result as object
}

const kept: readonly (readonly [name: string, config: Readonly<Record<string, string>>, key: string])[] = [
  ['Cast$Value', { spec: 'n:string' }, 'price'],
  ['MaskField$Value', { fields: 'n' }, 'price'],
  ['InsertField$Value', { 'static.field': 's', 'static.value': 'v' }, 'price'],
  ['ReplaceField$Value', { exclude: 'n' }, 'price'],
  ['ReplaceField$Value', { renames: 'price:cost' }, 'cost'],
  ['HeaderFrom$Value', { fields: 'n', headers: 'h', operation: 'move' }, 'price'],
  ['TimestampConverter$Value', { field: 'n', 'target.type': 'string', format: 'yyyy' }, 'price'],
  ['Flatten$Value', {}, 'price']
]

for (const [name, config, key] of kept) {
  test(`${name} ${JSON.stringify(config)} keeps it`, () => {
    assert.equal(sourceText(applied(name, config), key), text)
  })
}

test('ValueToKey and Flatten carry it to where the decimal goes', () => {
  assert.equal(sourceText(applied('ValueToKey', { fields: 'price' }, 'key'), 'price'), text)
  assert.equal(sourceText(applied('Flatten$Value', {}), 'inner.price'), '2.50')
})

test('a decimal that is made another forgets it', () => {
  assert.equal(sourceText(applied('Cast$Value', { spec: 'price:int32' }), 'price'), undefined)
  assert.equal(sourceText(applied('MaskField$Value', { fields: 'price' }), 'price'), undefined)
  assert.equal(sourceText(applied('ReplaceField$Value', { exclude: 'price' }), 'price'), undefined)
})
