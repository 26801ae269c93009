// Reads the text of connect.redis.kcql: all its statements, with every error and warning at once.
import { checkColumns, checkDropped, checkIgnored, checkLeftover, checkOpenQuote } from './accidents.ts'
import { type Statement } from './ast.ts'
import { Cursor, type Contract } from './cursor.ts'
import { parseStatement } from './statement-parser.ts'
import { createProblem, type KcqlProblem } from './problem.ts'
import { createSource, splitStatements, type Source, type Span } from './source.ts'

export interface KcqlReading {
  /** The statements that could be read. With errors beside them they are only good for showing. */
  readonly statements: readonly Statement[]
  readonly warnings: readonly KcqlProblem[]
  readonly errors: readonly KcqlProblem[]
}

/** Reads a whole KCQL text: `old` as the old connector read it (accidents refused or warned about), `plain` without leftovers. */
export const parseKcql = (text: string, contract: Contract): KcqlReading => {
  const source = createSource(text)
  const statements: Statement[] = []
  const warnings: KcqlProblem[] = []
  const errors: KcqlProblem[] = []
  if (text === '') return { statements, warnings, errors: [missing(source)] }
  for (const [index, piece] of splitStatements(text).entries()) {
    const cursor = new Cursor(source, piece, index, contract)
    const statement = readStatement(cursor)
    if (statement !== null) statements.push(statement)
    append(errors, cursor.errors)
    append(warnings, cursor.warnings)
  }
  return { statements, warnings, errors }
}

const readStatement = (cursor: Cursor): Statement | null => {
  const statement = parseStatement(cursor)
  checkLeftover(cursor, statement)
  checkDropped(cursor)
  if (statement !== null) {
    checkColumns(cursor, statement.columns)
    checkIgnored(cursor, statement)
  }
  checkOpenQuote(cursor)
  return statement
}

const byPlace = (left: KcqlProblem, right: KcqlProblem): number => left.span.start - right.span.start

const append = (all: KcqlProblem[], added: readonly KcqlProblem[]): void => {
  for (const problem of added.toSorted(byPlace)) all.push(problem)
}

const missing = (source: Source): KcqlProblem => {
  const span: Span = { start: 0, end: 0 }
  const message = 'Missing [connect.redis.kcql]. Expected at least one statement, like SELECT * FROM topic PK id.'
  return createProblem(source, 0, { severity: 'error', code: 'missing', message, span })
}
