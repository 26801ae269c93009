// Configurations on standard input: what get printed in place of a secret is not taken for one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigTextError, parseConfigText } from './stdin-config.ts'

test('what stands for a secret is refused, and asterisks within a value are taken', () => {
  for (const value of ['**********', 'https://**********@registry']) {
    assert.throws(
      () => parseConfigText(Buffer.from(`connect.redis.password=${value}\n`), 'PROPERTIES'),
      (error: unknown) => error instanceof ConfigTextError && /connect\.redis\.password holds/.test(error.message)
    )
  }
  for (const value of ['****************', '**********1234', 'x **********@y']) {
    assert.deepEqual(parseConfigText(Buffer.from(`transforms.m.replacement=${value}\n`), 'PROPERTIES'), {
      'transforms.m.replacement': value
    })
  }
})
