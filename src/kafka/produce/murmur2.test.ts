// Keys go to the partitions that Java's producer chooses.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { murmur2, partitionForKey } from './murmur2.ts'

interface Vector {
  id: string
  input: { fn: string; key?: { text?: string; base64?: string } }
  expect: { murmur2: number; partitionsOf: number[]; partition: number[] }
}

test('murmur2 and the partitions of keys are as Java computed them', () => {
  const lines = readFileSync(new URL('../../../test/vectors/group.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const vectors = lines.map(line => JSON.parse(line) as Vector).filter(({ input }) => input.fn === 'murmur2')
  assert.ok(vectors.length > 100)
  for (const { id, input, expect } of vectors) {
    const { text, base64 } = input.key ?? {}
    const key = text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text, 'utf8')
    assert.equal(murmur2(key), expect.murmur2, id)
    assert.deepEqual(
      expect.partitionsOf.map(count => partitionForKey(key, count)),
      expect.partition,
      id
    )
  }
})
