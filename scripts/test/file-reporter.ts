// A reporter of node:test: one line of JSON per test file with its time and what failed in it, beside what people read.
import { inspect } from 'node:util'

/** What of the runner's events is read here. */
export interface Reported {
  readonly type: string
  readonly data: {
    readonly file?: string
    readonly name?: string
    readonly message?: string
    readonly success?: boolean
    readonly duration_ms?: number
    readonly todo?: unknown
    readonly details?: { readonly error?: unknown; readonly type?: string }
  }
}

export interface FileResult {
  readonly file: string
  readonly isGreen: boolean
  readonly seconds: number
  /** Each failed test with its error, and what the file wrote to standard error; empty where all is well. */
  readonly failures: string
}

/** Characters of each failure and of standard error: enough to see what happened. */
const shownMax = 4000

async function* fileReporter(source: AsyncIterable<Reported>): AsyncGenerator<string> {
  const failures = new Map<string, string[]>()
  const errors = new Map<string, string>()
  const done = new Map<string, number>()
  for await (const { type, data } of source) {
    const { file } = data
    if (file === undefined) continue
    if (type === 'test:fail' && data.todo === undefined) add(failures, file, textOf(data))
    else if (type === 'test:stderr')
      errors.set(file, ((errors.get(file) ?? '') + (data.message ?? '')).slice(-shownMax))
    else if (type === 'test:summary') {
      done.set(file, (data.duration_ms ?? 0) / 1000)
      if (data.success === false && !failures.has(file)) add(failures, file, 'The file failed.')
    }
  }
  for (const file of new Set([...done.keys(), ...failures.keys()])) {
    const failed = failures.get(file) ?? []
    const result: FileResult = {
      file,
      isGreen: failed.length === 0,
      seconds: done.get(file) ?? 0,
      failures: failed.length === 0 ? '' : [...failed, errors.get(file) ?? ''].join('\n').trim()
    }
    yield `${JSON.stringify(result)}\n`
  }
}

// node:test takes a reporter by this name only.
export { fileReporter as default }

function add(lists: Map<string, string[]>, file: string, text: string): void {
  lists.set(file, [...(lists.get(file) ?? []), text])
}

function textOf({ name, details }: Reported['data']): string {
  const { error } = details ?? {}
  // The runner wraps what a test threw.
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause)
  return `✖ ${name}\n${text.slice(0, shownMax)}`
}
