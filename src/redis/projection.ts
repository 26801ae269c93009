// The selected fields of a record, in the order in which they are written.
import { Struct, type Field, type Schema } from '../connect/data.ts'
import { jsonStringText } from '../java/json-text.ts'
import { fieldsOf, itemAt, PathFault, type Item, type NamedItem } from './fields.ts'
import { inScalaOrder } from './field-order.ts'
import { type BoundStatement, type Column, type Output } from './settings.ts'
import { type Printer } from './text/printer.ts'

/** What a statement selects, under the names it writes. A PathFault where a column is no field of this record. */
export type Projection = (top: Item) => readonly NamedItem[] | PathFault

/** How the old sink named a column when it hashed it: the whole path, before any alias. */
export function columnName(column: Column): string {
  return column.path.join('.')
}

/** The projection of a statement: its columns, less what it ignores. */
export function bindProjection(statement: BoundStatement, output: Output): Projection {
  if (statement.star) return bindStar(statement.ignored, output)
  return bindColumns(writtenColumns(statement.columns, statement.ignored, output))
}

/** The columns that are left, in order. Under the old output five and more are put in Scala's order before IGNORE takes some away, and what is left again if it is five or more. */
export function writtenColumns(
  columns: readonly Column[],
  ignored: ReadonlySet<string>,
  output: Output
): readonly Column[] {
  const ordered = output === 'java' ? inScalaOrder(columns, columnName) : columns
  const left = ordered.filter(({ path }) => !(path.length === 1 && ignored.has(path[0] ?? '')))
  return output === 'java' ? inScalaOrder(left, columnName) : left
}

/** Columns in the order given. */
export function bindColumns(columns: readonly Column[]): Projection {
  return top => {
    const row: NamedItem[] = []
    for (const { path, alias } of columns) {
      const item = itemAt(top, path)
      if (item instanceof PathFault) return item
      row.push({ name: alias, schema: item.schema, value: item.value, source: item.source })
    }
    return row
  }
}

/** All fields: from five on, counted after IGNORE, in Scala's order under the old output. */
export function bindStar(ignored: ReadonlySet<string>, output: Output): Projection {
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
  return top => {
    const { value } = top
    if (value instanceof Struct) {
      return fieldsOfStruct(value.schema).map(field => ({
        name: field.name,
        schema: field.schema,
        value: value.at(field),
        source: undefined
      }))
    }
    const fields = fieldsOf(top, output)
    const left = ignored.size === 0 ? fields : fields.filter(field => !ignored.has(field.name))
    return output === 'java' ? inScalaOrder(left, field => field.name) : left
  }
}

/** A row as compact JSON. */
export function rowJson(row: readonly NamedItem[], printer: Printer): string {
  let text = '{'
  for (const item of row) {
    if (text.length > 1) text += ','
    text += `${jsonStringText(item.name)}:${printer.json(item)}`
  }
  return `${text}}`
}
