// Parses columns: the SELECT list, the IGNORE list and the keys, and what the old parser made of their paths.
import { type Column, type Field, type FieldList, type FieldType } from './ast.ts'
import { type Cursor } from './cursor.ts'
import { type Token } from './lexer.ts'
import { printPath, unquotePart } from './names.ts'
import { quoted, shown } from './problem.ts'
import { type Span } from './source.ts'

/** SELECT list: `_key.x` and `_header.x` are lists of their own there; IGNORE and PK look into the value only. */
export type ColumnRole = 'select' | 'ignore' | 'key'

interface Path {
  readonly parts: readonly string[]
  readonly span: Span
}

const partKinds = ['word', 'loose', 'glued'] as const
const metadataTypes: ReadonlyMap<string, FieldType> = new Map([
  ['topic', 'TOPIC'],
  ['partition', 'PARTITION'],
  ['offset', 'OFFSET'],
  ['timestamp', 'TIMESTAMP']
])

// column = "*" | expression [ "AS" alias ] ;   null: refused, and already noted
export const parseColumn = (cursor: Cursor, role: 'select' | 'ignore'): Column | null => {
  const first = cursor.peek()
  if (first.kind === '*') {
    cursor.take()
    return { kind: 'star', span: first.span }
  }
  if (first.kind === 'string') {
    parseLostColumn(cursor)
    return null
  }
  const path = parsePath(cursor, role === 'select' ? 'a column' : 'a field name')
  if (cursor.at('(') && path.parts.length === 1) {
    parseLostCall(cursor, first)
    return null
  }
  const alias = parseAlias(cursor)
  return createField(cursor, path, alias, role)
}

// key = expression ;   only a path works
export const parseKey = (cursor: Cursor): Field | null => {
  const path = parsePath(cursor, 'a key field', keyRemedy(cursor.peek()))
  if (cursor.at('(') && path.parts.length === 1)
    return cursor.stop(
      '"," or a clause',
      'A key field is no function call: list the fields, PK a, b. Their texts are joined by connect.redis.pk.delimiter.'
    )
  warnSum(cursor, path)
  return createField(cursor, path, null, 'key')
}

const keyRemedy = ({ kind, text }: Token): string => {
  const fields = 'A key is a field of the value: a name, or a path like name.last.'
  if (kind === '(') return `${fields} Write PK a, b without parentheses.`
  if (kind === '*') return `${fields} For a key of topic, partition and offset leave PK out.`
  return kind === 'string' ? `${fields} Write it without quotes: ${shown(text.slice(1, -1))}.` : fields
}

// `PK a+b`: one word to the lexer, and rarely the name of one field.
const warnSum = (cursor: Cursor, { parts, span }: Path): void => {
  const [name = ''] = parts
  if (parts.length > 1 || !/^[\w@]+(?:[+:][\w@]+)+$/.test(name)) return
  const message = `${quoted(name)} is read as the name of one field. For several write PK ${shown(name.split(/[+:]/).join(', '))}: their texts are joined by connect.redis.pk.delimiter.`
  cursor.warn('no-effect', span, message)
}

// path = part { "." part } [ "." "*" ] ;   part = WORD | LOOSE | GLUED ;   The old parser took no GLUED: it is two parts.
const parsePath = (cursor: Cursor, expected: string, remedy = ''): Path => {
  const start = cursor.peek()
  if (!isPart(start)) cursor.stop(expected, start.kind === 'int' ? '' : remedy)
  const tokens = [cursor.takeName('path')]
  let star = false
  while (cursor.at('.') && !star) {
    cursor.take()
    star = cursor.takeIf('*')
    if (!star)
      tokens.push(isPart(cursor.peek()) ? cursor.takeName('path') : cursor.stop('a field name or * after the dot'))
  }
  const span = cursor.spanFrom(start)
  return { parts: orderParts(cursor, tokens, star, span), span }
}

/** The names that a word of a path stands for. */
export const partsOf = (token: Token): readonly string[] => {
  if (token.kind !== 'glued') return [unquotePart(token.text)]
  const dot = token.text.indexOf('.')
  return [token.text.slice(0, dot), unquotePart(token.text.slice(dot + 1))]
}

const isPart = (token: Token): boolean => partKinds.some(kind => kind === token.kind)

/** The old parser took the WORDs of a path first and the LOOSE parts after them. */
const orderParts = (cursor: Cursor, tokens: readonly Token[], star: boolean, span: Span): readonly string[] => {
  const tail = star ? ['*'] : []
  const written = [...tokens.flatMap(partsOf), ...tail]
  if (tokens.some(token => token.kind === 'glued')) return written
  const firstLoose = tokens.findIndex(token => token.kind === 'loose')
  if (firstLoose < 0 || tokens.slice(firstLoose).every(token => token.kind === 'loose')) return written
  if (cursor.contract === 'plain') return written
  const read = ['word', 'loose'].flatMap(kind => tokens.filter(token => token.kind === kind))
  const readParts = [...read.map(token => unquotePart(token.text)), ...tail]
  // A path like a-b.a-b... cannot get here, but two equal parts can change places without harm.
  if (readParts.join('\0') === written.join('\0')) return written
  const meant = [...tokens.map(token => `\`${unquotePart(token.text)}\``), ...tail].join('.')
  cursor.refuse(
    'reordered-path',
    span,
    `The old connector read the path ${quoted(cursor.textOf(span))} as ${quoted(readParts.join('.'))}: where plain words and words with - + / { } : or backticks are mixed it took the plain ones first. ` +
      `For what it read write ${shown(printPath(readParts))}; for the path as it stands backtick all parts.`,
    { span, text: meant }
  )
  return readParts
}

