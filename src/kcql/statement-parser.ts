// Parses one statement by recursive descent: its head, its columns, its topic; clauses.ts takes it from there.
import { type Column, type Field, type InsertStatement, type Name, type Statement } from './ast.ts'
import { createClauses, parseClauses } from './clauses.ts'
import { parseColumn } from './columns.ts'
import { recover, skipTo, SyntaxStop, type Cursor } from './cursor.ts'
import { insertClauseOrder, isMiscasedKeyword, selectClauseOrder, type Keyword } from './keywords.ts'
import { type Token } from './lexer.ts'
import { foreignHead, foreignSentence, noPattern, placeholderRemedy } from './foreign-words.ts'
import { isGlue, printName, unquoteName } from './names.ts'
import { quoted, shown } from './problem.ts'

type Head = Pick<InsertStatement, 'writeMode' | 'target' | 'upsertKey'> | null

/** What may be read of a statement although some of it could not: null where the reading would be of no use. */
// statement = insert | select ;
export const parseStatement = (cursor: Cursor): Statement | null => {
  const first = cursor.peek()
  let head: Head = null
  const isInsert = first.keyword === 'INSERT' || first.keyword === 'UPSERT'
  const headRead = recover(cursor, ['SELECT'], () => {
    head = parseHead(cursor)
  })
  if (!headRead && !cursor.atKeyword('SELECT')) return null
  const order: readonly Keyword[] = isInsert ? insertClauseOrder : selectClauseOrder
  const columns = parseColumns(cursor)
  // A list that ran to the end has said what is wrong; that FROM is missing too would be noise.
  if (cursor.at('end') && cursor.errors.length > 0) return null
  let source: Name | null = null
  const ignored: Field[] = []
  recover(cursor, ['IGNORE', ...order], () => {
    cursor.expectKeyword('FROM', columnsEnd)
    source = parseName(cursor, 'topic')
  })
  const body = { columns: [...columns], ignored }
  recover(cursor, order, () => parseIgnored(cursor, body))
  const clauses = createClauses()
  parseClauses(cursor, order, clauses)
  return assemble(cursor, first, head, source, body, clauses, isInsert)
}

const columnsEnd = '"," or AS or FROM'

const assemble = (
  cursor: Cursor,
  first: Token,
  head: Head,
  source: Name | null,
  body: { columns: readonly Column[]; ignored: readonly Field[] },
  clauses: ReturnType<typeof createClauses>,
  isInsert: boolean
): Statement | null => {
  if (source === null) return null
  const { primaryKeys, storedAs, ttl, limit, batch, idleClauses } = clauses
  const parts = {
    index: cursor.statementIndex,
    span: cursor.spanFrom(first),
    source,
    ...body,
    primaryKeys,
    storedAs,
    ttl,
    limit,
    idleClauses
  }
  if (!isInsert) return { kind: 'select', writeMode: null, target: null, upsertKey: null, batch: null, ...parts }
  return head === null ? null : { kind: 'insert', ...head, batch, ...parts }
}

// write_mode = "INSERT" "INTO" | "UPSERT" "INTO" | "UPSERT" "PK" WORD "INTO" ;
const parseHead = (cursor: Cursor): Head => {
  const first = cursor.peek()
  if (first.keyword === 'SELECT') return null
  if (first.keyword !== 'INSERT' && first.keyword !== 'UPSERT')
    return cursor.stop('INSERT, UPSERT or SELECT', isMiscasedKeyword(first.text) ? '' : foreignHead(first.text))
  cursor.take()
  let upsertKey: string | null = null
  if (first.keyword === 'UPSERT' && cursor.takeKeywordIf('PK')) {
    const key = cursor.expect(['word'], 'a field name after UPSERT PK')
    upsertKey = key.text
    cursor.warn('no-effect', key.span, 'UPSERT PK sets no key. Write PK with the key fields after the topic.')
  }
  cursor.expectKeyword('INTO')
  const target = parseName(cursor, 'target')
  if (!cursor.atKeyword('SELECT'))
    cursor.stop('SELECT', cursor.at('(') ? 'A target has no list of columns: name them after SELECT.' : '')
  return { writeMode: first.keyword, target, upsertKey }
}

// "SELECT" column { "," column } "FROM"
const parseColumns = (cursor: Cursor): readonly Column[] => {
  cursor.expectKeyword('SELECT')
  const columns: Column[] = []
  do {
    try {
      const column = parseColumn(cursor, 'select')
      if (column !== null) columns.push(column)
      if (!cursor.at(',') && !cursor.atKeyword('FROM'))
        cursor.stop(columnsEnd, betweenColumnsRemedy(cursor.peek(), cursor.last))
    } catch (error) {
      if (!(error instanceof SyntaxStop)) throw error
      skipTo(cursor, ['FROM'], true)
    }
  } while (cursor.takeIf(','))
  return columns
}

