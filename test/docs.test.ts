// The pages of docs/ that promise to be complete, held to the code in both directions.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { configurationPage, configurationText } from '../scripts/config-docs.ts'
import { keys, sinkConfigDef } from '../src/redis/config.ts'
import { planOutcome } from './kit/plan-cases.ts'

const read = (path: string): string => readFileSync(path, 'utf8')

test('docs/errors.md has every code, and no other', () => {
  const sources = globSync('src/**/*.ts').filter(path => !path.endsWith('.test.ts'))
  const codes = sources.flatMap(path => [...read(path).matchAll(/readonly code: string = '(\w+)'/g)].map(match => match[1]))
  const problems = /export type ProblemCode =([^]*?)\n\n/.exec(read('src/kcql/problem.ts'))?.[1] ?? ''
  const kcql = [...problems.matchAll(/'([a-z-]+)'/g)].map(match => match[1])
  assert.ok(codes.length > 20 && kcql.length > 10, 'the codes are found')
  const documented = [...read('docs/errors.md').matchAll(/^### `(.+)`$/gm)].map(match => match[1])
  assert.deepEqual(documented.toSorted(), [...codes, ...kcql].toSorted())
}) // prettier-ignore

test('docs/configuration.md is what the definition of the keys makes of it, every key once', () => {
  const page = read(configurationPage)
  assert.equal(page, configurationText(), 'run: npm run node -- scripts/config-docs.ts')
  const listed = [...page.matchAll(/^### `(.+)`$/gm)].map(match => match[1])
  const defined = sinkConfigDef('old').keys().map(key => key.name) // prettier-ignore
  assert.deepEqual(listed.toSorted(), defined.toSorted())
})

test('docs/compatibility.md speaks of every key of the sink that changes what Redis holds', () => {
  const page = read('docs/compatibility.md')
  // A new key belongs here or on the page.
  const changesNoBytes = [keys.progress]
  for (const contract of ['old', 'plain'] as const) {
    const all = sinkConfigDef(contract).keys().map(key => key.name).filter(key => !key.startsWith('ssl.')) // prettier-ignore
    assert.ok(all.includes(keys.kcql) && all.length > 10, 'the keys are found')
    // With a value behind it or without: `key` or `key=value`.
    const silent = all.filter(key => !page.includes(`\`${key}\``) && !page.includes(`\`${key}=`))
    assert.deepEqual(silent.toSorted(), changesNoBytes.toSorted())
  }
})

test('the examples of docs/compatibility.md are what the plans make', () => {
  const page = read('docs/compatibility.md')
  const examples = /### One example each\n([^]*?)\n## /.exec(page)?.[1] ?? ''
  const record = /^The record `(.*?)` on topic/m.exec(examples)?.[1] ?? assert.fail('no record')
  const rows = [...examples.matchAll(/^\| (.*) \| (old|plain) \| `(.*)` \|$/gm)]
  for (let index = 0; index < rows.length; index += 2) {
    const [, , , old] = rows[index] ?? assert.fail()
    const [, statement = '', , plain] = rows[index + 1] ?? assert.fail()
    const kcql = statement.replaceAll('`', '')
    assert.equal(planOutcome('old', kcql, record), old)
    assert.equal(planOutcome('plain', kcql, record), plain)
  }
  assert.equal(rows.length, 12)
})
