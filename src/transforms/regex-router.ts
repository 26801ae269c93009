// RegexRouter: gives a record another topic name where a regular expression matches the whole of its own.
import { type Validator } from '../connect/config.ts'
import { invalid } from '../connect/config-type.ts'
import { type Config, type Transformation } from '../connect/plugin.ts'
import { changeRecord } from '../connect/record.ts'
import { JavaRegexError } from '../java/regex-syntax.ts'
import { compileJavaRegex, type JavaRegex } from '../java/regex.ts'
import { IllegalArgumentError, IndexOutOfBoundsError } from './jdk-errors.ts'
import { definition, parseTransformConfig } from './transform-config.ts'

export const validRegex: Validator = {
  describe: 'valid regex',
  validate(name, value) {
    // A pattern that is missing is told by the missing key alone.
    if (value === null) return
    try {
      compileJavaRegex(String(value))
    } catch (error) {
      if (!(error instanceof JavaRegexError)) throw error
      throw invalid(name, value, `Invalid regex: ${error.message}`)
    }
  }
}

export const regexRouterConfig = definition(
  {
    name: 'regex',
    type: 'STRING',
    validator: validRegex,
    importance: 'HIGH',
    documentation: 'Regular expression that the whole topic name must match.'
  },
  {
    name: 'replacement',
    type: 'STRING',
    importance: 'HIGH',
    documentation: 'The new topic name; $1 stands for the first group.'
  }
)

export function createRegexRouter(config: Config): Transformation {
  const parsed = parseTransformConfig(regexRouterConfig, config)
  const regex = compileJavaRegex(parsed.text('regex') ?? '')
  const replacement = parsed.text('replacement') ?? ''
  const known = rememberTopics(topic => routed(regex, topic, replacement))
  return {
    apply(record) {
      const topic = known(record.topic)
      return topic === record.topic ? record : changeRecord(record, { topic })
    }
  }
}

/** A worker meets few topics; one that makes them up must not fill the memory. */
const topicsMax = 10_000

/** What a function of topic names answers, asked once for each. */
export function rememberTopics<Answer>(ask: (topic: string) => Answer): (topic: string) => Answer {
  const known = new Map<string, Answer>()
  return topic => {
    let answer = known.get(topic)
    if (answer === undefined) {
      answer = ask(topic)
      if (known.size >= topicsMax) known.clear()
      known.set(topic, answer)
    }
    return answer
  }
}

function routed(regex: JavaRegex, topic: string, replacement: string): string {
  if (!regex.matches(topic)) return topic
  try {
    return regex.replaceFirst(topic, replacement)
  } catch (error) {
    if (!(error instanceof JavaRegexError)) throw error
    // Java answers a number that is no group with another exception than a name or a lone dollar.
    const Refusal = /No group \d/.test(error.message) ? IndexOutOfBoundsError : IllegalArgumentError
    throw new Refusal(error.message, { cause: error })
  }
}
