// Fields below fields that a statement leaves out: a copy of the value without them, as IGNORE a.b means under the plain contract.
import { carrySourceTexts, ConnectMap, Schema, Struct, type ConnectValue } from '../connect/data.ts'
import { layoutOf } from '../connect/shaped-map.ts'
import { hasTextKeys, type Item } from './fields.ts'
import { type FieldPath } from './settings.ts'

/** The item without the fields at some paths below it. */
export type LeaveOut = (item: Item) => Item

/** Binds the paths that are left out below `path`; null where there are none. */
export function leavingOut(leftOut: readonly FieldPath[], path: FieldPath): LeaveOut | null {
  const below = leftOut
    .filter(each => each.length > path.length && path.every((part, index) => each[index] === part))
    .map(each => each.slice(path.length))
  return below.length === 0 ? null : bind(below)
}

function bind(paths: readonly FieldPath[]): LeaveOut {
  const names = new Set(paths.filter(path => path.length === 1).map(path => path[0] ?? ''))
  const deeper = new Map<string, LeaveOut>()
  for (const [first = ''] of paths) {
    const next = names.has(first) ? null : leavingOut(paths, [first])
    if (next !== null) deeper.set(first, next)
  }
  const schemas = new WeakMap<Schema, Schema>()
  const reduced = (schema: Schema): Schema => {
    let made = schemas.get(schema)
    if (made === undefined) {
      const fields = schema.fields
        .filter(field => !names.has(field.name))
        .map(({ name, schema: inner }): [string, Schema] => {
          const leave = deeper.get(name)
          return [name, leave?.({ schema: inner, value: null, source: undefined }).schema ?? inner]
        })
      made = new Schema('STRUCT', { ...schema, defaultValue: undefined, fields })
      schemas.set(schema, made)
    }
    return made
  }
  return item => {
    const { value, schema } = item
    const isStruct = schema?.type === 'STRUCT'
    if (value instanceof Struct) {
      const inner = reduced(value.schema)
      const values = inner.fields.map(({ name }) => {
        const field = value.schema.field(name)
        const kept = field === undefined ? null : value.at(field)
        return deeper.get(name)?.({ schema: field?.schema ?? null, value: kept, source: undefined }).value ?? kept
      })
      return { ...item, schema: isStruct ? inner : schema, value: new Struct(inner, values) }
    }
    if (isStruct) return { ...item, schema: reduced(schema) }
    if (!(value instanceof Map) || !(schema === null || hasTextKeys(schema))) return item
    return { ...item, value: withoutEntries(value as ReadonlyMap<ConnectValue, ConnectValue>, schema) }
  }

  function withoutEntries(map: ReadonlyMap<ConnectValue, ConnectValue>, schema: Schema | null): ConnectValue {
    const entries: [ConnectValue, ConnectValue][] = []
    for (const [name, value] of map) {
      if (typeof name === 'string' && names.has(name)) continue
      const leave = typeof name === 'string' ? deeper.get(name) : undefined
      entries.push([name, leave?.({ schema: schema?.valueSchema ?? null, value, source: undefined }).value ?? value])
    }
    const layout = layoutOf(map)
    const copy = layout === null ? new Map(entries) : new ConnectMap(layout, entries)
    carrySourceTexts(map, copy)
    return copy
  }
}
