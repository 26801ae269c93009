// Rewrites a Java regular expression for RE2 where the two write one thing differently, and refuses what RE2 would silently read otherwise.

/** A pattern or replacement that cannot be used, with the reason. */
export class JavaRegexError extends Error {
  override readonly name = 'JavaRegexError'
}

/** A pattern as a message shows it: it has to fit on a line. */
export function shownPattern(pattern: string): string {
  return pattern.length > 300 ? `${pattern.slice(0, 300)}...` : pattern
}

/** What Java writes with one escape, as the inside of a character class. Its named classes are ASCII. */
const CLASSES: Readonly<Record<string, string>> = {
  s: '\\t\\n\\x0B\\f\\r ',
  h: ' \\t\\x{A0}\\x{1680}\\x{180E}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}',
  v: '\\n\\x0B\\f\\r\\x{85}\\x{2028}\\x{2029}',
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7F',
  Alpha: 'A-Za-z',
  Digit: '0-9',
  Alnum: '0-9A-Za-z',
  Punct: '!-/:-@\\[-`{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1F\\x7F',
  XDigit: '0-9A-Fa-f',
  Space: '\\t\\n\\x0B\\f\\r '
}

/** Java's \S, spelled out to be joined to a class: `[\s\S]` is everything. */
const NOT_BLANK = '\\x00-\\x08\\x0E-\\x1F!-\\x{10FFFF}'

const ESCAPE = /\\(?:Q|([shvSHV])|([pP])\{(\w+)\}|u([0-9a-fA-F]{4})|0([0-3]?[0-7]{1,2})|([1-9k])|([^]))|\\$/y

/** The pattern in RE2's syntax. Throws a JavaRegexError for intersections, unions, back references and the flag U. */
export function toRe2Syntax(pattern: string): string {
  let result = ''
  let isInClass = false
  let classStart = 0
  for (let at = 0; at < pattern.length;) {
    const character = pattern.charAt(at)
    if (character === '\\') {
      const [text, next] = escapeAt(pattern, at, isInClass)
      result += text
      at = next
      continue
    }
    if (isInClass) {
      const isFirst = at === classStart
      if (character === '[') refuse(pattern, at, 'a character class inside another')
      if (pattern.startsWith('&&', at)) refuse(pattern, at, 'the intersection of character classes (&&)')
      if (character === ']' && !isFirst) isInClass = false
    } else if (character === '[') {
      isInClass = true
      classStart = pattern.charAt(at + 1) === '^' ? at + 2 : at + 1
    } else if (/^\(\?[a-zA-Z]*U/.test(pattern.slice(at, at + 12))) {
      // RE2 knows the letter too, for lazy repetition: it would not complain.
      refuse(pattern, at, 'the flag U')
    }
    result += character
    at++
  }
  return result
}

function escapeAt(pattern: string, at: number, isInClass: boolean): [text: string, next: number] {
  ESCAPE.lastIndex = at
  const match = ESCAPE.exec(pattern)
  const [all = '\\', blankKind, propertySign, property, unicode, octal, reference, other] = match ?? []
  const next = at + all.length
  if (all === '\\Q') return quoted(pattern, next)
  const kind = blankKind?.toLowerCase() ?? property
  const inside = kind === undefined ? undefined : CLASSES[kind]
  if (inside !== undefined) {
    const isNegated = blankKind === undefined ? propertySign === 'P' : blankKind !== kind
    return [asClass(pattern, at, inside, isNegated, isInClass), next]
  }
  if (property !== undefined) return [`\\${propertySign}{${property.replace(/^Is(?=[A-Z])/, '')}}`, next]
  if (unicode !== undefined) return [`\\x{${unicode}}`, next]
  if (octal !== undefined) return [`\\x{${parseInt(octal, 8).toString(16)}}`, next]
  if (reference !== undefined && !isInClass) refuse(pattern, at, 'a reference back to a group')
  if (other === 'e') return ['\\x{1B}', next]
  if (other === 'E') return ['', next]
  // Java lets any other character that is no letter be escaped; RE2 only punctuation of ASCII.
  if (other !== undefined && other > '\x7f') return [other, next]
  return [all, next]
}

/** `\Q...\E`: everything between stands for itself, in a character class too. */
function quoted(pattern: string, from: number): [text: string, next: number] {
  const found = pattern.indexOf('\\E', from)
  const end = found < 0 ? pattern.length : found
  const text = pattern
    .slice(from, end)
    .replace(/[^0-9A-Za-z\x80-\uffff]/g, unit => `\\x{${unit.charCodeAt(0).toString(16)}}`)
  return [text, found < 0 ? end : end + 2]
}

function asClass(pattern: string, at: number, inside: string, isNegated: boolean, isInClass: boolean): string {
  if (!isInClass) return `[${isNegated ? '^' : ''}${inside}]`
  if (!isNegated) return inside
  if (inside === CLASSES['s']) return NOT_BLANK
  return refuse(pattern, at, 'a negated named class inside a character class')
}

function refuse(pattern: string, at: number, what: string): never {
  throw new JavaRegexError(
    `The regular expression ${shownPattern(pattern)} uses ${what} at character ${at + 1}, which is not supported here. Write it without.`
  )
}
