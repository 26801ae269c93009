// The task "test": everything that must hold, or only "unit" or "integration"; further arguments pick files by a part of their path.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { StackError } from './stack/programs.ts'
import { down, up } from './stack/stack.ts'

// Only against a test that would hang for ever: no test is judged by its time.
const hangingMs = 10 * 60_000

const children = new Set<ReturnType<typeof spawn>>()
let stoppedBy: NodeJS.Signals | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stoppedBy = signal
    for (const child of children) child.kill(signal)
  })
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env })
    children.add(child)
    child.on('error', reject)
    child.on('close', status => {
      children.delete(child)
      resolve(status === 0)
    })
  })
}

function testFiles(kind: string | undefined, parts: readonly string[]): string[] {
  const all = ['src', 'scripts', 'test'].flatMap(folder => globSync(`${folder}/**/*.test.ts`)).toSorted()
  const isIntegration = (path: string) => path.startsWith('test/integration/')
  return all
    .filter(path => kind === undefined || isIntegration(path) === (kind === 'integration'))
    .filter(path => parts.length === 0 || parts.some(part => path.includes(part)))
}

async function runTests(files: readonly string[]): Promise<boolean> {
  const args = [
    '--import',
    './test/kit/seed.ts',
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    `--test-timeout=${hangingMs}`,
    ...files
  ]
  if (!files.some(path => path.startsWith('test/integration/'))) return run('node', args)
  const name = `npm-test-${process.pid}`
  const stack = await up({ name, log: line => console.error(line) })
  try {
    // Fetched memory is overwritten as soon as nobody holds it: whoever reads it later shows at once.
    const env = { ...process.env, KCR_STACK: JSON.stringify(stack), KCR_SCRIBBLE: '1' }
    return stoppedBy === undefined && (await run('node', args, env))
  } finally {
    await down(name)
  }
}

/** The unit tests once more, under the line of Node before the one we develop on (decision 0001). */
async function runUnitOnOlder(): Promise<boolean> {
  const args = ['--import', './test/kit/seed.ts', '--test', '--test-reporter=dot', '--test-concurrency=2']
  return run('node', ['scripts/run.mjs', 'node-24', ...args, ...testFiles('unit', [])])
}

async function main(): Promise<boolean> {
  const [first, ...rest] = process.argv.slice(2)
  const isKind = first === 'unit' || first === 'integration'
  const parts = isKind ? rest : process.argv.slice(2)
  const files = testFiles(isKind ? first : undefined, parts)
  if (files.length === 0) throw new StackError(`No test file matches ${parts.join(' ')}.`)
  const isWhole = !isKind && parts.length === 0
  const isChecked = isWhole ? await run('node', ['scripts/check.ts']) : true
  const isPassed = stoppedBy === undefined && (await runTests(files)) && (!isWhole || (await runUnitOnOlder()))
  if (isPassed && !isChecked) console.error('The tests pass; "npm run check" does not (see above).')
  return isChecked && isPassed
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof StackError ? error.message : error)
  process.exitCode = 1
}
