// The selected fields of a record, in the order in which they are written.
import { Struct, type Field, type Schema } from '../connect/data.ts'
import { isShaped, perShape, ShapedMap } from '../connect/shaped-map.ts'
import { jsonStringText } from '../java/json-text.ts'
import { fieldsOf, itemAt, PathFault, sourceIn, type Item, type NamedItem } from './fields.ts'
import { inScalaOrder } from './field-order.ts'
import { leaving, leftOutAt, type LeaveOut } from './left-out.ts'
import { type BoundStatement, type Column, type FieldPath, type LeftOut, type Output } from './settings.ts'
import { type Printer } from './text/printer.ts'

/** What a statement selects, under the names it writes. A PathFault where a column is no field of this record. */
export type Projection = (top: Item) => readonly NamedItem[] | PathFault

/** How the old sink named a column when it hashed it: the whole path, before any alias. */
export function columnName(column: Column): string {
  return column.path.join('.')
}

/** The projection of a statement: its columns, less what it ignores. */
export function bindProjection(statement: BoundStatement, output: Output): Projection {
  if (statement.star) return bindStar(statement, output)
  return bindColumns(writtenColumns(statement, output), statement.leftOut)
}

/** The columns that are left, in order. Under the old output five and more are put in Scala's order before IGNORE takes some away, and what is left again if it is five or more. */
export function writtenColumns(statement: BoundStatement, output: Output): readonly Column[] {
  const { columns } = statement
  const ordered = output === 'java' ? inScalaOrder(columns, columnName) : columns
  const left = ordered.filter(({ path }) => !isIgnored(statement, path))
  return output === 'java' ? inScalaOrder(left, columnName) : left
}

/** Whether IGNORE names this field, or under the plain contract one that it stands in. */
export function isIgnored({ ignored, leftOut }: BoundStatement, path: FieldPath): boolean {
  if (path.length === 1) return ignored.has(path[0] ?? '')
  return path.some((_, at) => leftOutAt(leftOut, path.slice(0, at + 1))?.whole === true)
}

function leavingBelow(leftOut: LeftOut | null): LeaveOut | null {
  return leftOut === null || leftOut.below.size === 0 ? null : leaving(leftOut)
}

/** Columns in the order given. */
export function bindColumns(columns: readonly Column[], leftOut: LeftOut): Projection {
  const whole = wholeColumns(columns)
  const leave = columns.map(({ path }) => leavingBelow(leftOutAt(leftOut, path)))
  if (leave.every(each => each === null)) return whole
  return top => {
    const row = whole(top)
    return row instanceof PathFault ? row : row.map((item, at) => ({ ...item, ...leave[at]?.(item) }))
  }
}

function wholeColumns(columns: readonly Column[]): Projection {
  return top => {
    const row = new Array<NamedItem>(columns.length)
    for (const [index, { path, alias }] of columns.entries()) {
      const item = itemAt(top, path)
      if (item instanceof PathFault) return item
      row[index] = { name: alias, schema: item.schema, value: item.value, source: item.source }
    }
    return row
  }
}

/** All fields: from five on, counted after IGNORE, in Scala's order under the old output. */
export function bindStar({ ignored, leftOut }: BoundStatement, output: Output): (top: Item) => readonly NamedItem[] {
  const whole = wholeStar(ignored, output)
  const leave = new Map([...leftOut.below].filter(([first, { below }]) => below.size > 0 && !ignored.has(first)).map(([first, branch]) => [first, leaving(branch)])) // prettier-ignore
  if (leave.size === 0) return whole
  return top => whole(top).map(item => ({ ...item, ...leave.get(item.name)?.(item) }))
}

function wholeStar(ignored: ReadonlySet<string>, output: Output): (top: Item) => readonly NamedItem[] {
  const orders = new WeakMap<Schema, readonly Field[]>()
  const fieldsOfStruct = (schema: Schema): readonly Field[] => {
    let fields = orders.get(schema)
    if (fields === undefined) {
      const left = schema.fields.filter(field => !ignored.has(field.name))
      fields = output === 'java' ? inScalaOrder(left, field => field.name) : left
      orders.set(schema, fields)
    }
    return fields
  }
  const project = (top: Item): readonly NamedItem[] => {
    const fields = fieldsOf(top, output)
    const left = ignored.size === 0 ? fields : fields.filter(field => !ignored.has(field.name))
    return output === 'java' ? inScalaOrder(left, field => field.name) : left
  }
  // The order follows from the names: it is found once per shape, on a Map of places.
  const placesOf = perShape(shape => {
    const places = new ShapedMap(shape, [...shape.names.keys()])
    return project({ schema: null, value: places, source: undefined }).map(({ name, value }) => ({
      name,
      place: Number(value)
    }))
  })
  return top => {
    const { value, schema } = top
    if (schema === null && value instanceof Map && isShaped(value)) {
      const row: NamedItem[] = []
      for (const { name, place } of placesOf(value.shape)) {
        const element = value.slots[place] ?? null
        row.push({ name, schema: null, value: element, source: sourceIn(value, name, element) })
      }
      return row
    }
    if (value instanceof Struct) {
      return fieldsOfStruct(value.schema).map(field => ({
        name: field.name,
        schema: field.schema,
        value: value.at(field),
        source: undefined
      }))
    }
    return project(top)
  }
}

/** A topic whose names never repeat must not fill the memory. */
const nameTextsMax = 1000
const nameLengthMax = 100

/** `"name":` of names met before: the same ones come with every record. */
class NameTexts {
  readonly #before: string
  readonly #texts = new Map<string, string>()

  constructor(before: string) {
    this.#before = before
  }

  of(name: string): string {
    let text = this.#texts.get(name)
    if (text === undefined) {
      text = `${this.#before}${jsonStringText(name)}:`
      if (this.#texts.size >= nameTextsMax) this.#texts.clear()
      if (name.length <= nameLengthMax) this.#texts.set(name, text)
    }
    return text
  }
}

const firstNames = new NameTexts('')
const laterNames = new NameTexts(',')

/** A row as compact JSON. */
export function rowJson(row: readonly NamedItem[], printer: Printer): string {
  let text = '{'
  for (const item of row) text += (text.length > 1 ? laterNames : firstNames).of(item.name) + printer.json(item)
  return `${text}}`
}
