// java.util.regex over RE2, which needs linear time for any pattern: whole match, find, and replacements with $1 and ${name}.
import { RE2JS, RE2JSException, type Matcher } from 're2js'
import { JavaRegexError, toRe2Syntax } from './regex-syntax.ts'

/** A compiled pattern; texts are matched as UTF-16, as Java does. */
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

/** Compiles a Java regular expression; throws a JavaRegexError that says what is wrong or not supported. */
export function compileJavaRegex(pattern: string): JavaRegex {
  const compiled = compile(pattern)
  return {
    pattern,
    matches: text => compiled.matches(text),
    find: text => compiled.matcher(text).find(),
    replaceFirst: (text, replacement) => replaced(compiled, text, replacement, 1),
    replaceAll: (text, replacement) => replaced(compiled, text, replacement, Infinity)
  }
}

// Compiling takes the square of it, and nobody writes one by hand that is longer.
const patternLengthMax = 10_000

function compile(pattern: string): RE2JS {
  if (pattern.length > patternLengthMax) {
    throw new JavaRegexError(
      `The regular expression is ${pattern.length} characters long; at most ${patternLengthMax} are taken.`
    )
  }
  const syntax = toRe2Syntax(pattern)
  try {
    return RE2JS.compile(syntax)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new JavaRegexError(`The regular expression ${pattern} cannot be used: ${reasonOf(pattern, error)}`, {
      cause: error
    })
  }
}

/** What Java knows and a linear-time matcher cannot do, in words; else the library's reason. */
function reasonOf(pattern: string, error: Error): string {
  const unsupported = /\(\?(?:[=!>]|<[=!])|[*+?}]\+/.exec(pattern)
  if (unsupported === null) return `${error.message.replace(/^error parsing regexp: /, '')}.`
  return `it has ${unsupported[0]} (lookaround, atomic groups and possessive quantifiers are not supported: they would cost more than linear time). Write it without.`
}

function replaced(compiled: RE2JS, text: string, replacement: string, countMax: number): string {
  const matcher = compiled.matcher(text)
  let result = ''
  let end = 0
  for (let count = 0; count < countMax && matcher.find(); count++) {
    result += text.slice(end, matcher.start()) + expanded(replacement, matcher)
    end = matcher.end()
  }
  return result + text.slice(end)
}

const REFERENCE = /\\([^])|\$(?:(\d)|\{([A-Za-z][A-Za-z0-9]*)\})|\\$|\$/y

/** Matcher.appendReplacement's rules: `$1` takes as many digits as name a group, a backslash makes the next character itself. */
function expanded(replacement: string, matcher: Matcher): string {
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
    else if (name !== undefined) result += namedGroup(replacement, matcher, name)
    else if (digit !== undefined) {
      const [group, length] = groupNumber(replacement, at - 1, matcher)
      result += matcher.group(group) ?? ''
      at += length - 1
    } else
      throw new JavaRegexError(
        `The replacement ${replacement} has a ${character} that nothing follows; write \\${character} for the character.`
      )
  }
  return result
}

/** The longest number from here on that is a group of the pattern; its first digit must be one. */
function groupNumber(replacement: string, from: number, matcher: Matcher): [group: number, length: number] {
  let group = Number(replacement.charAt(from))
  if (group > matcher.groupCount())
    throw new JavaRegexError(
      `The replacement ${replacement} names group ${group}: No group ${group} in the regular expression.`
    )
  let length = 1
  while (/\d/.test(replacement.charAt(from + length))) {
    const longer = group * 10 + Number(replacement.charAt(from + length))
    if (longer > matcher.groupCount()) break
    group = longer
    length++
  }
  return [group, length]
}

function namedGroup(replacement: string, matcher: Matcher, name: string): string {
  const groups = matcher.getNamedGroups()
  if (!Object.hasOwn(groups, name))
    throw new JavaRegexError(`The replacement ${replacement} names the group ${name}: No group with name {${name}}.`)
  return groups[name] ?? ''
}
