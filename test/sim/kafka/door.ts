// The clients' door: their requests go as frames over the simulated network instead of a socket.
import { type BrokerLink, type LinkOptions, type LinkRequest, type OpenLink } from '../../../src/kafka/broker-link.ts'
import { frameBuffers } from '../../../src/kafka/frame-buffers.ts'
import { type Network, type SimSocket } from '../engine/network.ts'
import { type SimProcess } from '../engine/scheduler.ts'
import { Frames } from './wire/frames.ts'
import { Reader } from './wire/reader.ts'

/** Opens links for the clients of one process. */
export function simOpenLink(network: Network, process: SimProcess): OpenLink {
  return async options => {
    const socket = await network.connect(process, `${options.host}:${options.port}`, options.connectTimeoutMs)
    return new SimLink(socket, options)
  }
}

/** Answers that hold records are larger than that, and few others. */
const lentBytesMin = 400

interface Waiting {
  readonly flexible: boolean
  resolve(body: Buffer): void
  reject(error: Error): void
}

class SimLink implements BrokerLink {
  readonly #socket: SimSocket
  readonly #clientId: Buffer
  readonly #waiting = new Map<number, Waiting>()
  readonly #frames = new Frames()
  readonly #closed: Promise<void>
  #correlationId = 0
  #failure: Error | null = null

  constructor(socket: SimSocket, { clientId, onClose }: LinkOptions) {
    this.#socket = socket
    this.#clientId = Buffer.from(clientId)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#closed = promise
    socket.listen({
      onData: bytes => {
        for (const frame of this.#frames.add(bytes)) this.#onFrame(frame)
      },
      onClose: reason => {
        const error = (this.#failure ??= new Error(reason))
        for (const waiting of this.#waiting.values()) waiting.reject(error)
        this.#waiting.clear()
        onClose()
        resolve(undefined)
      }
    })
  }

  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten
  }

  send({ key, version, body, flexible, answerFlexible }: LinkRequest): Promise<Buffer> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const correlationId = ++this.#correlationId
    const headBytes = 14 + this.#clientId.length + (flexible ? 1 : 0)
    const frame = Buffer.alloc(headBytes + body.length)
    frame.writeInt32BE(frame.length - 4, 0)
    frame.writeInt16BE(key, 4)
    frame.writeInt16BE(version, 6)
    frame.writeInt32BE(correlationId, 8)
    frame.writeInt16BE(this.#clientId.length, 12)
    frame.set(this.#clientId, 14)
    frame.set(body, headBytes)
    return new Promise((resolve, reject) => {
      this.#waiting.set(correlationId, { flexible: answerFlexible, resolve, reject })
      this.#socket.send(frame)
    })
  }

  destroy(error?: Error): void {
    if (error !== undefined) this.#failure ??= error
    this.#socket.destroy()
  }

  close(): Promise<void> {
    this.#socket.destroy()
    return this.#closed
  }

  #onFrame(frame: Buffer): void {
    const reader = new Reader(frame, true)
    const correlationId = reader.int32()
    const waiting = this.#waiting.get(correlationId)
    if (waiting === undefined) return this.destroy(new Error(`an answer ${correlationId}, which nothing waits for`))
    if (waiting.flexible) reader.tags()
    this.#waiting.delete(correlationId)
    const body = frame.subarray(reader.at)
    // Lent as the sockets' own frames are: whoever reads on after letting go reads what was scribbled over it. Others are never let go.
    if (body.length < lentBytesMin) return waiting.resolve(body)
    const lent = frameBuffers.take(body.length)
    lent.set(body)
    waiting.resolve(lent)
  }
}
