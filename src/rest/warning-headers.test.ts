// Warnings beside an answer: readable by whoever knows JSON, and never more than proxies take.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok } from './routes.ts'
import { withWarnings } from './warning-headers.ts'

const texts = (warnings: readonly string[]): readonly string[] => {
  const { headers } = withWarnings(ok({}), warnings)
  const values = headers?.['warning']
  if (!Array.isArray(values)) return []
  assert.ok(
    values.every(value => /^299 - "[\x20-\x7e]*"$/.test(value)),
    values.join()
  )
  assert.ok(values.join('').length < 2100)
  return values.map(value => String(JSON.parse(value.slice(6))))
}

test('each warning is a header, its first line alone, in ASCII', () => {
  assert.deepEqual(texts(['one "two"', 'stra\u00dfe\n    ^']), ['one "two"', 'stra\u00dfe'])
})

test('without warnings the answer is as it was', () => {
  const answer = ok({ a: 1 })
  assert.equal(withWarnings(answer, []), answer)
})

test('what is beyond the bounds is counted', () => {
  const many = texts(Array.from({ length: 1000 }, (_, index) => `warning ${index} ${'x'.repeat(100)}`))
  assert.match(many.at(-1) ?? '', /^\d+ more warnings: kafka-connect-redis explain shows all$/)
  assert.equal(texts(['y'.repeat(10_000)])[0]?.length, 403)
  assert.match(texts(['\u0431'.repeat(10_000)])[0] ?? '', /^\u0431{50,}\.{3}$/)
})
