// Records for code that is not ours: with Maps that it may change, copy and look into as it likes, where ours may be ShapedMaps.
import { carrySourceTexts, ConnectMap, type ConnectValue, setSourceText, sourceText } from './data.ts'
import { changeRecord, type SinkRecord } from './record.ts'
import { layoutOf, ShapedMap } from './shaped-map.ts'

export function withOwnMaps(record: SinkRecord): SinkRecord {
  const key = withOwnMap(record.key)
  const value = withOwnMap(record.value)
  const isHeaderNew = record.headers.some(header => withOwnMap(header.value) !== header.value)
  if (key === record.key && value === record.value && !isHeaderNew) return record
  return changeRecord(record, {
    key: { schema: record.keySchema, value: key, source: record.keySource },
    value: { schema: record.valueSchema, value, source: record.valueSource },
    headers: record.headers.map(header => ({ ...header, value: withOwnMap(header.value) }))
  })
}

/** The value itself where there is no ShapedMap in it. */
export function withOwnMap(value: ConnectValue): ConnectValue {
  if (Array.isArray(value)) return ownArray(value as readonly ConnectValue[])
  return value instanceof Map ? ownMap(value as ReadonlyMap<ConnectValue, ConnectValue>) : value
}

function ownArray(array: readonly ConnectValue[]): readonly ConnectValue[] {
  const own = array.map(withOwnMap)
  if (own.every((element, index) => element === array[index])) return array
  for (const index of array.keys()) {
    const text = sourceText(array, index)
    if (text !== undefined) setSourceText(own, index, text)
  }
  return own
}

function ownMap(map: ReadonlyMap<ConnectValue, ConnectValue>): ReadonlyMap<ConnectValue, ConnectValue> {
  const entries = [...map].map(([key, element]) => [key, withOwnMap(element)] as const)
  if (!(map instanceof ShapedMap) && entries.every(([key, element]) => map.get(key) === element)) return map
  const layout = layoutOf(map)
  const own = layout === null ? new Map(entries) : new ConnectMap(layout, entries)
  carrySourceTexts(map, own)
  return own
}
