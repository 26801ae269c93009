// Configurations made to hang or flood whoever validates them: each is answered, in time that grows as its length does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../src/connect/log.ts'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { reportEntity } from '../src/rest/entities.ts'
import { ConfigTransformer } from '../src/runtime/config-transformer.ts'
import { validateConnectorConfig } from '../src/runtime/connector-validation.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'
import { unknownKeyWarnings } from '../src/runtime/unknown-keys.ts'
import { systemClock } from '../src/util/clock.ts'
import { systemRandom } from '../src/util/random.ts'

const registry = new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} }))
const plugins = { clock: systemClock, random: systemRandom, log: silentLogger }
const provider = { get: () => Promise.resolve(new Map()) }
const transformer = new ConfigTransformer(new Map([['file', provider]]))
const doors = { registry, compileRegex: matchesWhole, plugins, worker: new Map(), transformer }

const sound = {
  'connector.class': 'RedisSink',
  name: 'x',
  topics: 't',
  'connect.redis.host': 'h',
  'connect.redis.port': '1',
  'connect.redis.kcql': 'SELECT * FROM t PK id'
}

// As long as a body of REST may be. What takes the square of it would run for days.
const length = 1_000_000
const blanks = `x${' '.repeat(length)}y`

function many(count: number, entry: (index: number) => readonly [string, string]): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => entry(index)))
}

const hostile: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'references that never end': { 'connect.redis.host': '${'.repeat(length / 2) },
  'colons without end': { 'connect.redis.host': `\${${':'.repeat(length)}` },
  'a host of references': { 'connect.redis.host': '${file:/a:b}'.repeat(length / 12) },
  'blanks within a name': { name: blanks },
  'blanks within a list': { transforms: blanks, topics: blanks },
  'blanks within a word': { 'errors.tolerance': blanks },
  'blanks within KCQL': { 'connect.redis.kcql': sound['connect.redis.kcql'].replace(' PK', `${' '.repeat(length)}PK`) },
  'a column for every byte': {
    'connect.redis.kcql': `SELECT ${Array.from({ length: 100_000 }, (_, i) => `f${i}`).join(',')} FROM t PK id`
  },
  'statements without end': { 'connect.redis.kcql': 'SELECT * FROM t PK id;'.repeat(10_000) },
  'a topic for every statement': {
    topics: Array.from({ length: 20_000 }, (_, i) => `topic-of-mine-${i}`).join(','),
    'connect.redis.kcql': Array.from({ length: 2_000 }, (_, i) => `SELECT * FROM other-${i} PK a`).join(';')
  },
  'the same column again and again': { 'connect.redis.kcql': `SELECT a${',a'.repeat(30_000)} FROM t PK a` },
  'nested stars': { 'connect.redis.kcql': `SELECT a${',a.*'.repeat(15_000)} FROM t PK a` },
  'faulty statements': { 'connect.redis.kcql': 'SELECT a b;\n'.repeat(5_000) },
  'a version of brackets': { 'connector.plugin.version': '[('.repeat(length / 2) },
  'a path to leave out for every column': {
    'connector.class': 'connect.redis.RedisSinkConnector',
    'connect.redis.kcql': `SELECT ${Array.from({ length: 4000 }, (_, i) => `a.f${i}`).join(',')} FROM t IGNORE ${Array.from({ length: 4000 }, (_, i) => `b.f${i}`).join(',')} PK a`
  },
  'a pattern without end': { topics: '', 'topics.regex': '(a*)*b'.repeat(length / 6) },
  'a pattern of brackets': { topics: '', 'topics.regex': '('.repeat(length / 2) + ')'.repeat(length / 2) },
  'transforms without end': { transforms: Array.from({ length: length / 7 }, (_, i) => `a${i}`).join(',') },
  'one transform again and again': { transforms: 'a,'.repeat(length / 2) },
  'a port of a million digits': { 'connect.redis.port': '9'.repeat(length) },
  'more tasks than machines': { 'tasks.max': '2147483647' },
  'keys that nobody knows': many(40_000, index => [`connect.redis.hosx${index}`, '']),
  'settings of clients': many(40_000, index => [`consumer.override.a${index}`, '']),
  'names of JavaScript': {
    __proto__x: '',
    constructor: '',
    toString: '',
    hasOwnProperty: '',
    'transforms.__proto__.type': 'x'
  }
}

for (const [what, settings] of Object.entries(hostile)) {
  test(`${what}: answered`, async () => {
    const config = new Map(Object.entries({ ...sound, ...settings }))
    const report = await validateConnectorConfig(config, doors)
    const answer = JSON.stringify(reportEntity(report))
    // An answer is no flood: a few times what was sent.
    assert.ok(answer.length < 32 * length, String(answer.length))
    const kcql = report.entries.find(({ value }) => value.name === 'connect.redis.kcql')?.value.errorMessages ?? []
    assert.ok(kcql.length <= 21 && kcql.every(message => message.length < 10_000), 'a person can read it')
    assert.ok(unknownKeyWarnings(config, doors).length <= 21)
  })
}

test('what is beyond all bounds is refused on its key', async () => {
  const errorsOf = async (settings: Record<string, string>): Promise<readonly string[]> => {
    const { entries } = await validateConnectorConfig(new Map(Object.entries({ ...sound, ...settings })), doors)
    return entries.flatMap(({ value }) => value.errorMessages)
  }
  assert.deepEqual(await errorsOf({ 'tasks.max': '10001' }), [
    'Invalid value 10001 for configuration tasks.max: Value must be no more than 10000'
  ])
  const aliases = Array.from({ length: 1001 }, (_, index) => `a${index}`).join(',')
  assert.deepEqual(await errorsOf({ transforms: aliases }), ['transforms names 1001 aliases; at most 1000 are taken.'])
  const casts = Array.from({ length: 10_001 }, (_, index) => `f${index}:string`).join(',')
  const cast = { transforms: 'c', 'transforms.c.type': 'org.apache.kafka.connect.transforms.Cast$Value' }
  assert.deepEqual(await errorsOf({ ...cast, 'transforms.c.spec': casts }), [
    'spec has 10001 entries, at most 10000 are read'
  ])
  assert.deepEqual(await errorsOf({ 'connect.redis.kcql': `SELECT * FROM t ${' '.repeat(65_518)}PK a` }), [
    'connect.redis.kcql is 65538 characters long, at most 65536 are read. Divide its statements among several connectors'
  ])
  assert.deepEqual(await errorsOf({ 'connect.redis.kcql': `SELECT * FROM t ${' '.repeat(65_516)}PK a` }), [])
  const many = await errorsOf({ 'connect.redis.kcql': 'SELECT a b;'.repeat(100) })
  assert.deepEqual([many.length, many.at(-1)], [21, 'connect.redis.kcql has more errors, 80 at least'])
  assert.match((await errorsOf({ topics: '', 'topics.regex': 'a'.repeat(10_001) }))[0] ?? '', /at most 10000 are taken/)
})
