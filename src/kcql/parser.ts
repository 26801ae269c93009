// Reads the text of connect.redis.kcql: all its statements, with every error and warning at once.
import { checkColumns, checkDropped, checkIgnored, checkLeftover, checkOpenQuote, checkTarget } from './accidents.ts'
import { type Statement } from './ast.ts'
import { Cursor, type Contract, type Words } from './cursor.ts'
import { isMiscasedKeyword } from './keywords.ts'
import { parseStatement } from './statement-parser.ts'
import { accidents, createProblem, type KcqlProblem } from './problem.ts'
import { createSource, splitAsMeant, splitStatements, withoutComments, type Source, type Span } from './source.ts'

export interface KcqlReading {
  /** The statements that could be read. With errors beside them they are only good for showing. */
  readonly statements: readonly Statement[]
  readonly warnings: readonly KcqlProblem[]
  readonly errors: readonly KcqlProblem[]
}

/**
 * Reads a whole KCQL text: `old` as the old connector read it (accidents refused or warned about), `plain` without leftovers. What cannot be read so is
 * read as people write it, if that leaves fewer errors: with comments, keywords in any letter case, and semicolons inside quotes.
 */
export const parseKcql = (text: string, contract: Contract): KcqlReading => {
  const source = createSource(text)
  const uncommented = withoutComments(text)
  const pieces = splitStatements(text)
  const exact = readPieces(source, uncommented, pieces, contract)
  if (exact.errors.length === 0) return exact.statements.length === 0 ? nothingIn(source) : exact
  const piecesMeant = splitAsMeant(uncommented)
  if (isSame(pieces, piecesMeant) || !mayBeMeant(exact.errors, contract)) return exact
  const meant = readPieces(source, uncommented, piecesMeant, contract)
  return isBetter(meant.errors, exact.errors) ? meant : exact
}

/** Fewer errors, or as many and later ones: that reading understood more of the text. */
const isBetter = (some: readonly KcqlProblem[], others: readonly KcqlProblem[]): boolean =>
  some.length < others.length || (some.length === others.length && firstPlace(some) > firstPlace(others))

const firstPlace = (errors: readonly KcqlProblem[]): number =>
  errors.reduce((place, { span }) => Math.min(place, span.start), Infinity)

const isSame = (some: readonly Span[], others: readonly Span[]): boolean =>
  some.length === others.length &&
  some.every(({ start, end }, at) => others[at]?.start === start && others[at].end === end)

/** The old connector did not start with a text of one of these errors, so another reading changes nothing that was ever written. */
const mayBeMeant = (errors: readonly KcqlProblem[], contract: Contract): boolean =>
  contract === 'plain' || errors.some(({ code, ofTopic }) => ofTopic === true || !accidents.has(code))

const readPieces = (source: Source, uncommented: string, pieces: readonly Span[], contract: Contract): KcqlReading => {
  const statements: Statement[] = []
  const warnings: KcqlProblem[] = []
  const errors: KcqlProblem[] = []
  let index = 0
  for (const piece of pieces) {
    const { statement, cursor } = readPiece(source, uncommented, piece, index, contract)
    if (cursor === null) continue
    index += 1
    if (statement !== null) statements.push(statement)
    append(errors, cursor.errors)
    append(warnings, cursor.warnings)
  }
  return { statements, warnings, errors }
}

interface PieceReading {
  readonly statement: Statement | null
  /** null: the piece holds no statement. */
  readonly cursor: Cursor | null
}

const nothing: PieceReading = { statement: null, cursor: null }

/** As the words stand, or else as people mean them. */
const readPiece = (
  source: Source,
  uncommented: string,
  piece: Span,
  index: number,
  contract: Contract
): PieceReading => {
  const read = (words: Words): PieceReading => {
    const cursor = new Cursor(source, piece, index, contract, words)
    return { statement: readStatement(cursor), cursor }
  }
  const errorsOf = ({ cursor }: PieceReading): readonly KcqlProblem[] => cursor?.errors ?? []
  const bare = uncommented.slice(piece.start, piece.end)
  const isCommented = bare !== source.text.slice(piece.start, piece.end)
  const isComment = isCommented && bare.trim() === ''
  // The old parser knew no comments: a statement behind the semicolon in one was written.
  if (isComment && contract === 'plain') return nothing
  let best = read({ text: source.text, anyCase: false })
  if (errorsOf(best).length === 0 || !mayBeMeant(errorsOf(best), contract)) return best
  if (isComment) return nothing
  const others: readonly Words[] = [
    ...(isCommented ? [{ text: uncommented, anyCase: false }] : []),
    ...(hasMiscasedKeyword(bare) ? [{ text: uncommented, anyCase: true }] : [])
  ]
  for (const words of others) {
    const reading = read(words)
    if (isBetter(errorsOf(reading), errorsOf(best))) best = reading
    if (errorsOf(best).length === 0) break
  }
  return best
}

const hasMiscasedKeyword = (text: string): boolean => {
  for (const [word] of text.matchAll(/[A-Za-z]+/g)) if (isMiscasedKeyword(word)) return true
  return false
}

const readStatement = (cursor: Cursor): Statement | null => {
  const statement = parseStatement(cursor)
  checkLeftover(cursor, statement)
  checkDropped(cursor)
  if (statement !== null) {
    checkColumns(cursor, statement.columns)
    checkIgnored(cursor, statement)
    checkTarget(cursor, statement)
  }
  checkOpenQuote(cursor)
  return statement
}

const byPlace = (left: KcqlProblem, right: KcqlProblem): number => left.span.start - right.span.start

const append = (all: KcqlProblem[], added: readonly KcqlProblem[]): void => {
  for (const problem of added.toSorted(byPlace)) all.push(problem)
}

const nothingIn = (source: Source): KcqlReading => {
  const span: Span = { start: 0, end: 0 }
  const message = 'Missing [connect.redis.kcql]. Expected at least one statement, like SELECT * FROM topic PK id.'
  const missing = createProblem(source, 0, { severity: 'error', code: 'missing', message, span })
  return { statements: [], warnings: [], errors: [missing] }
}
