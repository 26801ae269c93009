// A connection to one broker that wants a login: the client library's, which knows SASL and logs in again when the broker asks for it.
// `import type`, since `import { type ... }` would still load the library, some 50 MB, whether or not a broker with a login is ever met.
import type { Connection, ConnectionOptions, Writer } from '@platformatic/kafka'
import { type Socket } from 'node:net'
import { type Logger } from '../connect/log.ts'
import { causeChain } from '../connect/errors.ts'
import { type BrokerLink, type LinkOptions, type LinkRequest } from './broker-link.ts'
import { foreignAnswer } from './foreign-answer.ts'
import { boundedScram } from './scram-bounds.ts'
import { type SecuritySettings } from './security.ts'

export interface LoginConnectionOptions extends LinkOptions {
  readonly security: SecuritySettings
  readonly log: Logger
  /** Asked at every login, for those that go by one. */
  readonly token: (() => Promise<string>) | null
}

// The library has one timeout per connection, but a join waits for minutes and a heartbeat must not: the wire times each request itself.
const libraryTimeoutMs = 2 ** 31 - 1

/** Rejects where the broker can't be reached or refuses the login. */
export async function openLoginConnection(options: LoginConnectionOptions): Promise<BrokerLink> {
  const { host, port, lookup, clientId, connectTimeoutMs, security, log, token, onClose } = options
  const library = await import('@platformatic/kafka')
  const settings: ConnectionOptions = {
    connectTimeout: connectTimeoutMs,
    requestTimeout: libraryTimeoutMs,
    maxInflights: 100
  }
  if (security.tls !== null) {
    // Without TLS the library has no place for it: there Node's own order of addresses holds.
    settings.tls = { ...security.tls, lookup }
    // SNI wants a name; for an address there is none.
    settings.tlsServerName = !/^[\d.]+$|:/.test(host)
  }
  if (security.sasl !== null) {
    const { oauth, ...sasl } = security.sasl
    const authenticate = boundedScram(sasl.mechanism, library.saslScramSha)
    if (authenticate !== null) settings.sasl = { ...sasl, authenticate }
    else settings.sasl = token === null ? sasl : { ...sasl, token, oauthBearerExtensions: { ...oauth?.extensions } }
  }
  const connection = new library.Connection(clientId, settings)
  // Without a listener an 'error' event would end the process; every request learns of it by its own callback.
  connection.on('error', error => log.debug(`${host}:${port}: ${causeChain(error)}`))
  connection.once('close', onClose)
  try {
    const connecting = connection.connect(host, port)
    const socket = connection.socket as Socket | undefined
    if (socket !== undefined) guard(socket)
    await connecting
  } catch (error) {
    connection.socket?.destroy()
    throw error
  }
  return new LoginConnection(connection, library.Writer)
}

/** The library reads answers in the socket's callback: what a damaged one makes it throw there would end the thread. */
function guard(socket: Socket): void {
  const guarded = new WeakSet<object>()
  let isHeard = false
  const wrap = (): void => {
    for (const listener of socket.listeners('data') as ((chunk: Buffer) => void)[]) {
      if (guarded.has(listener)) continue
      const careful = (chunk: Buffer): void => {
        const foreign = isHeard ? null : foreignAnswer(chunk)
        isHeard = true
        if (foreign !== null) {
          socket.destroy(new Error(foreign))
          return
        }
        try {
          listener(chunk)
        } catch (error) {
          socket.destroy(new Error(`an answer that can't be read: ${causeChain(error)}`, { cause: error }))
        }
      }
      guarded.add(careful)
      socket.removeListener('data', listener)
      socket.on('data', careful)
    }
  }
  // It listens only once it is connected; the event comes before the listener is in.
  socket.on('newListener', event => {
    if (event === 'data') process.nextTick(wrap)
  })
  wrap()
}

class LoginConnection implements BrokerLink {
  readonly #connection: Connection
  readonly #writer: typeof Writer
  /** Asked for its numbers when the library may have forgotten it. */
  readonly #socket: Socket

  constructor(connection: Connection, writer: typeof Writer) {
    this.#connection = connection
    this.#writer = writer
    this.#socket = connection.socket
  }

  send({ key, version, body, flexible, answerFlexible }: LinkRequest): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#connection.send(
        key,
        version,
        () => this.#writer.create().append(body),
        (_correlationId, _key, _version, reader) => reader.buffer.buffer,
        flexible,
        answerFlexible,
        (error, answer) => {
          if (error === null) resolve(answer as Buffer)
          else reject(error)
        }
      )
    })
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten
  }

  destroy(error?: Error): void {
    this.#connection.socket.destroy(error)
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }
}
