// Proves what the providers of secrets read, and from where they may, against what Java's own answered.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { readVectors } from './kit/vectors.ts'
import { ConfigError } from '../src/connect/errors.ts'
import { silentLogger } from '../src/connect/log.ts'
import { type ConfigProvider } from '../src/connect/plugin.ts'
import { parseProperties } from '../src/java/properties.ts'
import { DirectoryConfigProvider } from '../src/providers/directory-provider.ts'
import { EnvVarConfigProvider } from '../src/providers/env-provider.ts'
import { FileConfigProvider } from '../src/providers/file-provider.ts'

type Input = {
  fn: string
  files: Record<string, string>
  allowed: string | null
  path: string
  keys: string[]
}

function inFolder(files: Record<string, string>): { dir: string; [Symbol.dispose]: () => void } {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'kafka-connect-redis-providers-')))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) }
}

function open(fn: string, dir: string, allowed: string | null): ConfigProvider {
  const paths = allowed?.split(',').map(part => join(dir, part))
  const config = new Map(paths === undefined ? [] : [['allowed.paths', paths.join(',')]])
  return fn === 'FileConfigProvider'
    ? new FileConfigProvider(config, parseProperties, silentLogger)
    : new DirectoryConfigProvider(config, silentLogger)
}

test('files and folders are read as in Java', async () => {
  const vectors = readVectors<Input, Record<string, string>>('config').filter(({ input }) =>
    /^(?:File|Directory)ConfigProvider$/.test(input.fn)
  )
  assert.equal(vectors.length, 9)
  for (const { id, input, expect, error } of vectors) {
    using folder = inFolder(input.files)
    const provider = open(input.fn, folder.dir, input.allowed)
    const answer = provider.get(input.path === '' ? '' : join(folder.dir, input.path), new Set(input.keys))
    if (error === undefined) assert.deepEqual(Object.fromEntries(await answer), expect, id)
    else await assert.rejects(answer, { message: error.message?.replaceAll('DIR', folder.dir) ?? '' }, id)
  }
})

test('a properties file that is none, or too long, is told with its name', async () => {
  using folder = inFolder({ 'a.properties': 'k=\\u12g4\n', 'b.properties': 'k'.repeat(600_000) })
  const provider = open('FileConfigProvider', folder.dir, null)
  for (const [name, says] of [['a.properties', /: Malformed \\uxxxx encoding\. Line 1/], ['b.properties', /: The file has 600000 characters, at most 524288/]] as const) {
    const path = join(folder.dir, name)
    await assert.rejects(provider.get(path, new Set(['k'])), error => error instanceof ConfigError && error.message.startsWith(path) && says.test(error.message))
  }
}) // prettier-ignore

test('a link out of the allowed folders leads nowhere, and neither do dots or the process itself', async () => {
  using folder = inFolder({ 'open/a.properties': 'k=1\n', 'closed/b.properties': 'k=2\n' })
  symlinkSync(join(folder.dir, 'closed/b.properties'), join(folder.dir, 'open/link.properties'))
  const provider = open('FileConfigProvider', folder.dir, 'open')
  const paths = [
    join(folder.dir, 'open/link.properties'),
    `${folder.dir}/open/../closed/b.properties`,
    `${folder.dir}/opened`,
    '/proc/self/environ'
  ]
  for (const path of paths) {
    assert.deepEqual(await provider.get(path, new Set(['k'])), new Map(), path)
  }
  const anywhere = open('FileConfigProvider', folder.dir, null)
  assert.deepEqual(await anywhere.get('/proc/self/environ', new Set(['PATH'])), new Map())
})

test('a key of a folder is a file in it and nothing else', async () => {
  using folder = inFolder({ 'in/a': '1', secret: '2' })
  const provider = open('DirectoryConfigProvider', folder.dir, null)
  const keys = new Set(['a', '../secret', '..', '.', '', 'in/a'])
  assert.deepEqual([...(await provider.get(join(folder.dir, 'in'), keys))], [['a', '1']])
})

test('variables are read by name, those that the pattern allows', async () => {
  const matches = (pattern: string) => (text: string) => new RegExp(`^(?:${pattern})$`).test(text)
  const provider = new EnvVarConfigProvider(
    new Map([['allowlist.pattern', 'REDIS_.*']]),
    { REDIS_PASSWORD: 'x', HOME: '/root', __proto__: undefined },
    matches
  )
  const answer = await provider.get('', new Set(['REDIS_PASSWORD', 'HOME', 'NONE', '__proto__', 'constructor']))
  assert.deepEqual([...answer], [['REDIS_PASSWORD', 'x']])
  await assert.rejects(provider.get('p', new Set()), { message: /Path is not supported.*'p'/ })
})
