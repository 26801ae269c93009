// Commands that were under way when something went wrong: what is settled, what is told, and what holds the commits back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { geoadd, recordAt, set, zadd } from '../../../test/kit/writer-bench.ts'
import { type SinkRecord } from '../../connect/record.ts'
import { type Command } from '../encode.ts'
import { Flight } from './flight.ts'
import { PlannedSource } from './planned-source.ts'
import { Recovery } from './recovery.ts'
import { type Reply, ReplyError } from './reply-reader.ts'
import { type Refusal } from './refusal-judge.ts'
import { type Slot } from './resend.ts'

const text = (index: number): string => `statement ${index}`
const no = new ReplyError('WRONGTYPE no')

function flightOf(records: readonly (readonly [SinkRecord, readonly Command[]])[], replies: readonly Reply[]): Flight {
  const flight = new Flight(Buffer.alloc(1000), null)
  const source = new PlannedSource()
  flight.addSource(source)
  for (const [record, commands] of records) {
    source.add(record, commands)
    for (const command of commands) flight.append(command, false, false)
  }
  for (const reply of replies) flight.take(reply)
  return flight
}

test('a record is settled when all its commands are, and told once however many are refused', () => {
  const recovery = new Recovery()
  const both = [set('a', '1'), set('b', '1')]
  recovery.add(
    flightOf(
      [
        [recordAt(0, 5), both],
        [recordAt(0, 6), [geoadd('g', 500, 'm'), zadd('z', 1, 'm')]],
        [recordAt(1, 9), [set('c', '1')]]
      ],
      ['OK', 'OK', no, no]
    )
  )
  assert.deepEqual([recovery.firstUnsettled('t-0'), recovery.firstUnsettled('t-1')], [5, 9])
  const { refusals, outageReply } = recovery.assess(text)
  assert.equal(outageReply, null)
  assert.equal(refusals.length, 1)
  assert.match(
    refusals[0]?.error.message ?? '',
    /^Record t-0@6 is refused by Redis for the key "g" \(statement 1: statement 0\): WRONGTYPE no\. The key/
  )
  assert.deepEqual([recovery.firstUnsettled('t-0'), recovery.firstUnsettled('t-1')], [6, 9])
  const [refusal] = refusals
  assert.ok(refusal !== undefined)
  assert.deepEqual(recovery.before(refusal), [])
  recovery.drop(refusals)
  assert.deepEqual([recovery.firstUnsettled('t-0'), recovery.firstUnsettled('t-1')], [Infinity, 9])
  const again = recovery.again()
  assert.deepEqual(
    again.map(({ command }) => command.key),
    ['c']
  )
  recovery.learn(again, ['ok'])
  recovery.settle()
  assert.equal(recovery.done, true)
  assert.equal(recovery.firstUnsettled('t-1'), Infinity)
})

test("what no record can change is the server's fault: it is told apart, with the first record it met, and drops nothing", () => {
  const recovery = new Recovery()
  const denied = new ReplyError("NOPERM this user has no permissions to run the 'set' command")
  recovery.add(
    flightOf(
      [
        [recordAt(0, 1), [zadd('z', 1, 'm')]],
        [recordAt(0, 2), [set('a', '1')]],
        [recordAt(0, 3), [set('b', '1')]]
      ],
      [no, denied, denied]
    )
  )
  const { refusals, serverFault, first } = recovery.assess(text)
  assert.deepEqual(
    [first, refusals.map(({ record }) => record.original.offset), serverFault?.record.original.offset],
    ['refusal', [1], 2]
  )
  recovery.drop(refusals)
  assert.equal(recovery.assess(text).first, 'serverFault')
  assert.equal(recovery.firstUnsettled('t-0'), 2)
})

test('an answer that means an outage is no refusal, and is noted once', () => {
  const recovery = new Recovery()
  recovery.add(flightOf([[recordAt(0, 1), [set('a', '1')]]], [new ReplyError('LOADING soon')]))
  const first = recovery.assess(text)
  assert.deepEqual([first.refusals, first.outageReply?.text], [[], 'LOADING soon'])
  assert.equal(recovery.assess(text).outageReply, null)
  assert.equal(recovery.firstUnsettled('t-0'), 1)
})

test('what stands before a refused record comes first; what was answered behind it is found again', () => {
  const recovery = new Recovery()
  recovery.add(
    flightOf(
      [
        [recordAt(0, 1), [zadd('z', 1, 'm')]],
        [recordAt(0, 2), [zadd('y', 1, 'm')]],
        [recordAt(0, 3), [zadd('z', 2, 'm')]]
      ],
      [new ReplyError('OOM'), no, 1]
    )
  )
  const [refusal] = recovery.assess(text).refusals
  assert.ok(refusal !== undefined)
  const before = recovery.before(refusal)
  assert.deepEqual(
    before.map(({ receipt }) => receipt.record.original.offset),
    [1]
  )
  recovery.learn(before, ['ok'])
  recovery.settle()
  // The refusal is still known; the later member of z goes out again, behind the earlier one.
  assert.equal(recovery.assess(text).refusals.length, 1)
  assert.deepEqual(
    recovery.again().map(({ receipt }) => receipt.record.original.offset),
    [2, 3]
  )
})

test('partitions given up count for nothing, and their commands are gone', () => {
  const recovery = new Recovery()
  recovery.add(
    flightOf(
      [
        [recordAt(0, 1), [set('a', '1')]],
        [recordAt(1, 1), [set('b', '1')]]
      ],
      []
    )
  )
  assert.equal(recovery.forget(new Set(['t-2'])), false)
  assert.equal(recovery.forget(new Set(['t-0'])), true)
  assert.deepEqual([recovery.firstUnsettled('t-0'), recovery.firstUnsettled('t-1')], [Infinity, 1])
  assert.deepEqual(
    recovery.again().map(({ command }) => command.key),
    ['b']
  )
})

