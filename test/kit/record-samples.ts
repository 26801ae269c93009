// Random records in every format (Avro, JSON with and without its schema), and statements over their fields, for property tests.
import avsc from 'avsc'
import fc from 'fast-check'
import { doubleText, floatText } from '../../src/java/double-text.ts'
import { hashMapOrder } from '../../src/java/hash-map-order.ts'
import { type Contract } from '../../src/redis/settings.ts'

/** One value in all its formats; `json` is its text, with numbers as the contract's own texts have them. */
export interface Sample {
  readonly avroSchema: unknown
  readonly avro: unknown
  readonly jsonSchema: object
  readonly json: (contract: Contract) => string
  /** Paths of fields from here on. */
  readonly paths: readonly (readonly string[])[]
}

const plain = (avroSchema: unknown, type: string, avro: unknown, json: Sample['json']): Sample => ({
  avroSchema,
  avro,
  jsonSchema: { type },
  json,
  paths: []
})

// JSON has no NaN, no Infinity, and Java's reader of it no -0.0.
const finite = { noNaN: true, noDefaultInfinity: true } as const
const positiveZero = (value: number): number => (value === 0 ? 0 : value)
const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', '12', '1e3', ' 7 ', 'NaN', '181', 'x', '0.5', '-12.50', `${'w"\u0001'.repeat(700)}`)
)

const scalar: fc.Arbitrary<Sample> = fc.oneof(
  fc.boolean().map(value => plain('boolean', 'boolean', value, () => String(value))),
  fc.integer().map(value => plain('int', 'int32', value, () => String(value))),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map(value => plain('long', 'int64', value, () => String(value))),
  fc.oneof(fc.double(finite), fc.integer({ min: -200, max: 200 }).map(value => value / 4)).map(each => {
    const value = positiveZero(each)
    return plain('double', 'double', value, contract => (contract === 'old' ? doubleText(value) : String(value)))
  }),
  fc.float(finite).map(each => {
    const value = positiveZero(each)
    const java = floatText(value)
    return plain('float', 'float', value, contract => (contract === 'old' ? java : String(Number(java))))
  }),
  word.map(value => plain('string', 'string', value, () => JSON.stringify(value)))
) // prettier-ignore

/** What only formats with a schema tell from text and objects. */
const typedScalar: fc.Arbitrary<Sample> = fc.oneof(
  fc.uint8Array({ maxLength: 6 }).map(value => {
    const octets = Buffer.from(value)
    return plain('bytes', 'bytes', octets, () => JSON.stringify(octets.toString('base64')))
  }),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map(days => ({
    ...plain({ type: 'int', logicalType: 'date' }, 'int32', days, () => String(days)),
    jsonSchema: { type: 'int32', name: 'org.apache.kafka.connect.data.Date', version: 1 }
  })),
  fc.integer({ min: -(2 ** 40), max: 2 ** 45 }).map(ms => ({
    ...plain({ type: 'long', logicalType: 'timestamp-millis' }, 'int64', BigInt(ms), () => String(ms)),
    jsonSchema: { type: 'int64', name: 'org.apache.kafka.connect.data.Timestamp', version: 1 }
  })),
  fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).map(unscaled => {
    const octets = bigEndian(unscaled)
    return {
      ...plain({ type: 'bytes', logicalType: 'decimal', precision: 20, scale: 3 }, 'bytes', octets, () => JSON.stringify(octets.toString('base64'))),
      jsonSchema: { type: 'bytes', name: 'org.apache.kafka.connect.data.Decimal', version: 1, parameters: { scale: '3' } }
    }
  })
) // prettier-ignore

// "Aa" and "BB" share a hash code.
const fieldNames = ['id', 'name', 'ts', 'price', 'Aa', 'BB', 'timestamp', 'channel', 'longitude', 'latitude', 'nested', 'o', 'date', 'by', 'ok', 'x_1'] // prettier-ignore
let names = 0

/** Fields stand in the order of a HashMap, so that a Struct of them and an object without schema have one order. */
function record(fields: readonly (readonly [string, Sample])[]): Sample {
  const sorted = hashMapOrder(fields.map(([name]) => name)).flatMap(index => fields.slice(index, index + 1))
  const name = `R${names++}`
  return {
    avroSchema: { type: 'record', name, fields: sorted.map(([field, { avroSchema }]) => ({ name: field, type: avroSchema })) },
    avro: Object.fromEntries(sorted.map(([field, { avro }]) => [field, avro])),
    jsonSchema: { type: 'struct', name, fields: sorted.map(([field, { jsonSchema }]) => ({ field, ...jsonSchema })) },
    json: contract => `{${sorted.map(([field, { json }]) => `"${field}":${json(contract)}`).join(',')}}`,
    paths: sorted.flatMap(([field, { paths }]) => [[field], ...paths.map(path => [field, ...path])])
  }
} // prettier-ignore

function nullable(sample: Sample, isNull: boolean): Sample {
  const { avroSchema, jsonSchema } = sample
  const { name, type } = Object(avroSchema) as { name?: string; type?: string }
  const branch = typeof avroSchema === 'string' ? avroSchema : (name ?? type ?? '')
  return {
    avroSchema: ['null', avroSchema],
    avro: isNull ? null : { [branch]: sample.avro },
    jsonSchema: { ...jsonSchema, optional: true },
    json: isNull ? () => 'null' : sample.json,
    paths: sample.paths
  }
}

