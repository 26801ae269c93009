// java.util.regex: whole match, find, and replacements with $1 and ${name}. Two engines stand behind it. RE2 needs linear time for any pattern it
// takes; what it does not take (lookaround, references back, possessive and atomic parts, joined classes) or would read otherwise, and what it is slow to
// compile, goes to a matcher with a budget of steps.
import { RE2JS, RE2JSException, type Matcher } from 're2js'
import { parseJavaRegex } from './regex-parse.ts'
import { checkSize, compileSteps, type Program } from './regex-program.ts'
import { findBySteps, type Groups, stepsMax } from './regex-steps.ts'
import { JavaRegexError, shownPattern, toRe2Syntax } from './regex-syntax.ts'
import { type RegexTree } from './regex-tree.ts'

/** A compiled pattern; texts are matched as UTF-16, as Java does. Each call throws a JavaRegexError where the steps run out. */
export type JavaRegex = {
  readonly pattern: string
  /** Matcher.matches: the whole text. */
  matches(text: string): boolean
  /** Matcher.find: somewhere in the text. */
  find(text: string): boolean
  /** Matcher.replaceFirst; throws a JavaRegexError for a replacement that names a group the pattern has not. */
  replaceFirst(text: string, replacement: string): string
  /** Matcher.replaceAll, with the same rule. */
  replaceAll(text: string, replacement: string): string
}

/** What an engine does: the next match from a place on. */
interface Engine {
  matches(text: string): boolean
  find(text: string, from: number): Groups | null
}

/** How many steps may be taken where RE2 does not answer: for all texts together, and for each character of one beside `stepsMax`. */
export interface StepBounds {
  readonly all?: number
  readonly perCharacter?: number
}

/** Reads a Java regular expression; throws a JavaRegexError that says what is wrong or not supported. Compiles it at its first use. */
export function compileJavaRegex(pattern: string, bounds: StepBounds = {}): JavaRegex {
  const tree = read(pattern)
  let fast: Engine | null | undefined
  let slow: Engine | null = null
  const engine = (text: string): Engine => {
    // Where a line ends, and so what . and $ mean, RE2 sees in another way.
    if (!LINE_END.test(text)) {
      fast ??= linear(pattern, tree)
      if (fast !== null) return fast
    }
    return (slow ??= stepping(pattern, compileSteps(tree), bounds))
  }
  return {
    pattern,
    matches: text => engine(text).matches(text),
    find: text => engine(text).find(text, 0) !== null,
    replaceFirst: (text, replacement) => replaced(engine(text), tree, text, replacement, 1),
    replaceAll: (text, replacement) => replaced(engine(text), tree, text, replacement, Infinity)
  }
}

const LINE_END = /[\n\r\x85\u2028\u2029]/

/** Nobody writes one by hand that is longer. */
const patternLengthMax = 10_000

function read(pattern: string): RegexTree {
  if (pattern.length > patternLengthMax) {
    throw new JavaRegexError(
      `The regular expression is ${pattern.length} characters long; at most ${patternLengthMax} are taken.`
    )
  }
  const tree = parseJavaRegex(pattern)
  // What repeats without measure is told at once and not with the first record.
  checkSize(tree, pattern)
  return tree
}

/** RE2JS takes milliseconds for some hundred characters and the square of it for more. */
const linearLengthMax = 1000

function linear(pattern: string, tree: RegexTree): Engine | null {
  if (tree.needsSteps || pattern.length > linearLengthMax) return null
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(toRe2Syntax(pattern))
  } catch (error) {
    if (error instanceof RE2JSException || error instanceof JavaRegexError) return null
    throw error
  }
  return {
    matches: text => compiled.matches(text),
    find: (text, from) => {
      const matcher = compiled.matcher(text)
      return matcher.find(from) ? groupsOf(matcher) : null
    }
  }
}

function groupsOf(matcher: Matcher): Groups {
  return Array.from({ length: matcher.groupCount() + 1 }, (_, group) => [
    matcher.start(group),
    matcher.end(group)
  ]).flat()
}

function stepping(pattern: string, program: Program, { all = Infinity, perCharacter = 0 }: StepBounds): Engine {
  let left = all
  const find = (text: string, from: number, isWhole: boolean): Groups | null => {
    const steps = Math.min(left, stepsMax + perCharacter * text.length)
    const found = findBySteps({ program, text, from, isWhole, steps })
    left -= found.steps
    if (found.groups !== 'spent') return found.groups
    const much = left > 0 ? `${steps} steps on the text ${text.slice(0, 249)}` : `${all} steps on the texts`
    throw new JavaRegexError(
      `The regular expression ${shownPattern(pattern)} needs more than ${much}: parts of it can match the same characters in many ways. Write it so that they cannot, as (a+)+ is a+.`
    )
  }
  return { matches: text => find(text, 0, true) !== null, find: (text, from) => find(text, from, false) }
}

function replaced(engine: Engine, tree: RegexTree, text: string, replacement: string, countMax: number): string {
  let result = ''
  let end = 0
  let from = 0
  for (let count = 0; count < countMax && from <= text.length; count++) {
    const groups = engine.find(text, from)
    const [start = 0, last = 0] = groups ?? []
    if (groups === null) break
    result += text.slice(end, start) + expanded(replacement, tree, text, groups)
    end = last
    // Behind a match of nothing the next one begins a character further.
    from = last > start ? last : last + 1
  }
  return result + text.slice(end)
}

const REFERENCE = /\\([^])|\$(?:(\d)|\{([A-Za-z][A-Za-z0-9]*)\})|\\$|\$/y

/** Matcher.appendReplacement's rules: `$1` takes as many digits as name a group, a backslash makes the next character itself. */
function expanded(replacement: string, tree: RegexTree, text: string, groups: Groups): string {
  const group = (index: number): string => text.slice(groups[2 * index] ?? 0, Math.max(0, groups[2 * index + 1] ?? 0))
  let result = ''
  for (let at = 0; at < replacement.length;) {
    const character = replacement.charAt(at)
    if (character !== '\\' && character !== '$') {
      result += character
      at++
      continue
    }
    REFERENCE.lastIndex = at
    const [all = character, itself, digit, name] = REFERENCE.exec(replacement) ?? []
    at += all.length
    if (itself !== undefined) result += itself
    else if (name !== undefined) result += group(namedGroup(replacement, tree, name))
    else if (digit !== undefined) {
      const [index, length] = groupNumber(replacement, at - 1, tree.groupCount)
      result += group(index)
      at += length - 1
    } else
      throw new JavaRegexError(
        `The replacement ${replacement} has a ${character} that nothing follows; write \\${character} for the character.`
      )
  }
  return result
}

/** The longest number from here on that is a group of the pattern; its first digit must be one. */
function groupNumber(replacement: string, from: number, groupCount: number): [group: number, length: number] {
  let group = Number(replacement.charAt(from))
  if (group > groupCount)
    throw new JavaRegexError(
      `The replacement ${replacement} names group ${group}: No group ${group} in the regular expression.`
    )
  let length = 1
  while (/\d/.test(replacement.charAt(from + length))) {
    const longer = group * 10 + Number(replacement.charAt(from + length))
    if (longer > groupCount) break
    group = longer
    length++
  }
  return [group, length]
}

function namedGroup(replacement: string, tree: RegexTree, name: string): number {
  const index = tree.names.get(name)
  if (index === undefined)
    throw new JavaRegexError(`The replacement ${replacement} names the group ${name}: No group with name {${name}}.`)
  return index
}
