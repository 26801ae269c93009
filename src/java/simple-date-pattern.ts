// The pattern of a java.text.SimpleDateFormat, cut into letters and literal text.

/** A run of one pattern letter, or text that stands for itself (`letter` is empty then). */
export interface PatternPart {
  readonly letter: string
  readonly count: number
  readonly literal: string
}

const LETTERS = 'GyMdkHmsSEDFwWahKzZYuXL'

/** A pattern that Java refuses, with its reason. */
export class DatePatternError extends Error {
  override readonly name = 'DatePatternError'
}

export function parseDatePattern(pattern: string): readonly PatternPart[] {
  const parts: PatternPart[] = []
  let literal = ''
  const endLiteral = (): void => {
    if (literal !== '') parts.push({ letter: '', count: 0, literal })
    literal = ''
  }
  for (let at = 0; at < pattern.length;) {
    const character = pattern.charAt(at)
    if (character === "'") {
      const [text, next] = quoted(pattern, at)
      literal += text
      at = next
    } else if (/[a-zA-Z]/.test(character)) {
      let end = at
      while (pattern.charAt(end) === character) end++
      endLiteral()
      parts.push(letterRun(character, end - at))
      at = end
    } else {
      literal += character
      at++
    }
  }
  endLiteral()
  return parts
}

/** Text between quotes; two quotes are one, inside and outside. */
function quoted(pattern: string, opening: number): [text: string, next: number] {
  if (pattern.charAt(opening + 1) === "'") return ["'", opening + 2]
  let text = ''
  for (let at = opening + 1; at < pattern.length; at++) {
    if (pattern.charAt(at) !== "'") text += pattern.charAt(at)
    else if (pattern.charAt(at + 1) === "'") {
      text += "'"
      at++
    } else return [text, at + 1]
  }
  throw new DatePatternError('Unterminated quote')
}

function letterRun(letter: string, count: number): PatternPart {
  if (!LETTERS.includes(letter)) throw new DatePatternError(`Illegal pattern character '${letter}'`)
  if (letter === 'X' && count > 3) throw new DatePatternError(`invalid ISO 8601 format: length=${count}`)
  return { letter, count, literal: '' }
}
