// The door to Redis: ioredis finds the server and speaks TLS; then its socket is ours: we log in, and only our bytes travel on it.
import { readFileSync } from 'node:fs'
import { type Socket } from 'node:net'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { Redis } from 'ioredis'
import { ConfigError, ConnectError } from '../connect/errors.ts'
import { type KeyStore } from '../java/key-store/parts.ts'
import { loadKeyStore } from '../java/key-store.ts'
import { keys, tls as tlsKeys } from './config.ts'
import { type SinkSettings, type StoreSettings, type TlsSettings } from './settings.ts'
import { roomFor, writeWords } from './writer/command-text.ts'
import { type Reply, ReplyError, ReplyReader } from './writer/reply-reader.ts'

/** A connection that is logged in and idle. Whoever holds it must take exactly one reply per command. */
export interface RedisLink {
  /** False: the kernel has enough for now; `onDrain` follows. */
  write(pieces: readonly Uint8Array[]): boolean
  listen(events: RedisEvents): void
  /** Cuts it; `onClose` follows. What was not answered may or may not have been executed. */
  destroy(): void
}

export interface RedisEvents {
  onData(chunk: Uint8Array): void
  onDrain(): void
  /** Once, after which nothing comes. */
  onClose(reason: string): void
}

export interface OpenedRedis {
  readonly link: RedisLink
  /** Redis asks for no password, and one was given. */
  readonly passwordIdle: boolean
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

type Target = Pick<SinkSettings, 'host' | 'port' | 'password' | 'tls'>

/** The door to the Redis of a configuration. Reads the stores of its TLS settings at once: what is wrong with them is no outage. */
export function redisDoor(target: Target): RedisDoor {
  const { host, port } = target
  const address = `${host}:${port}`
  const secure = target.tls === null ? null : tlsOptions(target.tls)
  return { address, open: () => open(target, address, secure) }
}

async function open(target: Target, address: string, secure: ConnectionOptions | null): Promise<OpenedRedis> {
  const redis = new Redis({
    host: target.host,
    port: target.port,
    lazyConnect: true,
    protocol: 2,
    enableOfflineQueue: false,
    // INFO may be forbidden, and LOADING is told apart by us.
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: connectTimeoutMs,
    retryStrategy: () => null,
    ...(secure === null ? {} : { tls: secure })
  })
  let failure: Error | null = null
  // Without a listener ioredis would print it.
  redis.on('error', (error: Error) => (failure ??= error))
  try {
    await redis.connect()
  } catch (error) {
    redis.disconnect()
    // `connect` rejects with "Connection is closed."; the event says why.
    throw new Error(reasonOf(failure ?? error, secure !== null), { cause: failure ?? error })
  }
  const link = new SocketLink(redis)
  try {
    const passwordIdle = await logIn(link, target, address)
    await greet(link, address)
    return { link, passwordIdle }
  } catch (error) {
    link.destroy()
    throw error instanceof ConnectError ? error : new Error(reasonOf(error, secure !== null), { cause: error })
  }
}

/** True where Redis has no password to be given. AUTH is sent by us: ioredis prints its words under DEBUG=ioredis:*. */
async function logIn(link: SocketLink, { password }: Target, address: string): Promise<boolean> {
  if (password === null) return false
  const reply = await link.ask(['AUTH', password.reveal()])
  if (!(reply instanceof ReplyError)) return false
  const { text } = reply
  if (/without any password configured|no password is set/i.test(text)) return true
  if (isTransient(text)) throw new Error(text)
  throw new RedisLoginError(
    `Redis at ${address} refuses the password of ${keys.password} (${text}). Correct it and restart the task.`
  )
}

async function greet(link: SocketLink, address: string): Promise<void> {
  const reply = await link.ask(['PING'])
  if (!(reply instanceof ReplyError)) return
  const { text } = reply
  if (/^NOAUTH/.test(text)) {
    throw new RedisLoginError(`Redis at ${address} asks for a password (${text}). Set ${keys.password}.`)
  }
  // A user without the right to PING was answered all the same.
  if (!/^NOPERM/.test(text)) throw new Error(text)
}

/** Why no connection came about, on one line, and for TLS what is likely to help. */
function reasonOf(error: unknown, secure: boolean): string {
  const text = messageOf(error).replace(/\s+/g, ' ').trim()
  if (!secure) return text
  if (/certificate required|handshake failure/.test(text))
    return `${text} (Redis asks for a client's certificate: set ${tlsKeys.keystoreLocation})`
  if (/self.signed|unable to (get|verify)/.test(text))
    return `${text} (Redis's certificate is not trusted: set ${tlsKeys.truststoreLocation})`
  if (/ETIMEDOUT|wrong version number/.test(text))
    return `${text} (${keys.sslEnabled} is true: does Redis speak TLS on this port?)`
  return text
}

function isTransient(text: string): boolean {
  // "max number of clients reached" is the answer to whatever comes first.
  return !/^(WRONGPASS|ERR|NOPERM|NOAUTH)/.test(text) || /max number of clients/.test(text)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * The socket that ioredis opened. It asked nothing, so that the first byte that comes answers a command of ours; its data listeners go, and no
 * command travels through that object any more.
 */
class SocketLink implements RedisLink {
  readonly #socket: Socket
  #events: RedisEvents | null = null
  #reason = 'the server closed the connection'

  constructor(redis: Redis) {
    const socket: Socket = redis.stream
    if (redis.commandQueue.length > 0)
      throw new ConnectError('ioredis still waits for an answer; its socket can not be taken')
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Uint8Array) => this.#events?.onData(chunk))
    socket.on('drain', () => this.#events?.onDrain())
    socket.on('error', (error: Error) => (this.#reason = error.message))
    socket.once('close', () => this.#events?.onClose(this.#reason))
    this.#socket = socket
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

  listen(events: RedisEvents): void {
    this.#events = events
    if (this.#socket.destroyed) events.onClose(this.#reason)
    else this.#socket.resume()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** One command and its answer, before the link is handed out. */
  async ask(words: readonly string[]): Promise<Reply> {
    const socket = this.#socket
    const reader = new ReplyReader()
    const bytes = Buffer.allocUnsafe(roomFor(words))
    try {
      return await new Promise<Reply>((resolve, reject) => {
        // A server may accept connections and say nothing.
        socket.setTimeout(connectTimeoutMs, () =>
          reject(new Error(`no answer to ${words[0]} in ${connectTimeoutMs} ms`))
        )
        this.listen({
          onData: chunk => {
            try {
              reader.push(chunk, resolve)
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)))
            }
          },
          onDrain: () => undefined,
          onClose: reason => reject(new Error(reason))
        })
        this.write([bytes.subarray(0, writeWords(bytes, 0, words))])
      })
    } finally {
      this.#events = null
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
    }
  }
}

function tlsOptions(settings: TlsSettings): ConnectionOptions {
  const trust = settings.truststore === null ? null : readStore(settings.truststore, 'Truststore', null)
  const keyPassword = settings.keyPassword?.reveal() ?? null
  const own = settings.keystore === null ? null : readStore(settings.keystore, 'Keystore', keyPassword)
  if (own !== null && own.key === null) {
    const { keystoreLocation: key } = tlsKeys
    throw new ConfigError(
      key,
      `${key}=${settings.keystore?.location ?? ''} holds no private key. Name the key store, not the trust store.`
    )
  }
  const options: ConnectionOptions = {}
  if (settings.trustedPem !== null) options.ca = settings.trustedPem
  else if (trust !== null) options.ca = [...trust.certificates]
  if (settings.keyPem !== null && settings.chainPem !== null) {
    Object.assign(options, {
      key: settings.keyPem.reveal(),
      cert: settings.chainPem,
      passphrase: keyPassword ?? undefined
    })
  } else if (own !== null && own.key !== null) {
    Object.assign(options, { key: own.key, cert: own.chain.join('\n') })
  }
  if (!settings.verifyHost) options.checkServerIdentity = () => undefined
  const versions = settings.protocols.filter(name => /^TLSv1(\.[123])?$/.test(name)).toSorted()
  if (versions.length > 0) {
    Object.assign(options, { minVersion: versions[0], maxVersion: versions.at(-1) })
  }
  if (settings.cipherSuites.length > 0) options.ciphers = settings.cipherSuites.join(':')
  checkTls(options)
  return options
}

/** What OpenSSL can't read is wrong in the configuration; met at the first connection it would look like an outage. */
function checkTls(options: ConnectionOptions): void {
  const parts: readonly (readonly [key: string, options: ConnectionOptions])[] = [
    [tlsKeys.truststoreCertificates, { ca: options.ca }],
    [tlsKeys.keystoreKey, { key: options.key, cert: options.cert, passphrase: options.passphrase }],
    [tlsKeys.cipherSuites, { ciphers: options.ciphers }]
  ]
  for (const [key, part] of parts) {
    try {
      createSecureContext(part)
    } catch (cause) {
      throw new ConfigError(key, `${key} can't be used: ${messageOf(cause)}`, { cause })
    }
  }
}

/** The old sink's words where the file is missing; the reason otherwise. */
function readStore(store: StoreSettings, what: 'Keystore' | 'Truststore', keyPassword: string | null): KeyStore {
  const key = what === 'Keystore' ? tlsKeys.keystoreLocation : tlsKeys.truststoreLocation
  const { location, type } = store
  if (location === null) throw new ConfigError(key, `${key} is missing`)
  let bytes: Buffer
  try {
    bytes = readFileSync(location)
  } catch (cause) {
    throw new ConfigError(key, `${what} not found in: [${location}] (${key}): ${messageOf(cause)}`, { cause })
  }
  try {
    const password = store.password?.reveal() ?? null
    return loadKeyStore(bytes, type, password, keyPassword ?? password)
  } catch (cause) {
    throw new ConfigError(key, `${key}=${location} can't be used: ${messageOf(cause)}`, { cause })
  }
}
