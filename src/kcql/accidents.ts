// What the old parser did without a word: dropped characters, ignored words, columns without effect. Here each is said, or refused.
import { type Column, type Statement } from './ast.ts'
import { type Cursor, type Gap } from './cursor.ts'
import { clausePlace, insertClauseOrder, isMiscasedKeyword, selectClauseOrder, type Keyword } from './keywords.ts'
import { foreignSentence, noPattern, placeholderRemedy } from './foreign-words.ts'
import { type Dropped, type Token } from './lexer.ts'
import { isGlue, printPath } from './names.ts'
import { quoted, shown } from './problem.ts'
import { type Span } from './source.ts'

/** Looks at the words the parser left: under the old contract they stay ignored, under the plain one they are an error. */
export const checkLeftover = (cursor: Cursor, statement: Statement | null): void => {
  // Words of another language have been told of already, with all that stands behind them.
  if (cursor.isForeign) return
  const next = cursor.peek()
  const { last } = cursor
  const isCut = last !== null && isCutName(cursor, last, next)
  for (const dropped of next.dropped) cursor.gaps.push({ dropped, before: last, after: next, isTail: true })
  if (next.kind === 'end') return
  const rest = cursor.textOf({ start: next.span.start, end: cursor.piece.end }).trimEnd()
  const span = { start: next.span.start, end: next.span.start + rest.length }
  if (isCut) {
    refuseCut(cursor, last)
    return
  }
  const advice = leftoverAdvice(cursor, next, statement)
  if (cursor.contract === 'plain')
    cursor.error('syntax', span, `Invalid syntax. Nothing can stand here, found ${quoted(rest)}.${advice}`)
  else
    cursor.warn(
      'ignored-words',
      span,
      `${quoted(rest)} is ignored, as the old connector ignored it: the statement is complete before it.${advice}`
    )
}

const leftoverAdvice = (cursor: Cursor, token: Token, statement: Statement | null): string => {
  const foreign = foreignSentence(token.text, cursor.peek(1).text)
  if (foreign !== null) return ` ${foreign}`
  if (token.kind === ',' && cursor.nameRole(cursor.last) === 'whole')
    return ' A statement reads one topic: write one statement for each, with a semicolon between.'
  if (token.kind === '*') return ` ${noPattern}`
  if (token.keyword === 'AS')
    return ' A topic or key takes no other name: leave it out. Columns take one, as in SELECT a AS b.'
  const isField = token.kind === 'word' || token.kind === 'loose'
  if (isMiscasedKeyword(token.text))
    return ` Keywords are written all upper or all lower case: write ${token.text.toUpperCase()}.`
  if (isField && cursor.nameRole(cursor.last) === 'path') return ' If it is another field put a comma before it.'
  if (token.keyword === null || statement === null) return ''
  const order: readonly Keyword[] = statement.kind === 'insert' ? insertClauseOrder : selectClauseOrder
  const form = statement.kind === 'insert' ? 'INSERT or UPSERT' : 'a plain SELECT'
  const place = clausePlace(order, token.keyword)
  if (place < 0) return ` ${form} has no clause ${token.keyword} after the topic.`
  return ` ${token.keyword} is given twice or comes too late; the order in ${form} is ${order.filter(isCommon).join(', ')}.`
}

const isCommon = (keyword: Keyword): boolean => ['BATCH', 'PK', 'STOREAS', 'TTL', 'LIMIT'].includes(keyword)

/** `fx.7.eu`: a word that cannot be part of a name stands right at it, so the name was cut there. */
const isCutName = (cursor: Cursor, last: Token, next: Token): boolean => {
  if (cursor.nameRole(last) === null || last.span.end !== next.span.start || last.kind === 'string') return false
  if (next.kind === 'keyword') return last.kind === '.'
  return ['int', 'glued', 'word', 'loose', 'sysTime'].includes(next.kind)
}

