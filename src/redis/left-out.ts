// Fields below fields that a statement leaves out: a copy of the value without them, as IGNORE a.b means under the plain contract.
import { carrySourceTexts, ConnectMap, Schema, Struct, type ConnectValue } from '../connect/data.ts'
import { layoutOf } from '../connect/shaped-map.ts'
import { hasTextKeys, type Item } from './fields.ts'
import { type FieldPath, type LeftOut } from './settings.ts'

/** The item without the fields that are left out below it. */
export type LeaveOut = (item: Item) => Item

interface Branch extends LeftOut {
  whole: boolean
  readonly below: Map<string, Branch>
}

export function leftOutBy(paths: readonly FieldPath[]): LeftOut {
  const root: Branch = { whole: false, below: new Map() }
  for (const path of paths) {
    let branch = root
    for (const part of path) {
      const next = branch.below.get(part) ?? { whole: false, below: new Map<string, Branch>() }
      branch.below.set(part, next)
      branch = next
    }
    branch.whole = true
  }
  return root
}

/** What is left out at and below a path; null where that is nothing. */
export function leftOutAt(leftOut: LeftOut, path: FieldPath): LeftOut | null {
  let branch: LeftOut | undefined = leftOut
  for (const part of path) branch = branch?.below.get(part)
  return branch ?? null
}

/** Copies what stands at a place without what is left out below it. Made as deep as records are, since paths may be of any length. */
export function leaving({ below }: LeftOut): LeaveOut {
  const isKept = (name: ConnectValue): boolean => typeof name !== 'string' || below.get(name)?.whole !== true
  const made = new Map<string, LeaveOut>()
  const without = (name: ConnectValue, item: Item): Item => {
    const inner = typeof name === 'string' ? below.get(name) : undefined
    if (typeof name !== 'string' || inner === undefined) return item
    const leave = made.get(name) ?? leaving(inner)
    made.set(name, leave)
    return leave(item)
  }
  const schemas = new WeakMap<Schema, Schema>()
  const reduced = (schema: Schema): Schema => {
    let known = schemas.get(schema)
    if (known === undefined) {
      const fields = schema.fields
        .filter(({ name }) => isKept(name))
        .map(({ name, schema: inner }): [string, Schema] => [
          name,
          without(name, { schema: inner, value: null, source: undefined }).schema ?? inner
        ])
      known = new Schema('STRUCT', { ...schema, defaultValue: undefined, fields })
      schemas.set(schema, known)
    }
    return known
  }
  const ofStruct = (struct: Struct): Struct => {
    const schema = reduced(struct.schema)
    const values = struct.schema.fields
      .filter(({ name }) => isKept(name))
      .map(field => without(field.name, { schema: field.schema, value: struct.at(field), source: undefined }).value)
    return new Struct(schema, values)
  }
  const ofMap = (map: ReadonlyMap<ConnectValue, ConnectValue>, elements: Schema | null): ConnectValue => {
    const entries = [...map]
      .filter(([name]) => isKept(name))
      .map(([name, value]): [ConnectValue, ConnectValue] => [
        name,
        without(name, { schema: elements, value, source: undefined }).value
      ])
    const layout = layoutOf(map)
    const copy = layout === null ? new Map(entries) : new ConnectMap(layout, entries)
    carrySourceTexts(map, copy)
    return copy
  }
  return item => {
    const { value, schema } = item
    if (value instanceof Struct) {
      const struct = ofStruct(value)
      return { ...item, schema: schema === null ? null : struct.schema, value: struct }
    }
    if (schema?.type === 'STRUCT') return { ...item, schema: reduced(schema) }
    if (!(value instanceof Map) || !(schema === null || hasTextKeys(schema))) return item
    return { ...item, value: ofMap(value as ReadonlyMap<ConnectValue, ConnectValue>, schema?.valueSchema ?? null) }
  }
}
