// Which mode takes a statement, what no mode takes and which line would work, and what is said once at start.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { caseConfig, planCases } from '../../test/kit/plan-cases.ts'
import { readVectors } from '../../test/kit/vectors.ts'
import { ConfigErrors } from '../connect/errors.ts'
import { parseKcql } from '../kcql/parser.ts'
import { createSource } from '../kcql/source.ts'
import { parseSinkSettings } from './config-read.ts'
import { type Contract, type ModeName, type SinkSettings } from './settings.ts'
import { bindStatement } from './statement.ts'

const settingsOf = (kcql: string, contract: Contract = 'old'): SinkSettings =>
  parseSinkSettings(caseConfig(contract, kcql))

const errorOf = (kcql: string, contract: Contract = 'old'): string => {
  try {
    settingsOf(kcql, contract)
  } catch (error) {
    if (error instanceof ConfigErrors) return error.message
    throw error
  }
  return assert.fail(`accepted: ${kcql}`)
}

const taken: readonly (readonly [kcql: string, mode: ModeName])[] = [
  ['SELECT a FROM t', 'cache'],
  ['SELECT a FROM t PK a', 'cache'],
  ['INSERT INTO x SELECT a FROM t', 'cache'],
  ['INSERT INTO x SELECT a FROM t STOREAS SortedSet', 'sortedSet'],
  ['INSERT INTO x SELECT a FROM t PK a STOREAS SortedSet', 'sortedSets'],
  ['SELECT a FROM t PK a STOREAS SortedSet', 'sortedSets'],
  ['SELECT a FROM t PK a STOREAS GEOADD', 'geo'],
  ['INSERT INTO x SELECT a FROM t PK a STOREAS geoadd', 'geo'],
  ['SELECT a FROM t STOREAS PubSub', 'pubSub'],
  ['INSERT INTO x SELECT a FROM t STOREAS PUBSUB', 'pubSub'],
  ['INSERT INTO x SELECT a FROM t STOREAS stream', 'stream'],
  ['INSERT INTO x SELECT a FROM t PK a STOREAS Stream', 'stream']
]

test('a statement is taken by the mode that the old sink took it with, under both contracts', () => {
  for (const contract of ['old', 'plain'] as const) {
    for (const [kcql, mode] of taken) assert.equal(settingsOf(kcql, contract).statements[0]?.mode, mode, kcql)
  }
})

const misfits: readonly (readonly [kcql: string, reason: RegExp, line: string])[] = [
  ['SELECT a FROM t STOREAS SortedSet', /needs a target \(one sorted set\) or PK/, 'INSERT INTO my_set SELECT a FROM t STOREAS SortedSet'],
  ['SELECT a FROM t STOREAS GeoAdd(longitudeField=x)', /GeoAdd needs PK/, 'SELECT a FROM t PK id STOREAS GeoAdd(longitudeField=x)'],
  ['INSERT INTO g SELECT a FROM t STOREAS GeoAdd TTL=5', /GeoAdd needs PK/, 'INSERT INTO g SELECT a FROM t PK id STOREAS GeoAdd TTL=5'],
  ['SELECT a FROM t PK a, b STOREAS PubSub', /PubSub takes no PK/, 'SELECT a FROM t STOREAS PubSub(channel=a)'],
  ['SELECT a FROM t pk a storeas pubsub(channel=c)', /PubSub takes no PK/, 'SELECT a FROM t storeas pubsub(channel=c)'],
  ['SELECT a FROM t STOREAS Stream', /Stream needs a target/, 'INSERT INTO my_stream SELECT a FROM t STOREAS Stream'],
  ['SELECT a FROM t PK a STOREAS Hash(x=1) TTL=5', /STOREAS Hash is unknown: hashes are not written yet/, 'SELECT a FROM t PK a TTL=5'],
  ['INSERT INTO p SELECT a FROM t PK a STOREAS HASH', /hashes are not written yet; the cache mode keeps the fields/, 'INSERT INTO p SELECT a FROM t PK a'],
  ['SELECT a FROM t PK a STOREAS JSON', /RedisJSON are not written yet/, 'SELECT a FROM t PK a'],
  ['SELECT a FROM t PK a STOREAS String', /strings are what the cache mode writes/, 'SELECT a FROM t PK a'],
  ['SELECT a FROM t STOREAS List', /lists are not written yet/, 'INSERT INTO my_stream SELECT a FROM t STOREAS Stream'],
  ['SELECT a FROM t PK a STOREAS Set', /sets are not written yet/, 'SELECT a FROM t PK a STOREAS SortedSet'],
  ['SELECT a FROM t STOREAS ZSet', /called otherwise/, 'INSERT INTO my_set SELECT a FROM t STOREAS SortedSet'],
  ['SELECT a FROM t STOREAS Geo', /called otherwise/, 'SELECT a FROM t PK id STOREAS GeoAdd'],
  ['SELECT a FROM t STOREAS Nonsense', /STOREAS Nonsense is unknown/, 'SELECT a FROM t']
] // prettier-ignore

