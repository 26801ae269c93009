// Every regular expression of the sources takes time in proportion to the text it meets, or the text is bounded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expressions, isBounded, knownLinear } from './kit/expressions.ts'

/** What takes the square of its text, with what bounds the text. */
const boundedText: Readonly<Record<string, string>> = {
  '/\\/\\*[^]*?\\*\\/|\\/\\/[^\\n]*/g': "the worker's own JAAS file",
  '/(?:^|[\\s;}])KafkaConnect\\s*\\{([^}]*)\\}\\s*;/': "the worker's own JAAS file",
  '/^\\s*([\\w.$]+)\\s+(?:required|requisite|sufficient|optional)\\s+([^;]*);\\s*$/': "the worker's own JAAS file"
}

/** Expressions made of text: each file with how many, and why no text from outside can be one. */
const made: Readonly<Record<string, readonly [count: number, why: string]>> = {
  'src/converters/protobuf-leaf.ts': [1, 'a key of ours'],
  'src/converters/registry-settings.ts': [1, 'a name of ours'],
  'src/java/regex-sets.ts': [1, 'the name of a property: letters, digits, _ and ='],
  'src/java/simple-date-parse.ts': [1, 'two of our own'],
  'src/kcql/source.ts': [1, 'a copy of our own'],
  'src/redis/compiled/program.ts': [1, 'three of our own']
}

test('every regular expression is linear, or what it meets is bounded', () => {
  const { literals } = expressions()
  assert.ok(literals.size > 100)
  const known = knownLinear()
  const unknown = [...literals]
    .filter(([literal]) => !isBounded(literal) && !known.has(literal) && !Object.hasOwn(boundedText, literal))
    .map(([literal, paths]) => `${literal} in ${paths.join(', ')}`)
  assert.deepEqual(unknown, [], 'run npm run node -- test/kit/expressions.ts, and mend what is not safe')
})

test('no exception outlives its expression', () => {
  const { literals } = expressions()
  assert.deepEqual(
    [...Object.keys(boundedText), ...knownLinear()].filter(literal => !literals.has(literal)),
    []
  )
})

test('no text from outside becomes a regular expression of V8', () => {
  const counts = new Map<string, number>()
  for (const path of expressions().made) counts.set(path, (counts.get(path) ?? 0) + 1)
  assert.deepEqual(
    Object.fromEntries(counts),
    Object.fromEntries(Object.entries(made).map(([path, [count]]) => [path, count]))
  )
})

test('what repeats without an end is seen', () => {
  for (const literal of ['/a*b/', '/[a]+/', '/a{2,}/g', '/(?:a|b)*$/']) assert.equal(isBounded(literal), false, literal)
  for (const literal of ['/ab?c/', '/[*+]/', '/\\*\\+/', '/a{2,30}/', '/^x/'])
    assert.equal(isBounded(literal), true, literal)
})
