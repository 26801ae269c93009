// Of several SETs to one key the last is left, whatever the keys hash to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Coalescer } from './coalescer.ts'

/** Runs the parts through; the parts that are left, as text. */
function left(coalescer: Coalescer, parts: readonly (readonly [key: string, value: string])[], before = ''): string {
  const bytes = Buffer.alloc(before.length + parts.reduce((sum, [k, v]) => sum + k.length + v.length, 0))
  bytes.write(before, 0, 'latin1')
  let at = before.length
  coalescer.begin()
  for (const [key, value] of parts) {
    const keyEnd = at + bytes.write(key, at, 'latin1')
    const end = keyEnd + bytes.write(value, keyEnd, 'latin1')
    coalescer.add(bytes, at, keyEnd, end)
    at = end
  }
  const end = coalescer.compact(bytes, before.length, at)
  assert.equal(at - end, coalescer.deadBytes)
  return bytes.toString('latin1', 0, end)
}

test('the last one of each key stays, in the order of the last ones', () => {
  const coalescer = new Coalescer()
  assert.equal(
    left(
      coalescer,
      [
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
        ['c', '4'],
        ['a', '5']
      ],
      'head '
    ),
    'head b2c4a5'
  )
  assert.equal(coalescer.live, 3)
  assert.equal(left(coalescer, [['a', '1']]), 'a1')
  assert.equal(
    left(coalescer, [
      ['a', '1'],
      ['a', '']
    ]),
    'a'
  )
  assert.equal(left(coalescer, []), '')
})

test('keys that hash alike are told apart', () => {
  // 31 * x + y is the same for all of them, at any length.
  const twins = ['Aa', 'BB']
  let names = ['']
  for (let turn = 0; turn < 8; turn++) names = names.flatMap(name => twins.map(twin => name + twin))
  const parts = [...names, ...names].map((name, index) => [name, `=${index};`] as const)
  const coalescer = new Coalescer()
  assert.equal(left(coalescer, parts), names.map((name, index) => `${name}=${index + names.length};`).join(''))
  assert.equal(coalescer.live, 256)
})

test('keys that are beginnings of others are told apart', () => {
  assert.equal(
    left(new Coalescer(), [
      ['k', 'x'],
      ['kx', ''],
      ['k', 'y']
    ]),
    'kxky'
  )
})

test('the largest run, twice over', () => {
  const coalescer = new Coalescer()
  for (let run = 0; run < 2; run++) {
    const parts = Array.from({ length: 16_384 }, (_, index) => [`k${index};`, 'v'] as const)
    assert.equal(left(coalescer, parts), parts.flat().join(''))
    assert.equal(coalescer.live, 16_384)
  }
})

test('nothing of earlier runs is left when the stamps begin anew', () => {
  const coalescer = new Coalescer()
  for (let run = 0; run < 70_000; run++) coalescer.begin()
  assert.equal(
    left(coalescer, [
      ['a', '1'],
      ['b', '1'],
      ['a', '2']
    ]),
    'b1a2'
  )
  for (let run = 0; run < 32_766; run++) coalescer.begin()
  // The same stamp as the run with a and b had, were the table not cleared.
  assert.equal(left(coalescer, [['a', '3']]), 'a3')
  assert.equal(coalescer.live, 1)
})

test('any run leaves what a map of its keys holds', () => {
  const coalescer = new Coalescer()
  const key = fc.constantFrom('a;', 'b;', 'Aa;', 'BB;', ';', 'long-key;')
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.constantFrom('', '1', '22', '333'))), parts => {
      const map = new Map<string, string>()
      for (const [name, value] of parts) {
        map.delete(name)
        map.set(name, value)
      }
      assert.equal(left(coalescer, parts), [...map].flat().join(''))
      assert.equal(coalescer.live, map.size)
    }),
    { numRuns: 500 }
  )
})
