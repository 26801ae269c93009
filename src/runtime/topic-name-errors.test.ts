// Names that no topic can have, and what is said of those that a config provider gave: nothing of the name itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topicNameErrors } from './topic-name-errors.ts'

const keys = ['topics', 'errors.deadletterqueue.topic.name'] as const

for (const key of keys) {
  test(`${key}: names that Kafka takes are not spoken of`, () => {
    for (const name of ['t', 'A.b_c-9', 'a'.repeat(249), '...']) {
      const config = new Map([[key, name]])
      assert.deepEqual(topicNameErrors(config, config), [])
    }
  })

  test(`${key}: names that it does not take are refused`, () => {
    for (const name of ['.', '..', 'a'.repeat(250), 'ä', 'a#b']) {
      const config = new Map([[key, name]])
      assert.equal(topicNameErrors(config, config)[0]?.[0], key)
    }
  })

  test(`${key}: of what a provider gave no part is shown`, () => {
    const given = new Map([[key, '${file:/secrets:password}']])
    const said = topicNameErrors(given, new Map([[key, 'correct horse,battery']]))[0]?.[1] ?? ''
    assert.match(said, /No topic can have such a name: Kafka takes/)
    assert.doesNotMatch(said, /correct|horse|battery/)
  })
}
