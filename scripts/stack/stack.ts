// Starts, stops and describes a whole stack: real Kafka, Redis and schema registry on free loopback ports.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureArtifacts } from './artifacts.ts'
import { stackUsers, storePassword, storesOf } from './kafka-secure.ts'
import { isKafkaAnswering, startKafka } from './kafka.ts'
import { releasePorts, reservePort } from './ports.ts'
import { end, isAlive, ownProcess, waitUntilAnswering, type Server } from './processes.ts'
import { StackError, ensureRedisServer, findJava } from './programs.ts'
import { isRedisAnswering, startRedis } from './redis.ts'
import { isRegistryAnswering, registryUrl, startRegistry } from './registry.ts'
import { claimState, isServiceAlive, readState, removeState, services, statePath, writeState } from './state.ts'
import { type Service, type State } from './state.ts'

/** Where to reach what runs; this is also what "--json" prints and what tests get. */
export type Endpoints = {
  readonly name: string
  readonly dir: string
  readonly kafka?: { readonly bootstrap: string; readonly secure?: SecureKafka }
  readonly redis?: { readonly host: string; readonly port: number }
  readonly registry?: { readonly url: string }
}

/** The listener that asks for TLS and a login: its address, the stores that trust it, and their password. */
export type SecureKafka = {
  readonly bootstrap: string
  readonly stores: ReturnType<typeof storesOf>
  readonly storePassword: string
  readonly users: typeof stackUsers
}

export type UpOptions = {
  readonly name: string
  /** Kafka also listens where it asks for TLS and a login. */
  readonly secure?: boolean
  readonly only?: readonly Service[]
  readonly log?: (line: string) => void
  readonly signal?: AbortSignal
}

/** Starts what is wanted, or joins the stack of that name that runs already; when it fails nothing is left behind. */
export async function up({
  name,
  secure = false,
  only = services,
  log = () => undefined,
  signal
}: UpOptions): Promise<Endpoints> {
  const running = await joinRunning(name, only, signal)
  if (running !== undefined) return endpointsOf(running)
  const dir = mkdtempSync(join(tmpdir(), `kafka-connect-redis-${name}-`))
  const owner = ownProcess()
  let state: State = { name, dir, owner, phase: 'starting', ports: {}, servers: {}, guests: [] }
  if (!claimState(state)) {
    rmSync(dir, { recursive: true, force: true })
    return up({ name, secure, only, log, ...(signal && { signal }) })
  }
  try {
    const holder = { file: statePath(name) }
    const ports: Record<string, number> = {}
    for (const each of only) ports[each] = await reservePort(holder)
    if (only.includes('kafka')) ports['controller'] = await reservePort(holder)
    if (only.includes('kafka') && secure) ports['secure'] = await reservePort(holder)
    state = { ...state, ports }
    writeState(state)
    const places = await ensurePlaces(only, log, signal)
    log(`starting ${only.join(', ')} ...`)
    await allOrNone(signal, only, async (service, stop) => {
      const server = await startServer(state, places, service, stop)
      state = { ...state, servers: { ...state.servers, [service]: server } }
      writeState(state)
      await waitFor(state, service, server, stop)
      log(`${service} answers`)
    })
    state = { ...state, phase: 'ready' }
    writeState(state)
    return endpointsOf(state)
  } catch (error) {
    await takeDown(state)
    throw error
  }
}

/**
 * Runs the starts side by side. The first failure stops the others, and all of them have come to rest before it is
 * thrown: a server launched after the clearing up would stay for ever.
 */
async function allOrNone(
  signal: AbortSignal | undefined,
  only: readonly Service[],
  start: (service: Service, stop: AbortSignal) => Promise<void>
): Promise<void> {
  const failed = new AbortController()
  const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal])
  const failures: unknown[] = []
  await Promise.all(
    only.map(service =>
      start(service, stop).catch((error: unknown) => {
        failures.push(error)
        failed.abort(error)
      })
    )
  )
  if (signal?.aborted === true) signal.throwIfAborted()
  if (failures.length > 0) throw failures[0]
}

/** The stack of this name if it is whole (or becomes so); the rest of a broken one is cleared away. */
async function joinRunning(name: string, only: readonly Service[], signal?: AbortSignal): Promise<State | undefined> {
  for (;;) {
    signal?.throwIfAborted()
    const state = readState(name)
    if (state === undefined) return undefined
    if (state.phase === 'starting' && isAlive(state.owner)) {
      await sleep(100)
      continue
    }
    if (state.phase === 'ready' && only.every(each => isServiceAlive(state, each))) return state
    await takeDown(state)
  }
}

/** Stops the stack and removes its files; false when there is none. */
export async function down(name: string): Promise<boolean> {
  const state = readState(name)
  if (state === undefined) return false
  await takeDown(state)
  return true
}

