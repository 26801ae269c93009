// Quotes that a properties file keeps: found around a whole value, and told with the line to write.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quotedListErrors, quotesRemark, quoteWarnings, unquoted, unquotedList } from './quoted-values.ts'

test('quotes stand around all of a value, or belong to something inside', () => {
  assert.equal(unquoted('"localhost"'), 'localhost')
  assert.equal(unquoted(" 'a b' "), 'a b')
  for (const plain of ['localhost', '"', '""', '"a', 'a"', '"a" and "b"', `"it's'`]) assert.equal(unquoted(plain), null)
})

test('a list is quoted as a whole or item by item', () => {
  assert.equal(unquotedList('"a,b"'), 'a,b')
  assert.equal(unquotedList('"a", b'), 'a,b')
  assert.equal(unquotedList('a,b'), null)
})

test('what is said names the key and the line to write', () => {
  assert.equal(quotesRemark('tasks.max', '"2"'), 'The quotes are part of the value: write tasks.max=2')
  assert.equal(quotesRemark('tasks.max', '2'), null)
  assert.equal(quotesRemark('tasks.max', undefined), null)
  const config = new Map([['topics', '"t"'], ['connect.redis.password', '"x"'], ['name', "'n'"]]) // prettier-ignore
  assert.deepEqual(quotedListErrors(config), [['topics', 'topics: The quotes are part of the value: write topics=t']])
  assert.deepEqual(quoteWarnings(config), [
    'topics: The quotes are part of the value: write topics=t',
    'name: The quotes are part of the value: write name=n'
  ])
})
