// The parser's hand on the words of one statement: looks ahead, takes, expects, and keeps what is to be said about them.
import { type Keyword } from './keywords.ts'
import { Lexer, type Dropped, type Token, type TokenKind } from './lexer.ts'
import { createProblem, quoted, type KcqlProblem, type ProblemCode } from './problem.ts'
import { remedyFor } from './remedies.ts'
import { type Source, type Span } from './source.ts'

export type Contract = 'old' | 'plain'

/** Thrown where a production cannot go on; its problem is noted already, and the parser goes on at the next safe word. */
export class SyntaxStop extends Error {}

// One object for all: its stack says nothing, and taking one for each of 100,000 errors would be slow.
const syntaxStop = new SyntaxStop('the production stopped; its problem is noted')

/** Dropped text between two taken words. */
export interface Gap {
  readonly dropped: Dropped
  readonly before: Token | null
  readonly after: Token
  /** Nothing is read after it. */
  readonly isTail: boolean
}

/** A topic, target or alias is one name as a whole; a path is one name per part. */
export type NameRole = 'whole' | 'path'

/** How words are read: as they stand, or as people mean them, without comments and with keywords in any letter case. */
export interface Words {
  /** As long as the whole text. */
  readonly text: string
  readonly anyCase: boolean
}

/** At most two words are read ahead, so that a text is lexed once, and only as far as it is needed. */
export class Cursor {
  readonly source: Source
  readonly piece: Span
  readonly statementIndex: number
  readonly contract: Contract
  /** The first thousand, as of the warnings. */
  readonly errors: KcqlProblem[] = []
  readonly warnings: KcqlProblem[] = []
  readonly gaps: Gap[] = []
  /** The last word taken, null before the first. */
  last: Token | null = null
  /** A word of another language was refused: what stands behind it belongs to it. */
  isForeign = false
  readonly #lexer: Lexer
  readonly #ahead: Token[] = []
  // Words that name something in Redis or in the record, by where they start; only there a dropped character does harm.
  readonly #names = new Map<number, NameRole>()

  constructor(source: Source, piece: Span, statementIndex: number, contract: Contract, words: Words) {
    this.source = source
    this.piece = piece
    this.statementIndex = statementIndex
    this.contract = contract
    this.#lexer = new Lexer(words.text.slice(piece.start, piece.end), piece.start, words.anyCase)
  }

