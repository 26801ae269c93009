// The door to Redis: ioredis finds the server; the socket is ours: we open it, speak TLS, log in, and only our bytes travel on it.
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { AbstractConnector, Redis } from 'ioredis'
import { ConnectError } from '../connect/errors.ts'
import { type ConnectionKeys, hostAdvice, withTlsAdvice } from '../util/connection-advice.ts'
import { keys, tls as tlsKeys } from './config.ts'
import { type RedisEvents, type RedisLink, type RedisSocket, SocketLink } from './link.ts'
import { neededCommands } from './modes/needs.ts'
import { type SinkSettings } from './settings.ts'
import { tlsOptions } from './tls-options.ts'
import { ReplyError } from './writer/reply-reader.ts'
import { type Rights, RightsProbe } from './writer/rights.ts'

export interface OpenedRedis {
  readonly link: RedisLink
  /** Redis asks for no password, and one was given. */
  readonly passwordIdle: boolean
  readonly rights: Rights
}

/** Opens connections to one Redis. Rejects with RedisLoginError or ConfigError where trying again is of no use, and with any other error where it may be. */
export interface RedisDoor {
  /** `host:port`, for messages. */
  readonly address: string
  open(): Promise<OpenedRedis>
}

/** Redis refuses the password, or asks for one. */
export class RedisLoginError extends ConnectError {
  override readonly code: string = 'REDIS_LOGIN'
}

const connectTimeoutMs = 10_000

export type Target = Pick<SinkSettings, 'host' | 'port' | 'password' | 'tls' | 'statements'>

/** Opens a socket to the server of `target`: established, and nothing said on it yet. Whoever gets it listens before the next event. */
export type OpenSocket = (target: Target) => Promise<RedisSocket>

/**
 * The door to the Redis of a configuration. Reads the stores of its TLS settings at once: what is wrong with them is no outage. The simulation hands in
 * sockets of its own.
 */
export function redisDoor(target: Target, openSocket: OpenSocket = connect): RedisDoor {
  const { host, port, tls } = target
  const address = `${host}:${port}`
  if (tls !== null) tlsOptions(tls)
  const probe = new RightsProbe(neededCommands(target.statements))
  return { address, open: () => open(target, address, probe, openSocket) }
}

async function open(target: Target, address: string, probe: RightsProbe, openSocket: OpenSocket): Promise<OpenedRedis> {
  const isSecure = target.tls !== null
  try {
    const link = new SocketLink(await openSocket(target))
    try {
      const passwordIdle = await logIn(link, target, address)
      await greet(link, address)
      const rights = await probe.probe(words => link.ask(words))
      return { link, passwordIdle, rights }
    } catch (error) {
      link.end()
      throw error
    }
  } catch (error) {
    throw error instanceof RedisLoginError ? error : new Error(reasonOf(error, target, isSecure), { cause: error })
  }
}

async function connect(target: Target): Promise<RedisSocket> {
  // Read again: a certificate that was replaced counts from the next connection on. What can't be read just now is an outage, for it once could.
  const sockets = new Sockets(target, target.tls === null ? null : tlsOptions(target.tls))
  const redis = new Redis({
    host: target.host,
    port: target.port,
    Connector: sockets.connector(),
    lazyConnect: true,
    protocol: 2,
    enableOfflineQueue: false,
    // INFO may be forbidden, and LOADING is told apart by us.
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null
  })
  let failure: Error | null = null
  // Without a listener ioredis would print it.
  redis.on('error', (error: Error) => (failure ??= error))
  try {
    await redis.connect()
    return sockets.socket(redis)
  } catch (error) {
    sockets.destroy()
    // `connect` rejects with "Connection is closed."; the event says why.
    throw failure ?? error
  }
}

/**
 * The sockets of one connection. A TLS socket can't be reset, so the TCP socket below it is opened by us; ioredis is handed what is established: a
 * command of its own, queued before the certificate was checked, would be sent to whoever answered.
 */
class Sockets {
  readonly #target: Target
  readonly #secure: ConnectionOptions | null
  #tcp: Socket | null = null

  constructor(target: Target, secure: ConnectionOptions | null) {
    this.#target = target
    this.#secure = secure
  }

  connector(): new () => AbstractConnector {
    const establish = () => this.#establish()
    const destroy = () => this.destroy()
    return class extends AbstractConnector {
      constructor() {
        super(0)
      }

      override connect(): Promise<Socket> {
        return establish()
      }

      override disconnect(): void {
        destroy()
      }
    }
  }

