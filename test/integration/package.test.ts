// What npm would publish must run where it is installed: below node_modules, compiled, without our tools.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-package-'))
const modules = join(folder, 'node_modules')
after(() => rmSync(folder, { recursive: true, force: true }))

before(() => {
  execFileSync(process.execPath, ['scripts/run.mjs', 'build'], { stdio: ['ignore', 'inherit', 'inherit'] })
  execFileSync('npm', ['pack', '--pack-destination', folder], { stdio: 'pipe' })
  const archive = readdirSync(folder).find(file => file.endsWith('.tgz')) ?? assert.fail('npm pack made nothing')
  mkdirSync(join(modules, '.bin'), { recursive: true })
  // As npm would install it, but with the dependencies that are here already.
  for (const name of readdirSync('node_modules').filter(each => !each.startsWith('.'))) {
    symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name))
  }
  execFileSync('tar', ['-xzf', join(folder, archive), '-C', modules])
  symlinkSync('package', join(modules, 'kafka-connect-redis'))
  for (const name of ['kafka-connect-redis', 'connect-standalone', 'connect-cli']) {
    symlinkSync(join('..', 'kafka-connect-redis', 'bin', name), join(modules, '.bin', name))
  }
})

function run(
  name: string,
  args: readonly string[],
  path = dirname(process.execPath) + delimiter + process.env['PATH']
) {
  const env = { ...process.env, PATH: path }
  return spawnSync(join(modules, '.bin', name), args, { cwd: folder, env, encoding: 'utf8' })
}

test('the installed kafka-connect-redis reads KCQL', () => {
  const { status, stdout, stderr } = run('kafka-connect-redis', ['kcql', 'SELECT a FROM t PK a'])
  assert.equal(status, 0, stderr)
  assert.match(stdout, /SELECT a FROM t PK a/)
})

test('the installed connect-standalone starts, and wants its files named', () => {
  const { status, stderr } = run('connect-standalone', [])
  assert.notEqual(status, 0)
  assert.match(stderr, /connect-standalone/)
  assert.doesNotMatch(stderr, /ERR_|Cannot find/)
})

test('the installed connect-cli says how it is used', () => {
  const { status, stdout, stderr } = run('connect-cli', ['--help'])
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^Usage: connect-cli \[ps\|get\|/m)
})

test('with a Node that is too old it says which one is needed', () => {
  const old = join(folder, 'old')
  mkdirSync(old)
  execFileSync('sh', ['-c', 'printf "#!/bin/sh\\necho v20.19.0\\n" > "$0/node" && chmod +x "$0/node"', old])
  const { status, stderr } = run('kafka-connect-redis', [], `${old}:/usr/bin:/bin`)
  assert.equal(status, 1)
  assert.match(stderr, /needs Node\.js 22\.22 or later; found: v20\.19\.0/)
})

test('nothing of the tests, tools or sources is published', () => {
  const entries = readdirSync(join(modules, 'kafka-connect-redis')).toSorted()
  assert.deepEqual(entries, ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'docs', 'examples', 'package.json'])
  const dist = readdirSync(join(modules, 'kafka-connect-redis/dist'), { recursive: true, encoding: 'utf8' })
  assert.deepEqual(
    dist.filter(file => file.includes('.test.')),
    []
  )
})
