// Users' own plugins: found where plugin.path says, told about where skipped, refused where they could do harm.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ConfigError, ConfigErrors } from '../connect/errors.ts'
import { type Logger, silentLogger } from '../connect/log.ts'
import { type Doors } from '../connect/plugin.ts'
import { type ConnectValue } from '../connect/data.ts'
import { changeRecord, type Header, type SinkRecord } from '../connect/record.ts'
import { Shape, ShapedMap } from '../connect/shaped-map.ts'
import { systemClock } from '../util/clock.ts'
import { systemRandom } from '../util/random.ts'
import { findPluginFiles } from './plugin-files.ts'
import { withUserPlugins } from './plugin-path.ts'
import { PluginRegistry, type PluginTable } from './plugin-registry.ts'

const doors: Doors = { clock: systemClock, random: systemRandom, log: silentLogger }
const noPlugins: PluginTable = {
  connectors: [],
  converters: [],
  headerConverters: [],
  transformations: [],
  predicates: [],
  configProviders: []
}
const record = {
  topic: 't',
  key: null,
  value: null,
  headers: [] as readonly Header[],
  original: { topic: 't' }
} as SinkRecord

const upper = (name: string, body = 'record => connect.changeRecord(record, { topic: record.topic.toUpperCase() })') =>
  `export function plugins(connect) { return { transformations: [{ className: '${name}', create: () => ({ apply: ${body} }) }] } }\n`

function folder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'plugins-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

function recorded(): { log: Logger; lines: string[] } {
  const lines: string[] = []
  return { lines, log: { ...silentLogger, warn: message => void lines.push(message) } }
}

async function load(path: string, log = silentLogger): Promise<PluginTable> {
  return withUserPlugins(noPlugins, findPluginFiles(path, log))
}

function apply(table: PluginTable): SinkRecord | null {
  const [entry] = table.transformations
  assert.ok(entry !== undefined)
  return entry.create(new Map(), doors).apply(record)
}

test('loads modules by their ending from an entry and its folders, and what a package names', async t => {
  const root = folder(t, {
    'a.plugin.mjs': upper('com.example.A'),
    'b/b.plugin.js': upper('com.example.B'),
    'b/package.json': '{"type": "module"}',
    'c/package.json': '{"type": "module", "version": "3.1.4", "kafka-connect-redis": {"plugins": ["./lib/c.js"]}}',
    'c/lib/c.js': upper('com.example.C'),
    'd/d.plugin.ts': upper('com.example.D').replace('(connect)', '(connect: any): object'),
    'e/not-a-plugin.mjs': 'throw new Error("must not run")',
    'f/deep/g.plugin.mjs': 'throw new Error("must not run")'
  })
  const table = await load(root)
  const found = table.transformations.map(({ className, version }) => `${className} ${version}`)
  assert.deepEqual(found, [
    'com.example.A undefined',
    'com.example.B undefined',
    'com.example.C 3.1.4',
    'com.example.D undefined'
  ])
  assert.equal(apply(table)?.topic, 'T')
  const registry = new PluginRegistry(table)
  assert.equal(registry.transformation('transforms.a.type', 'com.example.C').className, 'com.example.C')
  assert.equal(registry.transformation('transforms.a.type', 'C').className, 'com.example.C')
})

test('takes a module as an entry, several entries, blanks around them', async t => {
  const root = folder(t, { 'x/a.plugin.mjs': upper('com.example.A'), 'y/b.plugin.mjs': upper('com.example.B') })
  const table = await load(` ${join(root, 'x/a.plugin.mjs')} ,, ${join(root, 'y')} `)
  assert.deepEqual(
    table.transformations.map(({ className }) => className),
    ['com.example.A', 'com.example.B']
  )
  assert.deepEqual(findPluginFiles(undefined, silentLogger), [])
})

