// What is built to break a transform: patterns that backtrack, names that JavaScript knows, depth, huge numbers, names that share a hash.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConnectMap, type ConnectValue, Decimal, Schema, Struct, StructFields } from '../connect/data.ts'
import { ConnectError } from '../connect/errors.ts'
import { silentLogger } from '../connect/log.ts'
import { type Doors, type Transformation } from '../connect/plugin.ts'
import { type SinkRecord } from '../connect/record.ts'
import { javaEntries } from '../connect/values/java-map-order.ts'
import { stringHash } from '../java/string-hash.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { predicateEntries, transformationEntries } from './transform-table.ts'

const doors: Doors = { clock: systemClock, random: systemRandom, log: silentLogger }

function transform(name: string, config: Readonly<Record<string, string>>): Transformation {
  const entry = transformationEntries.find(each => each.className.endsWith(`.${name}`))
  assert.ok(entry !== undefined, name)
  return entry.create(new Map(Object.entries(config)), doors)
}

function recordOf(value: ConnectValue, schema: Schema | null = null, topic = 'orders'): SinkRecord {
  const place = { topic, partition: 0, timestamp: 0, timestampType: 'CreateTime' } as const
  const original = { ...place, offset: 0, rawKey: null, rawValue: null, rawHeaders: [] }
  return { ...place, keySchema: null, key: null, valueSchema: schema, value, headers: [], original }
}

function applied(name: string, config: Readonly<Record<string, string>>, value: ConnectValue, schema?: Schema) {
  return transform(name, config).apply(recordOf(value, schema))?.value
}

// A matcher that backtracks would need longer than the sun shines: the test would not end.
const bombs = ['(a+)+b', '(a|a)*b', '(a*)*b', '(.*a){30}b', '([a-z]+)*!']

for (const bomb of bombs) {
  test(`the pattern ${bomb} costs linear time`, () => {
    const topic = 'a'.repeat(249)
    const router = transform('RegexRouter', { regex: bomb, replacement: 'x' })
    assert.equal(router.apply(recordOf(null, null, topic))?.topic, topic)
    const matches = predicateEntries.find(each => each.className.endsWith('TopicNameMatches'))
    const predicate = matches?.create(new Map([['pattern', bomb]]), doors)
    assert.equal(predicate?.test(recordOf(null, null, topic)), false)
  })
}

for (const pattern of ['((a{1000}){1000}){1000}', '['.repeat(10_000), `${'('.repeat(10_000)}a`]) {
  test(`the pattern ${pattern.slice(0, 30)} is refused with a reason`, () => {
    assert.throws(() => transform('RegexRouter', { regex: pattern, replacement: 'x' }), {
      name: 'ConfigError',
      message: /Invalid regex: .+/
    })
  })
}

test('a router forgets topics rather than fill the memory', () => {
  const router = transform('RegexRouter', { regex: 't-(.*)', replacement: 'u-$1' })
  for (let id = 0; id < 30_000; id++) assert.equal(router.apply(recordOf(null, null, `t-${id}`))?.topic, `u-${id}`)
})

const ownNames = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']

for (const name of ownNames) {
  test(`a field named ${name} is a field like others`, () => {
    const map = new Map<ConnectValue, ConnectValue>([['a', 1n]])
    assert.equal(applied('ExtractField$Value', { field: name }, map), null)
    assert.deepEqual(applied('ExtractField$Value', { field: name }, new Map([[name, 5n]])), 5n)
    const hoisted = applied('HoistField$Value', { field: name }, 'x')
    assert.deepEqual([...(hoisted as Map<string, string>)], [[name, 'x']])
    const renamed = applied('ReplaceField$Value', { renames: `a:${name}` }, map)
    assert.deepEqual([...(renamed as Map<string, bigint>)], [[name, 1n]])
    const cast = applied('Cast$Value', { spec: `${name}:string` }, new Map([[name, 5n]]))
    assert.deepEqual([...(cast as Map<string, string>)], [[name, '5']])
    const masked = applied('MaskField$Value', { fields: name }, new Map([[name, 5n]]))
    assert.deepEqual([...(masked as Map<string, bigint>)], [[name, 0n]])
    const inserted = applied('InsertField$Value', { 'static.field': name, 'static.value': 'v' }, map)
    assert.equal((inserted as Map<string, string>).get(name), 'v')
    const flat = applied('Flatten$Value', {}, new Map([[name, new Map([[name, 1n]])]]))
    assert.deepEqual([...(flat as Map<string, bigint>)], [[`${name}.${name}`, 1n]])
    const schema = new Schema('STRUCT', { fields: [[name, new Schema('INT64')]] })
    const struct = applied('Cast$Value', { spec: `${name}:string` }, new Struct(schema, [7n]), schema)
    assert.equal((struct as Struct).get(name), '7')
    assert.throws(
      () => applied('ExtractField$Value', { field: 'x' }, new Struct(schema, [7n]), schema),
      /Unknown field/
    )
    assert.equal(Object.getPrototypeOf({}), Object.prototype)
    assert.equal(({} as Record<string, unknown>)['v'], undefined)
  })
}

