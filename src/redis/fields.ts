// A record's value as plans see it: named fields, whatever held them (Struct, Map or a text with a JSON object), and paths into them.
import { sourceText, Struct, type ConnectValue, type Schema } from '../connect/data.ts'
import { javaEntries, keyName } from './field-order.ts'
import { meantPath } from './meant-field.ts'
import { type FieldPath, type Output } from './settings.ts'

/** A value and what is known of it. */
export interface Item {
  /** null: schemaless, where every number that is no bigint is a double. */
  readonly schema: Schema | null
  readonly value: ConnectValue
  /** How a decimal stood in the source, where its number would print otherwise. */
  readonly source: string | undefined
}

export interface NamedItem extends Item {
  readonly name: string
}

/** Why a path leads nowhere. */
export class PathFault {
  readonly what: string
  /** The field is just not there, as against a path through something that has no fields. */
  readonly missing: boolean

  constructor(what: string, missing: boolean) {
    this.what = what
    this.missing = missing
  }
}

const nothing: Item = { schema: null, value: null, source: undefined }

/** `true` for a MAP whose keys are text: its entries count as fields. */
export function hasTextKeys(schema: Schema): boolean {
  return schema.type === 'MAP' && (schema.keySchema === null || schema.keySchema.type === 'STRING')
}

/** Struct and Map fields by name, in the order in which the record has them: Java's for a Map under the old output. */
export function fieldsOf(item: Item, output: Output): readonly NamedItem[] {
  const { value, schema } = item
  if (value instanceof Struct) {
    return value.schema.fields.map(field => ({
      name: field.name,
      schema: field.schema,
      value: value.at(field),
      source: undefined
    }))
  }
  if (!(value instanceof Map)) return []
  const entries = output === 'java' ? javaEntries(value, null) : [...value]
  const elements = schema === null ? null : schema.valueSchema
  return entries.map(([name, element]) => ({
    name: keyName(name as ConnectValue),
    schema: elements,
    value: element as ConnectValue,
    source: sourceIn(value, name as ConnectValue, element as ConnectValue)
  }))
}

/** How a decimal, or `-0`, stood in the source, where its number would print otherwise. */
export function sourceIn(map: object, name: ConnectValue, element: ConnectValue): string | undefined {
  return typeof element === 'number' || element === 0n ? sourceText(map, name) : undefined
}

/** The names `fieldsOf` would give, for messages. */
export function fieldNames(item: Item): readonly string[] {
  const { value } = item
  if (value instanceof Struct) return value.schema.fields.map(field => field.name)
  return value instanceof Map ? [...(value as ReadonlyMap<ConnectValue, ConnectValue>).keys()].map(keyName) : []
}

/**
 * The item at the end of a path. Each part is a field's name as it stands; a part with dots that is no field is a path of its own
 * (a backquoted name the old sink split). Below null there is null.
 */
export function itemAt(top: Item, path: FieldPath): Item | PathFault {
  let item = top
  for (const part of path) {
    if (item.value === null) return nothing
    let next = childOf(item, part)
    if (next instanceof PathFault && next.missing && part.includes('.')) next = itemAt(item, part.split('.'))
    if (next instanceof PathFault) return withHint(next, top, path)
    item = next
  }
  return item
}

/** People write a dotted name as they see it, and mean the field; or misspell one. */
function withHint(fault: PathFault, top: Item, path: FieldPath): PathFault {
  const name = path.join('.')
  const hint =
    path.length === 1 || !hasField(top, name)
      ? meantHint(fault, top, path)
      : ` For the field [${name}] write its name in backticks: \`${name}\`.`
  return hint === '' ? fault : new PathFault(`${fault.what}${hint}`, fault.missing)
}

/** The field that was meant by the part that is missing. */
function meantHint(fault: PathFault, top: Item, path: FieldPath): string {
  if (!fault.missing) return ''
  let item = top
  for (const [at, part] of path.entries()) {
    const next = childOf(item, part)
    // A part with dots was a path of its own, which has said what it misses.
    if (next instanceof PathFault) return part.includes('.') ? '' : meantPath(path, at, fieldNames(item))
    item = next
  }
  return ''
}

/** `true` where a name, dots and all, is a field as it stands. */
export function hasField(item: Item, name: string): boolean {
  return !(childOf(item, name) instanceof PathFault)
}

function childOf(item: Item, name: string): Item | PathFault {
  const { value, schema } = item
  if (value instanceof Struct) {
    const field = value.schema.field(name)
    return field === undefined
      ? missing(name, item)
      : { schema: field.schema, value: value.at(field), source: undefined }
  }
  if (value instanceof Map && (schema === null || hasTextKeys(schema))) {
    const map = value as ReadonlyMap<ConnectValue, ConnectValue>
    const element = map.get(name)
    if (element === undefined) return missing(name, item)
    return { schema: schema === null ? null : schema.valueSchema, value: element, source: sourceIn(map, name, element) }
  }
  return new PathFault(
    `Field [${name}] can't be looked up: expecting a structure but found [${typeName(item)}].`,
    false
  )
}

function missing(name: string, item: Item): PathFault {
  return new PathFault(`Field [${name}] does not exist. Available Fields are [${listed(fieldNames(item))}].`, true)
}

const NAMES_SHOWN_MAX = 40

/** Names for a message: a record of ten thousand fields must not make a message of as many. */
export function listed(names: readonly string[]): string {
  if (names.length <= NAMES_SHOWN_MAX) return names.join(',')
  return `${names.slice(0, NAMES_SHOWN_MAX).join(',')},... ${names.length - NAMES_SHOWN_MAX} more`
}

/** The type's name in a message: the schema's, else what a schemaless value would be. */
export function typeName(item: Item): string {
  const { schema, value } = item
  if (schema !== null) return schema.name === null ? schema.type : `${schema.type} ${schema.name}`
  if (value === null) return 'null'
  if (value instanceof Map || value instanceof Struct) return 'STRUCT'
  if (Array.isArray(value)) return 'ARRAY'
  if (value instanceof Uint8Array) return 'BYTES'
  if (typeof value === 'bigint') return 'INT64'
  if (typeof value === 'number') return 'FLOAT64'
  return typeof value === 'object' ? value.constructor.name : typeof value
}
