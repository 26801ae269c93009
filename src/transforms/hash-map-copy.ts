// Copies of maps as Java's transforms make them: what a `new HashMap<>(m)` holds is the same, its order is not.
//
// The idea. A JavaScript Map keeps the order of arrival; Java's order is worked out from it and from the size of Java's first table
// (`ConnectMap.layout`) only when somebody prints. Entries that share a bucket stand in the order of arrival, so a copy may take them
// as they come where its table is not smaller than the one they come from: whoever shares a bucket in the copy shared it there too.
import { ConnectMap, type ConnectValue } from '../connect/data.ts'
import { layoutOf } from '../connect/shaped-map.ts'
import { javaEntries } from '../connect/values/java-map-order.ts'
import { type ConnectObject } from './requirements.ts'

const loadFactor = 0.75
const capacityDefault = 16

/** `new HashMap<>(source)`. */
export function copyToHashMap(source: ConnectObject): ConnectMap {
  // A copy of nothing is a fresh map.
  const capacity = source.size === 0 ? capacityDefault : Math.floor(source.size / loadFactor + 1)
  const inOrder = isLinked(source) || tableLength(capacity, source.size) >= tableOf(source)
  return new ConnectMap({ kind: 'hash', capacity }, inOrder ? source : javaEntries(source, null))
}

/** The entries that Java's loop over `source` meets, to be put into a `new HashMap<>(capacity)`. */
export function entriesForHashMap(
  source: ConnectObject,
  capacity: number,
  isRenamed: boolean
): Iterable<readonly [ConnectValue, ConnectValue]> {
  const inOrder = isLinked(source) || (!isRenamed && tableLength(capacity, 0) >= tableOf(source))
  return inOrder ? source : javaEntries(source, null)
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