for (const [kcql, reason, line] of misfits) {
  test(`no mode takes: ${kcql}`, () => {
    for (const contract of ['old', 'plain'] as const) {
      const message = errorOf(kcql, contract)
      assert.match(message, /connect\.redis\.kcql: error at statement 1, line 1, column \d+: No writers set for \[connect\.redis\.kcql\]: /)
      assert.match(message, reason)
      assert.ok(message.includes(`: ${line}\n`), message)
      assert.match(message, /\n +\^+$/)
      assert.equal(settingsOf(line, contract).statements.length, 1)
    }
  })
} // prettier-ignore

test('a statement that no mode takes is an error beside others too, and all are found at once', () => {
  const message = errorOf(
    'SELECT a FROM t PK a; SELECT a FROM t STOREAS Stream;SELECT a.*, b.c, c FROM t STOREAS GeoAdd'
  )
  assert.match(message, /2 error\(s\)/)
  assert.match(message, /at statement 2,[^]*at statement 3,/)
})

const faults: readonly (readonly [kcql: string, message: RegExp])[] = [
  ['SELECT a.* FROM t', /Nested fields must be specified explicitly in the selected clause: write a\.first, a\.second instead of a\.\*/],
  ['SELECT a.b, c.b FROM t', /Cannot create field because of field name duplication b: .*AS/],
  ['SELECT a AS x, b AS x FROM t', /field name duplication x/],
  ['SELECT a AS ts FROM t PK k STOREAS SortedSet(score=ts)', /field name duplication ts/],
  ['SELECT a, a FROM t', /Field a has already been defined/],
  ['SELECT _key.x FROM t STOREAS PubSub', /You need to SELECT at least one field of the value, or \*/],
  ['INSERT INTO s SELECT _header.x FROM t STOREAS SortedSet', /You need to SELECT at least one field/],
  ['SELECT a FROM t PK k TTL=0', /0 is not a valid number for a TTL\./],
  ['SELEC * FROM t', /Invalid syntax/],
  ['SELECT * FROM t PK sym TTL 30', /"="/],
  ['SELECT * FROM t PK k STOREAS SortedSet(score=q.)', /expected a field name after the dot/],
  [';', /Missing \[connect\.redis\.kcql\]/],
  [' ; ', /Missing \[connect\.redis\.kcql\]/]
] // prettier-ignore

for (const [kcql, expected] of faults) {
  test(`config error: ${kcql}`, () => {
    for (const contract of ['old', 'plain'] as const) {
      assert.match(errorOf(kcql, contract), expected)
      if (!/^[\s;]*$/.test(kcql)) assert.match(errorOf(kcql, contract), /\n +.*\n +\^/)
    }
  })
}

planCases('two columns under one name', [
  // Beside * the columns have no effect; an ignored one is not written; the score takes its alias's place.
  ['both', 'SELECT *, a AS x, b AS x FROM t PK a', '{"a":"1"}', `SET 1 '{"a":"1"}'`],
  ['both', 'SELECT a AS x, b AS x FROM t IGNORE b PK a', '{"a":"1","b":2}', `SET 1 '{"x":"1"}'`],
  ['both', 'SELECT ts AS a, a AS b FROM t PK a STOREAS SortedSet(score=ts)', '{"a":"1","ts":2}', `ZADD 1 2 '{"ts":2,"b":"1"}'`]
]) // prettier-ignore

