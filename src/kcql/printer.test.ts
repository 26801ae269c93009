// Printing is the parser's proof: parse . print . parse is the identity, over the recorded statements and generated ones.
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Statement } from './ast.ts'
import { parseKcql } from './parser.ts'
import { printStatement } from './printer.ts'
import { excerptOf, renderProblem } from './problem.ts'

/** What a statement says without where it says it. */
const meaningOf = (statement: Statement): unknown =>
  JSON.parse(
    JSON.stringify(statement, (key, value: unknown) => {
      if (key === 'span' || key === 'index') return undefined
      if (value instanceof Map) return [...(value as ReadonlyMap<string, string>)]
      return typeof value === 'bigint' ? String(value) : value
    })
  )

const assertPrintable = (text: string, contract: 'old' | 'plain'): void => {
  const reading = parseKcql(text, contract)
  if (reading.errors.length > 0) return
  for (const statement of reading.statements) {
    const printed = printStatement(statement)
    const again = parseKcql(printed, contract)
    assert.deepEqual(
      again.errors.map(error => error.message),
      [],
      printed
    )
    assert.deepEqual(again.statements.map(meaningOf), [meaningOf(statement)], printed)
    assert.deepEqual(again.statements.map(printStatement), [printed])
    assert.ok(
      again.warnings.every(warning => warning.code !== 'ignored-words' && warning.code !== 'double-quotes'),
      'the printer writes nothing that is dropped'
    )
  }
}

const vectors = readFileSync(new URL('../../test/vectors/kcql.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => (JSON.parse(line) as { kcql: string }).kcql)

test('every recorded statement that is read prints to itself', () => {
  assert.equal(vectors.length, 1000)
  for (const text of vectors) {
    assertPrintable(text, 'old')
    assertPrintable(text, 'plain')
  }
})

const clauses = [
  'AUTOCREATE AUTOEVOLVE WITHSTRUCTURE WITHUNWRAP NOPARTITION',
  'PARTITIONBY a.`b c`, .x.* BATCH=5 LIMIT 7',
  'WITHTAG(a.b = c-d, e AS 5, f) WITHKEY(a, `b`, 5)',
  "KEYDELIMITER='-' PROPERTIES('a b'=c, d='', e-f=5)",
  'WITHTIMESTAMP sys_time() TIMESTAMPUNIT=days WITHFORMAT json',
  'STOREAS `a b`(c=d, `E`=`f g`)(h=5)',
  'PK a, b.c, `d`.`e` TTL=5'
]

const words = fc.constantFrom(
  ...'SELECT FROM INSERT UPSERT INTO PK AS IGNORE TTL STOREAS LIMIT BATCH WITHTAG PROPERTIES Pk limit'.split(' '),
  ...'= * , . ( ) a b1 @m 42 007 a-b {k}: + x/y _key _header _ topic key sys_time() \' ` " ; $ é '.split(' '),
  '`a b`',
  '`select`',
  '`*`',
  "''",
  "'x'",
  "'x y'",
  'a.`b`',
  '``',
  '--',
  '/*',
  '*/',
  'Select',
  'From',
  '\n',
  '\u00a0',
  '\u{1f600}',
  ...clauses
)

const glue = fc.constantFrom('', ' ', '\n')

const texts = fc
  .array(fc.tuple(words, glue), { maxLength: 30 })
  .map(parts => parts.map(([word, space]) => word + space).join(''))

// Whole statements out of well-formed parts, so that most of them are read.
const part = fc.constantFrom('a', '@m', '1st', '`a.b`', '`select`', 'a-b', 'Select', '`a`', '+1', '`"é"`')
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map(parts => parts.join(' . '))
const column = fc.oneof(
  path,
  fc.constantFrom(
    '*',
    'a.*',
    '_key.x',
    '_key',
    '_header.x',
    '_.topic',
    '_.key.a.b',
    "z AS 'q r'",
    'y AS Limit',
    'x AS a-b',
    'w AS `q r`',
    'v AS `select`',
    'u.`b c`.d'
  )
)
const name = fc.constantFrom(
  't',
  'a.b',
  'a-b@c:',
  '`my t`',
  "'my t'",
  "''",
  '.x.',
  'a . `b`',
  '`a`.`b`',
  "`'x'`",
  "'`x`'",
  '`42`',
  '`a``b`',
  '`fx.7.eu`'
)
const statements = fc
  .record({
    head: fc.oneof(
      fc.constant(''),
      name.map(target => `INSERT INTO ${target} `),
      name.map(target => `upsert pk k into ${target} `)
    ),
    columns: fc.array(column, { minLength: 1, maxLength: 5 }),
    source: name,
    ignored: fc.array(column, { maxLength: 2 }),
    keys: fc.array(path, { maxLength: 3 }),
    tail: fc.array(fc.constantFrom(...clauses), { maxLength: 2 })
  })
  .map(({ head, columns, source, ignored, keys, tail }) =>
    [
      `${head}SELECT ${columns.join(', ')} FROM ${source}`,
      ignored.length === 0 ? '' : `IGNORE ${ignored.join(', ')}`,
      keys.length === 0 ? '' : `PK ${keys.join(', ')}`,
      ...tail
    ].join(' ')
  )

test('every generated statement that is read prints to itself', () => {
  let read = 0
  fc.assert(
    fc.property(statements, fc.constantFrom('old' as const, 'plain' as const), (text, contract) => {
      if (parseKcql(text, contract).errors.length === 0) read += 1
      assertPrintable(text, contract)
    }),
    { numRuns: 3000 }
  )
  assert.ok(read > 300, `only ${String(read)} of the generated statements could be read`)
})

const assertSound = (text: string): void => {
  for (const contract of ['old', 'plain'] as const) {
    const { errors, warnings, statements: found } = parseKcql(text, contract)
    for (const problem of [...errors, ...warnings]) {
      const { start, end } = problem.span
      assert.ok(0 <= start && start <= end && end <= text.length, 'a span lies within the text')
      const [line = '', carets = ''] = excerptOf(problem).split('\n')
      assert.ok(carets.trim().length > 0 && carets.length <= line.length + 1, 'the caret stands below the excerpt')
      assert.ok(renderProblem(problem).includes(problem.message))
    }
    assert.ok(errors.length > 0 || found.length <= text.split(';').length)
  }
  assertPrintable(text, 'old')
}

test('no text makes the parser throw, and each problem has its place', () => {
  fc.assert(fc.property(fc.oneof(texts, fc.string({ unit: 'binary' }), fc.string()), assertSound), { numRuns: 3000 })
})

test('what a refusal offers instead can be read', () => {
  let offered = 0
  for (const text of vectors) {
    const { errors } = parseKcql(text, 'old')
    const [error] = errors
    // With a second mistake in the statement, mending one is not enough.
    if (errors.length !== 1 || error?.suggestion === undefined || !/^(INSERT|UPSERT|SELECT)\b/i.test(error.suggestion))
      continue
    offered += 1
    assert.deepEqual(
      parseKcql(error.suggestion, 'old').errors.map(({ message }) => message),
      [],
      text
    )
  }
  assert.ok(offered > 0)
})