function list(item: Sample, count: number): Sample {
  return {
    avroSchema: { type: 'array', items: item.avroSchema },
    avro: new Array<unknown>(count).fill(item.avro),
    jsonSchema: { type: 'array', items: item.jsonSchema },
    json: contract => `[${new Array<string>(count).fill(item.json(contract)).join(',')}]`,
    paths: []
  }
}

function dictionary(item: Sample, keys: readonly string[]): Sample {
  return {
    avroSchema: { type: 'map', values: item.avroSchema },
    avro: Object.fromEntries(keys.map(key => [key, item.avro])),
    jsonSchema: { type: 'map', keys: { type: 'string' }, values: item.jsonSchema },
    json: contract => `{${keys.map(key => `${JSON.stringify(key)}:${item.json(contract)}`).join(',')}}`,
    paths: keys.slice(0, 2).map(key => [key])
  }
}

/** A record at the top; `withTypes` also what only a schema can say; without `lists` no arrays and maps. */
export function records(withTypes: boolean, lists = true): fc.Arbitrary<Sample> {
  const leaf = withTypes ? fc.oneof(scalar, typedScalar) : scalar
  const { any } = fc.letrec<{ any: Sample; record: Sample }>(tie => ({
    record: fieldsOf(tie('any'), 0, 4),
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: leaf },
      { weight: 1, arbitrary: fc.tuple(leaf, fc.boolean()).map(([sample, isNull]) => nullable(sample, isNull)) },
      { weight: lists ? 1 : 0, arbitrary: fc.tuple(tie('any'), fc.nat(3)).map(([item, count]) => list(item, count)) },
      { weight: withTypes && lists ? 1 : 0, arbitrary: fc.tuple(leaf, fc.uniqueArray(fc.constantFrom('k', 'l', 'm', '1x', 'é', 'z', 'y'))).map(([item, keys]) => dictionary(item, keys)) },
      { weight: 1, arbitrary: tie('record') },
      { weight: 1, arbitrary: fc.tuple(tie('record'), fc.boolean()).map(([sample, isNull]) => nullable(sample, isNull)) }
    )
  })) // prettier-ignore
  return fieldsOf(any, 1, 9)
}

function fieldsOf(any: fc.Arbitrary<Sample>, min: number, max: number): fc.Arbitrary<Sample> {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...fieldNames), any), {
      minLength: min,
      maxLength: max,
      selector: ([name]) => name
    })
    .map(record)
}

/** A statement over a record's own fields, and now and then over one it has not. */
export function statements({ paths }: Sample): fc.Arbitrary<string> {
  const path = fc.constantFrom(...paths, ...paths, ...paths, ['nope']).map(parts => parts.map(part => `\`${part}\``).join('.'))
  const top = fc.constantFrom(...paths.filter(parts => parts.length === 1).map(([name = '']) => `\`${name}\``))
  const columns = fc.oneof(
    fc.constant('*'),
    fc.uniqueArray(path, { minLength: 1, maxLength: 7 }).map(all => all.map((each, index) => `${each} AS c${index}`).join(', ')),
    fc.uniqueArray(top, { minLength: 1, maxLength: 7 }).map(all => all.join(', '))
  )
  const ignored = fc.uniqueArray(fc.oneof(top, path), { minLength: 1, maxLength: 3 })
  const ignore = fc.option(ignored, { freq: 2 }).map(all => (all === null ? '' : ` IGNORE ${all.join(', ')}`))
  const pk = fc.uniqueArray(path, { minLength: 1, maxLength: 6 }).map(all => ` PK ${all.join(', ')}`)
  const body = fc.tuple(columns, ignore).map(([list, ignored]) => `SELECT ${list} FROM t${ignored}`)
  const ttl = fc.constantFrom('', ' TTL=60')
  return fc.oneof(
    fc.tuple(body, fc.option(pk), ttl).map(([select, key, each]) => `INSERT INTO p: ${select}${key ?? ''}${each}`),
    fc.tuple(body, path, ttl).map(([select, field, each]) => `INSERT INTO s ${select} STOREAS SortedSet(score=${field})${each}`),
    fc.tuple(body, pk, path, ttl).map(([select, key, field, each]) => `INSERT INTO s ${select}${key} STOREAS SortedSet(score=${field})${each}`),
    fc.tuple(body, pk, path, path).map(([select, key, lon, lat]) => `${select}${key} STOREAS GeoAdd(longitudeField=${lon}, latitudeField=${lat})`),
    fc.tuple(body, path).map(([select, field]) => `${select} STOREAS PubSub(channel=${field})`),
    body.map(select => `INSERT INTO x ${select} STOREAS Stream`)
  )
} // prettier-ignore

const longs = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(value)
    return buffer
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)
})

/** The sample's binary form, as an Avro serializer writes it behind the frame. */
export function avroBytes({ avroSchema, avro }: Sample): Buffer {
  const bare: unknown = JSON.parse(JSON.stringify(avroSchema), (_, each: unknown) => baseType(each))
  const type = avsc.Type.forSchema(bare as avsc.Schema, { registry: { long: longs }, wrapUnions: true })
  return type.toBuffer(avro)
}

/** A logical type is written as the type below it. */
function baseType(schema: unknown): unknown {
  return schema instanceof Object && 'logicalType' in schema && 'type' in schema ? schema.type : schema
}

/** The sample in JsonConverter's envelope. */
export function envelopeText({ jsonSchema, json }: Sample, contract: Contract): string {
  return `{"schema":${JSON.stringify(jsonSchema)},"payload":${json(contract)}}`
}

function bigEndian(value: bigint): Buffer {
  const hex = BigInt.asUintN(64, value).toString(16).padStart(16, '0')
  return Buffer.from(hex, 'hex')
}
