// Proves Java's regular expressions over RE2: whole match, find, replacement, what is rewritten and what is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JavaRegexError } from './regex-syntax.ts'
import { compileJavaRegex } from './regex.ts'

// Answers of java.util.regex (Java 17).
const WHOLE: [pattern: string, text: string, matches: boolean][] = [
  ['orders', 'orders', true],
  ['order', 'orders', false],
  ['ord.*', 'orders', true],
  ['(?i)ORDERS', 'orders', true],
  ['^orders$', 'orders', true],
  ['\\Qa.b\\E', 'a.b', true],
  ['\\Qa.b\\E', 'axb', false],
  ['\\Qa.b', 'a.b', true],
  ['[\\Q]^\\E]', '^', true],
  ['', '', true],
  ['', 'a', false],
  ['\\p{Lower}+', 'orders', true],
  ['\\p{Upper}+', 'orders', false],
  ['\\P{Upper}+', 'orders', true],
  ['[\\p{Alpha}_]+', 'a_B', true],
  ['\\p{Punct}+', '!.-_[]^`{|}~\\@:;', true],
  ['\\p{IsLatin}+', 'a\u00e9', true],
  ['\\p{L}+', 'a\u00e9', true],
  ['\\p{Alpha}', '\u00e9', false],
  ['\\s', '\u000b', true],
  ['[\\s\\S]*', 'a\u000a b', true],
  ['\\S+', 'a\u00a0', true],
  ['\\h', '\u00a0', true],
  ['\\v', '\u2028', true],
  ['\\u0041\\x42', 'AB', true],
  ['\\e', '\u001b', true],
  ['\\0101', 'A', true],
  ['[]a]', ']', true],
  ['[^]a]', 'b', true],
  ['a\\.b', 'a.b', true],
  ['a\\\u00e9b', 'a\u00e9b', true],
  ['\\d+', '\u0661', false],
  ['\\w+', '\u00e9', false],
  ['.', '\ud83d\ude00', true],
  ['a|b|', '', true],
  ['(?<n>a)b', 'ab', true],
  ['[\\[\\]&]+', '[&]', true],
  ['prod-(\\w|-)+\\.v[0-9]{1,3}', 'prod-a-b.v12', true],
  ['a\\&b', 'a&b', true],
  ['[a\\-z]+', 'a-z', true],
  ['(?s).', '\u000a', true],
  ['.', '\u000a', false]
]

const REPLACED: [pattern: string, text: string, replacement: string, first: string, all: string][] = [
  ['ord(.*)', 'orders', 'x$1', 'xers', 'xers'],
  ['orders|x', 'orders', 'a', 'a', 'a'],
  ['a|ab', 'ab', 'x', 'xb', 'xb'],
  ['(o)(r)(.*)', 'orders', '$3$2$1', 'dersro', 'dersro'],
  ['(?<n>or).*', 'orders', '${n}-x', 'or-x', 'or-x'],
  ['(.)(.*)', 'orders', '$10', 'o0', 'o0'],
  ['orders', 'orders', '\\$1', '$1', '$1'],
  ['e', 'here', '[$0]', 'h[e]re', 'h[e]r[e]'],
  ['(a)|(b)', 'ab', '<$1$2>', '<a>b', '<a><b>'],
  ['x*', 'ab', '-', '-ab', '-a-b-'],
  ['o', 'orders', '', 'rders', 'rders'],
  ['(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)', 'abcdefghij', '$10$11$1', 'ja1a', 'ja1a'],
  ['r', 'orders', '\\\\\\n', 'o\\nders', 'o\\nde\\ns']
]

test('a pattern matches the whole text, as Matcher.matches', () => {
  for (const [pattern, text, matches] of WHOLE) {
    assert.equal(compileJavaRegex(pattern).matches(text), matches, `${pattern} on ${JSON.stringify(text)}`)
  }
})

test('find looks anywhere', () => {
  assert.equal(compileJavaRegex('rd').find('orders'), true)
  assert.equal(compileJavaRegex('^rd').find('orders'), false)
})

test('replacements follow Matcher.replaceFirst and replaceAll', () => {
  for (const [pattern, text, replacement, first, all] of REPLACED) {
    const regex = compileJavaRegex(pattern)
    assert.equal(regex.replaceFirst(text, replacement), first, `${pattern} ${replacement}`)
    assert.equal(regex.replaceAll(text, replacement), all, `${pattern} ${replacement}`)
  }
})

test('a replacement that Java refuses is refused with its reason', () => {
  const refusals: [pattern: string, replacement: string, reason: RegExp][] = [
    ['(.*)ers', '$2', /No group 2/],
    ['orders', '$', /\$ that nothing follows/],
    ['orders', 'a\\', /\\ that nothing follows/],
    ['orders', '$x', /\$ that nothing follows/],
    ['(?<n>or).*', '${m}', /No group with name \{m\}/]
  ]
  for (const [pattern, replacement, reason] of refusals) {
    assert.throws(() => compileJavaRegex(pattern).replaceFirst('orders', replacement), reason)
  }
})

test('what is broken, costs more than linear time or means another thing to RE2 is refused by name', () => {
  const refusals: [pattern: string, reason: RegExp][] = [
    ['[', /\[ cannot be used: missing closing \]/],
    ['(a', /missing closing \)/],
    ['o(?=r).*', /it has \(\?= \(lookaround/],
    ['(?<!x)a', /it has \(\?<! /],
    ['(?>d)ers', /it has \(\?> /],
    ['a*+', /it has \*\+ /],
    ['(a)\\1', /a reference back to a group at character 4/],
    ['[a-z&&[^b]]', /the intersection of character classes \(&&\) at character 5/],
    ['[a[b]]', /a character class inside another at character 3/],
    ['(?iU)a', /the flag U at character 1/],
    ['a{2000}', /invalid repeat count/]
  ]
  for (const [pattern, reason] of refusals) {
    assert.throws(
      () => compileJavaRegex(pattern),
      (error: unknown) => error instanceof JavaRegexError && reason.test(error.message),
      pattern
    )
  }
})

test('a pattern that would take Java exponential time takes none here', () => {
  assert.equal(compileJavaRegex('(a+)+b').matches('a'.repeat(5000)), false)
})
