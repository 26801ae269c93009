// A landing's verdict: which files get a second chance, what is told of them, and that time alone fails nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { keepBusy } from './busy.ts'
import { type FileResult } from './file-reporter.ts'
import { runFiles } from './run-files.ts'
import { budgetLine, judge, verdictLines } from './verdict.ts'

const green = (file: string, seconds = 1): FileResult => ({ file, isGreen: true, seconds, failures: '' })
const failed = (file: string): FileResult => ({ file, isGreen: false, seconds: 1, failures: `✖ of ${file}\nwhy` })

/** Judges results where only these files pass when run alone; also says which were run again. */
async function judged(results: readonly FileResult[], passAlone: readonly string[]) {
  const again: string[] = []
  const verdict = await judge(results, file => {
    again.push(file)
    return Promise.resolve(passAlone.includes(file))
  })
  const names = (files: readonly FileResult[]): string => files.map(({ file }) => file).join(' ')
  return { isGreen: verdict.isGreen, flaky: names(verdict.flaky), red: names(verdict.red), again: again.join(' ') }
}

test('a failed file runs once more; green then, it is flaky, and few of these pass', async () => {
  const rest = [green('x'), green('y')]
  assert.deepEqual(await judged(rest, []), { isGreen: true, flaky: '', red: '', again: '' })
  assert.deepEqual(await judged([failed('a'), ...rest], ['a']), { isGreen: true, flaky: 'a', red: '', again: 'a' })
  assert.deepEqual(await judged([failed('a'), ...rest], []), { isGreen: false, flaky: '', red: 'a', again: 'a' })
  const two = [failed('a'), ...rest, failed('b')]
  assert.deepEqual(await judged(two, ['a', 'b']), { isGreen: true, flaky: 'a b', red: '', again: 'a b' })
  assert.deepEqual(await judged(two, ['a']), { isGreen: false, flaky: 'a', red: 'b', again: 'a b' })
  const three = [...two, failed('c')]
  assert.deepEqual(await judged(three, ['a', 'b', 'c']), { isGreen: false, flaky: '', red: 'a b c', again: '' })
})

test('a flaky file is told with its first failure, a red one by its name', () => {
  assert.deepEqual(verdictLines({ isGreen: false, flaky: [failed('a')], red: [failed('b')] }), [
    'FLAKY  a: failed, then passed alone. Its first failure:\n    ✖ of a\n    why',
    'RED    b'
  ])
  const [many] = verdictLines({ isGreen: false, flaky: [], red: [failed('a'), failed('b'), failed('c')] })
  assert.equal(many, 'RED    a (more than 2 files: none was run again)')
})

test('a suite beyond its budget is told in one line, with the slowest files first', () => {
  assert.equal(budgetLine('unit', 120, 120, [green('a', 9)]), null)
  const files = [1, 7, 3, 9, 5, 2].map(seconds => green(`f${seconds}`, seconds))
  assert.equal(
    budgetLine('unit', 131.4, 120, files),
    'SLOW   unit took 131 s of its 120 s; the slowest files: f9 9 s, f7 7 s, f5 5 s, f3 3 s, f2 2 s'
  )
  assert.equal(budgetLine('check', 61, 60, []), 'SLOW   check took 61 s of its 60 s')
})

/** Test files as they are, in a folder of their own. */
function plant(texts: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-planted-'))
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(dir, name), text)
  const paths = Object.keys(texts).map(name => join(dir, name))
  return { dir, paths, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

const head = `import assert from 'node:assert/strict'; import { test } from 'node:test'; import fs from 'node:fs'\n`
const onceRed = `${head}const been = import.meta.filename + '.been'
  test('passes', () => undefined)
  test('fails once', () => { const is = fs.existsSync(been); fs.writeFileSync(been, ''); console.error('a word'); assert.ok(is, 'the first time') })`

test('planted files: a green one, one red for good, one red once, one that dies, one that fails outside of tests', async () => {
  using planted = plant({
    'green.test.mjs': `${head}test('is green', () => undefined); test('is to come', { todo: true }, () => assert.fail())`,
    'red.test.mjs': `${head}test('is red', () => assert.equal(1, 2, 'never'))`,
    'once.test.mjs': onceRed,
    'dies.test.mjs': `${head}test('is green', () => undefined); process.exitCode = 7`,
    'throws.test.mjs': `${head}throw new Error('at the top')`
  })
  const run = await runFiles(planted.paths, { output: 'ignore' })
  assert.equal(run.isGreen, false)
  const found = new Map(run.files.map(each => [basename(each.file, '.test.mjs'), each]))
  assert.deepEqual([...found.keys()].toSorted(), ['dies', 'green', 'once', 'red', 'throws'])
  assert.deepEqual(
    [...found].filter(([, { isGreen }]) => isGreen).map(([name]) => name),
    ['green']
  )
  assert.match(found.get('red')?.failures ?? '', /^✖ is red\nAssertionError.*never/)
  assert.match(found.get('once')?.failures ?? '', /^✖ fails once\nAssertionError[^]*the first time[^]*a word$/)
  const seconds = found.get('green')?.seconds ?? 0
  assert.ok(seconds > 0 && seconds <= run.seconds)

  const some = run.files.filter(({ file }) => /once|red|green/.test(basename(file)))
  const verdict = await judge(some, async file => (await runFiles([file], { output: 'ignore' })).isGreen)
  assert.equal(verdict.isGreen, false)
  assert.match(
    verdictLines(verdict).join('\n'),
    /^FLAKY .*once\.test\.mjs[^]*first failure:\n {4}✖ fails once\n[^]*\nRED .*red\.test\.mjs$/
  )
})

test('busy processes turn, and end with their scope', async () => {
  const isUp = (pid: number): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  let pids: readonly number[]
  {
    using busy = keepBusy(2)
    ;({ pids } = busy)
    assert.ok(pids.every(isUp))
  }
  while (pids.some(isUp)) await new Promise(resolve => setTimeout(resolve, 10))
})