// [ "AS" alias ]   alias = WORD | LOOSE | STRING ;   The old parser took no LOOSE.
const parseAlias = (cursor: Cursor): Token | null => {
  if (!cursor.takeKeywordIf('AS')) return null
  const token = cursor.peek()
  if (token.kind === 'word' || token.kind === 'loose' || token.kind === 'string') return cursor.takeName('whole')
  return cursor.stop('an alias')
}

const createField = (cursor: Cursor, path: Path, alias: Token | null, role: ColumnRole): Field | null => {
  const { parts } = path
  const span = alias === null ? path.span : { start: path.span.start, end: alias.span.end }
  const place = resolvePlace(cursor, path, role)
  if (place === null) return null
  const name = place.path.at(-1) ?? ''
  if (alias?.kind === 'string') {
    cursor.warn(
      'kept-quotes',
      alias.span,
      `The quotes of the alias ${quoted(alias.text)} are part of the name in the output; without quotes write a plain word.`
    )
  }
  const written = alias !== null
  return {
    kind: 'field',
    ...place,
    name,
    alias: alias === null ? name : unquotePart(alias.text),
    aliasWritten: written,
    parts,
    span
  }
}

/** Which list and type a path stands for, and the path that is left to look up. */
const resolvePlace = (cursor: Cursor, path: Path, role: ColumnRole): Pick<Field, 'type' | 'list' | 'path'> | null => {
  const [head = '', second = '', ...rest] = path.parts
  if (head === '_' && path.parts.length > 1) {
    const type = metadataTypes.get(second.toLowerCase())
    if (type !== undefined && rest.length === 0) return { type, list: 'fields', path: [second] }
    if (second.toLowerCase() === 'key' && rest.length > 0) return { type: 'KEY', list: 'fields', path: rest }
    const message = `${quoted(path.parts.join('.'))} is no metadata. Expected _.topic, _.partition, _.offset, _.timestamp or _.key.<field>.`
    cursor.error('unknown-metadata', path.span, message)
    return null
  }
  if (role !== 'select') return { type: 'VALUE', list: 'fields', path: path.parts }
  const list = listOf(head, path.parts.length)
  const isPrefixed = list !== 'fields' && path.parts.length > 1
  return { type: 'VALUE', list, path: isPrefixed ? path.parts.slice(1) : path.parts }
}

// `_header` alone is an ordinary field name, `_key` alone is not.
const listOf = (head: string, length: number): FieldList => {
  if (head === '_key') return 'keyFields'
  return head === '_header' && length > 1 ? 'headerFields' : 'fields'
}

// A STRING as a column: the old parser accepted it and selected nothing.
const parseLostColumn = (cursor: Cursor): void => {
  const token = cursor.take()
  parseAlias(cursor)
  const bare = token.text.slice(1, -1)
  const message = `The old connector accepted the quoted text ${quoted(token.text)} as a column and selected nothing for it. Leave it out, or name a field.`
  if (bare === '' || bare.includes('`')) cursor.error('lost-column', token.span, message)
  else cursor.refuse('lost-column', token.span, message, { span: token.span, text: `\`${bare}\`` })
}

/**
 * call = part "(" [ column { "," column } ] ")" ;
 * Refused as a whole, so it is only walked over; with a counter in place of recursion, because a text may nest 100,000 deep.
 */
const parseLostCall = (cursor: Cursor, name: Token): void => {
  let depth = 0
  let isArgumentDue = false
  do {
    if (cursor.at('(') && !isArgumentDue) {
      cursor.take()
      depth += 1
      isArgumentDue = !cursor.at(')')
    } else if (isArgumentDue) {
      walkArgument(cursor)
      isArgumentDue = false
    } else if (cursor.takeIf(',')) {
      isArgumentDue = true
    } else {
      cursor.expect([')'], '"," or ")"', 'The call is not finished.')
      depth -= 1
      parseAlias(cursor)
    }
  } while (depth > 0)
  const span = cursor.spanFrom(name)
  cursor.error(
    'lost-call',
    span,
    `The old connector lost the function ${quoted(name.text)} and its alias, and selected the plain arguments of ${quoted(cursor.textOf(span))} as if they stood there alone. ` +
      'Name the field itself, with AS for another name; compute values before Kafka or with a transform.'
  )
}

// An argument is a column; of a nested call only the name is taken here, its "(" is the caller's.
const walkArgument = (cursor: Cursor): void => {
  if (cursor.takeIf('*')) return
  if (cursor.takeIf('string')) {
    parseAlias(cursor)
    return
  }
  const path = walkPath(cursor)
  if (!cursor.at('(') || path > 1) parseAlias(cursor)
}

const walkPath = (cursor: Cursor): number => {
  cursor.expect(partKinds, 'an argument of the call')
  let length = 1
  while (cursor.takeIf('.')) {
    length += 1
    if (cursor.takeIf('*')) break
    cursor.expect(partKinds, 'a field name or * after the dot')
  }
  return length
}
