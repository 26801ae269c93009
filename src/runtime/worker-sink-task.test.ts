// The loop around a sink where two things cross: part of a batch put, a record that can't be read, letters that nobody takes; and a pause, a stop,
// a revocation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock, settle } from '../../test/kit/fake-clock.ts'
import { at, chainOf, openTask } from '../../test/kit/task-world.ts'
import { until } from '../../test/kit/worker.ts'
import { DataError, PartlyPutError, RetriableError } from '../connect/errors.ts'
import { RecordTooLargeError } from '../kafka/errors.ts'
import { javaTrace } from './java-trace.ts'

const exiting = 'Exiting WorkerSinkTask due to unrecoverable exception.'
const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${index}`)

test('what a failed put took before is committed when the task ends, and its failure is the cause alone', async () => {
  await using world = openTask()
  const { consumer, sink, states, failures, lines, ended } = world
  await consumer.assign({ 0: 0, 1: 40 })
  const refused = new DataError('no plan fits')
  sink.onPut = records => {
    if (records.length === 0) return
    const taken = new Map([
      ['t-0', { ...at(0), offset: 2 }],
      // Never backwards, and nothing of what is not ours.
      ['t-1', { ...at(1), offset: 7 }],
      ['t-2', { ...at(2), offset: 9 }]
    ])
    throw new PartlyPutError(refused, taken)
  }
  consumer.give(0, 0, texts(5))
  await ended
  assert.deepEqual(states, ['RUNNING', 'FAILED'])
  assert.deepEqual(chainOf(failures[0]), [`no plan fits. ${exiting}`, 'no plan fits'])
  assert.equal(failures[0]?.cause, refused)
  assert.match(
    lines.join('\n'),
    /^ERROR WorkerSinkTask\{id=c-0\} failed: no plan fits\. Task threw an uncaught and unrecoverable exception\. Task is being killed and will not recover until manually restarted /m
  )
  assert.match(
    javaTrace(failures[0] ?? assert.fail()),
    /^org\.apache\.kafka\.connect\.errors\.ConnectException: no plan fits\. Exiting WorkerSinkTask due to unrecoverable exception\.\nCaused by: org\.apache\.kafka\.connect\.errors\.DataException: no plan fits\n$/
  )
  assert.equal(consumer.commits.at(-1)?.split(' ')[0], 't-0=2')
  assert.doesNotMatch(consumer.commits.join(' '), /t-1=7|t-2/)
})

test('records before one that cannot be read are put and committed before the task fails', async () => {
  await using world = openTask()
  const { consumer, sink, failures, ended } = world
  await consumer.assign({ 0: 10 })
  consumer.give(0, 10, ['a', 'b', 'garbage', 'c'])
  await ended
  assert.match(chainOf(failures[0])[0] ?? '', /^Record t-0@12: .* Tolerance exceeded in error handler$/)
  assert.deepEqual(sink.taken, ['0@10', '0@11'])
  assert.equal(consumer.commits.at(-1), 't-0=12')
})

test('a record that cannot be read waits for the batch before it, however often that is delivered', async () => {
  await using world = openTask()
  const { consumer, sink, task, states, ended } = world
  await consumer.assign({ 0: 0 })
  let tries = 0
  sink.onPut = records => {
    if (records.length > 0 && ++tries < 3) {
      setImmediate(() => consumer.wakeup())
      throw new RetriableError('busy')
    }
  }
  consumer.give(0, 0, ['a', 'garbage'])
  await ended
  assert.deepEqual([tries, sink.taken, states.at(-1)], [3, ['0@0'], 'FAILED'])
  assert.equal(consumer.commits.at(-1), 't-0=1')
  task.stop()
})

test('a record that cannot be read is no longer ours when its partition is revoked while the batch before it waits', async () => {
  await using world = openTask()
  const { consumer, sink, task, states, ended } = world
  await consumer.assign({ 0: 0, 1: 0 })
  let away = true
  sink.onPut = records => {
    if (records.length > 0 && away) throw new RetriableError('busy')
  }
  consumer.give(1, 0, ['x'])
  consumer.give(0, 0, ['a', 'garbage'])
  await until(() => consumer.paused.size === 2)
  await consumer.revoke(0)
  away = false
  consumer.give(1, 1, ['y'])
  consumer.wakeup()
  await until(() => sink.taken.includes('1@1'))
  task.stop()
  await ended
  assert.deepEqual(states, ['RUNNING', 'STOPPED'])
  assert.deepEqual(sink.taken, ['1@0', '1@1'])
})

test('a stop while a record waits for its converter ends in peace; what was read before it is put and committed', async () => {
  const clock = new FakeClock()
  await using world = openTask({ clock, settings: { retryTimeoutMs: -1 } })
  const { consumer, sink, metrics, task, states, ended } = world
  await consumer.assign({ 0: 0 })
  consumer.give(0, 0, ['a', 'away', 'b'])
  await until(() => metrics.recordFailures.value > 0)
  task.stop()
  await ended
  assert.deepEqual(states, ['RUNNING', 'STOPPED'])
  assert.deepEqual(sink.taken, ['0@0'])
  assert.equal(consumer.commits.at(-1), 't-0=1')
  assert.equal(metrics.recordsSkipped.value, 0)
})

/** A task with as many letters on their way as may be, none of them acknowledged. */
async function crowded() {
  const clock = new FakeClock()
  const world = openTask({ clock, deadLetters: true, settings: { tolerateAll: true }, lettersWaitMs: 2500 })
  const { consumer, sink, letters } = world
  await consumer.assign({ 0: 0, 1: 0 })
  consumer.give(1, 0, ['x'])
  await until(() => sink.taken.includes('1@0'))
  for (let from = 0; from < 1000; from += 500) {
    consumer.give(
      0,
      from,
      texts(500).map(() => 'garbage')
    )
    await until(() => letters.length === from + 500)
  }
  await until(() => consumer.paused.size === 2)
  return { ...world, clock }
}

test('a dead letter queue that takes nothing: the group is polled on, a pause and a resume are heard', async () => {
  await using world = await crowded()
  const { consumer, task, states, sink, letters } = world
  const polls = consumer.polls
  task.pause()
  await until(() => states.at(-1) === 'PAUSED')
  task.resume()
  await until(() => states.at(-1) === 'RUNNING')
  assert.ok(consumer.polls > polls)
  consumer.give(1, 1, ['y'])
  await settle()
  assert.deepEqual(sink.taken, ['1@0'], 'nothing more is read')
  // One place is enough.
  letters[0]?.resolve()
  await until(() => sink.taken.includes('1@1'))
})

test('a dead letter queue that takes nothing does not hold up a stop, and no offset behind its records is committed', async () => {
  await using world = await crowded()
  const { clock, consumer, task, states, letters, ended, metrics, lines } = world
  for (const { resolve } of letters.slice(0, 3)) resolve()
  task.stop()
  await settle()
  await until(() => {
    clock.advance(500)
    return states.at(-1) === 'STOPPED'
  })
  await ended
  assert.equal(consumer.commits.at(-1), 't-0=3 t-1=1')
  assert.equal(metrics.deadLetterFailures.value, 0, 'what a stop cuts off is no failure')
  const said = lines.join('\n')
  assert.match(
    said,
    /Task c-0 gives up partitions of which 997 letter\(s\) are not acknowledged by the dead letter queue dead \(records t-0@3 to t-0@999\): .* not committed.* read again .* written again/
  )
  assert.equal(lines.filter(line => /are not acknowledged by/.test(line)).length, 1)
})

test('a letter that is too large ends the task with what to write, the cause first', async () => {
  await using world = openTask({ deadLetters: true, settings: { tolerateAll: true } })
  const { consumer, letters, ended, failures } = world
  await consumer.assign({ 0: 0 })
  consumer.give(0, 0, ['garbage'])
  await until(() => letters.length === 1)
  letters[0]?.reject(new RecordTooLargeError('a record for dead takes up to 600040 bytes, allowed are 100000'))
  await ended
  assert.match(
    String(failures[0]?.message),
    /^Could not send the record t-0@0 to the dead letter queue dead: a record for dead takes up to 600040 bytes, allowed are 100000\. Its offset is not committed\. Write a larger producer\.override\.max\.request\.size .* meets the same record\. /
  )
})

test('a partition whose letters are on their way is given up, and comes again further on: they hold nothing back then', async () => {
  const clock = new FakeClock()
  await using world = openTask({ clock, deadLetters: true, settings: { tolerateAll: true }, lettersWaitMs: 100 })
  const { consumer, sink, letters, task, states, ended } = world
  await consumer.assign({ 0: 0 })
  consumer.give(0, 0, ['a', 'garbage', 'b'])
  await until(() => letters.length === 1 && sink.taken.includes('0@2'))
  const revoked = consumer.revoke(0)
  await until(() => {
    clock.advance(50)
    return consumer.assignment().length === 0
  })
  await revoked
  assert.deepEqual(consumer.commits, ['t-0=1'])
  // Somebody else has put the letter where it belongs, and went on.
  await consumer.assign({ 0: 50 })
  consumer.give(0, 50, ['c'])
  await until(() => sink.taken.includes('0@50'))
  letters[0]?.reject(new Error('the topic is full'))
  await settle()
  task.stop()
  await ended
  assert.deepEqual(states, ['RUNNING', 'STOPPED'])
  assert.equal(consumer.commits.at(-1), 't-0=51')
})

test('of letters that all are acknowledged nothing is said when partitions are given up', async () => {
  await using world = openTask({ deadLetters: true, settings: { tolerateAll: true } })
  const { consumer, letters, lines, task, ended } = world
  await consumer.assign({ 0: 0 })
  consumer.give(0, 0, ['garbage', 'garbage'])
  await until(() => letters.length === 2)
  for (const { resolve } of letters) resolve()
  await settle()
  task.stop()
  await ended
  assert.doesNotMatch(lines.join('\n'), /acknowledged/)
})

test('a dead letter queue that takes nothing is told after a while, once a minute, and when it is over', async () => {
  const clock = new FakeClock()
  await using world = openTask({ clock, deadLetters: true, settings: { tolerateAll: true } })
  const { consumer, letters, lines, producer, metrics, shown } = world
  // That its record is skipped is told in any case.
  const told = (): string[] => lines.filter(line => /dead letter queue dead/.test(line))
  await consumer.assign({ 0: 0 })
  consumer.give(0, 0, ['garbage'])
  await until(() => letters.length === 1)
  producer.trouble = { attempts: 7, reason: 'the broker answers UNKNOWN_TOPIC_OR_PARTITION (3) for topic dead' }
  clock.advance(4_999)
  assert.deepEqual(told(), [])
  clock.advance(1)
  assert.match(
    told()[0] ?? '',
    /^WARN Task c-0 is waiting for the dead letter queue dead since 2023-11-14T22:13:20\.000Z, attempt 7: the broker answers UNKNOWN_TOPIC_OR_PARTITION \(3\) for topic dead\. The offsets of the records of 1 letter\(s\)/
  )
  clock.advance(180_000)
  assert.equal(told().length, 4)
  assert.deepEqual(
    shown.waits.map(({ for: whom }) => whom),
    ['deadletterqueue']
  )
  assert.equal(metrics.deadLettersWaiting.value, 1)
  letters[0]?.resolve()
  await settle()
  assert.match(
    told()[4] ?? '',
    /^INFO Task c-0 is no longer waiting for the dead letter queue dead: it takes letters, after 185 s and 7 attempts$/
  )
  assert.deepEqual(shown.waits, [])
  assert.equal(metrics.deadLettersWaiting.value, 0)
  clock.advance(600_000)
  assert.equal(told().length, 5)
})

test('a busy dead letter queue is not told of', async () => {
  const clock = new FakeClock()
  await using world = openTask({ clock, deadLetters: true, settings: { tolerateAll: true } })
  const { consumer, letters, lines } = world
  await consumer.assign({ 0: 0 })
  for (let turn = 0; turn < 5; turn++) {
    consumer.give(0, turn, ['garbage'])
    await until(() => letters.length === turn + 1)
    clock.advance(2_000)
    letters[turn - 1]?.resolve()
    await settle()
  }
  assert.doesNotMatch(lines.join('\n'), /dead letter queue dead/)
})

for (const end of ['a stop', 'a failure'] as const) {
  test(`a wait that lasts when ${end} ends the task is told to be over, and shown no more`, async () => {
    const clock = new FakeClock()
    await using world = openTask({ clock, deadLetters: true, settings: { tolerateAll: true }, lettersWaitMs: 100 })
    const { consumer, sink, letters, lines, task, states, shown, ended } = world
    await consumer.assign({ 0: 0 })
    consumer.give(0, 0, ['garbage', 'a'])
    await until(() => letters.length === 1 && sink.taken.length === 1)
    clock.advance(5000)
    assert.equal(shown.waits.length, 1)
    if (end === 'a stop') task.stop()
    else task.fail(new DataError('a fault of ours'))
    await until(() => {
      clock.advance(50)
      return states.length > 1
    })
    await ended
    assert.deepEqual(shown.waits, [])
    assert.equal(
      lines.filter(line => /no longer waiting for the dead letter queue dead: the task ends/.test(line)).length,
      1
    )
    assert.equal(clock.pending, 0)
  })
}
