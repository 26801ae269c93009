// The text of a KCQL setting: where its statements begin and end, and which line and column an offset stands in.

/** A stretch of the whole text, in UTF-16 offsets; `end` is exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** The whole text with the offsets at which its lines begin, so that a place is found by bisection. */
export interface Source {
  readonly text: string
  readonly lineStarts: readonly number[]
}

/** A place as people count it: both from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Reads the line starts once; CR, LF and CR LF each end a line. */
export const createSource = (text: string): Source => {
  const lineStarts = [0]
  for (const match of text.matchAll(/\r\n|\r|\n/g)) lineStarts.push(match.index + match[0].length)
  return { text, lineStarts }
}

const lineIndexOf = (source: Source, offset: number): number => {
  let low = 0
  let high = source.lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

export const placeOf = (source: Source, offset: number): Place => {
  const index = lineIndexOf(source, offset)
  return { line: index + 1, column: offset - (source.lineStarts[index] ?? 0) + 1 }
}

/** The line an offset stands in, without its line end. */
export const lineSpanOf = (source: Source, offset: number): Span => {
  const index = lineIndexOf(source, offset)
  const start = source.lineStarts[index] ?? 0
  let end = source.lineStarts[index + 1] ?? source.text.length
  while (end > start && (source.text[end - 1] === '\n' || source.text[end - 1] === '\r')) end -= 1
  return { start, end }
}

/** The old connector cut with Java's `split(";")`: at every semicolon, quoted or not. Blank pieces are no statements. */
export const splitStatements = (text: string): readonly Span[] =>
  piecesOf(
    text,
    [...text.matchAll(/;/g)].map(match => match.index)
  )

/** Statements as people mean them: cut at the semicolons that stand in no quotes and no comment. `text` is that of `withoutComments`. */
export const splitAsMeant = (text: string): readonly Span[] => {
  const cuts: number[] = []
  for (const { kind, start } of partsOf(text)) if (kind === 'cut') cuts.push(start)
  return piecesOf(text, cuts)
}

/** The text with blanks in place of its comments, so that every other character keeps its offset. */
export const withoutComments = (text: string): string => {
  let result = ''
  let from = 0
  for (const { kind, start, end } of partsOf(text)) {
    if (kind !== 'comment') continue
    result += text.slice(from, start) + text.slice(start, end).replaceAll(/[^\r\n]/g, ' ')
    from = end
  }
  return result + text.slice(from)
}

const piecesOf = (text: string, cuts: readonly number[]): readonly Span[] => {
  const ends = [...cuts, text.length]
  return ends
    .map((end, index) => ({ start: index === 0 ? 0 : (ends[index - 1] ?? 0) + 1, end }))
    .filter(({ start, end }) => /\S/.test(text.slice(start, end)))
}

interface Part extends Span {
  readonly kind: 'quoted' | 'comment' | 'cut'
}

// What is quoted by the lexer's rules: a quote or backtick left open quotes nothing.
const partPattern = /``|`[^`]+`|'[^'\r\n]*'|--|\/\*|;/g
// Right behind one of these two dashes are part of a word: `a--b` is a name.
const wordEnd = /[A-Za-z0-9_@+\-/{}:`]/

/** Quoted text, comments (`--` to the end of the line, and from slash and star to star and slash) and semicolons, in their order. */
function* partsOf(text: string): Generator<Part> {
  const pattern = new RegExp(partPattern)
  // Looked for once: a text of openings that never close must not be searched to its end for each of them.
  let isLeftOpen = false
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const start = match.index
    const [found] = match
    if (found === ';') yield { kind: 'cut', start, end: start + 1 }
    else if (found === '/*') {
      const close: number = isLeftOpen ? -1 : text.indexOf('*/', start + 2)
      isLeftOpen ||= close < 0
      if (close < 0) continue
      pattern.lastIndex = close + 2
      yield { kind: 'comment', start, end: close + 2 }
    } else if (found === '--') {
      if (start > 0 && wordEnd.test(text.charAt(start - 1))) continue
      const line = /[\r\n]|$/g
      line.lastIndex = start
      const end = line.exec(text)?.index ?? text.length
      pattern.lastIndex = end
      yield { kind: 'comment', start, end }
    } else yield { kind: 'quoted', start, end: start + found.length }
  }
}
