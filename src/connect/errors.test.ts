// A chain of errors as one line: each sentence once, however often the errors repeat one another.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { causeChain } from './errors.ts'

const chain = (...messages: readonly string[]): Error | undefined =>
  messages.reduceRight<Error | undefined>((cause, message) => new Error(message, { cause }), undefined)

const cases: readonly (readonly [readonly string[], string])[] = [
  [['no', 'because'], 'no; caused by: because'],
  [['no', 'no', 'because'], 'no; caused by: because'],
  [['Record t-0@7: no JSON. Tolerance exceeded', 'Record t-0@7: no JSON', 'no JSON'], 'Record t-0@7: no JSON. Tolerance exceeded'],
  [['It is gone. It failed', 'It is gone.'], 'It is gone. It failed'],
  [['Not read: ', 'no JSON at byte 0', ''], 'Not read: no JSON at byte 0'],
  [['Not read: ', 'Not read: no JSON'], 'Not read: no JSON'],
  // A word that stands in another sentence is no sentence that was said.
  [['errors.retry.timeout is over', 'timeout'], 'errors.retry.timeout is over; caused by: timeout'],
  [['it is away', 'a'], 'it is away; caused by: a']
] // prettier-ignore

test('a chain of errors has each sentence once', () => {
  for (const [messages, line] of cases) assert.equal(causeChain(chain(...messages)), line)
})

test('what is no error is its text, and an error that is its own cause has an end', () => {
  assert.equal(causeChain('plain'), 'plain')
  const circle = new Error('round')
  circle.cause = circle
  assert.equal(causeChain(circle), 'round')
})
