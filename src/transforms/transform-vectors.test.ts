// All transforms and predicates against what Java's own answered (test/vectors/transforms.jsonl).
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { checkVectors, type Deviations } from '../../test/kit/check-vectors.ts'
import {
  schemaOf,
  valueOf,
  type VectorSchema,
  vectorSchema,
  type VectorValue,
  vectorValue
} from '../../test/kit/connect-values.ts'
import { type ConnectValue, type Schema, type SchemaAndValue } from '../connect/data.ts'
import { silentLogger } from '../connect/log.ts'
import { type Doors, type Predicate, type Transformation } from '../connect/plugin.ts'
import { type Header, type SinkRecord, type TimestampType } from '../connect/record.ts'
import { floatText } from '../java/double-text.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { predicateEntries, transformationEntries } from './transform-table.ts'

type Part = { schema: VectorSchema; value: VectorValue }
type VectorHeader = Part & { key: string }
type Parts = {
  topic: string
  partition: number
  timestamp: string | null
  key: Part
  value: Part
  headers: VectorHeader[]
}
type VectorRecord = Partial<Omit<Parts, 'key' | 'value'>> & {
  key?: Part | { fixture: string }
  value?: Part | { fixture: string }
  offset?: string
  timestampType?: string
}
type Step = { transform: string; config: Record<string, string> }
type ChainStep = Step & { predicate?: string; predicateConfig?: Record<string, string>; negate?: boolean }
type Input = {
  transform?: string
  predicate?: string
  config?: Record<string, string>
  chain?: ChainStep[]
  record?: VectorRecord
}

const fixtures = JSON.parse(
  readFileSync(new URL('../../test/vectors/transforms-fixtures.json', import.meta.url), 'utf8')
) as Record<string, Part>

const doors: Doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const timestampTypes: Record<string, TimestampType> = {
  CREATE_TIME: 'CreateTime',
  LOG_APPEND_TIME: 'LogAppendTime',
  NO_TIMESTAMP_TYPE: 'NoTimestampType'
}

const deviations: Deviations = {
  'the reason of a regular expression that cannot be read is our own': ['smt-01823'],
  'a moment beyond the years -271821 to 275760 is no Date: refused as a mistake of the unit': [
    ...['smt-02354', 'smt-02367', 'smt-02498', 'smt-02516', 'smt-02959', 'smt-02964', 'smt-02983']
  ],
  'such a moment cannot come in either': ['smt-02607', 'smt-02613', 'smt-02644', 'smt-02659']
}

test('answers what Java answers', () => {
  checkVectors<Input, unknown>('transforms', answer, deviations, undefined, ({ input, expect }) =>
    wholeExpect(input, expect)
  )
})

/** The parts that a record ends with, each in the notation; so that what must not change is compared too. */
function answer(input: Input): unknown {
  if (input.record === undefined) {
    transformation(input.transform ?? '', input.config ?? {})
    return 'configured'
  }
  const record = recordOf(input.record)
  if (input.predicate !== undefined) return predicate(input.predicate, input.config ?? {}).test(record)
  const steps: readonly ChainStep[] = input.chain ?? [{ transform: input.transform ?? '', config: input.config ?? {} }]
  // A chain is configured as a whole before a record meets it.
  const made = steps.map(step => ({
    transformation: transformation(step.transform, step.config),
    predicate: step.predicate === undefined ? null : predicate(step.predicate, step.predicateConfig ?? {}),
    negate: step.negate === true
  }))
  let current: SinkRecord | null = record
  for (const step of made) {
    if (current === null) break
    if (step.predicate !== null && step.predicate.test(current) === step.negate) continue
    current = step.transformation.apply(current)
  }
  return current === null ? null : partsOf(current)
}

