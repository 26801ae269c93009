// What the contract has to say about values: under the plain one a null stays null and nothing is wrapped; under the old one both are as Java had them.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import avsc from 'avsc'
import { silentLogger } from '../src/connect/log.ts'
import { type Converter } from '../src/connect/plugin.ts'
import { DataError } from '../src/connect/errors.ts'
import { pluginTable } from '../src/plugins.ts'
import { oldClassNames, plainClassName } from '../src/redis/class-names.ts'
import { type Contract } from '../src/redis/settings.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { taskConverters } from '../src/runtime/task-builder.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'
import { assertSame, BothWays, type RawValue } from './kit/both-ways.ts'
import { FakeRegistry, framed } from './kit/fake-registry.ts'
import { caseRecord, planOutcome } from './kit/plan-cases.ts'

const server = await FakeRegistry.open()
after(() => server.close())
const registry = new PluginRegistry(
  pluginTable({ newSinkTask: () => assert.fail('no task is made here'), environment: {} })
)
const doors = { clock: systemClock, random: systemRandom, log: silentLogger }

/** The value converter (or that of keys) that a task of such a connector has. */
function converterOf(
  contract: Contract,
  format: Format,
  config: Readonly<Record<string, string>> = {},
  isKey = false
): Converter {
  const part = isKey ? 'key.converter' : 'value.converter'
  const settings = { 'schema.registry.url': server.url, 'max.retries': '0', ...config }
  const connector = new Map([
    ['connector.class', contract === 'plain' ? plainClassName : oldClassNames[0]],
    ['key.converter', 'org.apache.kafka.connect.storage.StringConverter'],
    ['value.converter', 'org.apache.kafka.connect.storage.StringConverter'],
    [part, converterNames[format]],
    ...Object.entries(settings).map(([key, value]) => [`${part}.${key}`, value] as const)
  ])
  const { key, value } = taskConverters(connector, new Map(), registry, doors)
  return (isKey ? key : value).plugin
}

const converterNames = {
  json: 'org.apache.kafka.connect.json.JsonConverter',
  avro: 'io.confluent.connect.avro.AvroConverter',
  jsonSchema: 'io.confluent.connect.json.JsonSchemaConverter'
}
type Format = keyof typeof converterNames

// --- nulls of fields with a default

const inner = { type: 'record', name: 'Inner', fields: [{ name: 'd', type: ['int', 'null'], default: 5 }] }
const avroSchema = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'd', type: ['int', 'null'], default: 7 },
    { name: 'o', type: inner }
  ]
}
const avroId = server.add(avroSchema)
const avroType = avsc.Type.forSchema(avroSchema as avsc.Schema, { wrapUnions: true })
const envelope = (payload: string): string => {
  const d = (value: number) => `{"field":"d","type":"int32","optional":true,"default":${value}}`
  return `{"schema":{"type":"struct","fields":[{"field":"id","type":"string"},${d(7)},{"field":"o","type":"struct","fields":[${d(5)}]}]},"payload":${payload}}`
}
const property = (value: number) => ({ type: ['integer', 'null'], default: value })
const jsonSchemaId = server.add(
  {
    type: 'object',
    required: ['id', 'o'],
    properties: {
      id: { type: 'string', 'connect.index': 0 },
      d: { ...property(7), 'connect.index': 1 },
      o: { type: 'object', properties: { d: property(5) }, 'connect.index': 2 }
    }
  },
  'JSON'
)
const nulls = '{"id":"a","d":null,"o":{"d":null}}'
const withNulls: Readonly<Record<Format, Buffer>> = {
  avro: framed(avroId, avroType.toBuffer({ id: 'a', d: null, o: { d: null } })),
  json: Buffer.from(envelope(nulls)),
  jsonSchema: framed(jsonSchemaId, Buffer.from(nulls))
}

async function outcome(contract: Contract, converter: Converter, bytes: Buffer, kcql: string): Promise<string> {
  await converter.prepare?.('t', bytes)
  return planOutcome(contract, kcql, converter.toConnectData('t', bytes))
}

