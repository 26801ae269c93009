// Finds real servers for tests: the stack that "npm test" started, or one of the test's own that it may kill.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureArtifacts } from '../../scripts/stack/artifacts.ts'
import { releasePorts, reservePort } from '../../scripts/stack/ports.ts'
import { end, waitUntilAnswering, type Server } from '../../scripts/stack/processes.ts'
import { ensureRedisServer, findJava } from '../../scripts/stack/programs.ts'
import { isRedisAnswering, startRedis as launchRedis } from '../../scripts/stack/redis.ts'
import { down, startService, stopService, up, type Endpoints } from '../../scripts/stack/stack.ts'
import { readState, services, type Service } from '../../scripts/stack/state.ts'
import { run } from './child.ts'

export type Stack = Required<Endpoints>

/**
 * The stack that all test files share. "npm test" hands it over in KCR_STACK; a file run by itself joins this clone's
 * default stack, and starts it where it is down (it then stays up for the next run). Nobody may kill its servers.
 */
export async function withStack(): Promise<Stack> {
  const given = process.env['KCR_STACK']
  const endpoints = given === undefined ? await up({ name: 'default' }) : (JSON.parse(given) as Endpoints)
  const { kafka, redis, registry } = endpoints
  if (!kafka || !redis || !registry) throw new Error(`The shared stack lacks a server: ${JSON.stringify(endpoints)}`)
  return { ...endpoints, kafka, redis, registry }
}

/** A stack of the test's own, whose servers it may kill and start again; "await using" takes it down. */
export async function startOwnStack(only: readonly Service[] = services, { secure = false } = {}) {
  const name = `test-${randomUUID().slice(0, 8)}`
  const endpoints = await up({ name, only, secure })
  return {
    ...endpoints,
    kill: (service: Service) => stopService(name, service, 'SIGKILL'),
    stop: (service: Service) => stopService(name, service, 'SIGTERM'),
    start: (service: Service) => startService(name, service),
    /** Frozen, a server keeps its connections and answers nothing; thawed, it goes on as if nothing had been. */
    freeze: (service: Service) => signal(name, service, 'SIGSTOP'),
    thaw: (service: Service) => signal(name, service, 'SIGCONT'),
    [Symbol.asyncDispose]: async () => void (await down(name))
  }
}

function signal(name: string, service: Service, what: 'SIGSTOP' | 'SIGCONT'): void {
  const server = readState(name)?.servers[service]
  if (server === undefined) throw new Error(`${service} of the stack ${name} is not running`)
  process.kill(server.pid, what)
}

/** A name for a topic, group, key or connector that no other test and no earlier run has used. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`
}

/**
 * A Redis of the test's own, up in milliseconds. It keeps its port over kill and start; its data only if args say so,
 * for example ['--appendonly', 'yes', '--appendfsync', 'always'].
 */
export async function startRedis({ args = [] }: { args?: readonly string[] } = {}) {
  const program = await ensureRedisServer(() => undefined)
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-test-'))
  const port = await reservePort({ pid: process.pid })
  const logFile = join(dir, 'redis.log')
  const launch = async (): Promise<Server> => {
    const server = launchRedis({ program, dir, port }, logFile, args)
    await waitUntilAnswering('redis', server, logFile, () => isRedisAnswering(port))
    return server
  }
  let server = await launch()
  const clear = () => {
    releasePorts([port])
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
  // A test that fails in mid-air must not leave a server behind.
  const atExit = () => {
    try {
      process.kill(server.pid, 'SIGKILL')
    } catch {
      // It is down already.
    }
    clear()
  }
  process.once('exit', atExit)
  return {
    host: '127.0.0.1',
    port,
    dir,
    /** As a crash: nothing is flushed, every connection breaks. */
    kill: () => end(server, 'SIGKILL'),
    /** As an operator: Redis ends in order. */
    stop: () => end(server, 'SIGTERM'),
    start: async () => {
      server = await launch()
    },
    [Symbol.asyncDispose]: async () => {
      process.removeListener('exit', atExit)
      await end(server, 'SIGKILL')
      clear()
    }
  }
}

/** Runs one of Kafka's own Java programs and returns what it printed; a failure shows all it said. */
export async function javaTool(mainClass: string, args: readonly string[], stdin = ''): Promise<string> {
  const java = findJava()
  const { kafkaClasspath } = await ensureArtifacts(() => undefined)
  const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Xmx256m']
  const { code, stdout, stderr } = await run(java, [...options, '-cp', kafkaClasspath, mainClass, ...args], { stdin })
  if (code === 0) return stdout
  throw new Error(`${mainClass} ended with exit code ${code}:\n${stderr}${stdout}`)
}
