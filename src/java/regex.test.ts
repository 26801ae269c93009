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

test('what is broken is refused with its reason and its place', () => {
  const refusals: [pattern: string, reason: RegExp][] = [
    ['[', /\[ cannot be used: it has a \[ that nothing closes at character 1\./],
    ['x[a&&[b]', /a \[ that nothing closes at character 2/],
    ['(a', /a \( that nothing closes at character 1/],
    ['a)', /a \) that nothing opens at character 2/],
    ['a**', /\* with nothing before it to repeat at character 3/],
    ['a{x}', /after which no \{number\}.* at character 2/],
    ['[b-a]', /whose end is below its beginning at character 2/],
    ['\\p{Nothing}', /the property Nothing, which is not known here, at character 1/],
    ['(?iU)a', /the flag U, which is not supported, at character 1/],
    ['(?<n>a)(?<n>b)', /two groups of the name n/],
    ['((a{200}){200}){200}', /repeats so much that it takes more than 50000 instructions/],
    ['('.repeat(200), /groups more than 100 deep/],
    ['['.repeat(200), /character classes more than 100 deep/],
    ['a'.repeat(10_001), /is 10001 characters long; at most 10000 are taken/]
  ]
  for (const [pattern, reason] of refusals) {
    assert.throws(
      () => compileJavaRegex(pattern),
      (error: unknown) => error instanceof JavaRegexError && reason.test(error.message),
      pattern
    )
  }
})

test('lookaround, references back, possessive and atomic parts and joined classes do what they do in Java', () => {
  const rows: [pattern: string, text: string, matches: boolean][] = [
    ['obs\\.(?!raw)(?!avg).*', 'obs.temperature', true],
    ['obs\\.(?!raw)(?!avg).*', 'obs.raw-1', false],
    ['.*(?<!-internal)', 'orders', true],
    ['.*(?<!-internal)', 'orders-internal', false],
    ['(\\w+)-\\1', 'eu-eu', true],
    ['(\\w+)-\\1', 'eu-us', false],
    ['(?<name>\\w+)-\\k<name>', 'eu-eu', true],
    ['\\w*+s', 'orders', false],
    ['(?>a|ab)c', 'abc', false],
    ['[a-z&&[^aeiou]]+', 'rhythm', true],
    ['[a-z&&[^aeiou]]+', 'orders', false],
    ['[a-c[x-z]]+', 'abxy', true],
    ['a{2000}', 'a'.repeat(2000), true]
  ]
  for (const [pattern, text, matches] of rows) assert.equal(compileJavaRegex(pattern).matches(text), matches, pattern)
  assert.equal(compileJavaRegex('(?<=prod\\.)(.*)').replaceFirst('prod.orders', 'x-$1'), 'prod.x-orders')
  assert.equal(compileJavaRegex('(?=[A-Z])').replaceAll('ordersByDay', '_'), 'orders_By_Day')
})

test('a pattern that would take Java exponential time takes none here, or runs out of steps and says so', () => {
  assert.equal(compileJavaRegex('(a+)+b').matches('a'.repeat(5000)), false)
  for (const pattern of ['(a+)+(?=b)', '(?:a|a)*+b|(a*)*\\1b', '(?:(?:a?){50}){50}(?!a)b']) {
    assert.throws(
      () => compileJavaRegex(pattern).matches('a'.repeat(249)),
      /needs more than 50000 steps on the text aaa.*: parts of it can match the same characters in many ways/,
      pattern
    )
  }
})

test('all texts together may be bounded too', () => {
  const regex = compileJavaRegex('(?!x)(?:.)*', { all: 1000 })
  const names = Array.from({ length: 100 }, (_, index) => `topic-of-mine-${index}`)
  assert.throws(() => names.map(name => regex.matches(name)), /needs more than 1000 steps on the texts: parts of it/)
  assert.equal(compileJavaRegex('(?!x).*').matches('orders'), true)
})

test('patterns of the greatest length are read', () => {
  for (const part of ['a|', '(?:a)', '[a]', '\\Qa', '(?i)', 'a?', '[a&&b]', '\\p{L}', '{1}', '(?x) #']) {
    assert.doesNotThrow(() => compileJavaRegex(part.repeat(Math.floor(10_000 / part.length))), part)
  }
})