  async #establish(): Promise<Socket> {
    const { host, port } = this.#target
    // Half open: Node would end the connection by itself where the server does, and one that is ending can't be reset.
    const tcp = connectTcp({ host, port, allowHalfOpen: true, noDelay: true })
    this.#tcp = tcp
    await established(tcp, 'connect')
    if (this.#secure === null) return tcp
    // Not before TCP stands: while it tries several addresses it changes its handle, and TLS would keep the first.
    const stream = connectTls({ ...this.#secure, host, port, socket: tcp })
    // What breaks is told by the socket above it.
    tcp.on('error', () => undefined)
    await established(stream, 'secureConnect')
    return stream
  }

  /** ioredis asked nothing, so that the first byte that comes answers a command of ours. */
  socket(redis: Redis): RedisSocket {
    if (redis.commandQueue.length > 0 || this.#tcp === null)
      throw new ConnectError('ioredis still waits for an answer; its socket can not be taken')
    return new NodeSocket(redis.stream, this.#tcp)
  }

  destroy(): void {
    this.#tcp?.destroy()
  }
}

function established(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new Error('the server closed the connection'))
    const onTimeout = (): void => reject(new Error('connect ETIMEDOUT'))
    socket.setTimeout(connectTimeoutMs, onTimeout)
    socket.once('error', reject)
    socket.once('close', onClose)
    socket.once(event, () => {
      socket.setTimeout(0)
      socket.off('timeout', onTimeout).off('error', reject).off('close', onClose)
      resolve()
    })
  })
}

/** True where Redis has no password to be given. AUTH is sent by us: ioredis prints its words under DEBUG=ioredis:*. */
async function logIn(link: RedisLink, { password }: Target, address: string): Promise<boolean> {
  if (password === null) return false
  const reply = await link.ask(['AUTH', password.reveal()])
  if (!(reply instanceof ReplyError)) return false
  const { text } = reply
  refuseProtectedMode(text, address)
  if (/without any password configured|no password is set/i.test(text)) return true
  if (isTransient(text)) throw new Error(text)
  throw new RedisLoginError(
    `Redis at ${address} refuses the password of ${keys.password} (${text}). Correct it and restart the task; it is taken for Redis's user default, and ` +
      "that of another user of its ACL does not do, users can't be named yet: give default that password and the rights of docs/security.md"
  )
}

async function greet(link: RedisLink, address: string): Promise<void> {
  const reply = await link.ask(['PING'])
  if (!(reply instanceof ReplyError)) return
  const { text } = reply
  refuseProtectedMode(text, address)
  if (/^NOAUTH/.test(text)) {
    throw new RedisLoginError(
      `Redis at ${address} asks for a password (${text}). Set ${keys.password} to the password of its user default, and restart the task`
    )
  }
  // A user without the right to PING was answered all the same.
  if (!/^NOPERM/.test(text)) throw new Error(text)
}

/** Redis's own answer is a page long, and begins with how to switch the protection off. */
function refuseProtectedMode(text: string, address: string): void {
  if (!text.startsWith('DENIED ') || !text.includes('protected mode')) return
  throw new RedisLoginError(
    `Redis at ${address} runs in protected mode and takes connections of its own host only (DENIED). Set a password in Redis (requirepass) and the same as ` +
      `${keys.password}, or let this worker run on Redis's host with ${keys.host}=127.0.0.1; then restart the task`
  )
}

/** Why no connection came about, on one line, with what is likely to help. */
function reasonOf(error: unknown, { host }: Target, secure: boolean): string {
  const text = messageOf(error).replace(/\s+/g, ' ').trim()
  if (secure && /ETIMEDOUT/.test(text)) return `${text} (${tlsHelp.noTls})`
  if (secure) return withTlsAdvice(text, tlsHelp) + hostAdvice(text, host, keys.host)
  // A TLS port answers what is not TLS with an alert, or by hanging up.
  if (/begins with byte 21,|closed the connection|ECONNRESET/.test(text))
    return `${text} (${keys.sslEnabled} is false: does Redis speak TLS on this port? Then write ${keys.sslEnabled}=true)`
  if (/begins with byte \d+,/.test(text)) return `${text} (is it Redis that listens on ${keys.port}?)`
  return text + hostAdvice(text, host, keys.host)
}

const tlsHelp: ConnectionKeys = {
  server: 'Redis',
  host: keys.host,
  truststore: tlsKeys.truststoreLocation,
  keystore: tlsKeys.keystoreLocation,
  identification: tlsKeys.endpoint,
  protocols: tlsKeys.protocols,
  noTls: `${keys.sslEnabled} is true: does Redis speak TLS on this port? Its TLS port is mostly another (tls-port in redis.conf): write it into ${keys.port}`
}

function isTransient(text: string): boolean {
  // "max number of clients reached" is the answer to whatever comes first.
  return !/^(WRONGPASS|ERR|NOPERM|NOAUTH)/.test(text) || /max number of clients/.test(text)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The established socket, `tcp` being itself or what TLS travels on. */
class NodeSocket implements RedisSocket {
  readonly #socket: Socket
  readonly #tcp: Socket
  #reason = 'the server closed the connection'

  constructor(socket: Socket, tcp: Socket) {
    this.#socket = socket
    this.#tcp = tcp
    // ioredis's own reader goes; no command travels through that object any more.
    socket.removeAllListeners('data')
  }

  listen(events: RedisEvents): void {
    const socket = this.#socket
    socket.on('data', (chunk: Uint8Array) => events.onData(chunk))
    socket.on('drain', () => events.onDrain())
    socket.on('error', (error: Error) => (this.#reason = error.message))
    socket.once('end', () => this.reset())
    socket.once('close', () => events.onClose(this.#reason))
    socket.resume()
  }

  write(pieces: readonly Uint8Array[]): boolean {
    const socket = this.#socket
    if (pieces.length === 1 && pieces[0] !== undefined) return socket.write(pieces[0])
    socket.cork()
    let open = true
    for (const piece of pieces) open = socket.write(piece)
    socket.uncork()
    return open
  }

  onSilence(silenceMs: number, callback: () => void): void {
    this.#socket.setTimeout(silenceMs, callback)
  }

  offSilence(): void {
    this.#socket.setTimeout(0)
    this.#socket.removeAllListeners('timeout')
  }

  reset(): void {
    // A plain close leaves the kernel to deliver what was written, for many minutes where the line is down.
    if (!this.#tcp.destroyed) this.#tcp.resetAndDestroy()
  }

  end(): void {
    this.#socket.destroy()
  }
}
