// Joined parameters are what a Map of both would be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JoinedParams } from './joined-params.ts'

for (const [name, first, second] of [
  ['nothing in common', { a: '1', b: '2' }, { c: '3' }],
  ['a key of both', { a: '1', b: '2', c: '3' }, { d: '4', b: '' }],
  ['fewer in the first', { b: '2' }, { a: '1', b: '3', c: '4' }],
  ['nothing', {}, {}]
] as const) {
  test(`two maps with ${name} are read as one Map of both`, () => {
    const [one, two] = [new Map<string, string>(Object.entries(first)), new Map<string, string>(Object.entries(second))]
    const map = new Map([...one, ...two])
    const joined = new JoinedParams(one, two)
    assert.deepEqual([...joined], [...map])
    assert.deepEqual([...joined.keys()], [...map.keys()])
    assert.deepEqual([...joined.values()], [...map.values()])
    assert.equal(joined.size, map.size)
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      assert.equal(joined.get(key), map.get(key))
      assert.equal(joined.has(key), map.has(key))
    }
    const visited: string[] = []
    joined.forEach((value, key) => visited.push(`${key}=${value}`))
    assert.deepEqual(visited, [...map].map(([key, value]) => `${key}=${value}`)) // prettier-ignore
  })
}