const refuseCut = (cursor: Cursor, last: Token): void => {
  const whole = wholeName(cursor, last)
  const read = quoted(cursor.textOf({ start: whole.span.start, end: last.span.end }))
  const found = quoted(cursor.textOf(whole.span))
  const message =
    cursor.contract === 'old'
      ? `The old connector cut ${found} to ${read} and ignored the rest of the statement: a number or a reserved word ends a name.`
      : `${found} cannot be read as one name: a number or a reserved word ends it after ${read}.`
  cursor.refuse('cut-name', whole.span, `${message} Such a part needs backticks.`, whole)
}

const nameCharactersMax = 300

/** All that stands around a word without a blank, comma or parenthesis, and how it is written so that it is read whole. */
const wholeName = (cursor: Cursor, token: Token): { span: Span; text: string } => {
  const { start, end } = token.span
  const before = cursor.textOf({ start: Math.max(cursor.piece.start, start - nameCharactersMax), end: start })
  const after = cursor.textOf({ start: end, end: Math.min(cursor.piece.end, end + nameCharactersMax) })
  const span = {
    start: start - lengthOfEnd(before),
    end: end + (/^[^\s,()=]*/.exec(after)?.[0].length ?? 0)
  }
  const bare = cursor.textOf(span).replaceAll(/[`'"]/g, '')
  const parts = cursor.nameRole(token) === 'path' ? bare.split('.') : [bare]
  return { span, text: parts.map(part => `\`${part}\``).join('.') }
}

/** Without a pattern that is tried from each place on. */
const lengthOfEnd = (text: string): number => {
  let length = 0
  while (length < text.length && !/[\s,()=]/.test(text.charAt(text.length - 1 - length))) length += 1
  return length
}

/** Refuses dropped characters in or beside a name; elsewhere, and for blanks and double quotes, a warning is enough. */
export const checkDropped = (cursor: Cursor): void => {
  let isQuoteNoted = false
  let refusedTo = -1
  for (const gap of cursor.gaps) {
    if (cursor.isFull) return
    const { dropped, before, after } = gap
    if (isBlank(dropped.text) || dropped.span.start < refusedTo || isInGluedName(cursor, before, after)) continue
    if (isHarmful(cursor, gap)) {
      refusedTo = refuseDropped(cursor, gap).end
    } else if (isDoubleQuotes(dropped.text)) {
      // One word for all pairs of a statement.
      if (!isQuoteNoted) noteDoubleQuotes(cursor, dropped.span)
      isQuoteNoted = true
    } else {
      noteDropped(cursor, dropped)
    }
  }
}

// Refused already, with the words it kept apart.
const isInGluedName = (cursor: Cursor, before: Token | null, after: Token): boolean =>
  before !== null && isGlue(before, after) && cursor.nameRole(before) === 'whole' && cursor.nameRole(after) === 'whole'

const noteDropped = (cursor: Cursor, dropped: Dropped): void => {
  const reason = dropped.kind === 'open' ? 'stands behind a quote that is not closed' : 'starts no word'
  if (cursor.contract === 'plain') {
    cursor.error('dropped-character', dropped.span, `Invalid syntax. ${quoted(dropped.text)} ${reason}. Leave it out.`)
  } else {
    const message = `${quoted(dropped.text)} ${reason} and is ignored, as the old connector ignored it.`
    cursor.warn('ignored-words', dropped.span, message)
  }
}

// No-break spaces and their like come with copied text and separate words, as whoever pasted them meant.
const isBlank = (text: string): boolean => /^[\s\u200B\u2060\uFEFF]*$/.test(text)

