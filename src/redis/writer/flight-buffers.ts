// The buffers that flights are encoded into, used again once a flight is settled.
import { bufferBytesKept, flightBytes } from './flight.ts'

const buffersKept = 24

export class FlightBuffers {
  readonly #free: Buffer[] = []

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafe(2 * flightBytes)
  }

  /** Nothing is written for now: their memory is of use elsewhere. */
  clear(): void {
    this.#free.length = 0
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < buffersKept && buffer.length <= bufferBytesKept) this.#free.push(buffer)
  }
}
