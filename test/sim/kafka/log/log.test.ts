// The simulated log where it must not differ from a real one: what compaction may take, what a cut answer holds, where stable records end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compactLog } from './compact.ts'
import { Log, type RecordToAppend } from './log.ts'

function record(key: string, value = 'v'): RecordToAppend {
  return { key: Buffer.from(key), value: Buffer.from(value), timestamp: 1 }
}

function offsets(log: Log): number[] {
  return log.committedRecords().map(({ offset }) => offset)
}

test('compaction keeps the last committed record of a key, whatever was aborted after it', () => {
  const log = new Log()
  log.append([record('a'), record('b')], 0, 'none')
  log.append([record('a')], 0, 'none', 7)
  log.endTransaction(7, 'abort', 0, 1)
  log.append([record('b')], 0, 'none')
  compactLog(log, Infinity, () => true)
  assert.deepEqual(offsets(log), [0, 4])
  assert.deepEqual(
    log.records().map(({ offset }) => offset),
    [0, 4]
  )
})

test('compaction stops where a transaction is open', () => {
  const log = new Log()
  log.append([record('a')], 0, 'none')
  log.append([record('b')], 0, 'none', 7)
  log.append([record('a'), record('a')], 0, 'none')
  compactLog(log, Infinity, () => true)
  log.endTransaction(7, 'commit', 0, 1)
  assert.deepEqual(offsets(log), [0, 1, 2, 3])
})

test('a partition that may not exceed its bytes gives no part of its first batch', () => {
  const log = new Log()
  log.append([record('a')], 0, 'none')
  log.append([record('b')], 0, 'none')
  const [first] = log.batches
  const size = first?.bytes.length ?? 0
  assert.equal(log.slice(0, 2, size - 1, false).bytes, 0)
  assert.equal(log.slice(0, 2, size - 1, true).bytes, size)
  // Batches after the first are cut wherever the room ends.
  assert.equal(log.slice(0, 2, size + 5, false).bytes, size + 5)
})

test('stable records end no earlier than the log begins', () => {
  const log = new Log()
  log.append([record('a')], 0, 'none', 7)
  log.append([record('b')], 0, 'none')
  log.retain(1)
  assert.equal(log.lastStable, 1)
})

test('a transaction whose marker was taken back is open again', () => {
  for (const how of ['commit', 'abort'] as const) {
    const log = new Log()
    log.append([record('a')], 0, 'none')
    log.append([record('b')], 0, 'none', 7)
    log.endTransaction(7, how, 0, 1)
    log.truncate(2)
    assert.equal(log.lastStable, 1)
    assert.deepEqual(log.openProducers, [7])
    assert.deepEqual(offsets(log), [0])
  }
})
