// Connections to the stand-in as the sink's door opens them: a socket of the simulated network behind production's own login and asking.
import { type OpenSocket } from '../../../src/redis/client.ts'
import { type RedisEvents, type RedisSocket } from '../../../src/redis/link.ts'
import { type Timer } from '../../../src/util/clock.ts'
import { type Network, type SimSocket } from '../engine/network.ts'
import { type SimProcess } from '../engine/scheduler.ts'

const connectTimeoutMs = 10_000
/** As much as the kernels of both ends hold of what the other end has not taken. More waits in the process, and is gone with the connection. */
const kernelBytesMax = 64 * 1024

/** For `redisDoor`: opens sockets of `process`. */
export function simSockets(network: Network, process: SimProcess): OpenSocket {
  return async ({ host, port }) => {
    const socket = await network.connect(process, `${host}:${port}`, connectTimeoutMs)
    return new SimRedisSocket(socket, process)
  }
}

class SimRedisSocket implements RedisSocket {
  readonly #socket: SimSocket
  readonly #process: SimProcess
  /** What the kernel had no room for. */
  #waiting: Uint8Array[] = []
  #silence: { readonly ms: number; readonly callback: () => void; timer: Timer } | null = null

  constructor(socket: SimSocket, process: SimProcess) {
    this.#socket = socket
    this.#process = process
  }

  listen(events: RedisEvents): void {
    this.#socket.listen({
      onData: bytes => {
        this.#heard()
        events.onData(bytes)
      },
      onTaken: () => {
        if (this.#waiting.length === 0) return
        this.#pump()
        if (this.#waiting.length === 0) events.onDrain()
      },
      onClose: reason => {
        this.#waiting = []
        this.offSilence()
        events.onClose(reason)
      }
    })
  }

  write(pieces: readonly Uint8Array[]): boolean {
    if (this.#socket.closed) return true
    this.#heard()
    // One piece, as a socket does that is corked meanwhile.
    const [only] = pieces
    const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
    const isFree = this.#waiting.length === 0
    const room = isFree ? Math.max(0, kernelBytesMax - this.#unread) : 0
    if (bytes.length <= room) this.#socket.send(bytes)
    else {
      if (room > 0) this.#socket.send(bytes.subarray(0, room))
      // A copy: whoever wrote them may use the buffer again.
      this.#waiting.push(Uint8Array.prototype.slice.call(bytes, room))
    }
    return this.#waiting.length === 0
  }

  reset(): void {
    this.#waiting = []
    this.#socket.destroy()
  }

  end(): void {
    this.#waiting = []
    this.#socket.end()
  }

  onSilence(silenceMs: number, callback: () => void): void {
    this.offSilence()
    this.#silence = { ms: silenceMs, callback, timer: this.#process.clock.setTimer(silenceMs, callback) }
  }

  offSilence(): void {
    this.#silence?.timer.clear()
    this.#silence = null
  }

  get #unread(): number {
    return this.#socket.bytesWritten - this.#socket.bytesTaken
  }

  #pump(): void {
    while (this.#waiting.length > 0) {
      const room = kernelBytesMax - this.#unread
      const [bytes] = this.#waiting
      if (bytes === undefined || room <= 0) return
      if (bytes.length <= room) this.#waiting.shift()
      else this.#waiting[0] = bytes.subarray(room)
      this.#socket.send(bytes.length <= room ? bytes : bytes.subarray(0, room))
    }
  }

  /** Something came or went. */
  #heard(): void {
    const silence = this.#silence
    if (silence !== null) this.onSilence(silence.ms, silence.callback)
  }
}
