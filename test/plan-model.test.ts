// The plans of the old contract against the model of the old sink, which was written from its description alone: random records and statements.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { doubleText } from '../src/java/double-text.ts'
import { parseSinkSettings } from '../src/redis/config-read.ts'
import { type Command } from '../src/redis/encode.ts'
import { compilePlans } from '../src/redis/plan.ts'
import { RefusedError } from '../src/redis/refused-error.ts'
import { caseConfig, caseRecord, text } from './kit/plan-cases.ts'
import {
  emptyModelState,
  modelApply,
  type ModelObject,
  type ModelState,
  type ModelStatement,
  type ModelValue
} from './kit/redis-model.ts'

// Words that Java reads as numbers and the model does not (1d, NaN, 0x1p3) are for the tables of cases.
const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }).filter(each => !/[0-9]|NaN|Infinity/.test(each)),
  fc.constantFrom('12', '-1.5', ' 7 ', '1e3', '.5', '5.', '\u0001\u001f"\\/', 'é😀\u2028')
)
const leaf: fc.Arbitrary<ModelValue> = fc.oneof(
  word,
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  // Of the smallest doubles Java prints a digit more than is needed: recorded vectors hold those.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => (Math.abs(value) < 1e-300 ? 0 : value)),
  fc.integer({ min: -1000, max: 1000 }).map(value => value / 8),
  fc.boolean(),
  fc.constant(null)
)

