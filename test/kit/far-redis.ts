// A Redis at the other end of a line that can be cut as a cable is: both kernels keep what they have, and nobody is told. Linux and root only.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { end, launch, type Server } from '../../scripts/stack/processes.ts'
import { ensureIp, ensureRedisServer } from '../../scripts/stack/programs.ts'
import { openRedis, until } from './worker.ts'

const port = 6379

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
  return stdout
}

/** Its ends as `address:port`, one string per connection; what only waits for its time to be over can't carry anything. */
function connections(ss: readonly string[], ours: 'local' | 'peer'): readonly string[] {
  const [program = '', ...args] = ss
  const lines = run(program, [...args, '-tanH']).split('\n')
  return lines.flatMap(line => {
    const [state, , , local = '', peer = ''] = line.trim().split(/\s+/)
    if (state === 'LISTEN' || state === 'TIME-WAIT') return []
    const [near, far] = ours === 'local' ? [local, peer] : [peer, local]
    return far.endsWith(`:${port}`) ? [near] : []
  })
}

/** Why there can be none here, or the Redis. "await using" takes it down, its network too. */
export async function startFarRedis() {
  if (process.platform !== 'linux') return "network namespaces are Linux's"
  if (process.getuid?.() !== 0) return 'network namespaces are made by root'
  const ip = await ensureIp()
  const redisServer = await ensureRedisServer(() => undefined)
  const id = randomBytes(4).toString('hex')
  const [space, near, far] = [`kcr-${id}`, `kcr${id}a`, `kcr${id}b`]
  const [third = 0, fourth = 0] = randomBytes(2)
  const net = `10.213.${third}.${fourth & 0xfc}`
  const host = net.replace(/\d+$/, last => String(Number(last) + 2))
  const nearHost = net.replace(/\d+$/, last => String(Number(last) + 1))
  const dir = mkdtempSync(join(tmpdir(), 'kafka-connect-redis-far-'))
  let server: Server | null = null
  const clear = async (): Promise<void> => {
    process.removeListener('exit', clearNow)
    if (server !== null) await end(server, 'SIGKILL')
    clearNow()
  }
  // The line's far end goes with its near one.
  const clearNow = (): void => {
    if (server !== null) spawnSync('kill', ['-9', String(server.pid)])
    spawnSync(ip, ['link', 'del', near])
    spawnSync(ip, ['netns', 'del', space])
    rmSync(dir, { recursive: true, force: true })
  }
  process.once('exit', clearNow)
  try {
    run(ip, ['netns', 'add', space])
    run(ip, ['link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', space])
    run(ip, ['addr', 'add', `${nearHost}/30`, 'dev', near])
    run(ip, ['link', 'set', near, 'up'])
    run(ip, ['-n', space, 'addr', 'add', `${host}/30`, 'dev', far])
    run(ip, ['-n', space, 'link', 'set', far, 'up'])
  } catch (error) {
    await clear()
    return `no network namespace is to be had: ${error instanceof Error ? error.message : String(error)}`
  }
  const words = ['--port', String(port), '--bind', host, '--protected-mode', 'no', '--dir', dir, '--save', '']
  const args = ['netns', 'exec', space, redisServer, ...words]
  server = launch({ program: ip, args, cwd: dir, logFile: join(dir, 'redis.log') })
  const redis = openRedis(port, undefined, host)
  await until(() => redis.status === 'ready')
  return {
    host,
    port,
    redis,
    cut: () => void run(ip, ['link', 'set', near, 'down']),
    mend: () => void run(ip, ['link', 'set', near, 'up']),
    /** Every connection of ours that this machine's kernel or Redis's still knows, by the address of our end. */
    known: () => new Set([...connections(['ss'], 'local'), ...connections([ip, 'netns', 'exec', space, 'ss'], 'peer')]),
    [Symbol.asyncDispose]: async () => {
      redis.disconnect()
      await clear()
    }
  }
}
