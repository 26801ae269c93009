// The character sets of Java's regular expressions: named ones, properties of Unicode, case, and how sets are joined.
import { type CharacterSet, type Fold } from './regex-tree.ts'

export const single =
  (wanted: number): CharacterSet =>
  codePoint =>
    codePoint === wanted

export const range =
  (from: number, to: number): CharacterSet =>
  codePoint =>
    codePoint >= from && codePoint <= to

export const negated =
  (set: CharacterSet): CharacterSet =>
  codePoint =>
    !set(codePoint)

/** One list and no chain of pairs: a class of ten thousand members must not be ten thousand calls deep. */
export function union(sets: readonly CharacterSet[]): CharacterSet {
  const [only] = sets
  if (sets.length === 1 && only !== undefined) return only
  return codePoint => sets.some(set => set(codePoint))
}

export const intersection =
  (sets: readonly CharacterSet[]): CharacterSet =>
  codePoint =>
    sets.every(set => set(codePoint))

/** A set of ASCII and Latin-1 by its members and ranges, as the inside of a class is written: `a-z_`. */
function ascii(text: string): CharacterSet {
  const members = new Set<number>()
  for (let at = 0; at < text.length; at++) {
    const from = text.charCodeAt(at)
    const isRange = text.charAt(at + 1) === '-' && at + 2 < text.length
    const to = isRange ? text.charCodeAt(at + 2) : from
    for (let member = from; member <= to; member++) members.add(member)
    if (isRange) at += 2
  }
  return codePoint => members.has(codePoint)
}

const digits = ascii('0-9')
const wordCharacters = ascii('a-zA-Z0-9_')
const blanks = ascii(' \t\n\v\f\r')
const horizontal = new Set([0x20, 0x09, 0xa0, 0x1680, 0x180e, 0x202f, 0x205f, 0x3000])
const isHorizontal: CharacterSet = codePoint =>
  horizontal.has(codePoint) || (codePoint >= 0x2000 && codePoint <= 0x200a)
export const isVertical: CharacterSet = codePoint =>
  (codePoint >= 0x0a && codePoint <= 0x0d) || codePoint === 0x85 || codePoint === 0x2028 || codePoint === 0x2029

/** The sets of one letter: `\d`; the capital is what they are not. */
export const shorthands: Readonly<Record<string, CharacterSet>> = {
  d: digits,
  w: wordCharacters,
  s: blanks,
  h: isHorizontal,
  v: isVertical
}

/** `\b` knows letters and digits of all of Unicode and the underscore, in Java 17 without the flag U too. */
export const isWordCharacter: CharacterSet = codePoint =>
  codePoint === 0x5f || /^[\p{L}\p{Nd}]$/u.test(String.fromCodePoint(codePoint))

/** POSIX's names, which are of ASCII in Java. */
const posix: Readonly<Record<string, CharacterSet>> = {
  Lower: ascii('a-z'),
  Upper: ascii('A-Z'),
  ASCII: range(0, 0x7f),
  Alpha: ascii('a-zA-Z'),
  Digit: digits,
  Alnum: ascii('a-zA-Z0-9'),
  Punct: union([range(0x21, 0x2f), range(0x3a, 0x40), range(0x5b, 0x60), range(0x7b, 0x7e)]),
  Graph: range(0x21, 0x7e),
  Print: range(0x20, 0x7e),
  Blank: ascii(' \t'),
  Cntrl: union([range(0, 0x1f), single(0x7f)]),
  XDigit: ascii('0-9a-fA-F'),
  Space: blanks,
  L1: range(0, 0xff),
  all: () => true
}

/** What (?i) makes of properties that are about case. */
export const caselessNames: Readonly<Record<string, string>> = {
  Lower: 'Alpha',
  Upper: 'Alpha',
  Lu: 'LC',
  Ll: 'LC',
  Lt: 'LC',
  IsLu: 'LC',
  IsLl: 'LC',
  IsLt: 'LC'
}

/** Names that Java writes in another way than ECMAScript, after "Is". */
const binary: Readonly<Record<string, string>> = {
  ALPHABETIC: 'Alphabetic',
  LETTER: 'L',
  IDEOGRAPHIC: 'Ideographic',
  LOWERCASE: 'Lowercase',
  UPPERCASE: 'Uppercase',
  TITLECASE: 'Lt',
  WHITE_SPACE: 'White_Space',
  WHITESPACE: 'White_Space',
  DIGIT: 'Nd',
  PUNCTUATION: 'P',
  CONTROL: 'Cc',
  HEX_DIGIT: 'Hex_Digit',
  HEXDIGIT: 'Hex_Digit',
  ASSIGNED: 'Assigned'
}

/** The set of `\p{name}`, or null where there is none of this name here. */
export function property(name: string): CharacterSet | null {
  const known = posix[name]
  if (known !== undefined && Object.hasOwn(posix, name)) return known
  const [, key = '', value = name] = /^(\w+)=(\w+)$/.exec(name) ?? []
  if (!/^\w{1,40}$/.test(value)) return null
  if (/^(?:sc|script)$/i.test(key)) return ofUnicode(`Script=${titleCase(value)}`)
  if (/^(?:gc|general_category)$/i.test(key)) return ofUnicode(value)
  if (key !== '') return null
  if (!value.startsWith('Is')) return /^\p{Lu}\p{Ll}?$/u.test(value) || value === 'LC' ? ofUnicode(value) : null
  const bare = value.slice(2)
  const upper = bare.toUpperCase()
  const named = Object.hasOwn(binary, upper) ? binary[upper] : undefined
  if (named !== undefined) return ofUnicode(named)
  return /^\p{Lu}\p{Ll}?$/u.test(bare) ? ofUnicode(bare) : ofUnicode(`Script=${titleCase(bare)}`)
}

const titleCase = (name: string): string =>
  name.toLowerCase().replace(/(^|_)(\w)/g, (_all, before: string, first: string) => before + first.toUpperCase())

function ofUnicode(name: string): CharacterSet | null {
  try {
    // The name is letters, digits, `_` and one `=`: nothing of the user's is an expression here.
    const one = new RegExp(`^\\p{${name}}$`, 'u')
    return codePoint => one.test(String.fromCodePoint(codePoint))
  } catch {
    return null
  }
}

/** Case as (?i) has it: of ASCII, or with (?u) of all of Unicode, by upper case and then lower case of single characters. */
export const asciiFold: Fold = codePoint => (codePoint >= 0x41 && codePoint <= 0x5a ? codePoint + 0x20 : codePoint)

export const unicodeFold: Fold = codePoint => lower(upper(codePoint))

export const noFold: Fold = codePoint => codePoint

function upper(codePoint: number): number {
  return changed(codePoint, String.fromCodePoint(codePoint).toUpperCase())
}

function lower(codePoint: number): number {
  return changed(codePoint, String.fromCodePoint(codePoint).toLowerCase())
}

/** Java changes the case of single characters: one that becomes two stays as it is. */
function changed(codePoint: number, text: string): number {
  const first = text.codePointAt(0) ?? codePoint
  return text.length === String.fromCodePoint(first).length ? first : codePoint
}
