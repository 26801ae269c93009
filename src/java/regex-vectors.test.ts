// Proves regular expressions by what java.util.regex of Java 17 answered (test/kit/RegexRecorder.java).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectors } from '../../test/kit/vectors.ts'
import { parseJavaRegex } from './regex-parse.ts'
import { compileSteps } from './regex-program.ts'
import { findBySteps, stepsMax } from './regex-steps.ts'
import { JavaRegexError } from './regex-syntax.ts'
import { compileJavaRegex } from './regex.ts'

interface Answer {
  readonly matches: boolean
  readonly find: readonly number[] | null
}

const vectors = readVectors<{ readonly pattern: string; readonly text: string }, Answer>('regex')

/** Refused here and taken by Java: classes of Java's own and blocks of Unicode, and the flag that widens \w. */
const onlyJava = ['(?U)a', '\\p{InGreek}', '\\p{javaLowerCase}']
/** Java forgets to take back what a group held when it gives up a possessive part; here it takes part in nothing then. */
const keptByJava = '(?x: (?<n>|)++$(c)|{1,2}+){0,2}(?<=\\A?+\\u0062){1,2}?'

const answered = vectors.filter(
  ({ input: { pattern }, expect }) => expect !== undefined && !onlyJava.includes(pattern) && pattern !== keptByJava
)

test('the stepping matcher finds what Java finds, group by group', () => {
  assert.ok(answered.length > 2000)
  for (const { input, expect } of answered) {
    const tree = parseJavaRegex(input.pattern)
    const program = compileSteps(tree)
    const ask = (isWhole: boolean) =>
      findBySteps({ program, text: input.text, from: 0, isWhole, steps: stepsMax }).groups
    assert.deepEqual({ ...input, find: ask(false) }, { ...input, find: expect?.find })
    assert.deepEqual({ ...input, matches: ask(true) !== null }, { ...input, matches: expect?.matches })
  }
})

test('whichever engine takes a pattern, the answer is that of Java', () => {
  for (const { input, expect } of answered) {
    const regex = compileJavaRegex(input.pattern)
    const found = { matches: regex.matches(input.text), find: regex.find(input.text) }
    assert.deepEqual(
      { ...input, ...found },
      { ...input, matches: expect?.matches, find: expect?.find !== null },
      input.pattern
    )
  }
})

test('what Java refuses is refused, but for a lookbehind of any length, which steps bound as well', () => {
  const refused = vectors.filter(({ error }) => error !== undefined && !error.message?.startsWith('Look-behind'))
  assert.ok(refused.length > 20)
  for (const { input } of refused) {
    assert.throws(() => compileJavaRegex(input.pattern), JavaRegexError, input.pattern)
  }
  for (const pattern of onlyJava) assert.throws(() => compileJavaRegex(pattern), /which is not/, pattern)
})