/** The whole record that is expected: Java's answer names only the parts that changed. */
function wholeExpect(input: Input, expect: unknown): unknown {
  if (input.record === undefined || expect === null || typeof expect !== 'object') return expect
  const changed = expect as Partial<VectorRecord>
  const record = { ...input.record, ...changed }
  const parts = partsOf(recordOf(input.record))
  const part = (given: Part | { fixture: string } | undefined): Part => widened(resolved(given))
  return {
    ...parts,
    ...(changed.topic === undefined ? {} : { topic: changed.topic }),
    ...(changed.partition === undefined ? {} : { partition: changed.partition }),
    ...(changed.timestamp === undefined ? {} : { timestamp: changed.timestamp }),
    key: part(record.key),
    value: part(record.value),
    headers: (record.headers ?? []).map(({ key, schema, value }) => ({ key, ...widened({ schema, value }) }))
  }
}

function transformation(name: string, config: Record<string, string>): Transformation {
  const entry = transformationEntries.find(each => each.className === `org.apache.kafka.connect.transforms.${name}`)
  if (entry === undefined) throw new Error(`No transform ${name}`)
  return entry.create(new Map(Object.entries(config)), doors)
}

function predicate(name: string, config: Record<string, string>): Predicate {
  const className = `org.apache.kafka.connect.transforms.predicates.${name}`
  const entry = predicateEntries.find(each => each.className === className)
  if (entry === undefined) throw new Error(`No predicate ${name}`)
  return entry.create(new Map(Object.entries(config)), doors)
}

function resolved(part: Part | { fixture: string } | undefined): Part {
  if (part === undefined) return { schema: null, value: null }
  if (!('fixture' in part)) return part
  const fixture = fixtures[part.fixture]
  if (fixture === undefined) throw new Error(`No fixture ${part.fixture}`)
  return fixture
}

function dataOf(part: Part | { fixture: string } | undefined): SchemaAndValue {
  const { schema: vector, value } = widened(resolved(part))
  const schema = schemaOf(vector)
  return { schema, value: valueOf(value, schema) }
}

function recordOf(vector: VectorRecord): SinkRecord {
  const { topic = 'orders', partition = 2, offset = '77', headers = [] } = vector
  const timestamp = vector.timestamp === undefined ? 1_700_000_000_123 : vector.timestamp
  const timestampType = timestampTypes[vector.timestampType ?? 'CREATE_TIME'] ?? 'NoTimestampType'
  const key = dataOf(vector.key)
  const value = dataOf(vector.value)
  return {
    topic,
    partition,
    timestamp: timestamp === null ? null : Number(timestamp),
    timestampType,
    keySchema: key.schema,
    key: key.value,
    valueSchema: value.schema,
    value: value.value,
    headers: headers.map((header): Header => ({ key: header.key, ...dataOf(header) })),
    original: {
      topic,
      partition,
      offset: Number(offset),
      timestamp: Number(timestamp),
      timestampType,
      rawKey: null,
      rawValue: null,
      rawHeaders: []
    }
  }
}

function partsOf(record: SinkRecord): Parts {
  const part = (schema: Schema | null, value: ConnectValue): Part => ({
    schema: vectorSchema(schema),
    value: vectorValue(value, schema)
  })
  return {
    topic: record.topic,
    partition: record.partition,
    timestamp: record.timestamp === null ? null : String(record.timestamp),
    key: part(record.keySchema, record.key),
    value: part(record.valueSchema, record.value),
    headers: record.headers.map(({ key, schema, value }) => ({ key, ...part(schema, value) }))
  }
}

/** Without a schema there is one width of integers here and one of decimals. */
function widened(part: Part): Part {
  if (part.schema !== null) return part
  const text = JSON.stringify(part.value)
    .replace(/\{"i(?:8|16|32)":(-?\d+)\}/g, '{"i64":"$1"}')
    .replace(/\{"f32":"([^"]*)"\}/g, (_, number: string) => `{"f64":"${floatText(Number(number))}"}`)
  return { schema: null, value: JSON.parse(text) as VectorValue }
}
