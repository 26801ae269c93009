// A connection to one broker without login: requests out, frames in, matched by correlation id. With a login the client library's is used instead.
//
// The idea. A fetch answer is megabytes, and all of it is kept: so it is read by the kernel straight into a buffer of its own (frame-buffers.ts). Small
// answers are read together into one reused buffer and cut out of it: the same for all connections of a thread, since the kernel's bytes are
// handed over in the turn in which they are read (with TLS, in which they are decrypted). A thousand quiet members have three thousand connections.
import { connect as connectPlain, type NetConnectOpts, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { causeChain } from '../connect/errors.ts'
import { foreignAnswer } from './foreign-answer.ts'
import { frameBuffers } from './frame-buffers.ts'
import { type BrokerLink, type LinkOptions, type LinkRequest } from './broker-link.ts'

export interface FrameConnectionOptions extends LinkOptions {
  readonly tls: ConnectionOptions | null
}

interface Waiting {
  readonly flexible: boolean
  resolve(body: Buffer): void
  reject(error: Error): void
}

const shared = Buffer.allocUnsafeSlow(64 * 1024)
const copiedBytesMax = 1024
/** No answer of ours is larger: fetches are bounded far below. */
const frameBytesMax = 2 ** 30
/** How an alert of TLS begins, read as a length: more than 350 MB, which no answer of ours has. */
const tlsAlert = 0x1503

export class FrameConnection implements BrokerLink {
  readonly #clientId: Buffer
  readonly #waiting = new Map<number, Waiting>()
  readonly #socket: Socket
  /** The head of a frame whose length is not known yet. */
  #head: Buffer = Buffer.alloc(0)
  #frame: Buffer | null = null
  #filled = 0
  #correlationId = 0
  /** It has sent something that may be an answer. */
  #heard = false
  #failure: Error | null = null

  private constructor(clientId: string, open: (onread: NetConnectOpts['onread']) => Socket) {
    // Of its own: out of the common pool it would keep eight kilobytes of others' short-lived bytes.
    this.#clientId = Buffer.allocUnsafeSlow(Buffer.byteLength(clientId))
    this.#clientId.write(clientId)
    this.#socket = open({
      // Where a large frame is under way, the kernel writes into it and not beyond it.
      buffer: () => this.#frame?.subarray(this.#filled) ?? shared,
      callback: bytesRead => this.#onRead(bytesRead)
    })
  }

  /** Rejects where the broker can't be reached or its certificate is not trusted. */
  static open(options: FrameConnectionOptions): Promise<FrameConnection> {
    const { host, port, lookup, tls, connectTimeoutMs, onClose } = options
    return new Promise((resolve, reject) => {
      const connection = new FrameConnection(options.clientId, onread =>
        // SNI wants a name; for an address there is none.
        tls === null
          ? connectPlain({ host, port, lookup, noDelay: true, onread })
          : connectTls({
              ...tls,
              host,
              port,
              lookup,
              ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
              onread
            } as ConnectionOptions)
      )
      const socket = connection.#socket
      socket.setNoDelay(true)
      socket.setTimeout(connectTimeoutMs, () =>
        socket.destroy(new Error(`no connection within ${connectTimeoutMs} ms`))
      )
      socket.on('error', error => (connection.#failure ??= error))
      socket.once(tls === null ? 'connect' : 'secureConnect', () => {
        socket.setTimeout(0)
        resolve(connection)
      })
      socket.once('close', () => {
        const error = connection.#failure ?? new Error('the broker closed the connection')
        connection.#failure = error
        reject(error)
        for (const waiting of connection.#waiting.values()) waiting.reject(error)
        connection.#waiting.clear()
        onClose()
      })
    })
  }

  send({ key, version, body, flexible, answerFlexible }: LinkRequest): Promise<Buffer> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const correlationId = (this.#correlationId = (this.#correlationId + 1) & 0x7fffffff)
    const clientId = this.#clientId
    const headerLength = 14 + clientId.length + (flexible ? 1 : 0)
    // One piece for what is small: a heartbeat costs mostly its write.
    const isSmall = body.length <= copiedBytesMax
    const header = Buffer.allocUnsafe(headerLength + (isSmall ? body.length : 0))
    header.writeInt32BE(headerLength - 4 + body.length, 0)
    header.writeInt16BE(key, 4)
    header.writeInt16BE(version, 6)
    header.writeInt32BE(correlationId, 8)
    header.writeInt16BE(clientId.length, 12)
    clientId.copy(header, 14)
    if (flexible) header[headerLength - 1] = 0
    if (isSmall) body.copy(header, headerLength)
    return new Promise((resolve, reject) => {
      this.#waiting.set(correlationId, { flexible: answerFlexible, resolve, reject })
      if (isSmall) {
        this.#socket.write(header)
        return
      }
      this.#socket.cork()
      this.#socket.write(header)
      this.#socket.write(body)
      this.#socket.uncork()
    })
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error)
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      if (this.#socket.closed) resolve()
      else this.#socket.once('close', () => resolve()).destroy()
    })
  }

  /** Nothing may be thrown into the socket's callback, where it would end the thread: damage ends this connection, and with it all that waits. */
  #onRead(bytesRead: number): boolean {
    try {
      this.#take(bytesRead)
    } catch (error) {
      this.destroy(new Error(`an answer that can't be read: ${causeChain(error)}`, { cause: error }))
    }
    return true
  }

  #take(bytesRead: number): void {
    const frame = this.#frame
    if (frame === null) return this.#cut(shared.subarray(0, bytesRead))
    this.#filled += bytesRead
    if (this.#filled < frame.length) return
    this.#frame = null
    this.#onFrame(frame)
  }

  /** Cuts whole frames out of what the shared buffer holds; a begun one goes on in a buffer of its own. */
  #cut(read: Buffer): void {
    let bytes = read
    if (this.#head.length > 0) {
      bytes = Buffer.concat([this.#head, read])
      this.#head = Buffer.alloc(0)
    }
    let at = 0
    while (bytes.length - at >= 4 && !this.#socket.destroyed) {
      const length = bytes.readInt32BE(at)
      const foreign = this.#heard ? null : foreignAnswer(bytes)
      if (foreign !== null) {
        this.destroy(new Error(foreign))
        return
      }
      this.#heard = true
      if (length >>> 16 === tlsAlert) {
        this.destroy(new Error('it answers in TLS'))
        return
      }
      if (length < 4 || length > frameBytesMax) {
        this.destroy(new Error(`an answer that declares ${length} bytes`))
        return
      }
      at += 4
      const frame = frameBuffers.take(length)
      const had = bytes.copy(frame, 0, at, at + length)
      if (had < length) {
        this.#frame = frame
        this.#filled = had
        return
      }
      at += length
      this.#onFrame(frame)
    }
    // The shared buffer is written again: what is kept of it is copied.
    if (at < bytes.length) this.#head = Buffer.from(bytes.subarray(at))
  }

  #onFrame(frame: Buffer): void {
    const correlationId = frame.readInt32BE(0)
    const waiting = this.#waiting.get(correlationId)
    if (waiting === undefined) {
      this.destroy(new Error(`an answer with correlation id ${correlationId}, which nothing waits for`))
      return
    }
    const bodyAt = waiting.flexible ? afterTags(frame, 4) : 4
    this.#waiting.delete(correlationId)
    waiting.resolve(frame.subarray(bodyAt))
  }
}

/** The end of the tagged fields at `at`; none is known, so all are passed over. */
function afterTags(frame: Buffer, at: number): number {
  let end = at
  const uvarint = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = frame.readUInt8(end++)
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    return value
  }
  for (let tags = uvarint(); tags > 0; tags--) {
    uvarint()
    end += uvarint()
  }
  if (end > frame.length) throw new Error(`tagged fields of ${end - at} bytes where ${frame.length - at} are left`)
  return end
}
