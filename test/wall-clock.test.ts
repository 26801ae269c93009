// Spans are measured by the monotonic clock: the wall clock is set by people and time servers, back by an hour if need be. It is read to tell a time, and no more.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

/** Who may read it, and what for. */
const readers: Readonly<Record<string, string>> = {
  'src/explain.ts': 'the records of an example',
  'src/kafka/fetch/positions.ts': 'auto.offset.reset=by_duration looks for a record by its time',
  'src/kafka/group/confirmation.ts': 'both clocks: the monotonic one stands still while a machine is suspended',
  'src/kafka/oauth/token-endpoint.ts': 'a token says by the wall clock when it ends',
  'src/kafka/oauth/token-source.ts': 'a token says by the wall clock when it ends',
  'src/kafka/producer.ts': 'the time of a record',
  'src/kafka/wire.ts': 'a token says by the wall clock when it ends',
  'src/connect/skip-report.ts': 'told',
  'src/redis/progress.ts': 'told',
  'src/redis/writer/policy.ts': 'told',
  'src/rest/app.ts': 'told',
  'src/rest/response-headers.ts': 'a date in a header',
  'src/runtime/connector-offsets.ts': 'told',
  'src/runtime/error-judge.ts': 'told: when the last error was',
  'src/runtime/log.ts': 'told',
  'src/runtime/metrics.ts': 'since when a wait lasts, which is told by the wall clock',
  'src/runtime/process-samples.ts': 'when the process began',
  'src/runtime/registry-wait.ts': 'told',
  'src/runtime/waits.ts': 'told',
  'src/transforms/timestamp-converter.ts': 'the year that a pattern without one means',
  'src/transforms/timestamp-router.ts': 'the year that a pattern without one means'
}

test('only who tells a time reads the wall clock', () => {
  const found = globSync('src/**/*.ts')
    .filter(path => !path.endsWith('.test.ts') && path !== 'src/util/clock.ts')
    .filter(path => /[cC]lock\.now\(\)/.test(readFileSync(path, 'utf8')))
  assert.deepEqual(found.toSorted(), Object.keys(readers).toSorted())
})
