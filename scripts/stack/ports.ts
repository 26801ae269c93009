// Chooses loopback ports that no other stack, test or program on this machine has or is about to take.
import { existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Below the ports that systems hand out for outgoing connections, so a server can come back to its port after a kill. */
const portMin = 20_000
const portMax = 32_000

/** Whoever holds a port: a process while it lives, or a stack while its state file is there. */
export type Holder = { readonly pid: number } | { readonly file: string }

const folder = join(tmpdir(), `kafka-connect-redis-ports-${userInfo().uid}`)

export async function reservePort(holder: Holder): Promise<number> {
  for (;;) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin))
    if (claim(join(folder, String(port)), holder) && (await isFree(port))) return port
  }
}

/** Gives ports back, and the folder with the last of them. */
export function releasePorts(ports: readonly number[]): void {
  for (const port of ports) rmSync(join(folder, String(port)), { force: true })
  try {
    rmdirSync(folder)
  } catch {
    // Others still hold some.
  }
}

function claim(path: string, holder: Holder): boolean {
  if (existsSync(path) && !isHeld(path)) rmSync(path, { force: true })
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

function isHeld(path: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder
    if ('file' in holder) return existsSync(holder.file)
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    // A file that is just being written cannot be parsed yet, and belongs to somebody.
    return error instanceof SyntaxError
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
