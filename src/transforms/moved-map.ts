// Transforms of Maps that only move values about, done once per shape of record instead of once per record.
//
// The idea. Which entries a copy, a renaming or an added field leaves, and in which order, depends on names alone. So the transform as Java
// does it is run once per shape, on a Map that holds places instead of values; from then on a record's values are put where their places went.
import { type ConnectMap, type ConnectValue } from '../connect/data.ts'
import { isShaped, perShape, Shape, ShapedMap } from '../connect/shaped-map.ts'
import { copyToHashMap } from './hash-map-copy.ts'
import { type ConnectObject } from './requirements.ts'

/** Makes a Map of a record's and of values to be added to it. It may look at names, never at values. */
export type Move = (map: ConnectObject, added: readonly ConnectValue[]) => ConnectMap

interface Plan {
  readonly shape: Shape
  /** Per value of the result its place in the record, or behind its last place one of the values added. */
  readonly places: readonly number[]
}

/** The same as `move`; it always gets the same number of values to be added. */
export function moved(move: Move): (map: ConnectObject, added?: readonly ConnectValue[]) => ConnectObject {
  let count = 0
  const planOf = perShape((shape): Plan => {
    const { length } = shape.names
    const places = shape.names.map((_, place) => place)
    const added = Array.from({ length: count }, (_, index) => length + index)
    const result = move(new ShapedMap(shape, places), added)
    const names = [...result.keys()].map(String)
    return { shape: new Shape(names, result.layout), places: [...result.values()].map(Number) }
  })
  return (map, added = []) => {
    if (!isShaped(map)) return move(map, added)
    count = added.length
    const { shape, places } = planOf(map.shape)
    const { slots } = map
    // An array of the right size from the start, and no iterator: half the time of pushing.
    const values = new Array<ConnectValue>(places.length)
    for (let index = 0; index < places.length; index++) {
      const place = places[index] ?? 0
      values[index] = (place < slots.length ? slots[place] : added[place - slots.length]) ?? null
    }
    return new ShapedMap(shape, values)
  }
}

/** `new HashMap<>(map)` with values put under these names. */
export function copiedWith(
  names: readonly string[]
): (map: ConnectObject, added: readonly ConnectValue[]) => ConnectObject {
  return moved((map, added) => {
    const copy = copyToHashMap(map)
    for (const [index, name] of names.entries()) copy.set(name, added[index] ?? null)
    return copy
  })
}
