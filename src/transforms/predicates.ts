// The predicates: HasHeaderKey, RecordIsTombstone, TopicNameMatches. Each says of a record yes or no, so that a transform may skip it.
import { type ConfigDef } from '../connect/config.ts'
import { nonEmptyString } from '../connect/config-validators.ts'
import { type Config, type Predicate } from '../connect/plugin.ts'
import { compileJavaRegex } from '../java/regex.ts'
import { rememberTopics, validRegex } from './regex-router.ts'
import { definition, parseTransformConfig } from './transform-config.ts'

export const hasHeaderKeyConfig = definition({
  name: 'name',
  type: 'STRING',
  validator: nonEmptyString,
  importance: 'MEDIUM',
  documentation: 'The name of the header.'
})

export function createHasHeaderKey(config: Config): Predicate {
  const name = parseTransformConfig(hasHeaderKeyConfig, config).text('name')
  return { test: record => record.headers.some(({ key }) => key === name) }
}

export const recordIsTombstoneConfig: ConfigDef = definition()

export function createRecordIsTombstone(): Predicate {
  return { test: record => record.value === null }
}

export const topicNameMatchesConfig = definition({
  name: 'pattern',
  type: 'STRING',
  validator: {
    describe: 'non-empty string, valid regex',
    validate(name, value) {
      nonEmptyString.validate(name, value)
      validRegex.validate(name, value)
    }
  },
  importance: 'MEDIUM',
  documentation: 'A regular expression that the whole topic name must match.'
})

export function createTopicNameMatches(config: Config): Predicate {
  const regex = compileJavaRegex(parseTransformConfig(topicNameMatchesConfig, config).text('pattern') ?? '')
  const known = rememberTopics(topic => regex.matches(topic))
  return { test: record => known(record.topic) }
}
