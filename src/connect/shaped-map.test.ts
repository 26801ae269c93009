// A ShapedMap reads as the Map of the same entries does, takes no changes, and becomes a Map for code that is not ours.
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConnectMap, type ConnectValue, setSourceText, sourceText, Struct, Schema } from './data.ts'
import { withOwnMap } from './own-maps.ts'
import { layoutOf, perShape, Shape, ShapedMap } from './shaped-map.ts'

const entriesOf = fc.uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.constant('__proto__')), fc.integer()), {
  selector: ([name]) => name,
  maxLength: 10
})

function shaped(entries: readonly (readonly [string, number])[]): ShapedMap<number> {
  const names = entries.map(([name]) => name)
  const values = entries.map(([, value]) => value)
  return new ShapedMap(new Shape(names, null), values)
}

test('reads as a Map of the same entries', () => {
  fc.assert(
    fc.property(entriesOf, fc.string(), (entries, other) => {
      const map = shaped(entries)
      const model = new Map(entries)
      assert.ok(map instanceof Map)
      assert.equal(map.size, model.size)
      for (const name of [...model.keys(), other]) {
        assert.equal(map.get(name), model.get(name))
        assert.equal(map.has(name), model.has(name))
      }
      assert.deepEqual([...map], [...model])
      assert.deepEqual([...map.keys()], [...model.keys()])
      assert.deepEqual([...map.values()], [...model.values()])
      assert.deepEqual([...map.entries()], [...model.entries()])
      assert.deepEqual(new Map(map), model)
      const seen: [string, number][] = []
      map.forEach((value, name, whole) => {
        assert.equal(whole, map)
        seen.push([name, value])
      })
      assert.deepEqual(seen, [...model])
      assert.equal(inspect(map), inspect(model))
    })
  )
})

test('takes no changes', () => {
  const map = shaped([['a', 1]])
  for (const change of [() => map.set(), () => map.delete(), () => map.clear()]) assert.throws(change, /not changed/)
  assert.equal(map.get('a'), 1)
})

test('what follows from a shape is made once per shape', () => {
  let made = 0
  const sizeOf = perShape(shape => {
    made++
    return shape.names.length
  })
  const one = new Shape(['a'], null)
  const two = new Shape(['a', 'b'], null)
  assert.deepEqual([one, two, one, one, two].map(sizeOf), [1, 2, 1, 1, 2])
  assert.equal(made, 2)
})

test('becomes a Map of the same layout and texts for other code, however deep it lies', () => {
  const inner = new ShapedMap<ConnectValue>(new Shape(['x'], { kind: 'hash', capacity: 3 }), [1.5])
  setSourceText(inner, 'x', '1.50')
  const array: readonly ConnectValue[] = [2.5, inner]
  setSourceText(array, 0, '2.50')
  const value = new Map<ConnectValue, ConnectValue>([['list', array]])
  const own = withOwnMap(value) as Map<ConnectValue, readonly ConnectValue[]>
  const list = own.get('list') ?? []
  const [, map] = list
  assert.equal(sourceText(list, 0), '2.50')
  assert.ok(map instanceof ConnectMap)
  assert.deepEqual(layoutOf(map), { kind: 'hash', capacity: 3 })
  assert.equal(map.get('x'), 1.5)
  assert.equal(sourceText(map, 'x'), '1.50')
})

test('what holds no ShapedMap stays what it is', () => {
  const struct = new Struct(new Schema('STRUCT'))
  for (const value of [null, 'text', 1n, struct, [1n, [2n]], new Map([['a', [struct]]]), Buffer.from('x')]) {
    assert.equal(withOwnMap(value), value)
  }
})