test('a flight that is planned again as another number of commands is not believed', () => {
  const flight = flightOf([[recordAt(0, 1), [set('a', '1')]]], [])
  flight.append(set('b', '1'), false, false)
  assert.throws(() => new Recovery().add(flight), /flight of 2 commands was planned again as 1/)
})

test('a refusal fits one line, whatever stands in the key and the statement', () => {
  const recovery = new Recovery()
  recovery.add(flightOf([[recordAt(0, 1), [set(`a\n"${'k'.repeat(500)}`, '1')]]], [no]))
  const [refusal] = recovery.assess(() => ` ${'s'.repeat(1000)} `).refusals
  const message = refusal?.error.message ?? ''
  assert.ok(message.length < 800 && !message.includes('\n'), message)
})

/** Counts how often it is asked where a record came from. */
function counted(record: SinkRecord, looks: { count: number }): SinkRecord {
  const { original } = record
  return Object.defineProperty(record, 'original', {
    get: () => {
      looks.count++
      return original
    }
  })
}

test('what holds the commits back is looked for once after each change, for however many partitions it is asked', () => {
  const looks = { count: 0 }
  const recovery = new Recovery()
  const partitions = Array.from({ length: 20 }, (_, partition) => partition)
  const add = (offset: number): void => {
    const records = partitions.map(partition => counted(recordAt(partition, offset), looks))
    recovery.add(
      flightOf(
        records.map(record => [record, [set(`k${offset}`, '1')]]),
        []
      )
    )
  }
  const looksOf = (ask: () => void): number => {
    const before = looks.count
    ask()
    return looks.count - before
  }
  const askAll = (): void => {
    for (const partition of partitions) assert.equal(recovery.firstUnsettled(`t-${partition}`), 1)
  }
  add(1)
  assert.equal(looksOf(askAll), 20)
  assert.equal(looksOf(askAll), 0)
  add(2)
  assert.equal(looksOf(askAll), 40)
  // An attempt that was in vain changes nothing.
  const again = recovery.again()
  recovery.learn(again, [])
  recovery.assess(text)
  recovery.settle()
  assert.equal(looksOf(askAll), 0)
})

const tasks = ['add', 'add', 'assess', 'drop', 'forget', 'resend', 'before', 'settle'] as const
const answers = fc.constantFrom<Reply>('OK', 'OK', 'OK', no, new ReplyError('OOM'), new ReplyError('LOADING soon'))
type Step = readonly [task: (typeof tasks)[number], partition: number, replies: readonly Reply[]]

/** A recovery after `steps`; `look` is called after each of them. */
function played(steps: readonly Step[], look?: (recovery: Recovery) => void): Recovery {
  const recovery = new Recovery()
  let offset = 0
  let refusals: readonly Refusal[] = []
  const learn = (slots: readonly Slot[], replies: readonly Reply[]): void => {
    const outcomes = slots.map((_, index) => replies[index % Math.max(1, replies.length)])
    recovery.learn(
      slots,
      outcomes.map(reply => (reply instanceof ReplyError ? reply : reply === undefined ? 'lost' : 'ok'))
    )
  }
  for (const [task, partition, replies] of steps) {
    if (task === 'add') {
      const records = [0, 1, 2].map(place => recordAt((partition + place) % 3, offset++))
      recovery.add(
        flightOf(
          records.map((record, place) => [record, [set(`k${place % 2}`, '1')]]),
          replies.slice(0, 3)
        )
      )
    } else if (task === 'assess') ({ refusals } = recovery.assess(text))
    else if (task === 'drop') recovery.drop(refusals)
    else if (task === 'forget') recovery.forget(new Set([`t-${partition}`]))
    else if (task === 'resend') learn(recovery.again(), replies)
    else if (task === 'before') learn(refusals[0] === undefined ? [] : recovery.before(refusals[0]), replies)
    else recovery.settle()
    look?.(recovery)
  }
  return recovery
}

/** As a look at every command that is left finds them. */
function plainFirsts(recovery: Recovery): readonly number[] {
  const origins = recovery.again().map(({ receipt }) => receipt.record.original)
  return [0, 1, 2].map(asked =>
    Math.min(Infinity, ...origins.filter(({ partition }) => partition === asked).map(({ offset }) => offset))
  )
}

test('what holds the commits back is what a look at every command finds, whatever happened in between', () => {
  const step = fc.tuple(fc.constantFrom(...tasks), fc.nat(2), fc.array(answers, { maxLength: 4 }))
  const seen = new Set<string>()
  const property = fc.property(fc.array(step, { maxLength: 12 }), steps => {
    const asked: (readonly number[])[] = []
    played(steps, recovery => asked.push([0, 1, 2].map(partition => recovery.firstUnsettled(`t-${partition}`))))
    const plain = steps.map((_, index) => plainFirsts(played(steps.slice(0, index + 1))))
    assert.deepEqual(asked, plain)
    for (const [index, [task]] of steps.entries()) {
      if (index > 0 && String(plain[index]) !== String(plain[index - 1])) seen.add(task)
    }
  })
  fc.assert(property, { numRuns: 500 })
  assert.deepEqual(
    [...seen].toSorted(),
    ['add', 'assess', 'drop', 'forget', 'settle'],
    'each of them changed something'
  )
})
