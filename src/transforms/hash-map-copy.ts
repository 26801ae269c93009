// Copies of maps as Java's transforms make them: what a `new HashMap<>(m)` holds is the same, its order is not.
//
// The idea. A JavaScript Map keeps the order of the record; Java's order is worked out from the order of arrival and the size of Java's first table
// (`ConnectMap.layout`) only when somebody prints. Entries that share a bucket stand in the order of arrival, so a copy may take them
// as they come where its table is not smaller than the one they come from: whoever shares a bucket in the copy shared it there too.
import { ConnectMap, type ConnectValue, type MapLayout } from '../connect/data.ts'
import { arrivedEntries, layoutOf } from '../connect/shaped-map.ts'
import { javaEntries } from '../connect/values/java-map-order.ts'
import { type ConnectObject } from './requirements.ts'

const loadFactor = 0.75
const capacityDefault = 16

/** `new HashMap<>(source)`. */
export function copyToHashMap(source: ConnectObject): ConnectMap {
  // A copy of nothing is a fresh map.
  const capacity = source.size === 0 ? capacityDefault : Math.floor(source.size / loadFactor + 1)
  const inOrder = isLinked(source) || tableLength(capacity, source.size) >= tableOf(source)
  return new ConnectMap({ kind: 'hash', capacity, ...arrivalOf(source, inOrder) }, source)
}

/**
 * What Java's loop over `source` leaves in a `new HashMap<>(capacity)`, each entry under the name that it is given, or (null) left out. Of two under one
 * name the one that Java meets last counts.
 */
export function refilled(
  source: ConnectObject,
  capacity: number,
  isRenamed: boolean,
  nameOf: (key: ConnectValue) => ConnectValue
): ConnectMap {
  const inOrder = isLinked(source) || (!isRenamed && tableLength(capacity, 0) >= tableOf(source))
  const java = new ConnectMap({ kind: 'hash', capacity })
  for (const [key, value] of inOrder ? arrivedEntries(source) : javaEntries(source, null)) {
    const name = nameOf(key)
    if (name !== null) java.set(name, value)
  }
  return inRecordOrder(java, [...source.keys()].map(nameOf))
}

/** The entries that Java's map got, in the order of the record. Null is no name. */
export function inRecordOrder(java: ConnectMap, names: Iterable<ConnectValue>): ConnectMap {
  const arrival = [...java.keys()]
  const record = new ConnectMap({ ...java.layout, arrival })
  for (const name of names) if (name !== null) record.set(name, java.get(name) ?? null)
  return sameOrder([...record.keys()], arrival) ? java : record
}

/** How the keys of `source` come into a copy of it, where they do so in another order than they stand in. */
function arrivalOf(source: ConnectObject, inOrder: boolean): Pick<MapLayout, 'arrival'> {
  if (inOrder && layoutOf(source)?.arrival === undefined) return {}
  const arrival = (inOrder ? arrivedEntries(source) : javaEntries(source, null)).map(([key]) => key)
  return sameOrder([...source.keys()], arrival) ? {} : { arrival }
}

function sameOrder(a: readonly ConnectValue[], b: readonly ConnectValue[]): boolean {
  return a.every((key, index) => key === b[index])
}

function isLinked(map: ConnectObject): boolean {
  return layoutOf(map)?.kind === 'linked'
}

function tableOf(map: ConnectObject): number {
  const layout = layoutOf(map)
  const asked = layout?.kind === 'hash' ? layout.capacity : capacityDefault
  return tableLength(asked, map.size)
}

/** The table of a HashMap that was asked for `capacity` and holds `size` entries. */
function tableLength(capacity: number, size: number): number {
  let length = 1
  while (length < capacity || size > length * loadFactor) length *= 2
  return length
}
