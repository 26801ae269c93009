// The lexer against the word rules: the longest word, then the first kind; what starts no word is dropped.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lexer } from './lexer.ts'

const wordsOf = (text: string): readonly string[] => {
  const lexer = new Lexer(text, 0)
  const words: string[] = []
  for (;;) {
    const token = lexer.next()
    for (const dropped of token.dropped) words.push(`drop ${dropped.kind} ${dropped.text}`)
    if (token.kind === 'end') return words
    words.push(`${token.kind} ${token.text}`)
  }
}

const cases: readonly (readonly [string, readonly string[]])[] = [
  ['SELECT select Select', ['keyword SELECT', 'keyword select', 'word Select']],
  ['sys_time() SYS_TIME() Sys_Time()', ['sysTime sys_time()', 'sysTime SYS_TIME()', 'word Sys_Time', '( (', ') )']],
  ['sys_time ()', ['word sys_time', '( (', ') )']],
  ['0 007 3600 2nd 24-7', ['int 0', 'int 007', 'int 3600', 'word 2nd', 'loose 24-7']],
  ['ttl ttl-hours ttlhours ttl@', ['keyword ttl', 'loose ttl-hours', 'word ttlhours', 'word ttl@']],
  ['@meta a-b@c a@b-c', ['word @meta', 'loose a-b', 'word @c', 'word a@b', 'loose -c']],
  ['yahoo-fx2 cache: a/b +1 {k}', ['loose yahoo-fx2', 'loose cache:', 'loose a/b', 'loose +1', 'loose {k}']],
  ["`any 'text`", ["loose `any 'text`"]],
  ['`two\nlines`', ['loose `two\nlines`']],
  [
    "'-' 'x' '`' ' ' '.' '' 'xy' 'é'",
    ["delim '-'", "delim 'x'", "delim '`'", "string ' '", "string '.'", "string ''", "string 'xy'", "string 'é'"]
  ],
  [
    'a.`b c` a . `b` `a`.`b` 1.`b` as.`b`',
    ['glued a.`b c`', 'word a', '. .', 'loose `b`', 'loose `a`', '. .', 'loose `b`', 'glued 1.`b`', 'glued as.`b`']
  ],
  ['a-b.`c`', ['loose a-b', '. .', 'loose `c`']],
  ['a.``', ['word a', '. .', 'drop empty-backticks ``']],
  ['a.`b', ['word a', '. .', 'drop open `b']],
  [
    'a$b "c" é d',
    [
      'word a',
      'drop characters $',
      'word b',
      'drop characters "',
      'word c',
      'drop characters "',
      'drop characters é',
      'word d'
    ]
  ],
  ["a 'b c\nd 'e'", ['word a', "drop open 'b c\n", 'word d', "delim 'e'"]],
  ["a 'b\r\nc", ['word a', "drop open 'b\r", 'word c']],
  ["a 'b", ['word a', "drop open 'b"]],
  ['a `b\nc', ['word a', 'drop open `b\nc']],
  ['a\u00a0b\u{1f600}c', ['word a', 'drop characters \u00a0', 'word b', 'drop characters \u{1f600}', 'word c']],
  ['=*,.()', ['= =', '* *', ', ,', '. .', '( (', ') )']],
  ['', []],
  [' \t\r\n', []]
]

for (const [text, words] of cases) {
  test(`lexer cuts ${JSON.stringify(text)}`, () => {
    assert.deepEqual(wordsOf(text), words)
  })
}

test('lexer answers offsets of the whole text', () => {
  const token = new Lexer(' abc', 100).next()
  assert.deepEqual(token.span, { start: 101, end: 104 })
})

test('lexer notes a quote that is open to the end of the text, not one that ends with its line', () => {
  const spanOf = (text: string): unknown => {
    const lexer = new Lexer(text, 0)
    while (lexer.next().kind !== 'end');
    return lexer.openToEnd
  }
  assert.equal(spanOf("a 'b\n"), null)
  assert.deepEqual(spanOf("a 'b"), { start: 2, end: 4 })
  assert.deepEqual(spanOf('a `b\n'), { start: 2, end: 5 })
})
