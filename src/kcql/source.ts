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

/** The old connector cut with Java's `split(";")`: at every semicolon, quoted or not, and without the empty pieces at the end. */
export const splitStatements = (text: string): readonly Span[] => {
  const pieces: Span[] = []
  let start = 0
  for (let end = text.indexOf(';'); end >= 0; end = text.indexOf(';', start)) {
    pieces.push({ start, end })
    start = end + 1
  }
  pieces.push({ start, end: text.length })
  // An empty text is one empty piece in Java too: it stays, and is then an error.
  while (pieces.length > 1 && isEmpty(pieces.at(-1))) pieces.pop()
  return pieces.length === 1 && isEmpty(pieces[0]) && text !== '' ? [] : pieces
}

const isEmpty = (piece: Span | undefined): boolean => piece !== undefined && piece.start === piece.end
