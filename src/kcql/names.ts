// How words make a topic, target or path: what the parser reads, and which text the printer must write to have it read again.
import { Lexer, type Token } from './lexer.ts'
import { isKeyword } from './keywords.ts'

/** Takes off one pair of backticks around all, then one pair of single quotes. */
export const unquoteName = (joined: string): string => {
  const bare = isAround(joined, '`') ? joined.slice(1, -1) : joined
  return isAround(bare, "'") ? bare.slice(1, -1) : bare
}

const isAround = (text: string, mark: string): boolean =>
  text.length >= 2 && text.startsWith(mark) && text.endsWith(mark)

/** A part of a path loses its backticks. */
export const unquotePart = (text: string): string => (isAround(text, '`') ? text.slice(1, -1) : text)

/** Two words that only blanks (or dropped characters) keep apart: joined they make another name than was written. */
export const isGlue = (left: Token, right: Token): boolean =>
  left.span.end < right.span.start && left.kind !== '.' && right.kind !== '.'

/** True for what the lexer reads as one WORD. */
export const isWord = (text: string): boolean =>
  /^[A-Za-z0-9_@]+$/.test(text) && !/^[0-9]+$/.test(text) && !isKeyword(text)

const isLoose = (text: string): boolean => /^[A-Za-z0-9_+\-/{}:]*$/.test(text) && /[+\-/{}:]/.test(text)

/** Plain where the words are read in their order again (WORDs, then LOOSE ones); else every part in backticks. */
export const printPath = (parts: readonly string[]): string => {
  const names = parts.length > 1 && parts.at(-1) === '*' ? parts.slice(0, -1) : parts
  const looseFrom = names.findIndex(part => !isWord(part))
  const isPlain = looseFrom < 0 || names.slice(looseFrom).every(isLoose)
  const printed = isPlain ? names : names.map(part => `\`${part}\``)
  return [...printed, ...parts.slice(names.length)].join('.')
}

/** A STRING keeps its quotes; all else but words needs backticks. */
export const printAlias = (alias: string): string =>
  isWord(alias) || isLoose(alias) || /^'[^'\r\n]*'$/.test(alias) ? alias : `\`${alias}\``

/** A topic or target so that it is read back to the same text. Every candidate is read before it is believed. */
export const printName = (name: string): string => {
  // A word, a dot and backticks without blanks would be one GLUED word.
  const spaced = name.replaceAll('.', ' . ')
  const candidates = [name, `\`${name}\``, `'${name}'`, spaced, `\`${spaced}\``]
  return candidates.find(candidate => readName(candidate) === name) ?? `\`${name}\``
}

const readName = (text: string): string | null => {
  const lexer = new Lexer(text, 0)
  const tokens: Token[] = []
  for (let token = lexer.next(); ; token = lexer.next()) {
    if (token.dropped.length > 0) return null
    if (token.kind === 'end') break
    tokens.push(token)
  }
  const [first] = tokens
  if (first === undefined) return null
  const isOne = tokens.length === 1 && first.kind === 'string'
  const isJoined = tokens.every(token => token.kind === 'word' || token.kind === 'loose' || token.kind === '.')
  if (!isOne && !isJoined) return null
  if (tokens.some((token, index) => index > 0 && isGlue(tokens[index - 1] ?? token, token))) return null
  return unquoteName(tokens.map(token => token.text).join(''))
}
