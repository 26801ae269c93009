// A child process in tests: its words are waited for, never read at one instant; its input may be written even when it has ended.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Long before the test runner's own limit ends a wait for ever, the log so far says what it was that never came. */
const longWaitMs = 60_000

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  { stdin = '', env }: RunOptions = {}
): Promise<Run> {
  const child = spawn(program, args, { env: { ...process.env, ...env } })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said.stderr += chunk))
  endInput(child, stdin)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { code, ...said }
}

/** Writes to a child's standard input, which it may have closed by ending: its exit code and its words tell what happened. */
export function writeInput(child: ChildProcess, text: string): void {
  if (child.stdin?.listenerCount('error') === 0) child.stdin.on('error', () => undefined)
  child.stdin?.write(text)
}

/** As `writeInput`; then the input is at its end. */
export function endInput(child: ChildProcess, text = ''): void {
  if (text !== '') writeInput(child, text)
  if (child.stdin?.listenerCount('error') === 0) child.stdin.on('error', () => undefined)
  child.stdin?.end()
}

/**
 * Follows what a child says on both its outputs. While it runs, words can only be waited for; what it never said, or how
 * often it said a thing, is asked once it has ended and all it wrote is read.
 */
export function follow(name: string, child: ChildProcess) {
  let log = ''
  let isEnded = false
  let wake: () => void = () => undefined
  let next = new Promise<void>(resolve => (wake = resolve))
  const stir = (): void => {
    wake()
    next = new Promise(resolve => (wake = resolve))
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk
      stir()
    })
  }
  // "close" comes when both outputs are read to their ends; the process itself may have exited long before.
  const ended = new Promise<number | null>(resolve => {
    child.on('close', code => {
      isEnded = true
      resolve(code)
      stir()
    })
  })
  const end = (): string => String(child.exitCode ?? child.signalCode)
  /** The whole log; only at the end is it one. */
  const logAtEnd = (): string => {
    assert.ok(isEnded, `The ${name} still runs: stop it, or await its end, before its log is judged.`)
    return log
  }
  return {
    /** The exit code, null where a signal ended it; all it said has been read by then. */
    ended,
    isEnded: () => isEnded,
    logAtEnd,
    /** Fails the test with what has been said so far. */
    fail: (message: string): never => assert.fail(`${message}:\n${log}`),
    /** Waits until it has said this so many times, and returns the last of these; fails with the log where it ends before. */
    said: async (pattern: RegExp, times = 1): Promise<RegExpExecArray> => {
      const waiting = new AbortController()
      void sleep(longWaitMs, undefined, { signal: waiting.signal }).then(
        () => process.stderr.write(`Still waiting for the ${name} to say ${String(pattern)}. So far:\n${log}\n`),
        () => undefined
      )
      try {
        for (;;) {
          const found = all(pattern, log)[times - 1]
          if (found !== undefined) return found
          if (isEnded) assert.fail(`The ${name} ended (${end()}) without saying ${timesOf(pattern, times)}:\n${log}`)
          await next
        }
      } finally {
        waiting.abort()
      }
    },
    /** What it has said of this so far: something to wait with, not to judge by. */
    found: (pattern: RegExp): RegExpExecArray[] => all(pattern, log),
    /** How often it said this, over its whole life. */
    saidTimes(pattern: RegExp, times: number): void {
      const found = all(pattern, logAtEnd()).length
      assert.equal(found, times, `The ${name} said ${String(pattern)} ${found} times instead of ${times}:\n${log}`)
    },
    /** None of these, patterns or texts as they are, over its whole life. */
    neverSaid(...patterns: readonly (RegExp | string)[]): void {
      for (const pattern of patterns) {
        const found = typeof pattern === 'string' ? findText(pattern, logAtEnd()) : all(pattern, logAtEnd())[0]?.[0]
        assert.equal(found, undefined, `The ${name} said ${String(pattern)} ("${found}"):\n${log}`)
      }
    }
  }
}

function all(pattern: RegExp, text: string): RegExpExecArray[] {
  return [...text.matchAll(new RegExp(pattern, pattern.global ? pattern.flags : `${pattern.flags}g`))]
}

function findText(wanted: string, text: string): string | undefined {
  return text.includes(wanted) ? wanted : undefined
}

function timesOf(pattern: RegExp, times: number): string {
  return times === 1 ? String(pattern) : `${String(pattern)} ${times} times`
}
