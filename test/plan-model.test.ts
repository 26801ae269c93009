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
  fc.integer({ min: -5000, max: 5000 }).map(value => value / 8),
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

function pathsOf({ fields }: ModelObject, prefix = ''): readonly string[] {
  return fields.flatMap(([name, value]) => {
    const path = prefix + name
    const isObject = typeof value === 'object' && value !== null && 'fields' in value
    return isObject ? [path, ...pathsOf(value, `${path}.`)] : [path]
  })
}

function statementOf(value: ModelObject): fc.Arbitrary<ModelStatement> {
  const path = fc.constantFrom(...pathsOf(value), ...pathsOf(value), 'nope', 'nope.x')
  const tops = value.fields.map(([name]) => name)
  const columns = fc.uniqueArray(path, { minLength: 1, maxLength: 8 })
  return fc.constantFrom('cache' as const, 'sortedSet' as const, 'sortedSets' as const).chain(mode => fc.record({
    mode: fc.constant(mode),
    topic: fc.constant('t'),
    target: fc.constantFrom('p:', 'set'),
    select: fc.option(columns.map(paths => paths.map((each, index): readonly [string, string] => [each, `a${index}`]))),
    ignore: fc.oneof(fc.constant([]), fc.uniqueArray(fc.constantFrom(...tops), { minLength: 1, maxLength: 3 })),
    pk: fc.uniqueArray(path, { minLength: 1, maxLength: 7 }),
    delimiter: fc.constantFrom('.', '', '|'),
    // In sets per key the score stands in the member under its own name, which no column may have as alias.
    score: mode === 'sortedSet' ? fc.constantFrom(...tops, 'a0', 'a0', 'a1') : fc.constantFrom(...tops),
    ttl: fc.constantFrom(0, 60)
  }))
} // prettier-ignore

const quoted = (path: string): string =>
  path
    .split('.')
    .map(part => `\`${part}\``)
    .join('.')

function kcqlOf({ mode, target, select, ignore, pk, score, ttl }: ModelStatement): string {
  const columns = select === null ? '*' : select.map(([path, alias]) => `${quoted(path)} AS ${alias}`).join(', ')
  const ignored = ignore.length === 0 ? '' : ` IGNORE ${ignore.map(quoted).join(', ')}`
  const keys = mode === 'sortedSet' ? '' : ` PK ${pk.map(quoted).join(', ')}`
  const store = mode === 'cache' ? '' : ` STOREAS SortedSet(score=${quoted(score)})`
  return `INSERT INTO ${target} SELECT ${columns} FROM t${ignored}${keys}${store}${ttl === 0 ? '' : ` TTL=${ttl}`}`
}

/** What Redis would hold after a command. */
function execute(state: ModelState, { kind, args, expireWhenAdded }: Command): void {
  const [key = '', second = '', third = ''] = args
  if (kind === 'SET') state.strings.set(key, { value: second, ttl: 0 })
  else if (kind === 'SETEX') state.strings.set(key, { value: third, ttl: Number(second) })
  else {
    assert.equal(kind, 'ZADD')
    const set = state.sortedSets.get(key) ?? { scores: new Map<string, number>(), ttl: 0 }
    state.sortedSets.set(key, set)
    if (!set.scores.has(third) && expireWhenAdded > 0n) set.ttl = Number(expireWhenAdded)
    set.scores.set(third, Number(second))
  }
}

const cases = fc
  .array(top, { minLength: 1, maxLength: 2 })
  .chain(values => fc.tuple(fc.constant(values), statementOf(values[0] ?? { fields: [] })))

for (const form of ['schemaless', 'ordered'] as const) {
  test(`the plans and the model leave the same in Redis: ${form}`, () => {
    let written = 0
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
          for (const command of plans.run(record).commands) execute(actual, command)
          assert.equal(modelRefuses, false, 'the model refuses')
          written++
        } catch (error) {
          if (!(error instanceof RefusedError)) throw error
          assert.equal(modelRefuses, true, error.message)
          refused++
        }
      }
      assert.deepEqual(actual, expected)
    })
    fc.assert(property, { numRuns: 2000 })
    assert.ok(written > 300 && refused > 100, `${written} written, ${refused} refused`)
  })
}
