// What README and examples tell people to write must be read by us, without a warning.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseKcql } from '../src/kcql/parser.ts'

const pages = ['README.md', ...globSync('examples/**/*.properties')]

let read = 0
for (const page of pages) {
  const text = readFileSync(page, 'utf8')
  const statements = [...text.matchAll(/^connect\.redis\.kcql=(.*)$/gm)].map(([, kcql = '']) => kcql)
  read += statements.length
  for (const kcql of statements) {
    test(`${page}: ${kcql}`, () => {
      const { errors, warnings } = parseKcql(kcql, 'old')
      assert.deepEqual([...errors, ...warnings], [])
    })
  }
}

test('statements are found on the pages', () => {
  assert.ok(pages.length > 1 && read > pages.length / 2)
})

test('the commands of README are those of package.json, its links lead somewhere', () => {
  const text = readFileSync('README.md', 'utf8')
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const found = (pattern: RegExp): readonly string[] => {
    const all = [...text.matchAll(pattern)].map(([, word = '']) => word)
    assert.ok(all.length > 0, `${String(pattern)} finds something`)
    return all
  }
  for (const name of found(/npm run ([a-z:]+)/g)) assert.ok(name in scripts, name)
  for (const path of [...found(/\]\(([\w./-]+)\)/g), ...found(/^(bin\/[\w-]+)/gm)]) assert.ok(existsSync(path), path)
})
