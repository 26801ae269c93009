// What a connection to Redis is to whoever uses it, and how single commands are asked on it, whatever socket carries the bytes.
import { ConnectError } from '../connect/errors.ts'
import { roomFor, writeWords } from './writer/command-text.ts'
import { type Reply, ReplyFormatError, ReplyReader } from './writer/reply-reader.ts'

/** A connection that is logged in and idle. Whoever holds it must take exactly one reply per command. */
export interface RedisLink {
  /** One command and its answer, one at a time and before `listen`. Rejects where the connection breaks or nothing is answered in 10 s: it is of no use then. */
  ask(words: readonly string[]): Promise<Reply>
  /** False: the kernel has enough for now; `onDrain` follows. */
  write(pieces: readonly Uint8Array[]): boolean
  listen(events: RedisEvents): void
  /**
   * Gives it up; `onClose` follows. What was not answered may or may not have been executed. The TCP connection is reset, so that nothing more of it
   * leaves this machine; what a network or a proxy holds of it may still arrive.
   */
  destroy(): void
  /** Closes it in good order; for a connection on which everything was answered. */
  end(): void
}

export interface RedisEvents {
  onData(chunk: Uint8Array): void
  onDrain(): void
  /** Once, after which nothing comes. */
  onClose(reason: string): void
}

/** What carries the bytes of a link. */
export interface RedisSocket {
  /** Once, at the beginning. The socket closes itself where the other side does. */
  listen(events: RedisEvents): void
  /** As that of RedisLink; so are `reset`, its `destroy`, and `end`. */
  write(pieces: readonly Uint8Array[]): boolean
  reset(): void
  end(): void
  /** Calls back where nothing comes or goes for so long, until `offSilence`. */
  onSilence(silenceMs: number, callback: () => void): void
  offSilence(): void
}

const answerTimeoutMs = 10_000

export class SocketLink implements RedisLink {
  readonly #socket: RedisSocket
  readonly #reader = new ReplyReader()
  #asked: { resolve(reply: Reply): void; reject(error: Error): void } | null = null
  #events: RedisEvents | null = null
  /** Why we closed it, or it was closed. */
  #reason = ''
  #closed = false

  /** Nothing was asked on `socket`, so that the first byte that comes answers a command of ours. */
  constructor(socket: RedisSocket) {
    this.#socket = socket
    socket.listen({
      onData: chunk => this.#onData(chunk),
      onDrain: () => this.#events?.onDrain(),
      onClose: reason => this.#onClosed(reason)
    })
  }

  write(pieces: readonly Uint8Array[]): boolean {
    return this.#socket.write(pieces)
  }

  listen(events: RedisEvents): void {
    this.#events = events
    if (this.#closed) events.onClose(this.#reason)
  }

  destroy(): void {
    this.#socket.reset()
  }

  end(): void {
    this.#socket.end()
  }

  async ask(words: readonly string[]): Promise<Reply> {
    const socket = this.#socket
    if (this.#closed) throw new Error(this.#reason)
    if (this.#asked !== null || this.#events !== null) throw new ConnectError(`${words[0]} was asked out of turn`)
    const bytes = Buffer.allocUnsafe(roomFor(words))
    try {
      return await new Promise<Reply>((resolve, reject) => {
        this.#asked = { resolve, reject }
        // A server may accept connections and say nothing.
        socket.onSilence(answerTimeoutMs, () => reject(new Error(`no answer to ${words[0]} in ${answerTimeoutMs} ms`)))
        socket.write([bytes.subarray(0, writeWords(bytes, 0, words))])
      })
    } finally {
      this.#asked = null
      socket.offSilence()
    }
  }

  #onData(chunk: Uint8Array): void {
    if (this.#events !== null) return this.#events.onData(chunk)
    try {
      this.#reader.push(chunk, reply => {
        const asked = this.#asked
        // Taken for the answer to what is asked next, it would move all answers by one.
        if (asked === null) throw new ReplyFormatError('Redis sent a reply that nothing was asked for')
        this.#asked = null
        asked.resolve(reply)
      })
    } catch (error) {
      this.#reason = error instanceof Error ? error.message : String(error)
      this.destroy()
    }
  }

  #onClosed(reason: string): void {
    this.#closed = true
    if (this.#reason === '') this.#reason = reason
    this.#asked?.reject(new Error(this.#reason))
    this.#events?.onClose(this.#reason)
  }
}
