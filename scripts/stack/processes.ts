// Starts servers that outlive this program, and finds them again without ever mistaking a stranger for one of them.
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { StackError } from './programs.ts'

/** A process id alone may be given to another program later; together with its start time it may not. */
export type Server = { readonly pid: number; readonly bornAt: string }

export type Launch = {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logFile: string
}

export function launch({ program, args, env, cwd, logFile }: Launch): Server {
  const log = openSync(logFile, 'a')
  try {
    // Detached: a session of its own, so that Ctrl-C in the terminal reaches us first and we stop it in order.
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true
    })
    child.on('error', () => undefined)
    if (child.pid === undefined) throw new StackError(`${program} could not be started.`)
    child.unref()
    return { pid: child.pid, bornAt: birthOf(child.pid) ?? 'unknown' }
  } finally {
    closeSync(log)
  }
}

/** This program itself, as others can look for it. */
export function ownProcess(): Server {
  return { pid: process.pid, bornAt: birthOf(process.pid) ?? 'unknown' }
}

export function isAlive(server: Server): boolean {
  const bornAt = birthOf(server.pid)
  return bornAt !== undefined && bornAt === server.bornAt
}

/** Sends a signal and returns when the process is gone; after the grace it is killed. */
export async function end(server: Server, signal: 'SIGTERM' | 'SIGKILL', graceMs = 20_000): Promise<void> {
  send(server, signal)
  for (let waitedMs = 0; isAlive(server); waitedMs += 20) {
    if (waitedMs >= graceMs) send(server, 'SIGKILL')
    await sleep(20)
  }
}

function send(server: Server, signal: NodeJS.Signals): void {
  if (!isAlive(server)) return
  try {
    process.kill(server.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** When the process was started, in the system's own terms; undefined when it is gone (or dead and not yet buried). */
function birthOf(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim() || undefined
  }
  try {
    // The name in the second field may hold blanks and brackets, so the fields are counted from its closing bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Asks until the server answers; stops asking when it has died, and then shows the end of its log. */
export async function waitUntilAnswering(
  name: string,
  server: Server,
  logFile: string,
  ask: () => Promise<boolean>,
  signal?: AbortSignal
): Promise<void> {
  const startedAt = performance.now()
  for (;;) {
    signal?.throwIfAborted()
    if (await ask().catch(() => false)) return
    if (!isAlive(server))
      throw new StackError(`${name} ended while it was starting. The end of its log:\n${tailOf(logFile)}`)
    if (performance.now() - startedAt > 180_000) {
      throw new StackError(`${name} runs but does not answer after 180 s. The end of its log:\n${tailOf(logFile)}`)
    }
    await sleep(50)
  }
}

function tailOf(logFile: string): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-25).join('\n')
}
