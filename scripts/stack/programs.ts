// Finds the programs of the machine that the stack needs, and says what to install where one is missing.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, writeFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A failure whose message says everything: it is shown without a stack trace. */
export class StackError extends Error {
  override name = 'StackError'
}

/** Places that hold server programs but are often missing from a user's PATH. */
const morePlaces = ['/usr/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/opt/homebrew/bin']

export function lookUp(name: string): string | undefined {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), ...morePlaces]
  return places.map(place => join(place, name)).find(isExecutable)
}

export function findProgram(name: string, remedy: string): string {
  const path = lookUp(name)
  if (path === undefined)
    throw new StackError(`The stack needs ${name}, which is not on this machine. Install ${remedy}.`)
  return path
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Java 17 or later: JAVA_HOME's, else the one on the PATH. */
export function findJava(): string {
  const remedy =
    'a Java runtime, 17 or later (Debian: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17)'
  const ofHome = join(process.env['JAVA_HOME'] ?? '', 'bin/java')
  const java = process.env['JAVA_HOME'] !== undefined && isExecutable(ofHome) ? ofHome : findProgram('java', remedy)
  // macOS has a java that only says there is none, so being there is not enough.
  const { stderr, error, signal } = spawnSync(java, ['-version'], { encoding: 'utf8' })
  const version = /version "(\d+)/.exec(stderr)?.[1]
  if (version === undefined || Number(version) < 17) {
    const said = error?.message ?? (signal === null ? stderr.trim() : `ended by ${signal}`)
    throw new StackError(
      `The stack needs Java 17 or later; ${java} is ${version ?? `none (${said})`}. Install ${remedy}.`
    )
  }
  return java
}

/** Redis's server program, installed from Debian's packages where we may. */
export async function ensureRedisServer(log: (line: string) => void, signal?: AbortSignal): Promise<string> {
  const there = lookUp('redis-server')
  if (there !== undefined) return there
  const apt = lookUp('apt-get')
  const remedy = 'Redis 7 or later (Debian and Ubuntu: sudo apt-get install redis-server; macOS: brew install redis)'
  if (apt === undefined || process.getuid?.() !== 0) return findProgram('redis-server', remedy)
  log('installing redis-server from the Debian packages ...')
  await withoutServiceStart(() => install(apt, 'redis-server', signal))
  disableService()
  return findProgram('redis-server', remedy)
}

/** The program `ip` of iproute2, by which a test makes a network of its own and cuts it; installed where we may. Throws StackError where it can't be had. */
export async function ensureIp(): Promise<string> {
  const there = lookUp('ip')
  const apt = lookUp('apt-get')
  if (there === undefined && apt !== undefined && process.getuid?.() === 0) await install(apt, 'iproute2')
  return findProgram('ip', 'iproute2 (Debian and Ubuntu: sudo apt-get install iproute2)')
}

async function install(apt: string, debianPackage: string, signal?: AbortSignal): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await runToEnd(apt, ['-qq', 'update'], signal, env)
  await runToEnd(apt, ['-qq', '-y', '--no-install-recommends', 'install', debianPackage], signal, env)
}

/** Debian starts a service as soon as it is installed, unless this file (its documented switch) forbids it. */
async function withoutServiceStart(install: () => Promise<void>): Promise<void> {
  const path = '/usr/sbin/policy-rc.d'
  const isOurs = !existsSync(path)
  if (isOurs) writeFileSync(path, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await install()
  } finally {
    if (isOurs) rmSync(path, { force: true })
  }
}

/** The stack runs Redis on its own port and folder: a server that we installed must not start with the machine. */
function disableService(): void {
  for (const [name, ...args] of [
    ['systemctl', 'disable', '--now', 'redis-server'],
    ['systemctl', 'disable', 'redis-server'], // without a running systemd "--now" fails as a whole
    ['update-rc.d', 'redis-server', 'disable']
  ] as const) {
    const program = lookUp(name)
    if (program !== undefined) spawnSync(program, args, { stdio: 'ignore' })
  }
}

/** Runs a program, shows nothing while it succeeds, and everything it said when it fails. */
export function runToEnd(program: string, args: string[], signal?: AbortSignal, env = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }
    const child = spawn(program, args, signal === undefined ? options : { ...options, signal })
    const said: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    child.on('error', reject)
    child.on('close', status => {
      const text = Buffer.concat(said).toString()
      if (status === 0) resolve(text)
      else reject(new StackError(`${program} ${args.join(' ')} ended with exit code ${status}:\n${text.trimEnd()}`))
    })
  })
}