test('skips Java archives and missing folders, with one line that names them', t => {
  const root = folder(t, {
    'lenses/kcql.jar': '',
    'lenses/lib/a.jar': '',
    'lenses/lib/b.jar': '',
    'lenses/lib/c.jar': '',
    'notes.txt': ''
  })
  const { log, lines } = recorded()
  const paths = [root, join(root, 'gone'), join(root, 'lenses/kcql.jar'), join(root, 'notes.txt')]
  assert.deepEqual(findPluginFiles(paths.join(','), log), [])
  assert.equal(lines.length, 4)
  assert.match(lines[0] ?? '', /skipped Java archives, which can't run here \(kcql\.jar, a\.jar, b\.jar, and 1 more\)/)
  assert.match(lines[1] ?? '', /\/gone does not exist or can't be read: skipped/)
  assert.match(lines[2] ?? '', /kcql\.jar: skipped Java archives/)
  assert.match(lines[3] ?? '', /notes\.txt is neither a folder nor a module/)
})

test('a module must lie in the folder of its package, links followed', t => {
  const marker = (path: string) => JSON.stringify({ 'kafka-connect-redis': { plugins: path } })
  const root = folder(t, { 'secret.mjs': upper('com.example.A'), 'p/package.json': marker('../secret.mjs') })
  const traversal = { name: 'ConfigError', message: /leads out of that folder/ }
  assert.throws(() => findPluginFiles(join(root, 'p'), silentLogger), traversal)
  writeFileSync(join(root, 'p/package.json'), marker(join(root, 'secret.mjs')))
  assert.throws(() => findPluginFiles(join(root, 'p'), silentLogger), traversal)
  writeFileSync(join(root, 'p/package.json'), marker('./link.mjs'))
  symlinkSync(join(root, 'secret.mjs'), join(root, 'p/link.mjs'))
  assert.throws(() => findPluginFiles(join(root, 'p'), silentLogger), traversal)
  rmSync(join(root, 'p/package.json'))
  symlinkSync(join(root, 'secret.mjs'), join(root, 'p/link.plugin.mjs'))
  assert.throws(() => findPluginFiles(join(root, 'p'), silentLogger), traversal)
})

test('says so where anyone may change a module', t => {
  const root = folder(t, { 'a.plugin.mjs': upper('com.example.A') })
  chmodSync(join(root, 'a.plugin.mjs'), 0o666)
  const { log, lines } = recorded()
  findPluginFiles(root, log)
  assert.match(lines.join(), /anyone on this machine may change .*a\.plugin\.mjs/)
})

const refused: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['does not parse', 'export function {', /can't be loaded/],
  ['throws', 'throw new Error("boom")', /can't be loaded: boom/],
  ['exports nothing', 'export const a = 1', /must export a function/],
  ['throws in plugins', 'export function plugins() { throw new Error("boom") }', /can't be loaded: boom/],
  ['returns nothing', 'export function plugins() {}', /must return an object/],
  ['returns another list', 'export const plugins = () => ({ transforms: [] })', /transforms, which is none of/],
  ['returns no list', 'export const plugins = () => ({ predicates: {} })', /predicates must be a list/],
  ['has a bad name', upper('../evil'), /className "\.\.\/evil", expected/],
  ['has a null among them', 'export const plugins = () => ({ predicates: [null] })', /className undefined, expected/],
  ['has no create', 'export const plugins = () => ({ predicates: [{ className: "a.B" }] })', /no function create/],
  [
    'defines a key twice',
    'export const plugins = () => ({ predicates: [{ className: "a.B", create() {}, config: [{ name: "k" }, { name: "k" }] }] })',
    /config of a\.B .*defined twice/
  ]
]

for (const [what, text, message] of refused) {
  test(`a module that ${what} stops the start`, async t => {
    const root = folder(t, { 'a.plugin.mjs': text })
    await assert.rejects(load(root), error => error instanceof ConfigError && message.test(error.message))
  })
}

test('a class name that is taken is refused', async t => {
  const root = folder(t, { 'a.plugin.mjs': upper('com.example.A'), 'b.plugin.mjs': upper('com.example.A') })
  await assert.rejects(
    load(root),
    /b\.plugin\.mjs brings com\.example\.A, which is brought by .*a\.plugin\.mjs already/
  )
  const files = findPluginFiles(join(root, 'a.plugin.mjs'), silentLogger)
  const own = await withUserPlugins(noPlugins, files)
  await assert.rejects(withUserPlugins(own, files), /com\.example\.A, which is built in already/)
})

test('settings are checked before a plugin is made', async t => {
  const module = `export const plugins = ({ validators }) => ({ predicates: [{
    className: 'com.example.P',
    config: [{ name: 'n', type: 'INT', validator: validators.atLeast(1), importance: 'LOW', documentation: '' }],
    create: config => ({ test: () => config.number('n') === 2 })
  }] })`
  const { predicates } = await load(folder(t, { 'p.plugin.mjs': module }))
  const [entry] = predicates
  assert.ok(entry !== undefined)
  assert.equal(entry.create(new Map([['n', '2']]), doors).test(record), true)
  assert.throws(() => entry.create(new Map([['n', '0']]), doors), ConfigErrors)
  assert.throws(() => entry.create(new Map(), doors), /Missing required configuration "n"/)
})

test('what create returns must be able to do what its kind does', async t => {
  const module = `export const plugins = () => ({
    converters: [{ className: 'com.example.C', create: () => ({ toConnectData() {} }) }]
  })`
  const { converters } = await load(folder(t, { 'p.plugin.mjs': module }))
  assert.throws(() => converters[0]?.create(new Map(), false, doors), /com\.example\.C: .* without fromConnectData\(\)/)
})

test('a transform that returns nothing or a promise is told so, and null drops the record', async t => {
  for (const [body, expected] of [
    ['() => {}', /returned nothing/],
    ['async record => record', /returned a promise/],
    ['() => ({})', /returned object/]
  ] as const) {
    const table = await load(folder(t, { 'a.plugin.mjs': upper('com.example.A', body) }))
    assert.throws(() => apply(table), { name: 'DataError', message: expected })
  }
  assert.equal(apply(await load(folder(t, { 'a.plugin.mjs': upper('com.example.A', '() => null') }))), null)
})

test('transforms and predicates get Maps that they may look into, copy and change', async t => {
  const module = `export function plugins(connect) {
    const apply = record => {
      record.value.set('seen', structuredClone(record.value).get('a'))
      record.value.delete('b')
      return record
    }
    return {
      transformations: [{ className: 'com.example.T', create: () => ({ apply }) }],
      predicates: [{ className: 'com.example.P', create: () => ({ test: record => record.value.delete('b') }) }]
    }
  }`
  const { transformations, predicates } = await load(folder(t, { 'a.plugin.mjs': module }))
  const value = new ShapedMap<ConnectValue>(new Shape(['a', 'b'], null), [1n, 2n])
  const shaped = changeRecord(record, { value: { schema: null, value } })
  assert.equal(predicates[0]?.create(new Map(), doors).test(shaped), true)
  const changed = transformations[0]?.create(new Map(), doors).apply(shaped)
  const expected = new Map([
    ['a', 1n],
    ['seen', 1n]
  ])
  assert.deepEqual(changed?.value, expected)
  assert.deepEqual([...value.keys()], ['a', 'b'])
})
