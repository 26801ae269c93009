// What is known of a running stack between two commands: one small file per stack, in the clone it belongs to.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isAlive, type Server } from './processes.ts'
import { StackError } from './programs.ts'

export const services = ['kafka', 'redis', 'registry'] as const
export type Service = (typeof services)[number]

export type State = {
  readonly name: string
  /** The temp folder with everything the servers write. */
  readonly dir: string
  readonly owner: Server
  readonly phase: 'starting' | 'ready'
  readonly ports: Readonly<Partial<Record<Service | 'controller' | 'secure', number>>>
  readonly servers: Readonly<Partial<Record<Service, Server>>>
  /** Others that must end with the stack, such as the quickstart's worker. */
  readonly guests: readonly Server[]
}

export function statePath(name: string): string {
  if (!/^[\w.-]+$/.test(name))
    throw new StackError(`"${name}" is no name for a stack: letters, digits, "-", "_" and "." only.`)
  return join(import.meta.dirname, '../../.cache/stacks', `${name}.json`)
}

export function readState(name: string): State | undefined {
  try {
    return JSON.parse(readFileSync(statePath(name), 'utf8')) as State
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes the first state of a stack; false when somebody else did. */
export function claimState(state: State): boolean {
  const path = statePath(state.name)
  const draft = `${path}.${process.pid}`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(draft, JSON.stringify(state))
  try {
    // A link is made whole or not at all, and never over another: a reader meets no half file.
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Replaces the state in one step, so that a reader never meets half a file. */
export function writeState(state: State): void {
  const path = statePath(state.name)
  writeFileSync(`${path}.new`, JSON.stringify(state))
  renameSync(`${path}.new`, path)
}

export function removeState(name: string): void {
  rmSync(statePath(name), { force: true })
}

export function isServiceAlive(state: State, service: Service): boolean {
  const server = state.servers[service]
  return server !== undefined && isAlive(server)
}
