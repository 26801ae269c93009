// A Redis of its own port and folder: how it is started and asked whether it answers.
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { launch, type Server } from './processes.ts'

export type RedisPlace = { readonly program: string; readonly dir: string; readonly port: number }

/** No snapshots by default: what a test wants kept over a restart it asks for by its own arguments. */
export function startRedis({ program, dir, port }: RedisPlace, logFile: string, more: readonly string[] = []): Server {
  mkdirSync(dir, { recursive: true })
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--daemonize', 'no']
  return launch({ program, args: [...args, ...more], cwd: dir, logFile })
}

/** PING is refused where a password is wanted, which is an answer too; only LOADING means "not yet". */
export function isRedisAnswering(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')))
    socket.once('data', answer => {
      socket.destroy()
      resolve(/^(\+PONG|-NOAUTH|-NOPERM)/.test(answer.toString()))
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed')))
  })
}