test('data nested too deep is refused, not a stack overflow', () => {
  let map: ConnectValue = new Map([['a', 1n]])
  let schema = new Schema('STRUCT', { fields: [['a', new Schema('INT64')]] })
  for (let depth = 0; depth < 100_000; depth++) {
    map = new Map([['a', map]])
    if (depth < 5000) schema = new Schema('STRUCT', { fields: [['a', schema]] })
  }
  const tooDeep = { name: 'DataError', message: /deeper than 1000 levels/ }
  assert.throws(() => applied('Flatten$Value', {}, map), tooDeep)
  assert.throws(() => applied('Flatten$Value', {}, new Struct(schema), schema), tooDeep)
  const path = Array.from({ length: 100_000 }, () => 'a').join('.')
  assert.ok(applied('ExtractField$Value', { field: path, 'field.syntax.version': 'V2' }, map) instanceof Map)
})

test('numbers with huge exponents cost nothing', () => {
  const huge = new Decimal(12345n, -2_000_000_000)
  const tiny = new Decimal(12345n, 2_000_000_000)
  const schema = new Schema('BYTES', { name: 'org.apache.kafka.connect.data.Decimal' })
  const cast = (value: Decimal, type: string) => applied('Cast$Value', { spec: type }, value, schema)
  for (const type of ['int8', 'int16', 'int32', 'int64']) {
    assert.equal(Number(cast(huge, type)), 0)
    assert.equal(Number(cast(tiny, type)), 0)
  }
  assert.equal(cast(huge, 'float64'), Infinity)
  assert.equal(cast(huge, 'float32'), Infinity)
  assert.equal(cast(tiny, 'float64'), 0)
  assert.equal(cast(huge, 'boolean'), false)
  assert.equal(cast(huge, 'string'), '1.2345E+2000000004')
  const mask = { fields: 'a', replacement: '1e999999999' }
  const masked = (value: ConnectValue) => {
    const map = applied('MaskField$Value', mask, new Map<ConnectValue, ConnectValue>([['a', value]]))
    return (map as ReadonlyMap<ConnectValue, ConnectValue>).get('a')
  }
  assert.equal(masked(1n), 0n)
  assert.equal(masked(1.5), Infinity)
})

test('names that share a hash cost no more than others', () => {
  // "Aa" and "BB" have one hash, so all words made of them do.
  const words = Array.from({ length: 2 ** 14 }, (_, id) => id.toString(2).padStart(14, '0').replaceAll('0', 'Aa').replaceAll('1', 'BB')) // prettier-ignore
  assert.equal(new Set(words.map(stringHash)).size, 1)
  const map = new Map(words.map(word => [word, 1n]))
  for (const [name, config] of [
    ['ReplaceField$Value', { renames: 'a:b' }],
    ['Flatten$Value', {}],
    ['Cast$Value', { spec: 'x:int8' }]
  ] as const) {
    const result = applied(name, config, map)
    assert.ok(result instanceof ConnectMap)
    assert.ok(javaEntries(result, null).length >= map.size)
  }
})

test('any value meets any transform: a record, a drop, or an error of ours', () => {
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.double(),
    fc.bigInt(),
    fc.constantFrom<ConnectValue>(new Date(0), new Date(NaN), new Decimal(1n, 2), new Uint8Array([1]))
  )
  const { value } = fc.letrec<{ value: ConnectValue }>(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value')),
      fc
        .array(fc.tuple(fc.constantFrom('a', 'b', 'a.b', '', '__proto__'), tie('value')))
        .map(entries => new Map<ConnectValue, ConnectValue>(entries))
    )
  }))
  const settings = {
    spec: 'a:int32,b:string',
    field: 'a',
    fields: 'a,b',
    headers: 'x,y',
    operation: 'move',
    header: 'h',
    'value.literal': '[1,{',
    regex: '(o).*',
    replacement: '$1',
    renames: 'a:b',
    'schema.name': 'n',
    'static.field': 's',
    'static.value': 'v',
    'timestamp.field': 't',
    'target.type': 'string',
    format: 'yyyy w'
  }
  const made = transformationEntries.map(entry => ({
    name: entry.className,
    transformation: entry.create(new Map(Object.entries(settings)), doors)
  }))
  fc.assert(
    fc.property(value, given => {
      for (const { name, transformation } of made) {
        try {
          const result = transformation.apply({ ...recordOf(given), key: given })
          assert.ok(result === null || 'original' in result, name)
        } catch (error) {
          assert.ok(error instanceof ConnectError, `${name}: ${String(error)}`)
        }
      }
    }),
    { numRuns: 500 }
  )
})

test('Flatten refuses schemas that hold themselves, and those whose fields nobody can count', () => {
  const fields = new StructFields()
  const list = new Schema('STRUCT', { optional: true, fields })
  fields.fill([['next', list]])
  assert.throws(() => applied('Flatten$Value', {}, new Struct(list), list), /deeper than 1000 levels/)
  let doubled = new Schema('STRUCT')
  for (let level = 0; level < 30; level++) {
    const field = new Schema('STRUCT', { optional: true, fields: new StructFields(doubled.fields.map(({ name, schema }) => [name, schema])) }) // prettier-ignore
    doubled = new Schema('STRUCT', { fields: [['a', field], ['b', field]] }) // prettier-ignore
  }
  assert.throws(() => applied('Flatten$Value', {}, new Struct(doubled), doubled), /more than 100000 fields/)
})
