// A sorted set per key: PK names the set, the score comes from the whole record and is written into the member.
import { type Mode } from '../encode.ts'
import { hasField, type Item } from '../fields.ts'
import { inScalaOrder } from '../field-order.ts'
import {
  bindColumns,
  bindStar,
  columnName,
  isIgnored,
  rowJson,
  writtenColumns,
  type Projection
} from '../projection.ts'
import { type BoundStatement, type Column, type FieldPath, type Output } from '../settings.ts'
import { bindKey, needed, project, scoreOf, type Binding } from './binding.ts'

/** `ZADD prefix+key score json`. */
export function sortedSetsMode(binding: Binding): Mode {
  const { statement, output, printer } = binding
  const projection = bindMember(statement, output)
  const keyOf = bindKey(binding)
  const { index, ttl } = statement
  return (record, top) => {
    const row = project(record, top, statement, projection)
    const key = keyOf(record, top)
    const item = needed(record, top, statement, statement.score, 'score')
    const score = scoreOf(record, statement, item)
    return [{ kind: 'ZADD', key, args: [key, score, rowJson(row, printer)], statement: index, expireWhenAdded: ttl }]
  }
}

function bindMember(statement: BoundStatement, output: Output): Projection {
  if (statement.star) return bindStar(statement, output)
  const { score, leftOut } = statement
  const nested = bindColumns(memberColumns(statement, false, output), leftOut)
  const [name = ''] = score
  if (score.length > 1 || !name.includes('.')) return nested
  // A field may have the dotted name itself; it is then written under it.
  const literal = bindColumns(memberColumns(statement, true, output), leftOut)
  return (top: Item) => (hasField(top, name) ? literal(top) : nested(top))
}

/** The columns that are left and the score, unless IGNORE names that too; `literal` as in scoreColumn. */
export function memberColumns(statement: BoundStatement, literal: boolean, output: Output): readonly Column[] {
  const columns = writtenColumns(statement, 'plain')
  if (!isIgnored(statement, statement.score))
    return orderedMember(columns, scoreColumn(statement.score, literal), output)
  return output === 'java' ? inScalaOrder(columns, columnName) : columns
}

/** The score as a column: under its last name, or its whole one where a field has that. */
function scoreColumn(score: FieldPath, literal: boolean): Column {
  const name = score.at(-1) ?? ''
  const isLast = literal || score.length > 1
  return { path: score, alias: isLast ? name : (name.split('.').pop() ?? name) }
}

/**
 * The selected columns and the score, always under its own last name: selected before, it keeps its place and loses its alias.
 * It counts as a column: four selected fields and a score are five, and so in Scala's order.
 */
function orderedMember(columns: readonly Column[], score: Column, output: Output): readonly Column[] {
  const name = columnName(score)
  const at = columns.findIndex(column => columnName(column) === name)
  const all = at < 0 ? [...columns, score] : columns.with(at, score)
  return output === 'java' ? inScalaOrder(all, columnName) : all
}
