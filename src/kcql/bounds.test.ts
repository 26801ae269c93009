// Hostile sizes: texts of 256 KiB, deep nesting, many statements. A reading that is not linear would not end here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseKcql } from './parser.ts'
import { renderProblem } from './problem.ts'
import { printStatement } from './printer.ts'

const length = 2 ** 18
const filled = (head: string, unit: string, tail = ''): string =>
  head + unit.repeat(Math.floor((length - head.length - tail.length) / unit.length)) + tail

const texts: readonly (readonly [string, string])[] = [
  ['one long name', filled('SELECT * FROM ', 'a')],
  ['words in a topic', filled('SELECT * FROM ', 'a ')],
  ['a path', filled('SELECT a', '.b', ' FROM t')],
  ['a mixed path', filled('SELECT a', '.b.c-d', ' FROM t')],
  ['the same column', filled('SELECT a', ',a', ' FROM t')],
  ['columns without commas', filled('SELECT a', ' b,a', ' FROM t')],
  ['keys', filled('SELECT * FROM t PK a', ',a')],
  ['nested calls', filled('SELECT ', 'f(', 'a FROM t')],
  ['closed calls', filled('SELECT a', ',f(a)', ' FROM t')],
  ['leftovers', filled('SELECT * FROM t PK a ', 'x ')],
  ['dropped characters', filled('SELECT * ', '$ ', ' FROM t')],
  ['dropped beside names', filled('SELECT a', ',a$', ' FROM t')],
  ['open quotes', filled('SELECT * ', "'\n", ' FROM t')],
  ['open backtick after glued starts', filled('SELECT ', 'a.``', '`')],
  ['blanks', filled('SELECT', ' \n')],
  ['parameters', filled('SELECT * FROM t STOREAS X', '(a=b)')],
  ['tags', filled('SELECT * FROM t WITHTAG(a', ', a.', ')')],
  ['bad ttl', filled('SELECT * FROM t TTL=', '9')],
  ['keywords', filled('SELECT * FROM t ', 'PK TTL ')],
  ['non-latin text with an open quote', filled('SELECT * FROM t ', '\u0416', "'")]
]

for (const [label, text] of texts) {
  test(`256 KiB of ${label} is read to its end`, () => {
    const { errors, warnings, statements } = parseKcql(text, 'old')
    assert.ok(errors.length + statements.length > 0)
    for (const problem of [...errors, ...warnings].slice(0, 3)) {
      assert.ok(renderProblem(problem).length < 2000, 'a problem stays readable however long the text is')
    }
  })
}

const floods: readonly (readonly [string, string, 'errors' | 'warnings'])[] = [
  ['duplicate columns', filled('SELECT a', ',a', ' FROM t'), 'errors'],
  ['characters beside names', filled('SELECT a', ',a$', ' FROM t'), 'errors'],
  ['missing commas', filled('SELECT a', ' b,a', ' FROM t'), 'errors'],
  ['duplicate parameters', filled('SELECT * FROM t STOREAS X', '(a=b)'), 'errors'],
  ['duplicate keys', filled('SELECT * FROM t PK a', ',a'), 'warnings'],
  ['key columns', filled('SELECT a', ',_key.b', ' FROM t'), 'warnings']
]

for (const [label, text, kind] of floods) {
  test(`of 256 KiB of ${label} no more than a thousand ${kind} are made`, () => {
    assert.equal(parseKcql(text, 'old')[kind].length, 1000)
  })
}

for (const [label, unit] of [
  ['comments that never close', '/*'],
  ['comments', '/**/'],
  ['dashes', ' --'],
  ['quotes and comments', "'--'/*`*/"]
] as const) {
  test(`256 KiB of ${label} is read to its end`, () => {
    const { errors, warnings } = parseKcql(filled('Select * From t PK a ', unit), 'plain')
    assert.ok(errors.length + warnings.length < 10)
  })
}

test('100,000 statements are read one by one', () => {
  const { statements, errors } = parseKcql('SELECT*FROM t;'.repeat(100_000), 'old')
  assert.deepEqual([statements.length, errors.length], [100_000, 0])
  assert.equal(statements.map(printStatement).at(-1), 'SELECT * FROM t')
})

test('100,000 faulty statements all report', () => {
  const { errors } = parseKcql('SELECT a b;\n'.repeat(99_999) + 'x', 'old')
  assert.equal(errors.length, 100_000)
  assert.equal(errors.at(-1)?.line, 100_000)
})