const idle: readonly (readonly [kcql: string, ...warnings: RegExp[]])[] = [
  ['SELECT a FROM t PK a'],
  ['SELECT *, a AS b FROM t PK a', /"a AS b" has no effect beside \*/],
  ['SELECT _key.x, a FROM t PK a', /"_key\.x" names the record's key: it is not written/],
  ['SELECT _header.x, a FROM t PK a', /"_header\.x" names the record's headers: it is not written/],
  ['SELECT _.topic, a FROM t PK a', /"_\.topic" is looked up as the field "topic" of the value/],
  ['SELECT a FROM t PK _key.x', /PK _key\.x looks for a field _key in the value, not into the record's key or headers/],
  ['SELECT a FROM t PK _.key.x', /PK _\.key\.x looks for a field x in the value, not into the record's key/],
  ['SELECT a FROM t PK _.topic', /PK _\.topic looks for a field topic in the value.*InsertField\$Value/],
  ['SELECT a, ts AS b FROM t PK a STOREAS SortedSet(score=ts)', /The alias b has no effect: the score is always written under its own name/],
  ['INSERT INTO s SELECT * FROM t PK a STOREAS Stream TTL=5', /TTL has no effect in Stream mode/, /PK has no effect in Stream mode/],
  ['INSERT INTO s SELECT * FROM t STOREAS PubSub TTL=5', /TTL has no effect in PubSub mode/, /The target has no effect in PubSub mode/],
  ['SELECT * FROM t PK a STOREAS GeoAdd TTL=5', /TTL has no effect in GeoAdd mode/],
  ['INSERT INTO x SELECT * FROM t PK a NOPARTITION', /NOPARTITION has no effect/],
  ['INSERT INTO x SELECT * FROM t PK a WITHCONVERTER=`a.b`', /WITHCONVERTER has no effect/],
  ['SELECT a FROM t PK a LIMIT 5', /LIMIT has no effect/],
  ['SELECT * FROM t IGNORE z AS y PK a', /IGNORE leaves out "z": an alias has no effect/]
] // prettier-ignore

for (const [kcql, ...expected] of idle) {
  test(`said once at start: ${kcql}`, () => {
    for (const contract of ['old', 'plain'] as const) {
      const { warnings } = settingsOf(kcql, contract)
      assert.equal(warnings.length, expected.length, warnings.join('\n'))
      for (const [index, pattern] of expected.entries()) assert.match(warnings[index] ?? '', pattern)
      for (const warning of warnings) assert.match(warning, /^warning at statement 1, line 1, column \d+: [^]*\n +\^+$/)
    }
  })
}

test('what has no effect under the old contract alone is told there alone', () => {
  const cases: readonly (readonly [kcql: string, says: RegExp])[] = [
    ['SELECT a FROM t PK a, a', /"a" stands in PK already and counts once/],
    ['SELECT * FROM t IGNORE a PK a STOREAS SortedSet', /IGNORE has no effect in multiple sorted sets mode/],
    ['SELECT * FROM t IGNORE o.z PK a', /IGNORE leaves out the top-level field "z"/]
  ]
  for (const [kcql, says] of cases) {
    assert.match(settingsOf(kcql, 'old').warnings.join(), says)
    assert.deepEqual(settingsOf(kcql, 'plain').warnings, [])
  }
})

test('of many warnings the first hundred are told', () => {
  const nowhere = Array.from({ length: 150 }, (_, index) => `x${index}=1`).join(',')
  for (const kcql of [
    `SELECT a FROM t PK a${',a'.repeat(2000)}`,
    `SELECT a FROM t PK a STOREAS SortedSet(${nowhere})`
  ]) {
    const { warnings } = settingsOf(kcql)
    assert.deepEqual([warnings.length, warnings.at(-1)], [101, 'connect.redis.kcql has more warnings'])
  }
})

test('words that fit nowhere are a warning under the old contract and an error under the plain one', () => {
  const kcql = 'SELECT a FROM t STOREAS PubSub PK id'
  assert.match(settingsOf(kcql).warnings.join(), /"PK id" is ignored[^]*\^/)
  assert.match(errorOf(kcql, 'plain'), /Nothing can stand here, found "PK id"/)
})

test('a PK or STOREAS among the ignored words is an error where the statement has no key without it', () => {
  for (const kcql of ['SELECT a FROM t AUTOCREATE PK a', 'SELECT a FROM t LIMIT 5 PK a', 'INSERT INTO x SELECT a FROM t WITHCONVERTER=`a.b` STOREAS PubSub', 'INSERT INTO x SELECT a FROM t TTL=5 storeas Stream']) {
    const message = errorOf(kcql)
    assert.match(message, /No writers set for \[connect\.redis\.kcql\]: (?:PK|storeas|STOREAS) stands behind words that end the statement[^]*\^/)
  }
  // With a key, or in another mode, they stay ignored.
  assert.equal(settingsOf('SELECT a FROM t PK a foo STOREAS Stream').statements[0]?.mode, 'cache')
  assert.equal(settingsOf('SELECT a FROM t STOREAS PubSub PK id').statements[0]?.mode, 'pubSub')
  assert.equal(settingsOf('SELECT a FROM t LIMIT 5 pk1 = 2').statements[0]?.mode, 'cache')
}) // prettier-ignore

test('blanks and line ends around statements are none', () => {
  for (const contract of ['old', 'plain'] as const) {
    assert.equal(settingsOf('\n SELECT a FROM t PK a; \n', contract).statements.length, 1)
    assert.equal(settingsOf('SELECT a FROM t PK a; ;SELECT a FROM t PK a;\n;', contract).statements.length, 2)
  }
})

test('the old lines at start, in the order of its writers, and its defaults once per statement', () => {
  const kcql =
    'INSERT INTO s SELECT a FROM t STOREAS Stream; SELECT a FROM t PK a STOREAS GeoAdd; SELECT a FROM t PK a STOREAS SortedSet; ' +
    'SELECT a FROM t STOREAS PubSub; INSERT INTO z SELECT a FROM t STOREAS SortedSet; SELECT a FROM t; SELECT a FROM t PK a'
  assert.deepEqual(settingsOf(kcql).notes, [
    'Starting [2] KCQLs with Redis Cache mode',
    'Starting [1] KCQLs with Redis Insert Sorted Set mode',
    'Starting [1] KCQLs with Redis PubSub mode',
    'Starting [1] KCQLs with Redis Multiple Sorted Sets mode',
    'Starting [1] KCQLs with Redis Geo Add mode',
    'Starting [1] KCQLs with Redis Stream mode',
    "You have not defined a 'longitudeField'. We'll try to fall back to 'longitude' field (statement 2)",
    "You have not defined a 'latitudeField'. We'll try to fall back to 'latitude' field (statement 2)",
    "You have not defined how to 'score' each message. We'll try to fall back to 'timestamp' field (statement 3)",
    "You have not defined a 'channel' field. We'll try to fall back to 'channel' field (statement 4)",
    "You have not defined how to 'score' each message. We'll try to fall back to 'timestamp' field (statement 5)",
    'Statement 6 has no PK: its keys are topic|partition|offset behind the prefix'
  ])
})

interface RecordedField {
  readonly name: string
  readonly alias: string
  readonly parents: readonly string[] | null
}
interface RecordedStatement {
  readonly target: string | null
  readonly source: string
  readonly fields: readonly RecordedField[]
  readonly primaryKeys: readonly RecordedField[]
  readonly storedAs: string | null
  readonly storedAsParameters: Readonly<Record<string, string>> | null
  readonly ttl: number
}

/** The table of modes once more, from its description. */
function recordedMode({ storedAs, primaryKeys, target }: RecordedStatement): ModeName | null {
  const hasKeys = primaryKeys.length > 0
  switch (storedAs?.toLowerCase() ?? '') {
    case '':
      return 'cache'
    case 'sortedset':
      return hasKeys ? 'sortedSets' : (target ?? '') === '' ? null : 'sortedSet'
    case 'geoadd':
      return hasKeys ? 'geo' : null
    case 'pubsub':
      return hasKeys ? null : 'pubSub'
    case 'stream':
      return (target ?? '') === '' ? null : 'stream'
    default:
      return null
  }
}

test('the recorded statements are bound to their modes, with the topics, targets, keys, columns and TTLs the old parser read', () => {
  let bound = 0
  let misfit = 0
  const vectors = readVectors<never, never>('kcql') as unknown as { id: string; kcql: string; ok: boolean; multiple: RecordedStatement[] }[]
  for (const { id, kcql, ok, multiple } of vectors) {
    const parsed = parseKcql(kcql, 'old')
    if (!ok || parsed.errors.length > 0) continue
    const source = createSource(kcql)
    for (const [index, ast] of parsed.statements.entries()) {
      const recorded = multiple[index] ?? assert.fail(id)
      const { statement, errors } = bindStatement(source, ast, 'old')
      const mode = recordedMode(recorded)
      if (mode === null) {
        assert.match(errors.join(), /No writers set for \[connect\.redis\.kcql\]/, id)
        misfit++
        continue
      }
      if (statement === null) {
        assert.match(errors.join(), /Nested fields must be|field name duplication|You need to SELECT/, id)
        continue
      }
      const isPrefix = mode === 'cache' || mode === 'sortedSets' || mode === 'geo'
      assert.equal(statement.mode, mode, id)
      assert.equal(statement.topic, recorded.source, id)
      assert.equal(statement.target, isPrefix ? (recorded.target ?? '').trim() : (recorded.target ?? ''), id)
      const paths = recorded.primaryKeys.map(({ parents, name }) => [...(parents ?? []), name].join('\0'))
      assert.deepEqual(statement.keys.map(path => path.join('\0')), [...new Set(paths)], id)
      assert.equal(statement.star, recorded.fields.some(({ name, parents }) => name === '*' && parents === null), id)
      if (Number.isSafeInteger(recorded.ttl)) assert.equal(statement.ttl, BigInt(recorded.ttl), id)
      bound++
    }
  }
  assert.ok(bound > 300 && misfit > 50, `${bound} bound, ${misfit} misfits`)
}) // prettier-ignore

test('an unknown parameter is an error under the plain contract, naming the known ones, and has no effect under the old one', () => {
  for (const [kcql, says] of [
    [
      'INSERT INTO s SELECT a FROM t STOREAS Stream(MAXLEN=10)',
      /MAXLEN is unknown in Stream mode: it takes none\. Streams are not trimmed yet/
    ],
    [
      'INSERT INTO s SELECT a FROM t STOREAS SortedSet(scroe=a)',
      /scroe is unknown in sorted set mode: it takes score\. Correct/
    ],
    [
      'SELECT a FROM t PK a STOREAS GeoAdd(lon=a, latitudeField=b)',
      /lon is unknown in GeoAdd mode: it takes longitudeField, latitudeField\. /
    ],
    ['SELECT a FROM t STOREAS PubSub(score=a)', /score is unknown in PubSub mode: it takes channel\. /]
  ] as const) {
    assert.match(errorOf(kcql, 'plain'), says)
    assert.match(settingsOf(kcql, 'old').warnings.join('\n'), /The parameter \w+ has no effect in/)
  }
})

test("a key out of the record's own key, headers or place is told with what to write", () => {
  for (const [kcql, says] of [
    [
      'SELECT a FROM t PK _key',
      /PK _key looks for a field _key in the value.*Let the producer write it into the value/
    ],
    ['SELECT a FROM t PK _header.x', /Let the producer write it into the value/],
    ['SELECT a FROM t PK _value.id', /write PK id for PK _value\.id/],
    ['SELECT a FROM t PK _topic', /InsertField\$Value/]
  ] as const) {
    for (const contract of ['old', 'plain'] as const) assert.match(settingsOf(kcql, contract).warnings.join('\n'), says)
  }
})