const star = 'INSERT INTO p: SELECT * FROM t PK id'
const nullCases: readonly (readonly [string, string, string, string])[] = [
  ['in JSON', star, `SET p:a '{"id":"a","d":7,"o":{"d":5}}'`, `SET p:a '{"id":"a","d":null,"o":{"d":null}}'`],
  ['in a key', 'INSERT INTO p: SELECT id FROM t PK d', `SET p:7 '{"id":"a"}'`, 'refused'],
  [
    'as a score',
    'INSERT INTO z SELECT id, d FROM t STOREAS SortedSet(score=d)',
    `ZADD z 7 '{"id":"a","d":7}'`,
    'refused'
  ],
  ['in a stream entry', 'INSERT INTO s SELECT id, d FROM t STOREAS Stream', 'XADD s * d 7 id a', 'XADD s * id a'],
  ['on a path', 'INSERT INTO p: SELECT o.d AS x FROM t PK id', `SET p:a '{"x":5}'`, `SET p:a '{"x":null}'`]
]

for (const format of ['avro', 'json', 'jsonSchema'] as const) {
  for (const [where, kcql, old, plain] of nullCases) {
    test(`${format}: a null with a default, ${where}`, async () => {
      const of = async (contract: Contract, config = {}) => {
        const text = await outcome(contract, converterOf(contract, format, config), withNulls[format], kcql)
        return text.startsWith('refused') ? 'refused' : text
      }
      assert.equal(await of('old'), old)
      assert.equal(await of('plain'), plain)
      assert.equal(await of('old', { 'replace.null.with.default': 'false' }), plain)
      assert.notEqual(await of('plain', { 'replace.null.with.default': 'true' }), plain)
      if (format !== 'json') assert.equal(await of('old', { 'ignore.default.for.nullables': 'true' }), plain)
    })
  }
}

test('what is missing is its default, where a null stays null', async () => {
  for (const [format, bytes] of [
    ['json', Buffer.from(envelope('{"id":"a","o":{}}'))],
    ['jsonSchema', framed(jsonSchemaId, Buffer.from('{"id":"a","o":{}}'))]
  ] as const) {
    const text = await outcome('plain', converterOf('plain', format), bytes, star)
    assert.equal(text, `SET p:a '{"id":"a","d":7,"o":{"d":5}}'`)
  }
})

test('transforms that make schemas anew leave such a null as it is', () => {
  const envelopeBytes = Buffer.from(envelope(nulls))
  for (const [name, config, kcql] of [
    ['Cast$Value', { spec: 'd:string' }, 'INSERT INTO p: SELECT d FROM t PK id'],
    ['Flatten$Value', {}, 'INSERT INTO p: SELECT d, `o.d` AS od FROM t PK id'],
    ['SetSchemaMetadata$Value', { 'schema.name': 'X' }, 'INSERT INTO p: SELECT d, o FROM t PK id'],
    ['ReplaceField$Value', { renames: 'd:x' }, 'INSERT INTO p: SELECT x, o FROM t PK id']
  ] as const) {
    const entry = registry.transformation('transforms.a.type', `org.apache.kafka.connect.transforms.${name}`)
    const transform = entry.create(new Map(Object.entries(config)), doors)
    const of = (contract: Contract): string => {
      const record = caseRecord(converterOf(contract, 'json').toConnectData('t', envelopeBytes))
      const { valueSchema, value } = transform.apply(record) ?? record
      return planOutcome(contract, kcql, { schema: valueSchema, value })
    }
    assert.match(of('old'), /[57]/, name)
    assert.match(of('plain'), /^SET p:a '[^57]*null[^57]*'$/, name)
  }
})

// --- numbers beyond their type

const scalarEnvelope = (type: string, payload: string) => Buffer.from(`{"schema":{"type":"${type}"},"payload":${payload}}`) // prettier-ignore

