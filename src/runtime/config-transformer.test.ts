// Proves how references in configurations are replaced against what Java's ConfigTransformer answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectors } from '../../test/kit/vectors.ts'
import { type ConfigProvider } from '../connect/plugin.ts'
import { ConfigTransformer } from './config-transformer.ts'

type Texts = Record<string, string>
type Input = { fn: string; providers: Record<string, Record<string, Texts>>; value: string }

function provider(paths: Record<string, Texts>): ConfigProvider {
  return {
    get: (path, keys) => {
      const texts = Object.entries(Object.hasOwn(paths, path) ? (paths[path] ?? {}) : {})
      return Promise.resolve(new Map(texts.filter(([key]) => keys.has(key))))
    }
  }
}

test('references are found, asked for and replaced as in Java', async () => {
  const vectors = readVectors<Input, string>('config').filter(({ input }) => input.fn === 'ConfigTransformer')
  assert.ok(vectors.length > 70)
  for (const { id, input, expect } of vectors) {
    const providers = Object.entries(input.providers).map(([name, paths]) => [name, provider(paths)] as const)
    const transformer = new ConfigTransformer(new Map(providers))
    const answer = await transformer.transform(new Map([['k', input.value]]))
    assert.equal(answer.get('k'), expect, `${id} ${input.value}`)
  }
})

test('a text that only looks like references is read in one go', async () => {
  const transformer = new ConfigTransformer(new Map([['file', provider({})]]))
  for (const text of [
    '${'.repeat(500_000),
    `\${${':'.repeat(1_000_000)}`,
    '${}'.repeat(300_000),
    '${a:b'.repeat(200_000)
  ]) {
    assert.equal((await transformer.transform(new Map([['k', text]]))).get('k'), text)
  }
})
