// Answers that can be read but say odd things: whatever they say, the consumer reads on or its poll fails; nothing escapes, and a close ends all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapedFrom } from '../../test/kit/escaped.ts'
import { settle } from '../../test/kit/fake-clock.ts'
import { pick, seeded } from '../../test/kit/mutations.ts'
import { openScripted } from '../../test/kit/scripted-group.ts'

const given = process.env['KCR_SEED'] ?? '20261129'
const firstSeed = given === 'random' ? Date.now() % 1_000_000 : Number(given)
const rounds = 60

/** The same with one leaf or list changed, of the same type. */
function odd(value: unknown, next: () => number): unknown {
  if (typeof value === 'number') return pick(next, [-1, 0, 1, 3, 16, 25, 27, 100, 110, 2 ** 31 - 1, -(2 ** 31)], 0)
  if (typeof value === 'string') return pick(next, ['', 't', 'odd', '0'.repeat(32), 'cd'.repeat(16)], '')
  if (typeof value === 'boolean') return !value
  if (value instanceof Uint8Array) return Buffer.from(value).subarray(0, Math.floor(next() * value.length))
  if (Array.isArray(value)) {
    const at = Math.floor(next() * (value.length + 2))
    if (at >= value.length) return at === value.length ? [] : [...(value as unknown[]), ...(value as unknown[])]
    return value.map((each: unknown, index) => (index === at ? odd(each, next) : each))
  }
  if (value === null || typeof value !== 'object') return value
  const keys = Object.keys(value)
  const key = pick(next, keys, '')
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, name === key ? odd(each, next) : each]))
}

for (const properties of [{}, { 'group.protocol': 'consumer' }]) {
  const name = 'group.protocol' in properties ? 'KIP-848' : 'classic'
  test(`odd answers end in a poll that goes on or fails, never elsewhere (${name})`, async () => {
    for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
      const next = seeded(seed)
      const escaped = await escapedFrom(async () => {
        const opened = openScripted({ ...properties, 'metadata.max.age.ms': '500' })
        opened.wire.committed = { offset: 3, leaderEpoch: 3 }
        opened.wire.endOffset = 10
        opened.wire.changed = (_api, answer) => (next() < 0.3 ? odd(answer, next) : answer)
        for (let step = 0; step < 60 && opened.failure() === null; step++) {
          await settle()
          opened.clock.advance(100)
        }
        const closing = opened[Symbol.asyncDispose]()
        await settle()
        opened.clock.advance(10_000)
        await closing
        await settle()
        assert.equal(opened.clock.pending, 0, `timers of seed ${seed}`)
      })
      assert.deepEqual(escaped, [], `seed ${seed}`)
    }
  })
}