for (const [type, payload, wrapped] of [
  ['int64', '12345678901234567890', -6101065172474983726n],
  ['int64', '-9223372036854775809', 9223372036854775807n],
  ['int64', '1e30', 5076944270305263616n],
  ['int32', '4294967297', 1],
  ['int16', '65537', 1],
  ['int8', '257', 1],
  ['double', '1e400', Infinity],
  ['double', '-1e400', -Infinity],
  ['float', '1e39', Infinity],
  ['float', `4${'0'.repeat(38)}`, Infinity],
  ['float', `-4${'0'.repeat(38)}.5`, -Infinity]
] as const) {
  for (const isKey of [false, true]) {
    test(`${type} ${payload} ${isKey ? 'as a key ' : ''}wraps as in Java under the old contract, and is refused under the plain one`, () => {
      const bytes = scalarEnvelope(type, payload)
      assert.equal(converterOf('old', 'json', {}, isKey).toConnectData('t', bytes).value, wrapped)
      assert.throws(
        () => converterOf('plain', 'json', {}, isKey).toConnectData('t', bytes),
        (error: unknown) => error instanceof DataError && /found a number beyond its range/.test(error.message)
      )
    })
  }
}

test('numbers at the ends of their range are taken, and whole numbers however they are written', () => {
  const plain = converterOf('plain', 'json')
  for (const [type, payload, value] of [
    ['int64', '-9223372036854775808', -9223372036854775808n],
    ['int64', '9223372036854775807', 9223372036854775807n],
    ['int32', '-2147483648', -2147483648],
    ['int8', '127', 127],
    ['int32', '1.0', 1],
    ['int32', '1.5e3', 1500],
    ['string', '1.50', '1.50'],
    ['double', '"NaN"', NaN],
    ['double', '"-Infinity"', -Infinity],
    ['double', '1.7976931348623157e308', Number.MAX_VALUE],
    ['double', '1e-400', 0],
    ['float', '3.4028235e38', Math.fround(3.4028235e38)],
    ['double', '12345678901234567890', 12345678901234567890]
  ] as const)
    assert.equal(plain.toConnectData('t', scalarEnvelope(type, payload)).value, value)
})

test('what is of another type is refused under the plain contract, and as in Java under the old one', () => {
  for (const [type, payload, java] of [
    ['int32', '"5"', 0],
    ['int32', '1.9', 1],
    ['double', '"x"', 0],
    ['boolean', '"true"', false]
  ] as const) {
    const bytes = scalarEnvelope(type, payload)
    assert.equal(converterOf('old', 'json').toConnectData('t', bytes).value, java)
    assert.throws(() => converterOf('plain', 'json').toConnectData('t', bytes), /^DataError|Invalid value for/)
  }
})

test('JSON Schema: integers wrap as in Java under the old contract, and are refused under the plain one', async () => {
  const id = server.add({ type: 'object', properties: { n: { type: 'integer' } } }, 'JSON')
  const bytes = framed(id, Buffer.from('{"n":12345678901234567890}'))
  const kcql = 'INSERT INTO p: SELECT n FROM t PK n'
  assert.match(await outcome('old', converterOf('old', 'jsonSchema'), bytes, kcql), /-6101065172474983726/)
  await assert.rejects(outcome('plain', converterOf('plain', 'jsonSchema'), bytes, kcql))
})

// --- both ways

test('the compiled way takes nulls and numbers as the general way does, under either contract', async () => {
  const values = (format: 'avro' | 'json'): RawValue[] =>
    format === 'avro'
      ? [{ d: null, o: { d: null } }, { d: { int: 3 }, o: { d: { int: 4 } } }, { d: null, o: { d: { int: 4 } } }].map(each => ({
          bytes: framed(avroId, avroType.toBuffer({ id: 'a', ...each }))
        }))
      : [nulls, '{"id":"b","d":3,"o":{"d":4}}', '{"id":"c","o":{}}', '{"id":"d","d":4294967297,"o":{"d":1}}', '{"id":5,"d":1,"o":{"d":"x"}}'].map(each => ({
          bytes: Buffer.from(envelope(each))
        })) // prettier-ignore
  for (const format of ['avro', 'json'] as const)
    for (const contract of ['old', 'plain'] as const)
      for (const config of [{}, { 'replace.null.with.default': 'false' }, { 'replace.null.with.default': 'true' }]) {
        const converter = converterOf(contract, format, config)
        const ways = new BothWays(converter)
        try {
          for (const [, kcql] of nullCases) {
            await assertSame(ways, contract, kcql, values(format))
            await assertSame(ways, contract, kcql, values(format))
          }
          assert.ok(ways.compiledRecords > 0, 'the compiled way was not tried')
        } finally {
          ways.close()
          await converter.close?.()
        }
      }
})
