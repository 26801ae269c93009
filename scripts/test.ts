// The task "test": everything that must hold, or only "unit", "integration" or "stress"; further arguments pick files by a part of their path.
import { globSync } from 'node:fs'
import { down, up } from './stack/stack.ts'
import { StackError } from './stack/programs.ts'
import { keepBusy } from './test/busy.ts'
import { type FilesRun, handOnSignals, isStopped, runFiles, type RunOptions, runProgram } from './test/run-files.ts'
import { budgetLine, judge, verdictLines } from './test/verdict.ts'

/** Seconds on a quiet machine of two cores; together they stay under 15 minutes. */
const budgets = { check: 60, unit: 120, 'unit on 24': 120, sim: 180, integration: 540 } as const
type Suite = keyof typeof budgets

/** What is said at the end, once all suites are through. */
const closing: string[] = []

function tell(suite: Suite, isGreen: boolean, { seconds, files }: Omit<FilesRun, 'isGreen'>): boolean {
  const slow = budgetLine(suite, seconds, budgets[suite], files)
  closing.push(`${isGreen ? 'ok    ' : 'FAILED'} ${suite} (${seconds.toFixed(0)} s)`, ...(slow === null ? [] : [slow]))
  return isGreen
}

function testFiles(kind: 'unit' | 'integration', parts: readonly string[] = []): string[] {
  const all = ['src', 'scripts', 'test'].flatMap(folder => globSync(`${folder}/**/*.test.ts`)).toSorted()
  return all
    .filter(path => path.startsWith('test/integration/') === (kind === 'integration'))
    .filter(path => parts.length === 0 || parts.some(part => path.includes(part)))
}

async function check(): Promise<boolean> {
  const startedAt = performance.now()
  const isGreen = await runProgram('node', ['scripts/check.ts'])
  return tell('check', isGreen, { seconds: (performance.now() - startedAt) / 1000, files: [] })
}

async function unit(files: readonly string[]): Promise<boolean> {
  const run = await runFiles(files)
  return tell('unit', run.isGreen, run)
}

/** The unit tests once more, under the line of Node before the one we develop on (decision 0001). */
async function unitOnOlder(files: readonly string[]): Promise<boolean> {
  const run = await runFiles(files, { node: ['node', 'scripts/run.mjs', 'node-24'], shows: 'dot' })
  return tell('unit on 24', run.isGreen, run)
}

/** Worlds that are the same at each landing; `npm run sim` makes others. */
const worlds = 1000

async function sim(): Promise<boolean> {
  const startedAt = performance.now()
  const isGreen = await runProgram('node', ['test/sim/sim.ts', '--seed', '1', '--seeds', String(worlds)])
  return tell('sim', isGreen, { seconds: (performance.now() - startedAt) / 1000, files: [] })
}

/** At a landing a failed file gets a second chance, alone; elsewhere the first word counts. */
async function integration(files: readonly string[], isLanding: boolean): Promise<boolean> {
  const name = `npm-test-${process.pid}`
  const stack = await up({ name, log: line => console.error(line) })
  try {
    // Fetched memory is overwritten as soon as nobody holds it: whoever reads it later shows at once.
    const options: RunOptions = { env: { ...process.env, KCR_STACK: JSON.stringify(stack), KCR_SCRIBBLE: '1' } }
    const run = await runFiles(files, options)
    // Without a failed file it is the runner itself that failed.
    if (run.isGreen || !isLanding || run.files.every(each => each.isGreen)) return tell('integration', run.isGreen, run)
    const verdict = await judge(run.files, async file => (await runFiles([file], options)).isGreen)
    tell('integration', verdict.isGreen, run)
    closing.push(...verdictLines(verdict))
    return verdict.isGreen
  } finally {
    await down(name)
  }
}

async function whole(): Promise<boolean> {
  const files = testFiles('unit')
  const suites = [
    check,
    () => unit(files),
    () => unitOnOlder(files),
    sim,
    () => integration(testFiles('integration'), true)
  ]
  let isGreen = true
  for (const suite of suites) isGreen = !isStopped() && (await suite()) && isGreen
  return isGreen && !isStopped()
}

async function some(kind: string | undefined, parts: readonly string[]): Promise<boolean> {
  const units = kind === undefined || kind === 'unit' ? testFiles('unit', parts) : []
  const integrations = kind === 'unit' ? [] : testFiles('integration', parts)
  if (units.length + integrations.length === 0) throw new StackError(`No test file matches ${parts.join(' ')}.`)
  using busy = kind === 'stress' ? keepBusy() : undefined
  if (busy !== undefined) console.error(`${busy.pids.length} busy processes beside the tests.`)
  const isUnitGreen = units.length === 0 || (await unit(units))
  const isIntegrationGreen = integrations.length === 0 || (!isStopped() && (await integration(integrations, false)))
  return isUnitGreen && isIntegrationGreen
}

const kinds = ['unit', 'integration', 'stress']

async function main(): Promise<boolean> {
  const [first, ...rest] = process.argv.slice(2)
  if (first === undefined) return whole()
  return kinds.includes(first) ? some(first, rest) : some(undefined, [first, ...rest])
}

handOnSignals()
try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof StackError ? error.message : error)
  process.exitCode = 1
}
if (closing.length > 0) console.log(`\n${closing.join('\n')}`)
