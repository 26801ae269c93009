// The connection to Redis and the flights that travel on it: bytes out, answers in, and silence taken for what it is.
import { type Metric } from '../../connect/plugin.ts'
import { type Clock, type Timer } from '../../util/clock.ts'
import { type RedisLink } from '../link.ts'
import { type ExpiryWay } from './expiry-steps.ts'
import { type Guard } from './fence.ts'
import { Flight } from './flight.ts'
import { ReplyFormatError, ReplyReader } from './reply-reader.ts'
import { type Rights } from './rights.ts'

/** A Redis that says nothing for so long is taken for gone. */
export const silenceMsMax = 10_000
/** A slow line carries at least so much: what is on its way gets its time on top. */
const bytesPerMsMin = 1000

export interface AirMetrics {
  readonly commands: Metric
  readonly wires: Metric
  readonly bytes: Metric
  readonly flights: Metric
  readonly latencyMs: Metric
}

export interface AirEvents {
  /** The oldest flight has all its answers; it is under way no more. */
  onAnswered(flight: Flight): void
  /** The connection is gone, though nobody here cut it. What was under way still is, until it is landed. */
  onLost(reason: string): void
  /** The connection is given up, by whomever, with something unanswered; told before `onLost`. */
  onGivenUp(guard: Guard): void
  /** Some answers came, or the kernel takes more. */
  onChange(): void
}

export class Air {
  readonly #clock: Clock
  readonly #metrics: AirMetrics
  readonly #events: AirEvents
  readonly #silenceMs: number
  #link: RedisLink | null = null
  #guard: Guard | null = null
  #flights: Flight[] = []
  #bytes = 0
  #openedAt = 0
  #heardAt = 0
  #silence: Timer | null = null
  /** This connection was asked whether it takes transactions. */
  #probed = false
  #solo = false
  #expiry: ExpiryWay = 'script'

  constructor(clock: Clock, metrics: AirMetrics, events: AirEvents, silenceMs: number) {
    this.#clock = clock
    this.#metrics = metrics
    this.#events = events
    this.#silenceMs = silenceMs
  }

  /** A connection stands. */
  get up(): boolean {
    return this.#link !== null
  }

  /** Under way and not answered, the oldest first. */
  get flights(): readonly Flight[] {
    return this.#flights
  }

  /** The weight of the flights, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** How long the connection stands, or stood. */
  get ageMs(): number {
    return this.#clock.monotonic() - this.#openedAt
  }

  /** Redis takes no transactions: commands of streams travel one by one. */
  get solo(): boolean {
    return this.#solo
  }

  /** How sorted sets get their TTL on this connection. */
  get expiry(): ExpiryWay {
    return this.#solo && this.#expiry === 'watch' ? 'apart' : this.#expiry
  }

