// The grammar of the clauses that do nothing in the Redis sink: they must be well formed all the same, as they had to be.
import { type Cursor } from './cursor.ts'
import { type ClauseKeyword } from './keywords.ts'
import { type Token, type TokenKind } from './lexer.ts'
import { quoted } from './problem.ts'

/** Reads what follows the keyword, which is taken already, and keeps the words as they stand. */
type Grammar = (cursor: Cursor, words: Token[]) => void

const one =
  (kinds: readonly TokenKind[], expected: string): Grammar =>
  (cursor, words) => {
    words.push(cursor.expect(kinds, expected))
  }

const assigned =
  (value: Grammar, remedy = ''): Grammar =>
  (cursor, words) => {
    words.push(cursor.expect(['='], '"="', remedy))
    value(cursor, words)
  }

const many =
  (kinds: readonly TokenKind[], expected: string): Grammar =>
  (cursor, words) => {
    do words.push(cursor.expect(kinds, expected))
    while (kinds.includes(cursor.peek().kind))
  }

// element { "," element }
const list =
  (element: Grammar): Grammar =>
  (cursor, words) => {
    element(cursor, words)
    while (cursor.at(',')) {
      words.push(cursor.take())
      element(cursor, words)
    }
  }

const parenthesized =
  (inner: Grammar): Grammar =>
  (cursor, words) => {
    words.push(cursor.expect(['('], '"("'))
    inner(cursor, words)
    words.push(cursor.expect([')'], '"," or ")"'))
  }

const enumerated =
  (noun: string, values: readonly string[]): Grammar =>
  (cursor, words) => {
    const token = cursor.expect(['word'], noun)
    words.push(token)
    if (values.includes(token.text.toUpperCase())) return
    cursor.error(
      'invalid-value',
      token.span,
      `${quoted(token.text)} is not ${noun}. Expected one of ${values.join(', ')}, in any letter case.`
    )
  }

const loose = one(['loose'], 'a text with one of - + / { } : in it, or in backticks')
const partOrInt = one(['word', 'loose', 'int'], 'a name or a number')

// simple = WORD | ( LOOSE | "." ) { LOOSE | "." } ;
const simple: Grammar = (cursor, words) => {
  if (cursor.at('word')) words.push(cursor.take())
  else many(['loose', '.'], 'a name')(cursor, words)
}

// dotted = ( WORD | "." ) { WORD | "." } | ( LOOSE | "." ) { LOOSE | "." } ;
const dotted: Grammar = (cursor, words) => {
  while (cursor.at('.')) words.push(cursor.take())
  const kind = cursor.at('loose') ? 'loose' : 'word'
  if (cursor.last?.kind !== '.' || cursor.at(kind)) many([kind, '.'], 'a name')(cursor, words)
}

const simpleOrInt: Grammar = (cursor, words) => {
  if (cursor.at('int')) words.push(cursor.take())
  else simple(cursor, words)
}

// tag = dotted [ ( "=" | "AS" ) ( simple | INT ) ] ;
const tag: Grammar = (cursor, words) => {
  const start = cursor.peek()
  dotted(cursor, words)
  const { last } = cursor
  if (last?.kind === '.') {
    const text = cursor.textOf(cursor.spanFrom(start))
    cursor.error(
      'invalid-value',
      cursor.spanFrom(start),
      `The tag ${quoted(text)} ends in a dot. Write the name of a field.`
    )
  }
  if (!cursor.at('=') && !cursor.atKeyword('AS')) return
  words.push(cursor.take())
  simpleOrInt(cursor, words)
}

// partition = { GLUED | WORD | "." } [ "." "*" ] | STRING ;   (* not empty *)
const partition: Grammar = (cursor, words) => {
  if (cursor.at('string')) {
    words.push(cursor.take())
    return
  }
  const expected = 'a field name'
  const kinds: readonly TokenKind[] = ['glued', 'word', '.']
  if (!kinds.includes(cursor.peek().kind)) cursor.stop(expected)
  while (kinds.includes(cursor.peek().kind)) {
    words.push(cursor.take())
    if (cursor.last?.kind === '.' && cursor.at('*')) {
      words.push(cursor.take())
      return
    }
  }
}

