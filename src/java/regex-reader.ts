// The text of a Java regular expression as it is read: characters, escapes, quotes, comments.
import { JavaRegexError, shownPattern } from './regex-syntax.ts'
import { caselessNames, negated, property, shorthands } from './regex-sets.ts'
import { type CharacterSet } from './regex-tree.ts'

/** What an escape stands for: a character, a set, or (outside classes) a letter with a meaning of its own. */
export type Escape =
  | { readonly is: 'character'; readonly codePoint: number }
  | { readonly is: 'set'; readonly set: CharacterSet }
  | { readonly is: 'letter'; readonly letter: string }

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 }
const lettersWithMeaning = 'bBAGZzRk123456789'

export class RegexReader {
  readonly #pattern: string
  at = 0
  /** (?x): blanks and `#` to the line's end are no part of the pattern. */
  hasComments = false

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  get rest(): boolean {
    this.#passComments()
    return this.at < this.#pattern.length
  }

  /** The character that comes next, '' at the end. */
  peek(): string {
    this.#passComments()
    const codePoint = this.#pattern.codePointAt(this.at)
    return codePoint === undefined ? '' : String.fromCodePoint(codePoint)
  }

  next(): string {
    const character = this.peek()
    this.at += character.length
    return character
  }

  /** Takes `text` if it comes next. */
  take(text: string): boolean {
    this.#passComments()
    if (!this.#pattern.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }

  /** Takes what a sticky expression of ours finds here; each of them is bounded. */
  match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at
    const found = expression.exec(this.#pattern)
    if (found !== null) this.at += found[0].length
    return found
  }

  /** The text between `\Q` and `\E`, or to the end; the reader stands behind the `\Q`. */
  quoted(): string {
    const end = this.#pattern.indexOf('\\E', this.at)
    const text = this.#pattern.slice(this.at, end < 0 ? undefined : end)
    this.at = end < 0 ? this.#pattern.length : end + 2
    return text
  }

  /** Reads an escape; the reader stands behind the backslash. `ignoreCase` widens the properties that are about case. */
  escape(ignoreCase: boolean): Escape {
    const from = this.at - 1
    const codePoint = this.#pattern.codePointAt(this.at)
    if (codePoint === undefined) return this.fail('a backslash that nothing follows', from)
    const letter = String.fromCodePoint(codePoint)
    this.at += letter.length
    const control = controls[letter]
    if (control !== undefined) return { is: 'character', codePoint: control }
    if (/[dDwWsShHvV]/.test(letter)) return { is: 'set', set: this.#shorthand(letter) }
    if (letter === 'p' || letter === 'P') return { is: 'set', set: this.#property(letter === 'P', ignoreCase, from) }
    if (letter === '0') return { is: 'character', codePoint: this.#octal(from) }
    if (letter === 'x' || letter === 'u') return { is: 'character', codePoint: this.#hexadecimal(letter, from) }
    if (letter === 'c') {
      const controlled = this.next()
      if (controlled === '') return this.fail('\\c that nothing follows', from)
      return { is: 'character', codePoint: (controlled.codePointAt(0) ?? 0) ^ 64 }
    }
    if (lettersWithMeaning.includes(letter)) return { is: 'letter', letter }
    if (/[A-Za-z]/.test(letter)) return this.fail(`\\${letter}, which is not supported`, from)
    return { is: 'character', codePoint }
  }

  fail(what: string, at = this.at): never {
    throw new JavaRegexError(
      `The regular expression ${shownPattern(this.#pattern)} cannot be used: it has ${what} at character ${at + 1}.`
    )
  }

  #shorthand(letter: string): CharacterSet {
    const set = shorthands[letter.toLowerCase()] ?? (() => false)
    return letter === letter.toLowerCase() ? set : negated(set)
  }

  #property(isNegated: boolean, ignoreCase: boolean, from: number): CharacterSet {
    const [, braced, one] = this.match(/\{([\w=]{1,60})\}|([A-Z])/y) ?? []
    const name = braced ?? one
    if (name === undefined) return this.fail('\\p without the name of a property in braces', from)
    const set = property(ignoreCase ? (caselessNames[name] ?? name) : name)
    if (set === null) return this.fail(`the property ${name}, which is not known here,`, from)
    return isNegated ? negated(set) : set
  }

  #octal(from: number): number {
    const digits = this.match(/[0-3]?[0-7]{1,2}/y)?.[0]
    return digits === undefined ? this.fail('\\0 without octal digits', from) : parseInt(digits, 8)
  }

  #hexadecimal(letter: 'x' | 'u', from: number): number {
    const found = this.match(letter === 'u' ? /([0-9a-fA-F]{4})/y : /([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\}/y)
    const codePoint = parseInt(found?.[1] ?? found?.[2] ?? '', 16)
    if (Number.isNaN(codePoint) || codePoint > 0x10ffff)
      return this.fail(`\\${letter} without hexadecimal digits`, from)
    if (codePoint < 0xd800 || codePoint > 0xdbff || letter === 'x') return codePoint
    // Two escapes may write one character beyond the basic plane.
    const low = this.match(/\\u([dD][c-fC-F][0-9a-fA-F]{2})/y)?.[1]
    return low === undefined ? codePoint : 0x10000 + ((codePoint - 0xd800) << 10) + (parseInt(low, 16) - 0xdc00)
  }

  #passComments(): void {
    if (!this.hasComments) return
    // Linear: each blank and each comment is passed once.
    this.match(/(?:[ \t\n\v\f\r]|#[^\n\r\x85\u2028\u2029]*(?:[\n\r\x85\u2028\u2029]|$))+/y)
  }
}
