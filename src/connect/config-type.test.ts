// Proves how texts become configuration values against what Java's ConfigDef.parseType answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectors } from '../../test/kit/vectors.ts'
import { type ConfigType, Password, type Parsed, parseConfigType } from './config-type.ts'

type Input = { fn: string; type: ConfigType; value: string | null }
type Answer = { value: unknown }

// As the recording writes them: numbers as text, a secret wrapped.
function recorded(value: Parsed, type: ConfigType): unknown {
  if (value instanceof Password) return { password: value.reveal() }
  if (type === 'LONG' || type === 'INT' || type === 'SHORT') return String(value)
  return value
}

test('values are read as Java reads them, with its messages', () => {
  const vectors = readVectors<Input, Answer>('config').filter(({ input }) => input.fn === 'ConfigDef.parseType')
  assert.ok(vectors.length > 300)
  for (const { id, input, expect, error } of vectors) {
    const { type, value } = input
    // Which classes there are is the registry's to say.
    if (value === null || type === 'CLASS') continue
    // Java takes the digits of any script for a number; here a number is written in ASCII.
    if (value === '\u0661' && error === undefined && type !== 'STRING' && type !== 'LIST' && type !== 'PASSWORD')
      continue
    const where = `${id} ${type} ${JSON.stringify(value)}`
    if (error !== undefined) {
      const message = { name: 'ConfigError', message: error.message }
      assert.throws(() => parseConfigType('k', value, type), message, where)
    } else if (type === 'DOUBLE') {
      const number = parseConfigType('k', value, type)
      assert.ok(Object.is(number, Number(expect?.value)), `${where}: ${String(number)} / ${String(expect?.value)}`)
    } else {
      assert.deepEqual(recorded(parseConfigType('k', value, type), type), expect?.value, where)
    }
  }
})

test('a secret prints as such', () => {
  const secret = parseConfigType('k', 'swordfish', 'PASSWORD')
  assert.equal(`${String(secret)} ${JSON.stringify({ secret })}`, '[hidden] {"secret":"[hidden]"}')
})
