// Cuts one statement into words on demand, as the old lexer did: the longest word first, unknown characters dropped.
import { isKeyword, isKeywordInAnyCase, type Keyword } from './keywords.ts'
import { type Span } from './source.ts'

export type TokenKind =
  | 'keyword'
  | 'sysTime'
  | '='
  | '*'
  | ','
  | '.'
  | '('
  | ')'
  | 'int'
  | 'word'
  | 'loose'
  | 'delim'
  | 'glued'
  | 'string'
  | 'end'

/** Text the lexer dropped: single characters that start no word, a quote that is not closed, or an empty pair of backticks. */
export interface Dropped {
  readonly kind: 'characters' | 'open' | 'empty-backticks'
  readonly span: Span
  readonly text: string
}

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly span: Span
  /** In upper case; null for every other kind. */
  readonly keyword: Keyword | null
  /** What was dropped between the word before and this one. */
  readonly dropped: readonly Dropped[]
}

const wordPattern = /[A-Za-z0-9_@]+/y
const loosePattern = /[A-Za-z0-9_+\-/{}:]+/y
const digitsPattern = /^[0-9]+$/
const sysTimePattern = /sys_time\(\)|SYS_TIME\(\)/y
const stringPattern = /'[^'\r\n]*'/y
const backtickPattern = /`[^`]+`/y
const delimPattern = /^'[A-Za-z0-9_+\-/{}:|#@`^[\]*?$]'$/
const restOfLinePattern = /'[^'\r\n]*(?:[\r\n]|$)/y
const blanksPattern = /[ \t\r\n]+/y
// Everything that neither starts a word nor separates: a run of these is one Dropped.
const strangePattern = /[^A-Za-z0-9_@+\-/{}:=*,.()'` \t\r\n]+/y
const noDropped: readonly Dropped[] = []

/** A sticky pattern's match at `at` that ends by `limit`, as its length, or 0. */
const lengthAt = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex - at : 0
}

/** The words of one statement, read one after the other; offsets are those of the whole text. */
export class Lexer {
  readonly #text: string
  readonly #offset: number
  readonly #isKeyword: (text: string) => boolean
  #at = 0
  /** Set once a quote or backtick was found open to the end of the text. */
  openToEnd: Span | null = null

  /** `statementText` is the statement's own text (a quote never reaches into the next), `offset` its place in the whole. */
  constructor(statementText: string, offset: number, anyCase = false) {
    this.#text = statementText
    this.#offset = offset
    this.#isKeyword = anyCase ? isKeywordInAnyCase : isKeyword
  }

  /** The next word; at the end of the statement, `end` again and again. */
  next(): Token {
    let dropped: Dropped[] | null = null
    for (;;) {
      this.#at += lengthAt(blanksPattern, this.#text, this.#at)
      if (this.#at >= this.#text.length) return this.#token('end', 0, dropped)
      const drop = this.#readDropped()
      if (drop === null) return this.#readToken(dropped)
      dropped ??= []
      dropped.push(drop)
    }
  }

  #readDropped(): Dropped | null {
    const text = this.#text
    const at = this.#at
    const first = text[at]
    if (first === '`') {
      if (lengthAt(backtickPattern, text, at) > 0) return null
      if (text[at + 1] === '`') return this.#drop('empty-backticks', 2)
      return this.#drop('open', text.length - at)
    }
    if (first === "'") {
      if (lengthAt(stringPattern, text, at) > 0) return null
      return this.#drop('open', lengthAt(restOfLinePattern, text, at))
    }
    const length = lengthAt(strangePattern, text, at)
    return length === 0 ? null : this.#drop('characters', length)
  }

  #drop(kind: Dropped['kind'], length: number): Dropped {
    const text = this.#text.slice(this.#at, this.#at + length)
    const span = { start: this.#offset + this.#at, end: this.#offset + this.#at + length }
    this.#at += length
    const endsWithLine = text.startsWith("'") && /[\r\n]$/.test(text)
    if (kind === 'open' && !endsWithLine) this.openToEnd ??= span
    return { kind, span, text }
  }

  #readToken(dropped: readonly Dropped[] | null): Token {
    const text = this.#text
    const at = this.#at
    const first = text[at] ?? ''
    switch (first) {
      case '=':
      case '*':
      case ',':
      case '.':
      case '(':
      case ')':
        return this.#token(first, 1, dropped)
      case '`':
        return this.#token('loose', lengthAt(backtickPattern, text, at), dropped)
      case "'": {
        const length = lengthAt(stringPattern, text, at)
        const kind = delimPattern.test(text.slice(at, at + length)) ? 'delim' : 'string'
        return this.#token(kind, length, dropped)
      }
      default:
        return this.#readName(dropped)
    }
  }

  /** keyword, SYS_TIME(), INT, WORD, LOOSE or GLUED: the longest wins, and between equals the first of this list. */
  #readName(dropped: readonly Dropped[] | null): Token {
    const text = this.#text
    const at = this.#at
    const word = lengthAt(wordPattern, text, at)
    const loose = lengthAt(loosePattern, text, at)
    if (word > 0 && text[at + word] === '.' && text[at + word + 1] === '`') {
      const backticked = lengthAt(backtickPattern, text, at + word + 1)
      if (backticked > 0) return this.#token('glued', word + 1 + backticked, dropped)
    }
    const sysTime = lengthAt(sysTimePattern, text, at)
    if (sysTime > Math.max(word, loose)) return this.#token('sysTime', sysTime, dropped)
    if (loose > word) return this.#token('loose', loose, dropped)
    const name = text.slice(at, at + word)
    if (digitsPattern.test(name)) return this.#token('int', word, dropped)
    return this.#token(this.#isKeyword(name) ? 'keyword' : 'word', word, dropped)
  }

  #token(kind: TokenKind, length: number, dropped: readonly Dropped[] | null): Token {
    const start = this.#at
    this.#at += length
    const text = this.#text.slice(start, this.#at)
    return {
      kind,
      text,
      span: { start: this.#offset + start, end: this.#offset + this.#at },
      keyword: kind === 'keyword' ? (text.toUpperCase() as Keyword) : null,
      dropped: dropped ?? noDropped
    }
  }
}