// "PARTITIONBY" partition { "," partition }
const partitions: Grammar = (cursor, words) => {
  const seen = new Set<string>()
  list((_, all) => {
    const start = cursor.peek()
    const from = all.length
    partition(cursor, all)
    const name = all
      .slice(from)
      .map(word => word.text)
      .join('')
    if (seen.has(name))
      cursor.error(
        'duplicate-field',
        cursor.spanFrom(start),
        `PARTITIONBY names the field ${quoted(name)} twice. Keep one of them.`
      )
    seen.add(name)
  })(cursor, words)
}

const delimiterRemedy =
  'Better leave KEYDELIMITER out, it has no effect here: the parts of a key are joined by connect.redis.pk.delimiter, so write connect.redis.pk.delimiter=- beside connect.redis.kcql.'

// "KEYDELIMITER" "=" DELIM
const keyDelimiter: Grammar = (cursor, words) => {
  const token = cursor.expect(['delim'], "one character between single quotes, like '-'", delimiterRemedy)
  words.push(token)
  if (token.text === "'`'")
    cursor.error('invalid-value', token.span, "A backtick is no key delimiter. Write another character, like '-'.")
}

// property = ( simple | STRING ) "=" ( simple | INT | STRING ) ;
const property: Grammar = (cursor, words) => {
  quotedOr(simple)(cursor, words)
  words.push(cursor.expect(['='], '"=" and the value of the property'))
  quotedOr(simpleOrInt)(cursor, words)
}

const quotedOr =
  (other: Grammar): Grammar =>
  (cursor, words) => {
    if (cursor.at('string')) words.push(cursor.take())
    else other(cursor, words)
  }

// properties = "PROPERTIES" "(" [ property { "," property } ] ")" ;
const properties: Grammar = (cursor, words) => {
  parenthesized((inside, all) => {
    if (!inside.at(')')) list(property)(inside, all)
  })(cursor, words)
}

const nothing: Grammar = () => undefined

/** By keyword; clauses that have an effect (or carry a number) are read in clauses.ts. */
export const idleGrammars: { readonly [keyword in ClauseKeyword]?: Grammar } = {
  AUTOCREATE: nothing,
  AUTOEVOLVE: nothing,
  WITHSTRUCTURE: nothing,
  WITHUNWRAP: nothing,
  NOPARTITION: nothing,
  WITHTARGET: assigned(dotted),
  PARTITIONBY: partitions,
  WITHTIMESTAMP: one(['word', 'sysTime'], 'a field name or SYS_TIME()'),
  TIMESTAMPUNIT: assigned(
    enumerated('a time unit', ['NANOSECONDS', 'MICROSECONDS', 'MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS'])
  ),
  WITHFORMAT: enumerated('a format', ['AVRO', 'PROTOBUF', 'TEXT', 'BINARY', 'JSON', 'OBJECT', 'MAP']),
  WITHTAG: parenthesized(list(tag)),
  INCREMENTALMODE: assigned(one(['word', 'loose'], 'a name')),
  WITHTYPE: one(['word'], 'a word'),
  WITHDOCTYPE: assigned(partOrInt),
  WITHINDEXSUFFIX: assigned(partOrInt),
  WITHCONVERTER: assigned(loose),
  WITHJMSSELECTOR: assigned(loose),
  WITHKEY: parenthesized(list(partOrInt)),
  KEYDELIMITER: assigned(keyDelimiter, delimiterRemedy),
  WITHPIPELINE: assigned(many(['word', 'loose', '.', 'int'], 'a name')),
  WITHSUBSCRIPTION: assigned(one(['word'], 'a word')),
  WITHREGEX: assigned(loose),
  PROPERTIES: properties
}
