// Reads a Java regular expression into a tree, in one pass, as java.util.regex.Pattern of Java 17 understands it.
import { RegexReader } from './regex-reader.ts'
import {
  asciiFold,
  intersection,
  isVertical,
  negated,
  noFold,
  range,
  single,
  unicodeFold,
  union
} from './regex-sets.ts'
import { type CharacterSet, type Fold, type Manner, type Place, type RegexNode, type RegexTree } from './regex-tree.ts'

/** Deeper than a person writes, and far from what the stack holds. */
const nestingMax = 100
const groupsMax = 1000

interface Flags {
  readonly ignoreCase: boolean
  readonly unicodeCase: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
  readonly unixLines: boolean
  readonly comments: boolean
}

const flagOf: Readonly<Record<string, keyof Flags>> = {
  i: 'ignoreCase',
  u: 'unicodeCase',
  m: 'multiline',
  s: 'dotAll',
  d: 'unixLines',
  x: 'comments'
}

const empty: RegexNode = { kind: 'sequence', parts: [] }
const lineBreak: RegexNode = {
  kind: 'atomic',
  body: {
    kind: 'choice',
    parts: [
      {
        kind: 'sequence',
        parts: [
          { kind: 'character', set: single(13) },
          { kind: 'character', set: single(10) }
        ]
      },
      { kind: 'character', set: isVertical }
    ]
  }
}

/** Throws a JavaRegexError that says what stands where. */
export function parseJavaRegex(pattern: string): RegexTree {
  return new Parser(pattern).tree()
}

