// One sorted set per statement: members are the selected fields as JSON, scored by one of them.
import { type SinkRecord } from '../../connect/record.ts'
import { type Mode } from '../encode.ts'
import { itemAt, listed, PathFault, type Item, type NamedItem } from '../fields.ts'
import { meantPath } from '../meant-field.ts'
import { bindProjection, columnName, rowJson } from '../projection.ts'
import { type BoundStatement, type FieldPath } from '../settings.ts'
import { project, refused, scoreOf, wellFormed, type Binding } from './binding.ts'

/** `ZADD target score json`; the score is looked up among the selected fields, under their new names. */
export function sortedSetMode(binding: Binding): Mode {
  const { statement, output, printer } = binding
  const projection = bindProjection(statement, output)
  const { index, ttl } = statement
  const alias = aliasOf(statement)
  const key = wellFormed(statement.target)
  return (record, top) => {
    const row = project(record, top, statement, projection)
    const score = scoreOf(record, statement, scoreIn(record, statement, alias, row))
    return [{ kind: 'ZADD', key, args: [key, score, rowJson(row, printer)], statement: index, expireWhenAdded: ttl }]
  }
}

/** The name under which the selected fields have a column that stands below another: `a.b` is written as `b`. */
function aliasOf({ star, columns, score }: BoundStatement): string | null {
  const name = score.join('.')
  if (star || !name.includes('.')) return null
  return columns.find(column => columnName(column) === name)?.alias ?? null
}

function scoreIn(record: SinkRecord, statement: BoundStatement, alias: string | null, row: readonly NamedItem[]): Item {
  const found = inRow(row, statement.score) ?? (alias === null ? undefined : inRow(row, [alias]))
  const score = statement.score.join('.')
  if (found === undefined || found instanceof PathFault) {
    const names = row.map(item => item.name)
    throw refused(
      record,
      statement,
      `[${score}] keys are not present in the SinkRecord payload: [${listed(names)}].${meantPath([score], 0, names)}`,
      'The score must be among the selected fields, under the name it has there: select it, or name another by SortedSet(score=...).'
    )
  }
  if (found.value === null) {
    throw refused(
      record,
      statement,
      `[${score}] field value is null.`,
      'A score needs a value in every record: drop the others by a transform, or name another field.'
    )
  }
  return found
}

/** By its name as it stands; a name with dots that no field has is a path. */
function inRow(row: readonly NamedItem[], path: FieldPath): Item | PathFault | undefined {
  const [name = '', ...rest] = path
  const whole = row.find(item => item.name === name)
  if (whole !== undefined) return rest.length === 0 ? whole : itemAt(whole, rest)
  if (!name.includes('.')) return undefined
  return inRow(row, [...name.split('.'), ...rest])
}
