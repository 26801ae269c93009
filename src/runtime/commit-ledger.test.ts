// The ledger's promises: nothing is committed that was not put, nothing behind an unsettled record, nothing of a partition that was given up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../connect/log.ts'
import { type Offsets } from '../connect/plugin.ts'
import { type TopicPartition } from '../connect/record.ts'
import { CommitLedger } from './commit-ledger.ts'

const partition = (number: number): TopicPartition => ({ topic: 't', partition: number })

/** Offsets of the topic by partition. */
function at(offsets: Readonly<Record<number, number>>): Offsets {
  return new Map(
    Object.entries(offsets).map(([number, offset]) => [
      `t-${number}`,
      { topic: 't', partition: Number(number), offset }
    ])
  )
}

const plain = (offsets: Offsets): Record<string, number> =>
  Object.fromEntries([...offsets].map(([key, { offset }]) => [key, offset]))

/** Partitions 0 and 1, both begun at 10. */
function begun() {
  const lines: string[] = []
  const ledger = new CommitLedger({ ...silentLogger, warn: line => void lines.push(line) })
  for (const number of [0, 1]) ledger.begin(partition(number), 10)
  return { ledger, lines }
}

const settled = (): number => Infinity

test('a partition that was given up stays forgotten, whatever is put or taken of it afterwards', () => {
  const { ledger, lines } = begun()
  ledger.forget([partition(1)])
  ledger.put(at({ 0: 15, 1: 20 }))
  ledger.advance(at({ 1: 30 }))
  assert.deepEqual(plain(ledger.current()), { 't-0': 15 })
  assert.deepEqual(plain(ledger.committable(at({ 0: 15, 1: 20 }), settled)), { 't-0': 15 })
  assert.match(lines[0] ?? '', /t-1\/20 -- partition not assigned/)
  assert.deepEqual(plain(ledger.rewind()), { 't-0': 10 })
})

test('part of a batch moves a partition on, and never back', () => {
  const { ledger } = begun()
  ledger.put(at({ 0: 15, 1: 15 }))
  ledger.advance(at({ 0: 12, 1: 18 }))
  assert.deepEqual(plain(ledger.current()), { 't-0': 15, 't-1': 18 })
})

test('what the task allows is committed up to what was put, and up to the first unsettled record', () => {
  const { ledger, lines } = begun()
  ledger.put(at({ 0: 15, 1: 15 }))
  const unsettled = ({ partition: number }: TopicPartition): number => (number === 1 ? 12 : 99)
  assert.deepEqual(plain(ledger.committable(at({ 0: 15, 1: 15 }), unsettled)), { 't-0': 15, 't-1': 12 })
  assert.deepEqual(plain(ledger.committable(at({ 0: 16 }), settled)), {})
  assert.match(lines[0] ?? '', /t-0\/16 -- not yet consumed, taskOffset=16, currentOffset=15/)
})

test('only what moved is committed, and what was put since is active', () => {
  const { ledger } = begun()
  ledger.put(at({ 0: 15, 1: 10 }))
  assert.deepEqual(plain(ledger.moved(at({ 0: 15, 1: 10 }))), { 't-0': 15 })
  assert.equal(ledger.active, 5)
  ledger.markCommitted(at({ 0: 12 }), () => true)
  assert.equal(ledger.active, 3)
  assert.deepEqual(plain(ledger.moved(at({ 0: 12 }))), {})
})

test('an answer from before a partition was given up says nothing of it, though it came back', () => {
  const { ledger } = begun()
  ledger.put(at({ 0: 15, 1: 15 }))
  const isStill = ledger.holding(at({ 0: 15, 1: 15 }))
  ledger.forget([partition(1)])
  assert.equal(isStill('t-1'), false)
  ledger.begin(partition(1), 10)
  assert.deepEqual([isStill('t-0'), isStill('t-1')], [true, false])
  ledger.markCommitted(at({ 0: 15, 1: 15 }), isStill)
  assert.deepEqual(plain(ledger.moved(at({ 0: 15, 1: 15 }))), { 't-1': 15 })
})

test('back to what was committed last: what was put behind it is read and put again', () => {
  const { ledger } = begun()
  ledger.put(at({ 0: 15, 1: 15 }))
  ledger.markCommitted(at({ 0: 12 }), () => true)
  assert.deepEqual(plain(ledger.rewind()), { 't-0': 12, 't-1': 10 })
  assert.deepEqual(plain(ledger.current()), { 't-0': 12, 't-1': 10 })
  assert.equal(ledger.active, 0)
})
