// One line per promise of the sink's pure part: contract, KCQL and a value, and the commands or the refusal that come of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decimal, logicalNames, Schema, Struct, type ConnectValue, type SchemaType } from '../../src/connect/data.ts'
import { ConfigErrors } from '../../src/connect/errors.ts'
import { type SinkRecord } from '../../src/connect/record.ts'
import { createJsonConverter } from '../../src/converters/json-converter.ts'
import { parseKcql } from '../../src/kcql/parser.ts'
import { oldClassNames, plainClassName } from '../../src/redis/class-names.ts'
import { parseSinkSettings } from '../../src/redis/config-read.ts'
import { compilePlans } from '../../src/redis/plan.ts'
import { redisCliExpiry, redisCliForm } from '../../src/redis/redis-cli-form.ts'
import { RefusedError } from '../../src/redis/refused-error.ts'
import { type Contract } from '../../src/redis/settings.ts'

/** A value with its schema; the builders below make them. */
export interface Typed {
  readonly schema: Schema | null
  readonly value: ConnectValue
}

/** JSON text stands for what JsonConverter makes of it without schemas, null for a tombstone. */
export type CaseValue = string | Typed | null

/**
 * What must come out: the commands in redis-cli form, one a line (`+ EXPIRE ...` behind a ZADD where an added member sets an expiry), or a
 * pattern for the refusal, the skipped record or the config errors: "refused: ...", "skipped: ...", "config: ...".
 */
export type PlanCase = readonly [
  contract: Contract | 'both',
  kcql: string,
  value: CaseValue,
  expected: string | RegExp,
  more?: CaseOptions
]

export interface CaseOptions {
  /** Further keys of the connector. */
  readonly config?: Readonly<Record<string, string>>
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly key?: Typed
}

/** Registers one test per case. */
export function planCases(title: string, cases: readonly PlanCase[]): void {
  for (const [contract, kcql, value, expected, more = {}] of cases) {
    for (const each of contract === 'both' ? (['old', 'plain'] as const) : [contract]) {
      test(`${title}: ${each}: ${clipped(kcql)} <- ${clipped(valueName(value))}`, () => {
        const outcome = planOutcome(each, kcql, value, more)
        if (typeof expected === 'string') assert.equal(outcome, expected)
        else assert.match(outcome, expected)
      })
    }
  }
}

/** The outcome of one case, as text. */
export function planOutcome(contract: Contract, kcql: string, value: CaseValue, more: CaseOptions = {}): string {
  let plans: ReturnType<typeof compilePlans>
  try {
    plans = compilePlans(parseSinkSettings(caseConfig(contract, kcql, more.config ?? {})))
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    return error.errors.map(({ message }) => `config: ${message}`).join('\n')
  }
  try {
    const { commands, skips } = plans.run(caseRecord(value, more))
    const lines = commands.map(command => {
      const expiry = redisCliExpiry(command)
      return redisCliForm(command) + (expiry === null ? '' : ` + ${expiry}`)
    })
    return [...lines, ...skips.map(skip => `skipped: ${skip}`)].join('\n')
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return `refused: ${error.message}`
  }
}

/** A configuration around a KCQL text; `topics` are those of its statements unless `config` says otherwise. */
export function caseConfig(
  contract: Contract,
  kcql: string,
  config: Readonly<Record<string, string>> = {}
): Map<string, string> {
  const topics = new Set(parseKcql(kcql, contract).statements.map(statement => statement.source.text))
  return new Map(
    Object.entries({
      name: 'case',
      'connector.class': contract === 'old' ? oldClassNames[0] : plainClassName,
      topics: [...topics].join(','),
      'connect.redis.host': 'localhost',
      'connect.redis.port': '6379',
      'connect.redis.kcql': kcql,
      ...config
    })
  )
}

const schemalessJson = createJsonConverter(new Map([['schemas.enable', 'false']]), false)

export function caseRecord(value: CaseValue, more: CaseOptions = {}): SinkRecord {
  const { topic = 't', partition = 0, offset = 7, key = { schema: null, value: null } } = more
  const typed = typeof value === 'string' ? schemalessJson.toConnectData(topic, Buffer.from(value)) : value
  const origin = { topic, partition, timestamp: 0, timestampType: 'CreateTime' } as const
  return {
    ...origin,
    keySchema: key.schema,
    key: key.value,
    valueSchema: typed?.schema ?? null,
    value: typed?.value ?? null,
    headers: [],
    original: { ...origin, offset, rawKey: null, rawValue: null, rawHeaders: [] }
  }
}

function valueName(value: CaseValue): string {
  if (value === null) return 'tombstone'
  if (typeof value === 'string') return value
  if (typeof value.value === 'string') return `text ${value.value}`
  const { value: struct } = value
  return struct instanceof Struct
    ? `Struct ${struct.schema.fields.map(field => `${field.name}: ${field.schema.type}`).join(', ')}`
    : `${value.schema?.type ?? 'schemaless'}`
}

function clipped(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}...` : text
}

// --- builders of typed values

const typed =
  <T extends ConnectValue>(type: SchemaType, name?: string) =>
  (value: T): Typed => ({ schema: new Schema(type, { optional: true, name: name ?? null }), value })

export const i8 = typed<number>('INT8')
export const i16 = typed<number>('INT16')
export const i32 = typed<number>('INT32')
export const i64 = typed<bigint>('INT64')
export const f32 = (value: number): Typed => typed<number>('FLOAT32')(Math.fround(value))
export const f64 = typed<number>('FLOAT64')
export const bool = typed<boolean>('BOOLEAN')
export const str = typed<string>('STRING')
export const bytes = (...octets: number[]): Typed => typed<Uint8Array>('BYTES')(Uint8Array.from(octets))
export const date = (ms: number): Typed => typed<Date>('INT32', logicalNames.date)(new Date(ms))
export const time = (ms: number): Typed => typed<Date>('INT32', logicalNames.time)(new Date(ms))
export const timestamp = (ms: number): Typed => typed<Date>('INT64', logicalNames.timestamp)(new Date(ms))
export const decimal = (unscaled: bigint, scale: number): Typed =>
  typed<Decimal>('BYTES', logicalNames.decimal)(new Decimal(unscaled, scale))

/** A null of a type. */
export const none = (type: SchemaType): Typed => typed<null>(type)(null)

/** Elements all have the schema of the first. */
export function array(first: Typed, ...rest: readonly Typed[]): Typed {
  const schema = new Schema('ARRAY', { optional: true, valueSchema: first.schema })
  return { schema, value: [first, ...rest].map(element => element.value) }
}

/** Entries all have the schemas of the first. */
export function map(first: readonly [Typed, Typed], ...rest: readonly (readonly [Typed, Typed])[]): Typed {
  const [key, value] = first
  const schema = new Schema('MAP', { optional: true, keySchema: key.schema, valueSchema: value.schema })
  return { schema, value: new Map([first, ...rest].map(([each, entry]) => [each.value, entry.value])) }
}

export function struct(fields: Readonly<Record<string, Typed>>): Typed {
  const schema = new Schema('STRUCT', {
    optional: true,
    fields: Object.entries(fields).map(([name, field]) => [name, field.schema ?? new Schema('STRING')] as const)
  })
  return {
    schema,
    value: new Struct(
      schema,
      Object.values(fields).map(field => field.value)
    )
  }
}

/** What StringConverter makes: text under the schema STRING. */
export const text = str

/** A value as transforms may make it: without a schema. */
export function bare(value: ConnectValue): Typed {
  return { schema: null, value }
}
