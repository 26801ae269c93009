// What sticky dealing promises over generated groups, and the user data of Java's own sticky assignors.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AssignorMember } from './assignor.ts'
import { cooperativeStickyAssignor, stickyAssignor } from './sticky-assignors.ts'
import { readPreviousAssignment, writePreviousAssignment } from './sticky/user-data.ts'
import { partitionKey, type TopicPartition } from './topic-partition.ts'

const topicNames = ['a', 'b', 'c']
const group = fc.record({
  counts: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 3, maxLength: 3 }),
  subscriptions: fc.array(fc.subarray(topicNames), { minLength: 1, maxLength: 6 }),
  /** How many of the members were there in the generation before. */
  old: fc.nat(6)
})

function toMembers(subscriptions: readonly string[][], owned: ReadonlyMap<string, TopicPartition[]>): AssignorMember[] {
  return subscriptions.map((topics, at) => ({
    memberId: `m${at}`,
    instanceId: null,
    topics,
    owned: owned.get(`m${at}`) ?? [],
    generation: owned.has(`m${at}`) ? 1 : -1,
    rack: null
  }))
}

function sorted(assignment: ReadonlyMap<string, TopicPartition[]>): (readonly [string, string[]])[] {
  return [...assignment].map(([memberId, list]) => [memberId, list.map(partitionKey).sort()])
}

function dealt(assignment: ReadonlyMap<string, TopicPartition[]>): string[] {
  return [...assignment.values()].flat().map(partitionKey).sort()
}

test('every partition that somebody wants is dealt once, to somebody who wants it, and stays where it was', () => {
  fc.assert(
    fc.property(group, ({ counts, subscriptions, old }) => {
      const partitions = new Map(
        topicNames.map((name, at) => [name, Array.from({ length: counts[at] ?? 0 }, () => [])])
      )
      const wanted = topicNames
        .filter(name => subscriptions.some(topics => topics.includes(name)))
        .flatMap(name => [...(partitions.get(name)?.keys() ?? [])].map(partition => `${name}-${partition}`))
      const before = stickyAssignor.assign(partitions, toMembers(subscriptions.slice(0, old + 1), new Map()))
      const members = toMembers(subscriptions, before)
      const after = stickyAssignor.assign(partitions, members)
      assert.deepEqual(dealt(after), wanted.sort())
      for (const { memberId, topics } of members)
        for (const { topic } of after.get(memberId) ?? []) assert.ok(topics.includes(topic))
      if (old + 1 >= subscriptions.length) assert.deepEqual(sorted(after), sorted(before))
    })
  )
})

test('a cooperative group comes to rest: nobody is dealt what another one still has', () => {
  fc.assert(
    fc.property(group, ({ counts, subscriptions, old }) => {
      const partitions = new Map(
        topicNames.map((name, at) => [name, Array.from({ length: counts[at] ?? 0 }, () => [])])
      )
      let owned = stickyAssignor.assign(partitions, toMembers(subscriptions.slice(0, old + 1), new Map()))
      for (let round = 0; ; round++) {
        assert.ok(round < 3, 'two rebalances at most')
        const next = cooperativeStickyAssignor.assign(partitions, toMembers(subscriptions, owned))
        for (const [memberId, list] of next) {
          for (const partition of list) {
            const holder = [...owned].find(([, had]) =>
              had.some(each => partitionKey(each) === partitionKey(partition))
            )
            assert.ok(holder === undefined || holder[0] === memberId)
          }
        }
        const quiet =
          dealt(next).length === dealt(stickyAssignor.assign(partitions, toMembers(subscriptions, owned))).length
        owned = next
        if (quiet) break
      }
    })
  )
})

test('user data of the sticky assignor is what Java writes, and is read back', () => {
  const owned = [
    { topic: 't', partition: 0 },
    { topic: 't', partition: 2 }
  ]
  const bytes = writePreviousAssignment(owned, 7)
  assert.equal(
    Buffer.from(bytes ?? []).toString('hex'),
    '00000001' + '000174' + '00000002' + '00000000' + '00000002' + '00000007'
  )
  assert.deepEqual(readPreviousAssignment(bytes ?? new Uint8Array()), { owned, generation: 7 })
  assert.deepEqual(readPreviousAssignment(Buffer.from('00000001ffff', 'hex')), { owned: [], generation: -1 })
})