const betweenColumnsRemedy = (token: Token, last: Token | null): string => {
  const foreign = [last?.text ?? '', token.text].find(word => ['DISTINCT', 'TOP', 'CASE', 'WHEN'].includes(word))
  if (foreign !== undefined) return foreignSentence(foreign, '') ?? ''
  if (token.keyword === 'INTO') return 'Write INSERT INTO x SELECT * FROM topic.'
  if (token.kind === 'loose' && /^[-+/]+$/.test(token.text))
    return 'KCQL does not calculate: name the fields themselves, and compute values before Kafka or by a transform.'
  if (token.kind === 'word')
    return isMiscasedKeyword(token.text) ? '' : 'Put a comma between columns, or AS before another name.'
  if (token.kind === '.') return 'An alias with dots is written in backticks.'
  return token.kind === 'end' ? 'A statement needs FROM and a topic.' : ''
}

// [ "IGNORE" column { "," column } ]
const parseIgnored = (cursor: Cursor, body: { columns: Column[]; ignored: Field[] }): void => {
  if (!cursor.takeKeywordIf('IGNORE')) return
  do {
    const column = parseColumn(cursor, 'ignore')
    if (column?.kind === 'star') {
      body.columns.push(column)
      cursor.warn(
        'no-effect',
        column.span,
        'IGNORE * leaves nothing out: the old connector adds * to the columns, and so do we.'
      )
    } else if (column !== null) body.ignored.push(column)
  } while (cursor.takeIf(','))
}

// name = ( WORD | LOOSE | "." ) { WORD | LOOSE | "." } | STRING ;
const parseName = (cursor: Cursor, noun: 'topic' | 'target'): Name => {
  const first = cursor.peek()
  if (first.kind === 'string') {
    cursor.takeName('whole')
    return { kind: 'name', text: unquoteName(first.text), span: first.span }
  }
  if (!isNameWord(first)) cursor.stop(`a ${noun}`, first.kind === '*' ? noPattern : '')
  const tokens: Token[] = []
  while (isNameWord(cursor.peek())) tokens.push(cursor.takeName('whole'))
  const joined = tokens.map(token => token.text).join('')
  const name: Name = { kind: 'name', text: unquoteName(joined), span: cursor.spanFrom(first) }
  checkGlue(cursor, tokens, name, noun)
  warnDotBeforeKeyword(cursor, name)
  if (name.text.includes('`')) {
    cursor.warn(
      'kept-quotes',
      name.span,
      `The backticks inside the ${noun} ${quoted(name.text)} are part of its name; backticks come off only around the whole name.`
    )
  }
  return name
}

// `FROM fx.pk sym`: the keyword right behind the dot is read as a clause, though a topic fx.pk may have been meant.
const warnDotBeforeKeyword = (cursor: Cursor, name: Name): void => {
  const next = cursor.peek()
  if (next.keyword === null || cursor.last?.kind !== '.' || next.span.start !== name.span.end) return
  const whole = `\`${shown(name.text + next.text)}\``
  const message = `The name ends after the dot, and ${next.text} is read as a keyword. If it belongs to the name write ${whole}.`
  cursor.warn('cut-name', { start: name.span.start, end: next.span.end }, message)
}

const isNameWord = (token: Token): boolean => token.kind === 'word' || token.kind === 'loose' || token.kind === '.'

const firstForeign = (tokens: readonly Token[]): string | null => {
  for (const [index, { text }] of tokens.entries()) {
    const sentence = foreignSentence(text, tokens[index + 1]?.text ?? '')
    if (sentence !== null) return sentence
  }
  return null
}

const checkGlue = (cursor: Cursor, tokens: readonly Token[], name: Name, noun: string): void => {
  const word = tokens.find((token, index) => index > 0 && isGlue(tokens[index - 1] ?? token, token))
  if (word === undefined) return
  const written = cursor.textOf(name.span)
  const more = noun === 'topic' ? { ofTopic: true as const } : {}
  const found =
    cursor.contract === 'old'
      ? `The old connector read the ${noun} ${quoted(written)} as ${quoted(name.text)}: it joined all words up to the next keyword.`
      : `The ${noun} ${quoted(written)} is more than one word.`
  const foreign = noun === 'topic' ? firstForeign(tokens.slice(1)) : null
  if (foreign !== null) {
    cursor.isForeign = true
    cursor.error('glued-name', name.span, `${foreign} ${found}`, more)
    return
  }
  if (/[$#%]\{/.test(written)) {
    const message = `A name takes no placeholders: ${quoted(written)} is none. ${placeholderRemedy}`
    cursor.error('glued-name', name.span, message, more)
    return
  }
  if (isMiscasedKeyword(word.text)) {
    const fix = { span: word.span, text: word.text.toUpperCase() }
    cursor.refuse('glued-name', name.span, `${found} Keywords are written all upper or all lower case.`, fix, more)
    return
  }
  // Blanks are allowed in backticks; quotes and backticks inside would not be.
  const fix = { span: name.span, text: `\`${written.replaceAll(/[`"]/g, '')}\`` }
  const joinedName = cursor.contract === 'old' ? ` For what it read write ${shown(printName(name.text))}.` : ''
  cursor.refuse('glued-name', name.span, `${found}${joinedName} A name with blanks needs backticks.`, fix, more)
}
