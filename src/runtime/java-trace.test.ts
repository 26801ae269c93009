// The first line of a trace is the one that people read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DataError } from '../connect/errors.ts'
import { CauseFirstError, javaTrace } from './java-trace.ts'

test('a trace begins with the cause, and with a name where the cause has no words', () => {
  const lines = (cause: unknown): readonly string[] => javaTrace(new CauseFirstError('It failed', cause)).split('\n')
  assert.deepEqual(lines(new DataError('no JSON\nat all')).slice(0, 2), [
    'org.apache.kafka.connect.errors.ConnectException: no JSON. It failed',
    'Caused by: org.apache.kafka.connect.errors.DataException: no JSON'
  ])
  assert.equal(
    lines(new AggregateError([]))[0],
    'org.apache.kafka.connect.errors.ConnectException: AggregateError. It failed'
  )
})
