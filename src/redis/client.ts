// The door to Redis: ioredis finds the server, speaks TLS and logs in; then its socket is ours, and only our bytes travel on it.
import { readFileSync } from 'node:fs'
import { type ConnectionOptions } from 'node:tls'
import { Redis } from 'ioredis'
import { ConfigError, ConnectError } from '../connect/errors.ts'
import { type KeyStore } from '../java/key-store/parts.ts'
import { loadKeyStore } from '../java/key-store.ts'
import { keys, tls as tlsKeys } from './config.ts'
import { type SinkSettings, type StoreSettings, type TlsSettings } from './settings.ts'

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
    // AUTH and PING of a server that accepts connections and says nothing.
    commandTimeout: connectTimeoutMs,
    retryStrategy: () => null,
    ...(secure === null ? {} : { tls: secure })
  })
  let failure: Error | null = null
  // Without a listener ioredis would print it.
  redis.on('error', (error: Error) => (failure ??= error))
  try {
    await redis.connect()
    const passwordIdle = await logIn(redis, target, address)
    await greet(redis, address)
    return { link: takeOver(redis), passwordIdle }
  } catch (error) {
    redis.disconnect()
    if (error instanceof ConnectError) throw error
    // `connect` rejects with "Connection is closed."; the event says why.
    throw new Error(reasonOf(failure ?? error, secure !== null), { cause: failure ?? error })
  }
}

/** True where Redis has no password to be given. AUTH is sent by us: ioredis would print to the console in that case. */
async function logIn(redis: Redis, { password }: Target, address: string): Promise<boolean> {
  if (password === null) return false
  try {
    await redis.call('AUTH', password.reveal())
    return false
  } catch (error) {
    const text = messageOf(error)
    if (/without any password configured|no password is set/i.test(text)) return true
    if (isTransient(text)) throw error
    throw new RedisLoginError(
      `Redis at ${address} refuses the password of ${keys.password} (${text}). Correct it and restart the task.`
    )
  }
}

async function greet(redis: Redis, address: string): Promise<void> {
  try {
    await redis.ping()
  } catch (error) {
    const text = messageOf(error)
    if (/^NOAUTH/.test(text)) {
      throw new RedisLoginError(`Redis at ${address} asks for a password (${text}). Set ${keys.password}.`)
    }
    // A user without the right to PING was answered all the same.
    if (!/^NOPERM/.test(text)) throw error
  }
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

// The last PING is answered and nothing else was asked, so that the next byte that comes answers a command of ours.
// ioredis must not read it: its data listeners go, and no command travels through that object any more.
function takeOver(redis: Redis): RedisLink {
  const socket = redis.stream
  if (redis.commandQueue.length > 0)
    throw new ConnectError('ioredis still waits for an answer; its socket can not be taken')
  socket.removeAllListeners('data')
  return {
    write(pieces) {
      if (pieces.length === 1 && pieces[0] !== undefined) return socket.write(pieces[0])
      socket.cork()
      let open = true
      for (const piece of pieces) open = socket.write(piece)
      socket.uncork()
      return open
    },
    listen(events) {
      let reason = 'the server closed the connection'
      socket.on('data', (chunk: Uint8Array) => events.onData(chunk))
      socket.on('drain', () => events.onDrain())
      socket.on('error', (error: Error) => (reason = error.message))
      socket.once('close', () => events.onClose(reason))
      if (socket.destroyed) events.onClose(reason)
      else socket.resume()
    },
    destroy: () => socket.destroy()
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
  return options
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
