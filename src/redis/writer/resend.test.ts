// The order rule against a small Redis: whatever was executed and whatever not, sending again leaves the state of one by one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeRedisData } from '../../../test/kit/fake-redis-data.ts'
import { recordAt, set, setex, xadd, zadd } from '../../../test/kit/writer-bench.ts'
import { type Command } from '../encode.ts'
import { planResend, type Slot } from './resend.ts'
import { type Outcome } from './flight.ts'
import { ReplyError } from './reply-reader.ts'

const no = new ReplyError('NOPERM no')

function slots(list: readonly (readonly [Command, Outcome])[]): Slot[] {
  return list.map(([command, outcome], offset) => ({
    receipt: { record: recordAt(0, offset), pending: 1, dropped: false },
    command,
    outcome
  }))
}

function places(list: readonly Slot[]): readonly number[] {
  return list.map(({ receipt }) => receipt.record.original.offset)
}

const cases: readonly (readonly [string, readonly (readonly [Command, Outcome])[], readonly number[]])[] = [
  [
    'all done',
    [
      [set('a', '1'), 'ok'],
      [zadd('z', 1, 'm'), 'ok']
    ],
    []
  ],
  [
    'a lost one',
    [
      [set('a', '1'), 'ok'],
      [set('b', '1'), 'lost']
    ],
    [1]
  ],
  [
    'later ones on its key too, other keys not',
    [
      [zadd('z', 1, 'm'), 'lost'],
      [zadd('y', 1, 'm'), 'ok'],
      [zadd('z', 2, 'm'), 'ok']
    ],
    [0, 2]
  ],
  [
    'not those before it',
    [
      [zadd('z', 1, 'm'), 'ok'],
      [zadd('z', 2, 'm'), no],
      [zadd('z', 3, 'm'), 'ok']
    ],
    [1, 2]
  ],
  [
    'overwritten is done',
    [
      [set('a', '1'), 'lost'],
      [setex('a', '2'), 'ok']
    ],
    []
  ],
  [
    'refused and overwritten is done',
    [
      [set('a', '1'), no],
      [set('a', '2'), 'ok']
    ],
    []
  ],
  [
    'what is no overwriting command is not',
    [
      [zadd('a', 1, 'm'), no],
      [set('a', '2'), 'ok']
    ],
    [0, 1]
  ],
  [
    'only a later one that succeeded overwrites',
    [
      [set('a', '1'), 'ok'],
      [set('a', '2'), 'lost'],
      [set('a', '3'), no]
    ],
    [1, 2]
  ],
  [
    'streams as sets',
    [
      [xadd('s', '1'), 'ok'],
      [xadd('s', '2'), 'lost'],
      [xadd('s', '3'), 'lost']
    ],
    [1, 2]
  ]
]
for (const [what, list, again] of cases) {
  test(`sent again: ${what}`, () => {
    const plan = planResend(slots(list))
    assert.deepEqual(places(plan.again), again)
    assert.deepEqual(
      places(plan.done),
      list.map((_, place) => place).filter(place => !again.includes(place))
    )
  })
}

test('whatever subset was executed, the state is that of one by one in the end', () => {
  const command = fc.oneof(
    fc.tuple(fc.constantFrom('a', 'b'), fc.nat(99)).map(([key, value]) => set(key, String(value))),
    fc.tuple(fc.constantFrom('a', 'b'), fc.nat(99)).map(([key, value]) => setex(key, String(value))),
    fc
      .tuple(fc.constantFrom('y', 'z'), fc.nat(99), fc.constantFrom('m', 'n'))
      .map(([key, score, member]) => zadd(key, score, member))
  )
  const executed = fc.constantFrom<'ok' | 'lost' | 'executed, and the answer lost'>(
    'ok',
    'lost',
    'executed, and the answer lost'
  )
  const property = fc.property(fc.array(fc.tuple(command, executed), { maxLength: 20 }), fc.nat(3), (list, rounds) => {
    const model = new FakeRedisData()
    const redis = new FakeRedisData()
    for (const [each, fate] of list) {
      model.execute([each.kind, ...each.args])
      if (fate !== 'lost') redis.execute([each.kind, ...each.args])
    }
    let left = slots(list.map(([each, fate]) => [each, fate === 'ok' ? 'ok' : 'lost']))
    for (let round = 0; left.length > 0; round++) {
      left = [...planResend(left).again]
      // In all rounds but the last every other command fails once more.
      for (const [index, slot] of left.entries()) {
        slot.outcome = round < rounds && (index + round) % 2 === 0 ? 'lost' : 'ok'
        if (slot.outcome === 'ok') redis.execute([slot.command.kind, ...slot.command.args])
      }
      if (left.every(({ outcome }) => outcome === 'ok')) break
    }
    assert.deepEqual(redis.keys, model.keys)
  })
  fc.assert(property, { numRuns: 1000 })
})
