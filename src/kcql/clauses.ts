// Parses what follows the topic: each clause in its fixed place, and the checks of its values.
import { type Amount, type Field, type IdleClause, type StoredAs, type StoreParameter } from './ast.ts'
import { parseKey, partsOf } from './columns.ts'
import { recover, type Cursor } from './cursor.ts'
import { secondsOf } from './foreign-words.ts'
import { idleGrammars } from './idle-clauses.ts'
import { clausePlace, type ClauseKeyword, type Keyword } from './keywords.ts'
import { type Token } from './lexer.ts'
import { isGlue, unquoteName } from './names.ts'
import { quoted } from './problem.ts'

/** What the clauses of one statement say, filled while they are read. */
export interface Clauses {
  readonly primaryKeys: Field[]
  storedAs: StoredAs | null
  ttl: Amount<bigint> | null
  limit: Amount<number> | null
  batch: Amount<number> | null
  readonly idleClauses: IdleClause[]
}

export const createClauses = (): Clauses => ({
  primaryKeys: [],
  storedAs: null,
  ttl: null,
  limit: null,
  batch: null,
  idleClauses: []
})

/** Each clause may come once, and only after those before it in the order; where the next word fits none, the statement is complete. */
export const parseClauses = (cursor: Cursor, order: readonly Keyword[], clauses: Clauses): void => {
  let place = 0
  for (;;) {
    const keyword = cursor.peek().keyword
    if (keyword === null) return
    const found = clausePlace(order, keyword)
    if (found < place) return
    place = found + 1
    recover(cursor, order.slice(place), () => parseClause(cursor, keyword as ClauseKeyword, clauses))
  }
}

const parseClause = (cursor: Cursor, keyword: ClauseKeyword, clauses: Clauses): void => {
  switch (keyword) {
    case 'PK':
      parseKeys(cursor, clauses)
      return
    case 'STOREAS':
      clauses.storedAs = parseStoreAs(cursor)
      return
    case 'TTL':
      clauses.ttl = parseTtl(cursor)
      return
    case 'LIMIT':
      clauses.limit = parseCount(cursor, 'LIMIT')
      return
    case 'BATCH':
      clauses.batch = parseCount(cursor, 'BATCH')
      return
    default:
      clauses.idleClauses.push(parseIdle(cursor, keyword))
  }
}

// [ "PK" key { "," key } ]
const parseKeys = (cursor: Cursor, clauses: Clauses): void => {
  cursor.take()
  const seen = new Set<string>()
  do {
    const key = parseKey(cursor)
    if (key === null) continue
    const path = key.path.join('\0')
    if (seen.has(path) && cursor.contract === 'old') {
      cursor.warn(
        'no-effect',
        key.span,
        `The key field ${quoted(key.path.join('.'))} stands in PK already and counts once.`
      )
    }
    clauses.primaryKeys.push(key)
    seen.add(path)
  } while (cursor.takeIf(','))
}

// storeas = "STOREAS" simple { "(" parameter { "," parameter } ")" } ;
const parseStoreAs = (cursor: Cursor): StoredAs => {
  const start = cursor.take()
  const rawType = parseLabel(cursor, 'a type after STOREAS (SortedSet, GeoAdd, PubSub, Stream)')
  const written: StoreParameter[] = []
  const parameters = new Map<string, readonly string[]>()
  while (cursor.takeIf('(')) {
    do {
      const parameter = parseParameter(cursor)
      const key = parameter.name.toLowerCase()
      if (parameters.has(key)) {
        cursor.error(
          'duplicate-parameter',
          parameter.span,
          `The parameter ${quoted(parameter.name)} of STOREAS is given twice (letter case does not tell names apart). Keep one of them.`
        )
      }
      written.push(parameter)
      parameters.set(key, parameter.path)
    } while (cursor.takeIf(','))
    cursor.expect([')'], '"," or ")"')
  }
  return { kind: 'storedAs', type: unquoteName(rawType), rawType, written, parameters, span: cursor.spanFrom(start) }
}

// parameter = simple "=" ( simple | path | INT ) ;   The old parser took no path.
const parseParameter = (cursor: Cursor): StoreParameter => {
  const start = cursor.peek()
  const name = parseLabel(
    cursor,
    start.kind === ')' ? 'a parameter name=value between the parentheses, or no parentheses' : 'a parameter name'
  )
  cursor.expect(['='], '"=" and the value of the parameter')
  if (!cursor.at('int')) return { kind: 'parameter', name, ...parseValue(cursor), span: cursor.spanFrom(start) }
  const value = cursor.take().text
  return { kind: 'parameter', name, value, path: [value], span: cursor.spanFrom(start) }
}

// simple = WORD | ( LOOSE | "." ) { LOOSE | "." } ;
const parseSimple = (cursor: Cursor, expected: string, take: () => Token): readonly [Token, ...Token[]] => {
  if (cursor.at('word')) return [take()]
  if (!cursor.at('loose') && !cursor.at('.')) return cursor.stop(expected)
  const tokens: [Token, ...Token[]] = [take()]
  while (cursor.at('loose') || cursor.at('.')) tokens.push(take())
  return tokens
}

const parseLabel = (cursor: Cursor, expected: string): string =>
  joined(parseSimple(cursor, expected, () => cursor.take()))

const joined = (tokens: readonly Token[]): string => tokens.map(token => token.text).join('')