  /** Whether this connection takes what `flight` counts on: transactions, and its way to a TTL. */
  takes(flight: Flight): boolean {
    if (flight.inTransaction && this.#solo) return false
    return flight.expiryWay === null || flight.expiryWay === this.expiry
  }

  /** Whether `flight` has to wait for what is under way: streams travel alone, and behind a WATCH all do. */
  blocks(flight: Flight): boolean {
    if (this.#flights.length === 0) return false
    return this.#watch !== null || flight.alone || this.#flights.at(-1)?.alone === true
  }

  get #watch(): Uint8Array | null {
    return this.#guard?.watch ?? null
  }

  attach(link: RedisLink, guard: Guard, { transactions, expiry }: Rights): void {
    this.#link = link
    this.#guard = guard
    // Who fences by transactions has tried one.
    this.#probed = transactions !== null || guard.watch !== null
    this.#solo = transactions === false && guard.watch === null
    this.#expiry = expiry
    this.#openedAt = this.#clock.monotonic()
    this.#heardAt = this.#openedAt
    const reader = new ReplyReader()
    link.listen({
      onData: chunk => this.#onData(link, reader, chunk),
      onDrain: () => this.#events.onChange(),
      onClose: reason => this.#onClosed(link, reason)
    })
  }

  /** Asks whether Redis takes transactions, once for each connection; false where it was asked before. */
  probe(): boolean {
    if (this.#probed) return false
    this.#probed = true
    this.send(Flight.probe())
    return true
  }

  send(flight: Flight): void {
    flight.sentAt = this.#clock.monotonic()
    if (this.#flights.length === 0) this.#heardAt = flight.sentAt
    this.#flights.push(flight)
    this.#bytes += flight.weight
    if (this.#watch !== null) flight.fence(this.#watch)
    this.#link?.write(flight.wire())
    const { flights, commands, wires, bytes } = this.#metrics
    flights.add(1)
    commands.add(flight.parts)
    wires.add(flight.wires)
    bytes.add(flight.size)
    this.#watchSilence()
  }

  /** Cuts the connection; nothing of it is heard any more. */
  cut(): void {
    if (this.#link !== null) this.#giveUp(this.#link, false)
  }

  /** Takes what was under way off the list: no answer to it is expected any more. */
  land(): void {
    this.#flights = []
    this.#bytes = 0
  }

  close(): void {
    this.#silence?.clear()
    this.#silence = null
    this.cut()
  }

  #onData(link: RedisLink, reader: ReplyReader, chunk: Uint8Array): void {
    if (link !== this.#link) return
    this.#heardAt = this.#clock.monotonic()
    let watchRefusal: string | null = null
    try {
      reader.push(chunk, reply => {
        const [flight] = this.#flights
        if (flight === undefined) throw new ReplyFormatError('Redis sent a reply that nothing was asked for')
        const more = flight.take(reply)
        if (more !== null) link.write(more)
        if (!flight.answered) return
        this.#flights.shift()
        this.#bytes -= flight.weight
        this.#metrics.latencyMs.set(this.#clock.monotonic() - flight.sentAt)
        if (flight.multiRefused) this.#solo = true
        watchRefusal ??= flight.watchRefusal?.text ?? null
        this.#events.onAnswered(flight)
      })
    } catch (error) {
      if (!(error instanceof ReplyFormatError)) throw error
      this.#flights[0]?.distrust()
      this.#lose(link, error.message, true)
      return
    }
    // Nothing more may be sent here. The next connection finds another fence.
    if (watchRefusal !== null) this.#lose(link, watchRefusal)
    else this.#events.onChange()
  }

  #onClosed(link: RedisLink, reason: string): void {
    if (link === this.#link) this.#lose(link, reason)
  }

  /** `garbled`: its answers can't be trusted, those that seemed to be had before included. */
  #lose(link: RedisLink, reason: string, garbled = false): void {
    this.#giveUp(link, garbled)
    this.#events.onLost(reason)
  }

  #giveUp(link: RedisLink, garbled: boolean): void {
    const guard = this.#guard
    this.#link = null
    this.#guard = null
    if (this.#flights.length === 0 && !garbled) {
      link.end()
      return
    }
    link.destroy()
    if (guard !== null) this.#events.onGivenUp(guard)
  }

  /** A half-open connection gives no sign: silence while answers are due is one. */
  #watchSilence(): void {
    if (this.#silence !== null || this.#flights.length === 0) return
    const left = this.#heardAt + this.#silenceMs + this.#bytes / bytesPerMsMin - this.#clock.monotonic()
    this.#silence = this.#clock.setTimer(left, () => {
      this.#silence = null
      const link = this.#link
      if (link === null || this.#flights.length === 0) return
      const silentMs = this.#clock.monotonic() - this.#heardAt
      if (silentMs >= this.#silenceMs + this.#bytes / bytesPerMsMin) {
        this.#lose(link, `it did not answer for ${Math.round(silentMs)} ms`)
      } else this.#watchSilence()
    })
  }
}