  peek(distance: 0 | 1 = 0): Token {
    while (this.#ahead.length <= distance) this.#ahead.push(this.#lexer.next())
    return this.#ahead[distance] ?? this.#lexer.next()
  }

  take(): Token {
    const token = this.peek()
    this.#ahead.shift()
    for (const dropped of token.dropped) this.gaps.push({ dropped, before: this.last, after: token, isTail: false })
    this.last = token
    return token
  }

  /** Takes a word that names something, so that what was dropped beside it is no small matter. */
  takeName(role: NameRole): Token {
    const token = this.take()
    this.#names.set(token.span.start, role)
    return token
  }

  nameRole(token: Token | null): NameRole | null {
    return token === null ? null : (this.#names.get(token.span.start) ?? null)
  }

  at(kind: TokenKind, distance: 0 | 1 = 0): boolean {
    return this.peek(distance).kind === kind
  }

  atKeyword(keyword: Keyword): boolean {
    return this.peek().keyword === keyword
  }

  takeIf(kind: TokenKind): boolean {
    if (!this.at(kind)) return false
    this.take()
    return true
  }

  takeKeywordIf(keyword: Keyword): boolean {
    if (!this.atKeyword(keyword)) return false
    this.take()
    return true
  }

  expect(kinds: readonly TokenKind[], expected: string, remedy = ''): Token {
    return kinds.includes(this.peek().kind) ? this.take() : this.stop(expected, remedy)
  }

  expectKeyword(keyword: Keyword, expected: string = keyword): Token {
    return this.atKeyword(keyword) ? this.take() : this.stop(expected)
  }

  /** Notes that the next word is not what may stand here, and stops the production. */
  stop(expected: string, remedy = '', span: Span = this.peek().span): never {
    const token = this.peek()
    const found = token.kind === 'end' ? 'the end of the statement' : quoted(token.text)
    const advice = remedy === '' ? remedyFor(token, expected) : remedy
    const message = `Invalid syntax. Found ${found}, expected ${expected}.${advice === '' ? '' : ` ${advice}`}`
    this.error('syntax', span, message)
    throw syntaxStop
  }

  error(code: ProblemCode, span: Span, message: string, more: Pick<KcqlProblem, 'ofTopic'> = {}): void {
    if (!this.isFull) this.errors.push({ ...this.#problem('error', code, span, message), ...more })
  }

  /** An error whose last sentence is the text that says what was meant: the whole statement, if it is short. */
  refuse(
    code: ProblemCode,
    span: Span,
    message: string,
    fix: { span: Span; text: string },
    more: Pick<KcqlProblem, 'ofTopic'> = {}
  ): void {
    if (this.isFull) return
    // Nobody retypes a name of a thousand characters: the message has said what is wrong with it.
    if (fix.text.length > rewrittenCharactersMax) {
      this.errors.push({ ...this.#problem('error', code, span, message), ...more })
      return
    }
    const suggestion = this.#rewritten(fix.span, fix.text)
    const problem = this.#problem('error', code, span, `${message} Write ${suggestion}`)
    this.errors.push({ ...problem, suggestion, ...more })
  }

  /** Whether there are so many errors that no more are kept. */
  get isFull(): boolean {
    return this.errors.length >= problemsMax
  }

  warn(code: ProblemCode, span: Span, message: string): void {
    if (this.warnings.length < problemsMax) this.warnings.push(this.#problem('warning', code, span, message))
  }

  /** The span from a word already taken (or peeked) to the last one taken. */
  spanFrom(token: Token): Span {
    return { start: token.span.start, end: Math.max(token.span.end, this.last?.span.end ?? 0) }
  }

  textOf(span: Span): string {
    return this.source.text.slice(span.start, span.end)
  }

  // The statement with one stretch replaced, ready to be copied; only the replacement where the statement is long.
  #rewritten(span: Span, replacement: string): string {
    const before = this.textOf({ start: this.piece.start, end: span.start })
    const after = this.textOf({ start: span.end, end: this.piece.end })
    if (before.length + after.length > rewrittenCharactersMax) return replacement
    return (before + replacement + after).replaceAll(/\s+/g, ' ').trim()
  }

  /** Lexes what the parser left, only to learn whether a quote stands open to the end. */
  openToEnd(): Span | null {
    while (!this.at('end')) this.#ahead.splice(0)
    return this.#lexer.openToEnd
  }

  #problem(severity: KcqlProblem['severity'], code: ProblemCode, span: Span, message: string): KcqlProblem {
    return createProblem(this.source, this.statementIndex, { severity, code, message, span })
  }
}

const rewrittenCharactersMax = 300
/** Of one statement; a person reads the first few, and a text may hold 30,000. */
const problemsMax = 1000

/** Runs a production; where it stops, goes on to one of the keywords, so that later errors are found too. */
export const recover = (cursor: Cursor, keywords: readonly Keyword[], production: () => void): boolean => {
  try {
    production()
    return true
  } catch (error) {
    if (!(error instanceof SyntaxStop)) throw error
    skipTo(cursor, keywords)
    return false
  }
}

/** Leaves out words up to one of the keywords (or a comma), or to the end. */
export const skipTo = (cursor: Cursor, keywords: readonly Keyword[], comma = false): void => {
  for (let token = cursor.peek(); token.kind !== 'end'; token = cursor.peek()) {
    if (token.keyword !== null && keywords.includes(token.keyword)) return
    if (comma && token.kind === ',') return
    cursor.take()
  }
}
