// Runs test files under node:test, what people read on standard output, and gives back what became of each file.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FileResult } from './file-reporter.ts'

// Only against a test that would hang for ever: no test is judged by its time.
const hangingMs = 10 * 60_000

const reporter = fileURLToPath(new URL('file-reporter.ts', import.meta.url))

const children = new Set<ReturnType<typeof spawn>>()
let stoppedBy: NodeJS.Signals | undefined

/** Hands signals on to what runs; from then on nothing is started any more. */
export function handOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stoppedBy = signal
      for (const child of children) child.kill(signal)
    })
  }
}

export function isStopped(): boolean {
  return stoppedBy !== undefined
}

export type Output = 'inherit' | 'ignore'

export function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  output: Output = 'inherit'
): Promise<boolean> {
  if (isStopped()) return Promise.resolve(false)
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', output, output], env })
    children.add(child)
    child.on('error', reject)
    child.on('close', status => {
      children.delete(child)
      resolve(status === 0)
    })
  })
}

export interface FilesRun {
  readonly isGreen: boolean
  readonly files: readonly FileResult[]
  readonly seconds: number
}

export interface RunOptions {
  /** Before node:test's own arguments: another Node, for example. */
  readonly node?: readonly [program: string, ...args: string[]]
  readonly env?: NodeJS.ProcessEnv
  readonly shows?: 'spec' | 'dot'
  readonly output?: Output
}

export async function runFiles(
  files: readonly string[],
  { node = ['node'], env = process.env, shows = 'spec', output = 'inherit' }: RunOptions = {}
): Promise<FilesRun> {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-tests-'))
  const report = join(dir, 'files.jsonl')
  const [program, ...first] = node
  const reporters = [`--test-reporter=${shows}`, '--test-reporter-destination=stdout']
  const ours = [`--test-reporter=${reporter}`, `--test-reporter-destination=${report}`]
  const limits = ['--test-concurrency=2', `--test-timeout=${hangingMs}`]
  const args = [...first, '--import', './test/kit/seed.ts', '--test', ...reporters, ...ours, ...limits, ...files]
  // A test of this very function runs below node:test, which its child must not take for its own runner.
  const clean = { ...env }
  delete clean['NODE_TEST_CONTEXT']
  const startedAt = performance.now()
  try {
    const isGreen = await runProgram(program, args, clean, output)
    const results = readResults(report)
    return { isGreen: isGreen && results.every(each => each.isGreen), files: results, seconds: since(startedAt) }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function readResults(report: string): FileResult[] {
  let text: string
  try {
    text = readFileSync(report, 'utf8')
  } catch {
    // The runner ended before its reporters did.
    return []
  }
  const results = text.split('\n').filter(line => line !== '')
  return results.map(line => {
    const result = JSON.parse(line) as FileResult
    return { ...result, file: relative('', result.file) }
  })
}

function since(startedAt: number): number {
  return (performance.now() - startedAt) / 1000
}