const isDoubleQuotes = (text: string): boolean => /^[\s"\u200B\u2060\uFEFF]*$/.test(text)

const isHarmful = (cursor: Cursor, gap: Gap): boolean => {
  const { dropped, isTail } = gap
  if (dropped.kind === 'characters' && isDoubleQuotes(dropped.text)) return false
  // An empty pair of backticks or a lone quote holds no text that could be missed.
  if (dropped.kind !== 'characters' && !/[^\s'`]/.test(dropped.text)) return false
  // A quote that is not closed swallows words out of the middle; at the end they are ignored like any others.
  if (dropped.kind === 'open' && !isTail) return true
  return touchedName(cursor, gap) !== null
}

/** The name that stands right before or right after the dropped text. */
const touchedName = (cursor: Cursor, gap: Gap): Token | null => {
  const { dropped, before, after } = gap
  if (before?.span.end === dropped.span.start && cursor.nameRole(before) !== null) return before
  return after.span.start === dropped.span.end && cursor.nameRole(after) !== null ? after : null
}

/** Answers the span that is dealt with: a name with two strange characters is one mistake. */
const refuseDropped = (cursor: Cursor, gap: Gap): Span => {
  const { dropped } = gap
  const name = touchedName(cursor, gap)
  if (/[$#%]\{?$/.test(dropped.text) && name?.text.startsWith('{') === true) {
    const message = `A name takes no placeholders: ${quoted(cursor.textOf(wholeName(cursor, name).span))} is none. ${placeholderRemedy}`
    cursor.error('dropped-character', wholeName(cursor, name).span, message)
    return wholeName(cursor, name).span
  }
  if (dropped.kind === 'open' || name === null) {
    const mark = dropped.text.startsWith('`') ? 'backtick' : 'single quote'
    const old = cursor.contract === 'old' ? `, and the old connector dropped ${quoted(dropped.text)}` : ''
    cursor.error('dropped-character', dropped.span, `The ${mark} is not closed${old}. Close it, or leave it out.`)
    return dropped.span
  }
  const whole = wholeName(cursor, name)
  const found =
    cursor.contract === 'old'
      ? `The old connector dropped ${quoted(dropped.text)} and read ${quoted(name.text)}.`
      : `${quoted(dropped.text)} cannot stand in a plain name.`
  const message = `${found} Leave it out, or backtick the name if it belongs to it.`
  cursor.refuse('dropped-character', dropped.span, message, whole)
  return whole.span
}

const noteDoubleQuotes = (cursor: Cursor, span: Span): void => {
  const advice = 'Write the name plain, or in backticks if it holds special characters.'
  if (cursor.contract === 'plain') cursor.error('double-quotes', span, `Double quotes do not quote a name. ${advice}`)
  else
    cursor.warn(
      'double-quotes',
      span,
      `Double quotes are dropped, as the old connector dropped them: they hold nothing together. ${advice}`
    )
}

/** The same unnested column twice, and the warnings about columns that never reach Redis. */
export const checkColumns = (cursor: Cursor, columns: readonly Column[]): void => {
  const seen = new Set<string>()
  const hasStar = columns.some(column => column.kind === 'star')
  for (const column of columns) {
    const [path, type] = column.kind === 'star' ? [['*'], 'VALUE'] : [column.path, column.type]
    const key = `${type} ${path[0] ?? ''}`
    const isUnnested = path.length === 1
    if (isUnnested && seen.has(key) && !cursor.isFull) {
      const name = path[0] ?? ''
      cursor.error(
        'duplicate-field',
        column.span,
        `Field ${shown(name)} has already been defined. Each field can be selected once; leave one out.`
      )
    }
    // `_key.x` after a plain x collides with it, but not before it: only plain columns are remembered.
    if (isUnnested && (column.kind === 'star' || column.list === 'fields')) seen.add(key)
    if (column.kind === 'field') warnColumn(cursor, column, hasStar)
  }
}

const warnColumn = (cursor: Cursor, column: Extract<Column, { kind: 'field' }>, hasStar: boolean): void => {
  const written = quoted(cursor.textOf(column.span))
  if (column.list !== 'fields') {
    const part = column.list === 'keyFields' ? "record's key" : "record's headers"
    cursor.warn(
      'no-effect',
      column.span,
      `${written} names the ${part}: it is not written, as the old connector did not write it. ${intoValue}`
    )
  } else if (column.type !== 'VALUE') {
    cursor.warn(
      'no-effect',
      column.span,
      `${written} is looked up as the field ${quoted(column.path.join('.'))} of the value, as the old connector did.${metadataRemedy(column.path[0] ?? '', column.type === 'KEY')}`
    )
  } else if (hasStar) {
    cursor.warn(
      'no-effect',
      column.span,
      `${written} has no effect beside *: all fields are written under their own names.`
    )
  } else if (metadataNames.has(column.path[0] ?? '')) {
    const name = column.path[0] ?? ''
    cursor.warn(
      'no-effect',
      column.span,
      `${quoted(name)} is looked up as a field of the value called so.${metadataRemedy(name.slice(1), false)}`
    )
  } else if (column.name === '*') {
    cursor.warn('no-effect', column.span, `${written} cannot be written by any mode. List the fields one by one.`)
  }
}

const metadataNames: ReadonlySet<string> = new Set(['_topic', '_partition', '_offset', '_timestamp', '_value'])

const intoValue =
  'Let the producer write it into the value, or a transform of your own (a module below plugin.path, see examples/plugins).'

const metadataRemedy = (name: string, isKey: boolean): string => {
  if (isKey) return ` ${intoValue}`
  const field = name.toLowerCase()
  if (field === 'value') return ' Fields of the value are named without it: write x for _value.x.'
  return ` To have it there write transforms=meta, transforms.meta.type=org.apache.kafka.connect.transforms.InsertField$Value and transforms.meta.${field}.field=${field}.`
}

const metadataTarget = /^_(?:topic|key|value|partition|offset|timestamp|header)\b/i

/** Both are names to the language, and were to the old connector: a key in Redis may well be called so. */
export const checkTarget = (cursor: Cursor, statement: Statement): void => {
  const target = statement.kind === 'insert' ? statement.target : null
  if (target === null || /[$#%]$/.test(cursor.textOf({ start: target.span.start - 1, end: target.span.start }))) return
  const { text, span } = target
  const inBraces = /\{([^{}]*)\}/.exec(text)?.[1]
  // With other fields behind PK it rather is a hash tag.
  const isField =
    inBraces !== undefined &&
    (statement.primaryKeys.length === 0 || statement.primaryKeys.some(({ path }) => path.join('.') === inBraces))
  const found = metadataTarget.test(text)
    ? "it does not become the topic's name, nor any other part of the record"
    : isField && !/[$#%]\{/.test(cursor.textOf(span))
      ? 'braces and all (a Redis Cluster reads them as a hash tag), no field takes their place'
      : null
  if (found === null) return
  cursor.warn('no-effect', span, `The target ${quoted(text)} is taken as it stands: ${found}. ${placeholderRemedy}`)
}

/** The old parser took only the last name of an ignored path; an alias counts under no contract. */
export const checkIgnored = (cursor: Cursor, statement: Statement): void => {
  for (const field of statement.ignored) {
    const name = cursor.contract === 'old' ? field.name : field.path.join('.')
    if (cursor.contract === 'plain' && field.name === '*') {
      const message = `IGNORE names no field by ${quoted(name)}. For the whole field write ${shown(printPath(field.path.slice(0, -1)))}.`
      cursor.error('invalid-value', field.span, message)
    } else if (cursor.contract === 'old' && field.path.length > 1) {
      const message = `IGNORE leaves out the top-level field ${quoted(name)}: only the last name of a path counts, and an alias has no effect.`
      cursor.warn('no-effect', field.span, message)
    } else if (field.aliasWritten) {
      cursor.warn('no-effect', field.span, `IGNORE leaves out ${quoted(name)}: an alias has no effect.`)
    }
  }
}

/** One accident of the old lexer: with a character above U+00FF in the text, a quote or backtick open to the end was an error. */
export const checkOpenQuote = (cursor: Cursor): void => {
  const text = cursor.textOf(cursor.piece)
  if (!/[\u0100-\uFFFF]/.test(text) || /[\u{10000}-\u{10FFFF}]/u.test(text)) return
  const span = cursor.openToEnd()
  if (span !== null)
    cursor.error(
      'open-quote',
      span,
      `Invalid syntax. The quote ${quoted(cursor.textOf(span))} is not closed. Close it, or leave it out.`
    )
}
