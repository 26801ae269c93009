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
  readonly sleep: (delayMs: number) => Promise<void>
}

/** Where foreign writers touch the keys that a flight asked about, the next ones are smaller, down to one command: what they asked must hold for less long. */
const contestedPartsMax = 1024
const halvingsMax = 10
const restMsMax = 200

interface Sent {
  readonly flight: Flight
  readonly carried: readonly Slot[]
}

export class Resender {
  readonly #options: ResenderOptions
  #sending = false
  /** How often flights were halved because foreign writers were faster. */
  #halvings = 0
  /** How often in a row nothing passed for that reason. */
  #stuck = 0

  constructor(options: ResenderOptions) {
    this.#options = options
  }

  /** What is under way are slots. */
  get sending(): boolean {
    return this.#sending
  }

  async send(slots: readonly Slot[], recovery: Recovery): Promise<void> {
    const { air, buffers, answers, sleep } = this.#options
    if (this.#stuck > 0) await sleep(Math.min(2 ** this.#stuck, restMsMax))
    this.#sending = true
    if (slots.some(isStreamCommand) && air.up && air.probe()) await answers()
    const sent = await this.#sendAll(slots)
    await answers()
    for (const { flight, carried } of sent) {
      recovery.learn(carried, flight.outcomes())
      buffers.giveBack(flight.buffer)
    }
    this.#noteContest(sent)
    recovery.settle()
    air.land()
    this.#sending = false
  }

  #noteContest(sent: readonly Sent[]): void {
    if (!sent.some(({ flight }) => flight.contested)) {
      this.#stuck = 0
      this.#halvings = Math.max(0, this.#halvings - 1)
    } else if (sent.some(({ flight }) => flight.clean)) {
      this.#stuck = 0
    } else {
      this.#stuck++
      this.#halvings = Math.min(this.#halvings + 1, halvingsMax)
    }
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
    const { solo, expiry } = this.#options.air
    const partsMax = this.#halvings === 0 ? Infinity : contestedPartsMax >> this.#halvings
    let end = from
    for (; end < slots.length && !flight.full && flight.parts < partsMax; end++) {
      const slot = slots[end]
      if (slot === undefined || slot.receipt.dropped) continue
      if (!flight.append(slot.command, false, solo, expiry)) break
      carried.push(slot)
    }
    return { flight, carried, end }
  }
}
