// What the parser has to say about a text: errors and warnings, each with its place, and how one is shown to a person.
import { lineSpanOf, placeOf, type Source, type Span } from './source.ts'

/** Why a text is refused, or what is said about one that is not. Stable: tests and scripts may rely on them. */
export type ProblemCode =
  // Errors of the language: the old parser refused these too.
  | 'missing'
  | 'syntax'
  | 'open-quote'
  | 'duplicate-field'
  | 'duplicate-parameter'
  | 'invalid-number'
  | 'invalid-value'
  | 'unknown-metadata'
  // Accidents of the old parser: it read something else than what was written, so we refuse them.
  | 'glued-name'
  | 'cut-name'
  | 'dropped-character'
  | 'reordered-path'
  | 'lost-call'
  | 'lost-column'
  // Accepted, but worth knowing.
  | 'ignored-words'
  | 'double-quotes'
  | 'no-effect'
  | 'kept-quotes'

/** Errors that the old parser did not know: it read on, with another meaning than the text's. */
export const accidents: ReadonlySet<ProblemCode> = new Set([
  'glued-name',
  'cut-name',
  'dropped-character',
  'reordered-path',
  'lost-call',
  'lost-column'
])

export interface KcqlProblem {
  readonly severity: 'error' | 'warning'
  readonly code: ProblemCode
  /** What was found, what was expected, what to write instead. */
  readonly message: string
  readonly statementIndex: number
  readonly span: Span
  readonly line: number
  readonly column: number
  readonly source: Source
  /** The old parser read on, but its connector had no such topic and did not start. */
  readonly ofTopic?: true
  /** A statement that says what was meant, where there is one. */
  readonly suggestion?: string
}

export const createProblem = (
  source: Source,
  statementIndex: number,
  details: Pick<KcqlProblem, 'severity' | 'code' | 'message' | 'span' | 'suggestion'>
): KcqlProblem => ({ ...details, statementIndex, ...placeOf(source, details.span.start), source })

const excerptCharactersMax = 100
const wordCharactersMax = 60
const plainPattern = /^[!-~]*$/

/** A piece of the user's text inside a message: on one line, and never endlessly long. */
export const quoted = (text: string): string => {
  // Most names are plain; a text of 30,000 mistakes quotes as many.
  if (text.length <= wordCharactersMax && plainPattern.test(text)) return `"${text}"`
  const line = visible(text.slice(0, 4 * wordCharactersMax).replaceAll(/\s+/g, ' '))
  return line.length > wordCharactersMax ? `"${line.slice(0, wordCharactersMax)}..."` : `"${line}"`
}

/** The same without quotation marks, for text to be copied. */
export const shown = (text: string): string => quoted(text).slice(1, -1)

// Control characters would move the caret or talk to the terminal, so each is shown as a blank.
const visible = (text: string): string => text.replaceAll(/\p{C}/gu, match => ' '.repeat(match.length))

/** The line of the text in which the problem stands (of a long line the part around it), and below it a caret. */
export const excerptOf = (problem: KcqlProblem): string => {
  const { source, span } = problem
  const line = lineSpanOf(source, span.start)
  const at = Math.min(span.start, line.end)
  const first = line.end - line.start <= excerptCharactersMax ? line.start : Math.max(line.start, at - 50)
  const last = Math.min(line.end, first + excerptCharactersMax)
  const head = first > line.start ? '...' : ''
  const tail = last < line.end ? '...' : ''
  const text = head + visible(source.text.slice(first, last)) + tail
  const carets = Math.max(1, Math.min(span.end, last) - at)
  return `${text}\n${' '.repeat(head.length + at - first)}${'^'.repeat(carets)}`
}

/** The problem as shown to a person: place, message, excerpt with caret. */
export const renderProblem = (problem: KcqlProblem): string => {
  const place = `statement ${String(problem.statementIndex + 1)}, line ${String(problem.line)}, column ${String(problem.column)}`
  const excerpt = excerptOf(problem).replaceAll(/^/gm, '  ')
  return `${problem.severity} at ${place}: ${problem.message}\n${excerpt}`
}
