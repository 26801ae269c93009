// One sorted set per statement: members are the selected fields as JSON, scored by one of them.
import { type SinkRecord } from '../../connect/record.ts'
import { type Mode } from '../encode.ts'
import { itemAt, listed, PathFault, type Item, type NamedItem } from '../fields.ts'
import { bindProjection, rowJson } from '../projection.ts'
import { type BoundStatement } from '../settings.ts'
import { project, refused, scoreOf, wellFormed, type Binding } from './binding.ts'

/** `ZADD target score json`; the score is looked up among the selected fields, under their new names. */
export function sortedSetMode(binding: Binding): Mode {
  const { statement, output, printer } = binding
  const projection = bindProjection(statement, output)
  const { index, ttl } = statement
  const key = wellFormed(statement.target)
  return (record, top) => {
    const row = project(record, top, statement, projection)
    const score = scoreOf(record, statement, scoreIn(record, statement, row))
    return [{ kind: 'ZADD', key, args: [key, score, rowJson(row, printer)], statement: index, expireWhenAdded: ttl }]
  }
}

function scoreIn(record: SinkRecord, statement: BoundStatement, row: readonly NamedItem[]): Item {
  const { score } = statement
  const found = row.find(item => item.name === score) ?? nestedScore(row, score)
  if (found === undefined || found instanceof PathFault) {
    throw refused(
      record,
      statement,
      `[${score}] keys are not present in the SinkRecord payload: [${listed(row.map(item => item.name))}].`,
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

function nestedScore(row: readonly NamedItem[], score: string): Item | PathFault | undefined {
  const [first, ...rest] = score.split('.')
  const item = row.find(({ name }) => name === first)
  return item === undefined || rest.length === 0 ? undefined : itemAt(item, rest)
}
