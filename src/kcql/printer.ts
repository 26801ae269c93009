// Writes a statement as KCQL again, in one canonical form: what it writes is read back to the same statement.
import { type Column, type Field, type IdleClause, type Statement } from './ast.ts'
import { clausePlace, insertClauseOrder, selectClauseOrder, type Keyword } from './keywords.ts'
import { printAlias, printName, printPath } from './names.ts'

export const printStatement = (statement: Statement): string => {
  const order: readonly Keyword[] = statement.kind === 'insert' ? insertClauseOrder : selectClauseOrder
  const words = [
    ...printHead(statement),
    'SELECT',
    statement.columns.map(printColumn).join(', '),
    'FROM',
    printName(statement.source.text)
  ]
  if (statement.ignored.length > 0) words.push('IGNORE', statement.ignored.map(printField).join(', '))
  for (const keyword of order) words.push(...printClause(statement, keyword, order))
  return words.join(' ')
}

const printHead = (statement: Statement): readonly string[] => {
  if (statement.kind === 'select') return []
  const key = statement.upsertKey === null ? [] : ['PK', statement.upsertKey]
  return [statement.writeMode, ...key, 'INTO', printName(statement.target.text)]
}

const printColumn = (column: Column): string => (column.kind === 'star' ? '*' : printField(column))

const printField = (field: Field): string =>
  printPath(field.parts) + (field.aliasWritten ? ` AS ${printAlias(field.alias)}` : '')

const printClause = (statement: Statement, keyword: Keyword, order: readonly Keyword[]): readonly string[] => {
  const { primaryKeys, storedAs, ttl, limit, batch, idleClauses } = statement
  switch (keyword) {
    case 'PK':
      return primaryKeys.length === 0 ? [] : ['PK', primaryKeys.map(printField).join(', ')]
    case 'STOREAS':
      return storedAs === null ? [] : ['STOREAS', printStoredAs(storedAs)]
    case 'TTL':
      return ttl === null ? [] : [`TTL=${String(ttl.value)}`]
    case 'LIMIT':
      return limit === null ? [] : ['LIMIT', String(limit.value)]
    case 'BATCH':
      return batch === null ? [] : [`BATCH=${String(batch.value)}`]
    default:
      return idleClauses.filter(clause => clausePlace(order, clause.keyword) === order.indexOf(keyword)).map(printIdle)
  }
}

const printIdle = (clause: IdleClause): string => [clause.keyword, ...clause.words].join(' ')

const printStoredAs = (storedAs: NonNullable<Statement['storedAs']>): string => {
  const parameters = storedAs.written.map(({ name, value }) => `${name}=${value}`)
  return storedAs.rawType + (parameters.length === 0 ? '' : `(${parameters.join(', ')})`)
}
