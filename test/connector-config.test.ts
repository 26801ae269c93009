// Proves the framework's part of a connector's configuration against what Java's ConnectorConfig and SinkConnectorConfig answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectors } from './kit/vectors.ts'
import { ConfigErrors } from '../src/connect/errors.ts'
import { matchesWhole, pluginTable } from '../src/plugins.ts'
import { crossKeyErrors, enrichedConfigDef } from '../src/runtime/connector-config.ts'
import { type ConnectorConfigDoors } from '../src/runtime/connector-keys.ts'
import { PluginRegistry } from '../src/runtime/plugin-registry.ts'

type Input = { fn: string; config: Record<string, string> }

const doors: ConnectorConfigDoors = {
  registry: new PluginRegistry(pluginTable({ newSinkTask: () => assert.fail('no task here'), environment: {} })),
  compileRegex: matchesWhole,
  worker: new Map()
}

// Words of the JDK, and refusals of Connect 4.3.1 that older configs never met.
const ownWords = /Invalid regex/
const accepted = /values must not be (?:empty|duplicated)|Cannot invoke/
// Where a step's class is missing, the one says that it is, the other that null is none.
const missingStep = /^Invalid value null for configuration (\S+): Not a (?:Predicate|Transformation)$/

function errorsOf(config: ReadonlyMap<string, string>): Record<string, readonly string[]> {
  const values = enrichedConfigDef(config, doors).validate(config)
  return Object.fromEntries(
    values.filter(value => value.errorMessages.length > 0).map(({ name, errorMessages }) => [name, errorMessages])
  )
}

function comparable(errors: Readonly<Record<string, readonly string[]>>): unknown {
  const kept = Object.entries(errors).map(
    ([key, messages]) =>
      [
        key,
        messages
          .filter(message => !accepted.test(message))
          .map(message => (ownWords.test(message) ? 'own' : withoutHint(message)))
      ] as const
  )
  return Object.fromEntries(kept.filter(([, messages]) => messages.length > 0))
}

/** What was meant by a misspelt class is told behind Java's words. */
function withoutHint(message: string): string {
  const end = message.indexOf(' Did you mean ')
  return message.includes(' could not be found. Did you mean ') ? message.slice(0, end) : message
}

test('the errors of every key are those of Java', () => {
  const vectors = readVectors<Input, { errors: Record<string, string[]> }>('connector-config')
  const own = vectors.filter(({ input }) => input.fn === 'ConnectorConfig.enrich(...).validate')
  assert.ok(own.length > 40)
  for (const { id, input, expect } of own) {
    if (expect === undefined) continue
    const config = new Map(Object.entries(input.config))
    assert.deepEqual(comparable(errorsOf(config)), comparable(expect.errors), `${id} ${JSON.stringify(input.config)}`)
  }
})

test('a configuration is created where Java creates it, or refused with its first error', () => {
  const vectors = readVectors<Input, string>('connector-config')
  const created = vectors.filter(({ input }) => input.fn === 'new SinkConnectorConfig')
  assert.ok(created.length > 40)
  for (const { id, input, error } of created) {
    const config = new Map(Object.entries(input.config))
    const where = `${id} ${JSON.stringify(input.config)}`
    try {
      enrichedConfigDef(config, doors).parse(config, 'config')
      if (error !== undefined && !accepted.test(error.message ?? '')) assert.fail(`${where}: ${error.message}`)
    } catch (thrown) {
      if (!(thrown instanceof ConfigErrors)) throw thrown
      assert.notEqual(error, undefined, `${where}: ${thrown.message}`)
      const messages = thrown.errors.map(each => withoutHint(each.message))
      const missing = missingStep.exec(error?.message ?? '')?.[1]
      const expected =
        missing === undefined
          ? (error?.message ?? '')
          : `Missing required configuration "${missing}" which has no default value.`
      if (!ownWords.test(expected))
        assert.ok(messages.includes(expected), `${where}: ${messages.join('; ')} / ${expected}`)
    }
  }
})

test('topics, their pattern and the dead letter queue are held together as in Java', () => {
  const vectors = readVectors<Input, string>('connector-config')
  const across = vectors.filter(({ input }) => input.fn === 'SinkConnectorConfig.validate')
  assert.ok(across.length > 5)
  for (const { id, input, error } of across) {
    const errors = crossKeyErrors(new Map(Object.entries(input.config)), doors.compileRegex)
    assert.equal(errors.length === 0, error === undefined, `${id} ${JSON.stringify(input)}`)
    if (error !== undefined)
      assert.ok(
        errors.some(([, message]) => error.message?.endsWith(message)),
        `${id} ${error.message} / ${JSON.stringify(errors)}`
      )
  }
})
