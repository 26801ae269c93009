// Holds the connector's topics against the statements' topics, in both directions.
import { parseConfigType } from '../connect/config-type.ts'
import { type Config } from '../connect/plugin.ts'
import { isTopicName } from '../connect/topic-name.ts'
import { compileJavaRegex, type JavaRegex } from '../java/regex.ts'
import { JavaRegexError } from '../java/regex-syntax.ts'
import { type Statement } from '../kcql/ast.ts'
import { createProblem, renderProblem } from '../kcql/problem.ts'
import { type Source } from '../kcql/source.ts'
import { kcqlErrorsMax, keys } from './config.ts'

const namesMax = 100
/** Kafka takes no longer ones. */
const nameLengthMax = 249

/** What is wrong between `topics` or `topics.regex` and the statements; that one of the two must be there is the framework's to say. */
export function topicFaults(config: Config, source: Source, statements: readonly Statement[]): readonly string[] {
  const list = topicList(config)
  // The framework says so, on `topics`: what statements say of such a name is beside the point.
  if (list.some(name => !isTopicName(name))) return []
  if (list.length > 0) return listFaults(list, source, statements)
  const pattern = config.get('topics.regex')
  return pattern === undefined || pattern.trim() === '' ? [] : patternFaults(pattern.trim(), source, statements)
}

function topicList(config: Config): readonly string[] {
  const topics = parseConfigType('topics', config.get('topics') ?? '', 'LIST')
  return Array.isArray(topics) ? [...new Set(topics as readonly string[])].filter(topic => topic !== '') : []
}

function listFaults(topics: readonly string[], source: Source, statements: readonly Statement[]): readonly string[] {
  const named = new Set(statements.map(statement => statement.source.text))
  const wanted = new Set(topics)
  const unnamed = topics.filter(topic => !named.has(topic))
  const faults: string[] = []
  if (unnamed.length > 0) {
    faults.push(
      `Mandatory \`topics\` configuration contains topics not set in ${keys.kcql}: ${setText(unnamed)}, kcql contains ${setText([...named])}. ` +
        `Add a statement with FROM ${listed(unnamed.slice(0, 1), '')}, or take the topic out of topics.`
    )
  }
  const missing = statements.filter(({ source: { text } }) => !wanted.has(text))
  for (const statement of missing.slice(0, kcqlErrorsMax)) {
    const topic = statement.source.text
    const message =
      `${keys.kcql} configuration contains topics not set in mandatory \`topic\` configuration: ${setText([topic])}, kcql contains ${setText([...named])}. ` +
      `Add ${topic} to topics (${listed(topics, ',')}), or correct the name`
    faults.push(at(source, statement, message))
  }
  return faults
}

function patternFaults(pattern: string, source: Source, statements: readonly Statement[]): readonly string[] {
  const regex = compiled(pattern)
  if (regex === null) return []
  const faults: string[] = []
  try {
    for (const statement of statements) {
      if (faults.length === kcqlErrorsMax) break
      if (regex.matches(statement.source.text)) continue
      const message = `The topic ${statement.source.text} can never arrive: it does not match topics.regex (${pattern}). Correct the name or the pattern`
      faults.push(at(source, statement, message))
    }
  } catch (error) {
    if (!(error instanceof JavaRegexError)) throw error
    faults.push(`topics.regex: ${error.message}`)
  }
  return faults
}

/** A topic of a statement takes some hundred steps; all of them may hold REST no longer than this. */
const validationSteps = 1_000_000

/** null where the pattern is none: the framework says so, on `topics.regex`. */
function compiled(pattern: string): JavaRegex | null {
  try {
    return compileJavaRegex(pattern, { all: validationSteps })
  } catch (error) {
    if (error instanceof JavaRegexError) return null
    throw error
  }
}

function at(source: Source, statement: Statement, message: string): string {
  const { span } = statement.source
  return renderProblem(
    createProblem(source, statement.index, { severity: 'error', code: 'invalid-value', message, span })
  )
}

function setText(names: readonly string[]): string {
  return `Set(${listed(names, ', ')})`
}

/** The first of many names: a message is read by people. */
function listed(names: readonly string[], separator: string): string {
  const shown = names.slice(0, namesMax).map(name => (name.length > nameLengthMax ? `${name.slice(0, 60)}...` : name))
  if (names.length <= namesMax) return shown.join(separator)
  return `${shown.join(separator)}${separator}... ${names.length - namesMax} more`
}