class Parser {
  readonly #reader: RegexReader
  readonly #names = new Map<string, number>()
  #flags: Flags = {
    ignoreCase: false,
    unicodeCase: false,
    multiline: false,
    dotAll: false,
    unixLines: false,
    comments: false
  }
  #groups = 0
  #depth = 0
  #needsSteps = false

  constructor(pattern: string) {
    this.#reader = new RegexReader(pattern)
  }

  tree(): RegexTree {
    const root = this.#choice()
    if (this.#reader.rest) this.#reader.fail('a ) that nothing opens')
    return { root, groupCount: this.#groups, names: this.#names, needsSteps: this.#needsSteps }
  }

  /** Alternatives up to a closing parenthesis or the end. */
  #choice(): RegexNode {
    if (++this.#depth > nestingMax) this.#reader.fail(`groups more than ${nestingMax} deep`)
    const before = this.#flags
    const parts = [this.#sequence()]
    while (this.#reader.take('|')) parts.push(this.#sequence())
    this.#setFlags(before)
    this.#depth--
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind: 'choice', parts }
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = []
    for (;;) {
      const character = this.#reader.peek()
      if (character === '' || character === '|' || character === ')') return { kind: 'sequence', parts }
      if ('*+?'.includes(character)) this.#reader.fail(`${character} with nothing before it to repeat`)
      const atoms = this.#atom()
      // Flags are nothing that could be repeated; Java repeats the nothing before a { all the same.
      const last = atoms.pop() ?? (this.#reader.peek() === '{' ? empty : undefined)
      parts.push(...atoms)
      if (last !== undefined) parts.push(this.#repeated(last))
    }
  }

  /** One thing, or the characters of a quote, of which a repetition takes the last. */
  #atom(): RegexNode[] {
    const from = this.#reader.at
    const character = this.#reader.next()
    switch (character) {
      case '(':
        return this.#group(from)
      case '[':
        return [{ kind: 'character', set: this.#class(from) }]
      case '.':
        return [{ kind: 'character', set: this.#dot() }]
      case '^':
        return [this.#place({ where: this.#flags.multiline ? 'lineBegin' : 'begin', unixLines: this.#flags.unixLines })]
      case '$':
        return [this.#place({ where: this.#flags.multiline ? 'lineEnd' : 'lastEnd', unixLines: this.#flags.unixLines })]
      case '{':
        this.#reader.at = from
        return []
      case '\\':
        return this.#escaped(from)
      default:
        return [this.#character(character.codePointAt(0) ?? 0)]
    }
  }

  #place(place: Place): RegexNode {
    return { kind: 'place', place }
  }

  #character(codePoint: number): RegexNode {
    return { kind: 'character', set: this.#caseless(single(codePoint)) }
  }

  #escaped(from: number): RegexNode[] {
    if (this.#reader.take('Q')) {
      return Array.from(this.#reader.quoted(), character => this.#character(character.codePointAt(0) ?? 0))
    }
    // Java passes over an end of a quote that nothing began.
    if (this.#reader.take('E')) return []
    const escape = this.#reader.escape(this.#flags.ignoreCase)
    if (escape.is === 'character') return [this.#character(escape.codePoint)]
    if (escape.is === 'set') return [{ kind: 'character', set: escape.set }]
    switch (escape.letter) {
      case 'b':
        if (this.#reader.take('{g}')) return this.#reader.fail('\\b{g}, which is not supported,', from)
        return [this.#place({ where: 'word' })]
      case 'B':
        return [this.#place({ where: 'inWord' })]
      case 'A':
      case 'G':
        if (escape.letter === 'G') return this.#reader.fail('\\G, which is not supported', from)
        return [this.#place({ where: 'begin' })]
      case 'Z':
        return [this.#place({ where: 'lastEnd', unixLines: this.#flags.unixLines })]
      case 'z':
        return [this.#place({ where: 'end' })]
      case 'R':
        this.#needsSteps = true
        return [lineBreak]
      case 'k':
        return [this.#namedReference(from)]
      default:
        return [this.#numberedReference(Number(escape.letter))]
    }
  }

  #namedReference(from: number): RegexNode {
    const name = this.#reader.match(/<([A-Za-z][A-Za-z0-9]{0,99})>/y)?.[1]
    if (name === undefined) return this.#reader.fail('\\k without the name of a group, as in \\k<name>,', from)
    const index = this.#names.get(name)
    if (index === undefined) return this.#reader.fail(`\\k<${name}>, but no group before it has this name,`, from)
    return this.#reference(index)
  }

  /** More digits belong to the number as long as there are so many groups before it. */
  #numberedReference(first: number): RegexNode {
    let index = first
    for (;;) {
      const digit = /[0-9]/.exec(this.#reader.peek())?.[0]
      const longer = digit === undefined ? Infinity : index * 10 + Number(digit)
      if (longer > this.#groups) return this.#reference(index)
      index = longer
      this.#reader.next()
    }
  }

  #reference(index: number): RegexNode {
    this.#needsSteps = true
    return { kind: 'reference', index, fold: this.#fold() }
  }

  #fold(): Fold {
    if (!this.#flags.ignoreCase) return noFold
    return this.#flags.unicodeCase ? unicodeFold : asciiFold
  }

  #caseless(set: CharacterSet): CharacterSet {
    if (!this.#flags.ignoreCase) return set
    const isUnicode = this.#flags.unicodeCase
    return codePoint => {
      if (set(codePoint)) return true
      if (!isUnicode && codePoint > 0x7f) return false
      const text = String.fromCodePoint(codePoint)
      return [text.toUpperCase(), text.toLowerCase()].some(other => {
        const changed = other.codePointAt(0) ?? codePoint
        return changed !== codePoint && other.length === String.fromCodePoint(changed).length && set(changed)
      })
    }
  }

  #dot(): CharacterSet {
    if (this.#flags.dotAll) return () => true
    if (this.#flags.unixLines) return negated(single(10))
    return codePoint =>
      codePoint !== 10 && codePoint !== 13 && codePoint !== 0x85 && codePoint !== 0x2028 && codePoint !== 0x2029
  }

  #repeated(body: RegexNode): RegexNode {
    const from = this.#reader.at
    const bounds = this.#bounds(from)
    if (bounds === null) return body
    const manner: Manner = this.#reader.take('+') ? 'possessive' : this.#reader.take('?') ? 'lazy' : 'greedy'
    if (manner === 'possessive') this.#needsSteps = true
    return { kind: 'repeat', body, ...bounds, manner }
  }

  #bounds(from: number): { min: number; max: number } | null {
    if (this.#reader.take('*')) return { min: 0, max: Infinity }
    if (this.#reader.take('+')) return { min: 1, max: Infinity }
    if (this.#reader.take('?')) return { min: 0, max: 1 }
    if (this.#reader.peek() !== '{') return null
    const [, least, comma, most] = this.#reader.match(/\{([0-9]{1,9})(,)?([0-9]{1,9})?\}/y) ?? []
    if (least === undefined || (comma === undefined && most !== undefined))
      return this.#reader.fail('a { after which no {number}, {number,} or {number,number} stands (write \\{)', from)
    const min = Number(least)
    const max = most !== undefined ? Number(most) : comma === undefined ? min : Infinity
    if (max < min) this.#reader.fail(`{${least},${most ?? ''}}, whose end is below its beginning,`, from)
    return { min, max }
  }

  #group(from: number): RegexNode[] {
    if (!this.#reader.take('?')) return [this.#capturing(from, null)]
    const [opening] = this.#reader.match(/<[=!]|[:=!>]|<([A-Za-z][A-Za-z0-9]{0,99})>/y) ?? []
    switch (opening) {
      case undefined:
        return this.#flagGroup(from)
      case ':':
        return [this.#closed(from)]
      case '>':
        this.#needsSteps = true
        return [{ kind: 'atomic', body: this.#closed(from) }]
      case '=':
      case '!':
      case '<=':
      case '<!':
        this.#needsSteps = true
        return [
          {
            kind: 'look',
            body: this.#closed(from),
            isBehind: opening.startsWith('<'),
            isNegative: opening.endsWith('!')
          }
        ]
      default:
        return [this.#capturing(from, opening.slice(1, -1))]
    }
  }

  #capturing(from: number, name: string | null): RegexNode {
    const index = ++this.#groups
    if (index > groupsMax) this.#reader.fail(`more than ${groupsMax} groups`, from)
    if (name !== null) {
      if (this.#names.has(name)) this.#reader.fail(`two groups of the name ${name}, the second`, from)
      this.#names.set(name, index)
    }
    return { kind: 'group', index, body: this.#closed(from) }
  }

  #closed(from: number): RegexNode {
    const body = this.#choice()
    if (!this.#reader.take(')')) this.#reader.fail('a ( that nothing closes', from)
    return body
  }

  /** `(?i)` holds to the end of the group it stands in, `(?i:...)` inside itself. */
  #flagGroup(from: number): RegexNode[] {
    const [all, on = '', off = '', end] = this.#reader.match(/([a-zA-Z]{0,20})(?:-([a-zA-Z]{0,20}))?([:)])/y) ?? []
    if (all === undefined) return this.#reader.fail('(? with an unknown construct', from)
    const before = this.#flags
    const changed: Record<keyof Flags, boolean> = { ...before }
    for (const [letters, value] of [[on, true] as const, [off, false] as const]) {
      for (const letter of letters) {
        const flag = flagOf[letter]
        if (flag === undefined) this.#reader.fail(`the flag ${letter}, which is not supported,`, from)
        else changed[flag] = value
      }
    }
    this.#setFlags(changed)
    // RE2 knows neither u nor x, and folds the case of all of Unicode by i.
    if (/[uxi]/.test(on + off)) this.#needsSteps = true
    if (end === ')') return []
    const body = this.#closed(from)
    this.#setFlags(before)
    return [body]
  }

  #setFlags(flags: Flags): void {
    this.#flags = flags
    this.#reader.hasComments = flags.comments
  }

  /** A class behind its `[`: unions, joined by `&&` to intersections. */
  #class(from: number): CharacterSet {
    if (++this.#depth > nestingMax) this.#reader.fail(`character classes more than ${nestingMax} deep`)
    const isNegated = this.#reader.take('^')
    const operands: CharacterSet[] = []
    let members: CharacterSet[] = []
    for (;;) {
      const at = this.#reader.at
      if (!this.#reader.rest) this.#reader.fail('a [ that nothing closes', from)
      if (this.#reader.take('&&')) {
        this.#needsSteps = true
        if (members.length > 0) operands.push(union(members))
        members = []
        continue
      }
      const character = this.#reader.next()
      // A ] that comes first stands for itself.
      if (character === ']' && members.length + operands.length > 0) break
      if (character === '[') {
        this.#needsSteps = true
        members.push(this.#class(at))
      } else members.push(...this.#member(character))
    }
    if (members.length > 0) operands.push(union(members))
    this.#depth--
    const set = operands.length === 1 ? (operands[0] ?? (() => false)) : intersection(operands)
    return isNegated ? negated(set) : set
  }

  #member(character: string): CharacterSet[] {
    const from = this.#reader.at - character.length
    if (character === '\\') {
      if (this.#reader.take('Q'))
        return Array.from(this.#reader.quoted(), quoted => this.#caseless(single(quoted.codePointAt(0) ?? 0)))
      if (this.#reader.take('E')) return []
      const escape = this.#reader.escape(this.#flags.ignoreCase)
      if (escape.is === 'set') return [escape.set]
      if (escape.is === 'letter') return this.#reader.fail(`\\${escape.letter} inside a character class`, from)
      return [this.#range(escape.codePoint, from)]
    }
    return [this.#range(character.codePointAt(0) ?? 0, from)]
  }

  /** A character, or a range where a minus and another end follow; a minus before ] or [ stands for itself. */
  #range(first: number, from: number): CharacterSet {
    const before = this.#reader.at
    if (!this.#reader.take('-')) return this.#caseless(single(first))
    const following = this.#reader.peek()
    if (following === '' || following === ']' || following === '[') {
      this.#reader.at = before
      return this.#caseless(single(first))
    }
    this.#reader.next()
    let last = following.codePointAt(0) ?? 0
    if (following === '\\') {
      const escape = this.#reader.escape(this.#flags.ignoreCase)
      if (escape.is !== 'character') return this.#reader.fail('a range of characters whose end is none', from)
      last = escape.codePoint
    }
    if (last < first) this.#reader.fail('a range of characters whose end is below its beginning', from)
    return this.#caseless(range(first, last))
  }
}
