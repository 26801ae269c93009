// Sends slots of a recovery as flights of single commands, in order, and reads back what became of each.
import { type Metric } from '../../connect/plugin.ts'
import { type Air } from './air.ts'
import { Flight } from './flight.ts'
import { type FlightBuffers } from './flight-buffers.ts'
import { type Recovery } from './recovery.ts'
import { isStreamCommand, type Slot } from './resend.ts'

export interface ResenderOptions {
  readonly air: Air
  readonly buffers: FlightBuffers
  readonly resent: Metric
  /** Whether the air takes more; waits for it where it may later. False: nothing can be sent any more. */
  readonly room: (flight: Flight) => Promise<boolean>
  /** Waits until nothing is under way, or nothing of it will be answered any more. */
  readonly answers: () => Promise<void>
}

interface Sent {
  readonly flight: Flight
  readonly carried: readonly Slot[]
}

export class Resender {
  readonly #options: ResenderOptions
  #sending = false

  constructor(options: ResenderOptions) {
    this.#options = options
  }

  /** What is under way are slots. */
  get sending(): boolean {
    return this.#sending
  }

  async send(slots: readonly Slot[], recovery: Recovery): Promise<void> {
    const { air, buffers, answers } = this.#options
    this.#sending = true
    if (slots.some(isStreamCommand) && air.up && air.probe()) await answers()
    const sent = await this.#sendAll(slots)
    await answers()
    for (const { flight, carried } of sent) {
      recovery.learn(carried, flight.outcomes())
      buffers.giveBack(flight.buffer)
    }
    recovery.settle()
    air.land()
    this.#sending = false
  }

  async #sendAll(slots: readonly Slot[]): Promise<readonly Sent[]> {
    const { air, resent, room } = this.#options
    const sent: Sent[] = []
    for (let next = 0; next < slots.length;) {
      const { flight, carried, end } = this.#load(slots, next)
      next = end
      if (carried.length === 0 || !(await room(flight))) break
      // A stream takes nothing behind an entry that was refused, and nothing else may change what it found.
      const isAlone = flight.alone || sent.at(-1)?.flight.alone === true
      if (isAlone && sent.some(each => !each.flight.clean)) break
      sent.push({ flight, carried })
      resent.add(carried.length)
      air.send(flight)
    }
    return sent
  }

  /** A flight of the slots from `from` on that are not given up. */
  #load(slots: readonly Slot[], from: number): Sent & { readonly end: number } {
    const flight = new Flight(this.#options.buffers.take(), null)
    const carried: Slot[] = []
    let end = from
    for (; end < slots.length && !flight.full; end++) {
      const slot = slots[end]
      if (slot === undefined || slot.receipt.dropped) continue
      if (!flight.append(slot.command, false, this.#options.air.solo)) break
      carried.push(slot)
    }
    return { flight, carried, end }
  }
}