const names = fc.oneof(
  fc.constantFrom('id', 'name', 'price', 'big', 'ok', 'nul', 'nested', 'z', 'b', 'c', 'ts', 'Aa', 'BB', 'C#', 'by', 'date', 'é'),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 3 }).filter(name => !/[.`;'"*_]/.test(name))
) // prettier-ignore

const { object } = fc.letrec<{ any: ModelValue; object: ModelObject }>(tie => ({
  object: objectOf(tie('any'), 0, 6),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(tie('any'), { maxLength: 3 }) },
    { weight: 2, arbitrary: tie('object') }
  )
}))

function objectOf(any: fc.Arbitrary<ModelValue>, minLength: number, maxLength: number): fc.Arbitrary<ModelObject> {
  const fields = fc.uniqueArray(fc.tuple(names, any), { minLength, maxLength, selector: ([name]) => name })
  return fields.map(list => ({ fields: list }))
}

const top = objectOf(fc.oneof(leaf, leaf, object), 1, 14)

/** As a producer writes it. */
function json(value: ModelValue): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return doubleText(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if ('fields' in value)
    return `{${value.fields.map(([name, each]) => `${JSON.stringify(name)}:${json(each)}`).join(',')}}`
  return `[${value.map(json).join(',')}]`
}

/** Paths to fields, with their values. */
function fieldsBelow({ fields }: ModelObject, prefix = ''): readonly (readonly [path: string, value: ModelValue])[] {
  return fields.flatMap(([name, value]) => {
    const path = prefix + name
    const isObject = typeof value === 'object' && value !== null && 'fields' in value
    return isObject ? [[path, value] as const, ...fieldsBelow(value, `${path}.`)] : [[path, value] as const]
  })
}

/** Mostly one of the paths whose value passes, now and then any, and seldom one that leads nowhere. */
function pathTo(value: ModelObject, passes: (value: ModelValue) => boolean): fc.Arbitrary<string> {
  const all = fieldsBelow(value)
  const fitting = all.filter(([, each]) => passes(each)).map(([path]) => path)
  const any = all.map(([path]) => path)
  return fc.oneof(
    { weight: fitting.length === 0 ? 0 : 30, arbitrary: fc.constantFrom(...(fitting.length === 0 ? any : fitting)) },
    { weight: 4, arbitrary: fc.constantFrom(...any) },
    { weight: 1, arbitrary: fc.constantFrom('nope', `${any[0] ?? ''}.x`) }
  )
}

const isThere = (value: ModelValue): boolean => value !== null
const isNumber = (value: ModelValue): boolean => typeof value === 'number' || typeof value === 'bigint'
const isCoordinate = (value: ModelValue): boolean => typeof value === 'number' && Math.abs(value) <= 85
const isWord = (value: ModelValue): boolean => value !== null && typeof value !== 'object'

const modes: fc.Arbitrary<ModelStatement['mode']> = fc.constantFrom(
  'cache',
  'sortedSet',
  'sortedSets',
  'geo',
  'stream',
  'pubSub'
)

function statementOf(value: ModelObject): fc.Arbitrary<ModelStatement> {
  const tops = value.fields.map(([name]) => name)
  const numbers = value.fields.filter(([, each]) => isNumber(each)).map(([name]) => name)
  const columns = fc.uniqueArray(pathTo(value, () => true), { minLength: 1, maxLength: 8 })
  const topScore = fc.constantFrom(...(numbers.length === 0 ? tops : [...numbers, ...numbers, ...tops]))
  return modes.chain(mode => fc.record({
    mode: fc.constant(mode),
    topic: fc.constant('t'),
    target: fc.constantFrom('p:', 'set'),
    select: fc.option(columns.map(paths => paths.map((each, index): readonly [string, string] => [each, `alias${index}`]))),
    ignore: fc.oneof(fc.constant([]), fc.uniqueArray(fc.constantFrom(...tops), { minLength: 1, maxLength: 3 })),
    pk: fc.uniqueArray(pathTo(value, isThere), { minLength: 1, maxLength: 7 }),
    delimiter: fc.constantFrom('.', '', '|'),
    // In sets per key the score stands in the member under its own name, which no column may have as alias: no name of a record is one.
    score: mode === 'sortedSet' ? fc.oneof(topScore, fc.constantFrom('alias0', 'alias1')) : topScore,
    ttl: fc.constantFrom(0, 60),
    longitude: pathTo(value, isCoordinate),
    latitude: pathTo(value, isCoordinate),
    channel: pathTo(value, isWord)
  }))
} // prettier-ignore

const quoted = (path: string): string =>
  path
    .split('.')
    .map(part => `\`${part}\``)
    .join('.')

function kcqlOf(statement: ModelStatement): string {
  const { mode, target, select, ignore, pk, ttl } = statement
  const columns = select === null ? '*' : select.map(([path, alias]) => `${quoted(path)} AS ${alias}`).join(', ')
  const ignored = ignore.length === 0 ? '' : ` IGNORE ${ignore.map(quoted).join(', ')}`
  const hasKey = mode === 'cache' || mode === 'sortedSets' || mode === 'geo'
  const keys = hasKey ? ` PK ${pk.map(quoted).join(', ')}` : ''
  return `INSERT INTO ${target} SELECT ${columns} FROM t${ignored}${keys}${storeAs(statement)}${ttl === 0 ? '' : ` TTL=${ttl}`}`
}

function storeAs({ mode, score, longitude = '', latitude = '', channel = '' }: ModelStatement): string {
  switch (mode) {
    case 'cache':
      return ''
    case 'sortedSet':
    case 'sortedSets':
      return ` STOREAS SortedSet(score=${quoted(score)})`
    case 'geo':
      return ` STOREAS GeoAdd(longitudeField=${quoted(longitude)}, latitudeField=${quoted(latitude)})`
    case 'stream':
      return ' STOREAS Stream'
    case 'pubSub':
      return ` STOREAS PubSub(channel=${quoted(channel)})`
  }
}

/** What Redis would hold after a command. */
function execute(state: ModelState, { kind, args, expireWhenAdded }: Command): void {
  const [key = '', second = '', third = '', fourth = ''] = args
  switch (kind) {
    case 'SET':
      state.strings.set(key, { value: second, ttl: 0 })
      return
    case 'SETEX':
      state.strings.set(key, { value: third, ttl: Number(second) })
      return
    case 'ZADD': {
      const set = state.sortedSets.get(key) ?? { scores: new Map<string, number>(), ttl: 0 }
      state.sortedSets.set(key, set)
      if (!set.scores.has(third) && expireWhenAdded > 0n) set.ttl = Number(expireWhenAdded)
      set.scores.set(third, Number(second))
      return
    }
    case 'GEOADD': {
      const set = state.geoSets.get(key) ?? new Map<string, readonly [number, number]>()
      state.geoSets.set(key, set.set(fourth, [Number(second), Number(third)]))
      return
    }
    case 'XADD':
      assert.equal(second, '*')
      state.streams.set(key, [...(state.streams.get(key) ?? []), args.slice(2)])
      return
    case 'PUBLISH':
      state.published.push([key, second])
  }
}

/** A record, and now and then it once more or another one behind it. */
const cases = top.chain(value =>
  fc.tuple(fc.oneof(fc.constant([value]), fc.constant([value, value]), top.map(other => [value, other])), statementOf(value))
) // prettier-ignore

for (const form of ['schemaless', 'ordered'] as const) {
  test(`the plans and the model leave the same in Redis: ${form}`, () => {
    const written = new Map<string, number>()
    let refused = 0
    const property = fc.property(cases, ([values, statement]) => {
      const config = caseConfig('old', kcqlOf(statement), { 'connect.redis.pk.delimiter': statement.delimiter })
      const plans = compilePlans(parseSinkSettings(config))
      const expected = emptyModelState()
      const actual = emptyModelState()
      for (const [offset, value] of values.entries()) {
        let modelRefuses = false
        try {
          modelApply(expected, statement, { topic: 't', partition: 0, offset, value, form })
        } catch {
          modelRefuses = true
        }
        const record = caseRecord(form === 'ordered' ? text(json(value)) : json(value), { offset })
        try {
          for (const command of plans.run(record).commands) {
            execute(actual, command)
            written.set(command.kind, (written.get(command.kind) ?? 0) + 1)
          }
          assert.equal(modelRefuses, false, 'the model refuses')
        } catch (error) {
          if (!(error instanceof RefusedError)) throw error
          assert.equal(modelRefuses, true, error.message)
          refused++
        }
      }
      assert.deepEqual(actual, expected)
    })
    fc.assert(property, { numRuns: 2000 })
    // Each command must have been met often, or the property says little.
    assert.equal(written.size, 6, [...written].join('; '))
    assert.ok(Math.min(...written.values()) > 30 && refused > 100, `${[...written].join('; ')}; ${refused} refused`)
  })
}