async function takeDown(state: State): Promise<void> {
  // Nothing of the data is wanted any more, so there is no reason to let anyone finish.
  await Promise.all([...state.guests, ...Object.values(state.servers)].map(server => end(server, 'SIGKILL')))
  rmSync(state.dir, { recursive: true, force: true, maxRetries: 5 })
  releasePorts(Object.values(state.ports))
  removeState(state.name)
}

export type Status = Endpoints & { readonly phase: string; readonly alive: Readonly<Record<string, boolean>> }

export function status(name: string): Status | undefined {
  const state = readState(name)
  if (state === undefined) return undefined
  const alive = Object.fromEntries(
    services.filter(each => state.ports[each] !== undefined).map(each => [each, isServiceAlive(state, each)])
  )
  return { ...endpointsOf(state), phase: state.phase, alive }
}

/** Stops one server as a crash would (SIGKILL) or as an operator would (SIGTERM); its data stays. */
export async function stopService(name: string, service: Service, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const server = stateOf(name).servers[service]
  if (server !== undefined) await end(server, signal)
}

/** Starts a server that was stopped, on its old port and data, and returns when it answers. */
export async function startService(name: string, service: Service): Promise<void> {
  const state = stateOf(name)
  if (isServiceAlive(state, service)) return
  const places = await ensurePlaces([service], () => undefined)
  const server = await startServer(state, places, service)
  const newest = stateOf(name)
  writeState({ ...newest, servers: { ...newest.servers, [service]: server } })
  await waitFor(newest, service, server)
}

/** Takes in a process that must not outlive the stack, whoever takes it down. */
export function adopt(name: string, guest: Server): void {
  const state = stateOf(name)
  writeState({ ...state, guests: [...state.guests, guest] })
}

function stateOf(name: string): State {
  const state = readState(name)
  if (state === undefined)
    throw new StackError(`There is no stack "${name}". "npm run stack -- up --name ${name}" starts it.`)
  return state
}

function endpointsOf({ name, dir, ports }: State): Endpoints {
  return {
    name,
    dir,
    ...(ports.kafka !== undefined && {
      kafka: {
        bootstrap: `127.0.0.1:${ports.kafka}`,
        ...(ports.secure !== undefined && { secure: secureKafka(dir, ports.secure) })
      }
    }),
    ...(ports.redis !== undefined && { redis: { host: '127.0.0.1', port: ports.redis } }),
    ...(ports.registry !== undefined && { registry: { url: registryUrl(ports.registry) } })
  }
}

function secureKafka(dir: string, port: number): SecureKafka {
  return { bootstrap: `127.0.0.1:${port}`, stores: storesOf(join(dir, 'kafka')), storePassword, users: stackUsers }
}

type Places = { java: string; kafkaClasspath: string; registryFolder: string; redisServer: string }

/** The programs and jars that the wanted servers need; only those are looked for. */
async function ensurePlaces(
  only: readonly Service[],
  log: (line: string) => void,
  signal?: AbortSignal
): Promise<Places> {
  const needsJava = only.includes('kafka') || only.includes('registry')
  const java = needsJava ? findJava() : ''
  const redisServer = only.includes('redis') ? await ensureRedisServer(log, signal) : ''
  const jars = needsJava ? await ensureArtifacts(log, signal) : { kafkaClasspath: '', registryFolder: '' }
  return { java, redisServer, ...jars }
}

async function startServer(state: State, places: Places, service: Service, signal?: AbortSignal): Promise<Server> {
  const dir = join(state.dir, service)
  const logFile = logFileOf(state, service)
  const port = portOf(state, service)
  switch (service) {
    case 'kafka': {
      const { java, kafkaClasspath: classpath } = places
      const controllerPort = portOf(state, 'controller')
      const securePort = state.ports.secure ?? null
      return startKafka({ java, classpath, dir, port, controllerPort, securePort }, logFile, signal)
    }
    case 'redis':
      return startRedis({ program: places.redisServer, dir, port }, logFile)
    case 'registry':
      return startRegistry({ java: places.java, folder: places.registryFolder, dir, port }, logFile)
  }
}

function waitFor(state: State, service: Service, server: Server, signal?: AbortSignal): Promise<void> {
  const asks = { kafka: isKafkaAnswering, redis: isRedisAnswering, registry: isRegistryAnswering }
  const ask = () => asks[service](portOf(state, service))
  return waitUntilAnswering(service, server, logFileOf(state, service), ask, signal)
}

function logFileOf(state: State, service: Service): string {
  return join(state.dir, `${service}.log`)
}

function portOf(state: State, service: Service | 'controller'): number {
  const port = state.ports[service]
  if (port === undefined) throw new StackError(`The stack "${state.name}" was started without ${service}.`)
  return port
}
