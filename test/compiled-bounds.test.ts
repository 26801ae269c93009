// Numbers beyond their range, and records that stand for more than their bytes name: the compiled way comes to what the general way comes to.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { silentLogger } from '../src/connect/log.ts'
import { type Converter } from '../src/connect/plugin.ts'
import { createAvroConverter } from '../src/converters/avro-converter.ts'
import { createJsonConverter } from '../src/converters/json-converter.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { assertSame, BothWays, type WayOutcome } from './kit/both-ways.ts'
import { FakeRegistry, framed } from './kit/fake-registry.ts'

const registry = await FakeRegistry.open()
after(() => registry.close())

/** What became of the values, between good ones so that the compiled way knows their schema. */
async function outcome(converter: Converter, kcql: string, good: Buffer, values: readonly Buffer[]): Promise<WayOutcome> {
  const ways = new BothWays(converter)
  try {
    const result = await assertSame(ways, 'old', kcql, [good, ...values.flatMap(bytes => [bytes, good])].map(bytes => ({ bytes })))
    assert.ok(result !== null)
    assert.ok(ways.compiledRecords > 0, 'the compiled way was not tried')
    return result
  } finally {
    ways.close()
    await converter.close?.()
  }
} // prettier-ignore

for (const strict of [false, true]) {
  test(`floats at and beyond the ends of their range, values.strict=${strict}`, async () => {
    const schema = JSON.stringify({
      type: 'struct',
      fields: [
        { field: 'id', type: 'string' },
        { field: 'd', type: 'double', optional: true },
        { field: 'f', type: 'float', optional: true },
        { field: 'l', type: 'array', optional: true, items: { type: 'float' } }
      ]
    })
    const of = (fields: string): Buffer => Buffer.from(`{"schema":${schema},"payload":{"id":"a",${fields}}}`)
    const zeros = (count: number): string => '0'.repeat(count)
    const inRange = [
      ...['"d":1.7976931348623157e308', `"d":1${zeros(299)}`, '"d":1E-400', '"d":1e+10', '"d":1e39'],
      ...['"f":3.4028235e38', `"f":3${zeros(38)}`, `"f":-3${zeros(38)}.5`, '"f":1e-50', '"l":[1,2.5e3]']
    ]
    const beyond = [
      ...['"d":1e309', '"d":-1e400', '"d":0.1E+310', '"f":1e39', '"f":-1E39', '"f":3.4028236e38', `"f":4${zeros(38)}`],
      ...[`"f":4${zeros(38)}.0`, '"l":[1,1e39]', '"d":1e9999']
    ]
    const converter = createJsonConverter(new Map([['values.strict', String(strict)]]), false)
    const kcql = 'INSERT INTO c: SELECT * FROM t PK id'
    const { dropped, commands } = await outcome(converter, kcql, of('"d":1.5'), [...inRange, ...beyond].map(of))
    assert.equal(dropped.length, strict ? beyond.length : 0)
    assert.equal(commands.some(command => command.includes('Infinity')), !strict) // prettier-ignore
  })
}

test('a list that nobody selects counts what its bytes do not name, JSON and Avro', async () => {
  const optional = Array.from({ length: 100 }, (_, n) => ({ field: `f${n}`, type: 'string', optional: true }))
  const list = { field: 'l', type: 'array', optional: true, items: { type: 'struct', fields: optional } }
  const schema = JSON.stringify({ type: 'struct', fields: [{ field: 'id', type: 'string' }, list] })
  const of = (l: string): Buffer => Buffer.from(`{"schema":${schema},"payload":{"id":"a","l":${l}}}`)
  const kcql = 'INSERT INTO c: SELECT id FROM t PK id'
  const many = of(`[${Array.from({ length: 10_001 }, () => '{}').join()}]`)
  const json = await outcome(createJsonConverter(new Map(), false), kcql, of('null'), [many, of('[{}]')])
  assert.equal(json.dropped.length, 1)

  const long = 'x'.repeat(100_000)
  const branches = Array.from({ length: 98 }, (_, n) => ({ type: 'enum', name: `E${n}`, symbols: ['A'] }))
  const config = { 'schema.registry.url': registry.url, 'max.retries': '0' }
  for (const [items, item, count] of [
    [['int', 'string', ...branches], '0002', 11_000],
    [{ type: 'record', name: 'D', fields: [{ name: 'd', type: ['string', 'null'], default: long }] }, '02', 700],
    [{ type: 'enum', name: 'S', symbols: [long] }, '00', 700]
  ] as const) {
    const fields = [{ name: 'id', type: 'string' }, { name: 'l', type: ['null', { type: 'array', items }] }] // prettier-ignore
    const id = registry.add({ type: 'record', name: 'R', fields })
    const of = (hex: string): Buffer => framed(id, Buffer.from(`0261${hex}`, 'hex'))
    const blocks = (times: number): string => `02${`02${item}`.repeat(times)}00`
    const doors = { clock: systemClock, random: systemRandom, log: silentLogger }
    const converter = createAvroConverter(new Map(Object.entries(config)), false, doors)
    const avro = await outcome(converter, kcql, of('00'), [of(blocks(count)), of(blocks(3))])
    assert.equal(avro.dropped.length, 1)
  }
})