/** A path, or what the old parser took as one name: LOOSE words and dots, joined. */
const parseValue = (cursor: Cursor): Pick<StoreParameter, 'value' | 'path'> => {
  const tokens = takeValue(cursor)
  const value = joined(tokens)
  // Of the words after STOREAS only a value names a field, so only there joined words are refused.
  if (tokens.some((token, index) => index > 0 && isGlue(tokens[index - 1] ?? token, token))) {
    const span = cursor.spanFrom(tokens[0])
    const written = quoted(cursor.textOf(span))
    cursor.error(
      'glued-name',
      span,
      `The old connector read ${written} as ${quoted(value)}: it joined the words. Write the name of one field.`
    )
  }
  const isPath = tokens.length % 2 === 1 && tokens.every(({ kind }, index) => (kind === '.') === (index % 2 === 1))
  if (tokens.every(({ kind }) => kind === '.' || kind === 'loose') && !(isPath && value.includes('`'))) {
    // One name to the old parser. Where no field is called so, it is a path all the same.
    return { value, path: [value.replaceAll('`', '')] }
  }
  if (!isPath) {
    const written = quoted(cursor.textOf(cursor.spanFrom(tokens[0])))
    const message = `${written} is no path: expected names with one dot between each two, like a.b.`
    cursor.error('invalid-value', cursor.spanFrom(tokens[0]), message)
  }
  return { value, path: tokens.flatMap(token => (token.kind === '.' ? [] : partsOf(token))) }
}

/** All words up to the end of the value; behind a name only a dot goes on (or, as in the old parser, a LOOSE word behind another). */
const takeValue = (cursor: Cursor): readonly [Token, ...Token[]] => {
  const expected = 'a name, a path or a number as the value (no quotes)'
  const isName = (): boolean => cursor.at('word') || cursor.at('loose') || cursor.at('glued')
  if (!isName() && !cursor.at('.')) return cursor.stop(expected)
  const tokens: [Token, ...Token[]] = [cursor.takeName('path')]
  for (let last = tokens[0]; ; tokens.push(last)) {
    const goesOn = cursor.at('.') || (last.kind === '.' ? isName() : last.kind === 'loose' && cursor.at('loose'))
    if (!goesOn && last.kind === '.' && tokens.some(({ kind }) => kind !== '.' && kind !== 'loose'))
      return cursor.stop('a field name after the dot')
    if (!goesOn) return tokens
    last = cursor.takeName('path')
  }
}

const ttlMax = 2n ** 63n - 1n

// "TTL" "=" INT
const parseTtl = (cursor: Cursor): Amount<bigint> | null => {
  const digits = parseDigits(cursor, 'TTL')
  const value = digitCount(digits.text) > 19 ? ttlMax + 1n : BigInt(digits.text)
  if (value >= 1n && value <= ttlMax) return { kind: 'amount', value, span: digits.span }
  // The first sentence is the old parser's: people search their logs for it.
  cursor.error(
    'invalid-number',
    digits.span,
    `${shortened(digits.text)} is not a valid number for a TTL. Expected seconds from 1 to ${String(ttlMax)}; for keys that never expire leave TTL out.`
  )
  return null
}

const countMax = 2 ** 31 - 1

// "LIMIT" INT   "BATCH" "=" INT
const parseCount = (cursor: Cursor, keyword: 'LIMIT' | 'BATCH'): Amount<number> | null => {
  const start = cursor.peek()
  const digits = parseDigits(cursor, keyword)
  const value = Number(digits.text)
  if (value < 1 || value > countMax) {
    cursor.error(
      'invalid-number',
      digits.span,
      `${shortened(digits.text)} is not a valid number for a ${keyword}. Expected 1 to ${String(countMax)}.`
    )
    return null
  }
  warnIdle(cursor, keyword, cursor.spanFrom(start))
  return { kind: 'amount', value, span: digits.span }
}

const parseDigits = (cursor: Cursor, keyword: 'TTL' | 'LIMIT' | 'BATCH'): Token => {
  cursor.take()
  const exampleOf = ({ text }: Token): string =>
    keyword === 'LIMIT' ? 'LIMIT 100' : keyword === 'TTL' ? `TTL=${secondsOf(text) ?? '3600'}` : 'BATCH=100'
  if (keyword !== 'LIMIT') cursor.expect(['='], '"="', `Write ${exampleOf(cursor.peek())}.`)
  return cursor.expect(
    ['int'],
    keyword === 'TTL' ? 'seconds, digits only' : 'a number, digits only',
    `Write ${exampleOf(cursor.peek())}.`
  )
}

const digitCount = (digits: string): number => digits.replace(/^0+/, '').length

const shortened = (digits: string): string => (digits.length > 40 ? `${digits.slice(0, 40)}...` : digits)

const parseIdle = (cursor: Cursor, keyword: ClauseKeyword): IdleClause => {
  const start = cursor.take()
  const words: Token[] = []
  idleGrammars[keyword]?.(cursor, words)
  const span = cursor.spanFrom(start)
  // Between its parentheses: under the plain contract nothing that is unknown is passed over.
  if (keyword === 'PROPERTIES' && cursor.contract === 'plain' && words.length > 2) {
    const message = 'PROPERTIES names properties of other sinks: the Redis sink knows none. Leave the clause out.'
    cursor.error('invalid-value', span, message)
  } else warnIdle(cursor, keyword, span)
  return { kind: 'idle', keyword, words: words.map(word => word.text), span }
}

const warnIdle = (cursor: Cursor, keyword: ClauseKeyword, span: { start: number; end: number }): void => {
  cursor.warn('no-effect', span, `${keyword} has no effect in the Redis sink${idleNotes[keyword] ?? ''}.`)
}

const idleNotes: { readonly [keyword in ClauseKeyword]?: string } = {
  KEYDELIMITER: ': the parts of a key are joined by connect.redis.pk.delimiter',
  NOPARTITION: ' (the old connector failed at start because of it in most modes)',
  WITHCONVERTER: ' (the old connector tried to load the Java class it names)'
}
