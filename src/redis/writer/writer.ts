// Writes commands to Redis so that nothing is lost and order holds per key, whatever happens to the connection.
//
// The idea. Commands are gathered into flights (see flight.ts). Flights travel one behind the other without waiting for answers; Redis answers in
// order, so the oldest unanswered flight is always the one the next reply belongs to. As long as every answer is a plain yes there is nothing to
// remember but how many replies are missing, and the commits of a partition are held back by the first offset of the oldest flight that has it.
//
// When an answer is no, or the connection is gone, the writer stops sending and mends: it waits for what is still answered, lets the sources of
// all flights plan their records once more, and knows then of every command (a slot) whether Redis has executed it. From there on it works slot by
// slot (recovery.ts): per key, everything from the first command that did not succeed on is sent again in record order; refusals go to the error
// policy; outages are waited out. When no slot is left, flights travel again.
//
// Streams and channels. XADD and PUBLISH sent twice stand there twice, and sent late stand in the wrong place: a command behind a refused one must
// not be executed at all. So a flight that carries any goes out as MULTI ... EXEC and alone, with nothing else under way: a command refused while
// it is queued aborts all, and one refused while it is executed (WRONGTYPE) is followed by others on the same key that are refused alike. Where
// Redis takes no transactions (a proxy), such commands travel one by one.
//
// Backpressure. What is unanswered is bounded in bytes: `full` asks the task to wait. While Redis is away or a retry waits, `away` tells the task not
// to wait here, so that its consumer goes on polling.
import { ConfigError, ConnectError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Metric, type Offsets, type OffsetToCommit } from '../../connect/plugin.ts'
import { type SinkRecord, type TopicPartition, topicPartitionKey } from '../../connect/record.ts'
import { type Clock, type Timer } from '../../util/clock.ts'
import { RedisLoginError, type RedisDoor, type RedisLink } from '../client.ts'
import { keys } from '../config.ts'
import { type Command } from '../encode.ts'
import { Coalescer } from './coalescer.ts'
import { bufferBytesKept, Flight, flightBytes } from './flight.ts'
import { type Outage, wantsReconnect } from './outage.ts'
import { PlannedSource } from './planned-source.ts'
import { type RetryBudget } from './policy.ts'
import { Recovery } from './recovery.ts'
import { type RefusalJudge } from './refusal-judge.ts'
import { ReplyReader, ReplyFormatError } from './reply-reader.ts'
import { type Slot } from './resend.ts'

/** Bytes on their way and not answered; enough to keep Redis busy, little enough to be sent again. */
const airBytesMax = 1024 * 1024
/** Bytes encoded and not answered, those on their way included. */
const pendingBytesMax = 2 * 1024 * 1024
/** A Redis that says nothing for so long is taken for gone. */
const silenceMsMax = 10_000
const buffersKept = 24

/** The sink's own numbers. */
export interface WriterMetrics {
  readonly commands: Metric
  readonly wires: Metric
  readonly bytes: Metric
  readonly flights: Metric
  readonly latencyMs: Metric
  readonly resent: Metric
  readonly reconnects: Metric
}

export interface WriterOptions {
  readonly door: RedisDoor
  readonly coalesce: boolean
  readonly outage: Outage
  readonly retries: RetryBudget
  readonly judge: RefusalJudge
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: WriterMetrics
  /** The text of a statement, for messages. */
  readonly statementText: (index: number) => string
  readonly onFailed: (error: Error) => void
}

export class Writer {
  readonly #options: WriterOptions
  readonly #coalescer: Coalescer | null
  readonly #buffers: Buffer[] = []
  readonly #abort = new AbortController()
  #link: RedisLink | null = null
  #open: Flight | null = null
  #planned: PlannedSource | null = null
  #queue: Flight[] = []
  #air: Flight[] = []
  #answered: Flight[] = []
  #queueBytes = 0
  #airBytes = 0
  #recovery: Recovery | null = null
  #mending = false
  #sleeping = false
  #solo = false
  #passwordWarned = false
  #failure: Error | null = null
  #waiters: (() => void)[] = []
  #silence: Timer | null = null
  #heardAt = 0
  /** Why the last connection went, until that is noted. */
  #lostReason: string | null = null

  constructor(options: WriterOptions) {
    this.#options = options
    this.#coalescer = options.coalesce ? new Coalescer() : null
  }

  /** Connects in the background; Redis may be away. */
  start(): void {
    this.#mend()
  }

  /** Ends everything at once; what is unanswered stays so. */
  close(): void {
    this.#abort.abort()
    this.#silence?.clear()
    this.#link?.destroy()
    this.#link = null
    this.#wakeAll()
  }

  /** Why the writer can't go on, once it can't. */
  get failure(): Error | null {
    return this.#failure
  }

  /** More is encoded and unanswered than should be. */
  get full(): boolean {
    return this.#queueBytes + this.#airBytes + (this.#recovery?.bytes ?? 0) >= pendingBytesMax
  }

  /** Nothing will be answered soon: Redis is away, or a retry waits for its time. */
  get away(): boolean {
    return this.#sleeping || (this.#link === null && this.#mending)
  }

  get idle(): boolean {
    return (
      this.#open === null &&
      this.#queue.length === 0 &&
      this.#air.length === 0 &&
      !this.#mending &&
      this.#recovery === null
    )
  }

  /** Redis takes no transactions: commands of streams travel one by one. */
  get solo(): boolean {
    return this.#solo
  }

  /** Resolves at the next change of state: an answer, an outage, its end, a failure. */
  change(): Promise<void> {
    return new Promise(resolve => this.#waiters.push(resolve))
  }

  // --- filling ---

  /** Takes over a record's commands. Never waits; ask `full` before. */
  take(record: SinkRecord, commands: readonly Command[]): void {
    const { topic, partition, offset } = record.original
    let from = 0
    for (let index = 0; index < commands.length; index++) {
      const command = commands[index]
      if (command === undefined) continue
      if (this.flight().append(command, true, this.#solo)) continue
      // It does not fit behind the others: they go first.
      if (index > from) this.#source().add(record, commands.slice(from, index))
      from = index
      this.push()
      this.flight().append(command, true, this.#solo)
    }
    if (commands.length === 0) return
    this.flight().cover(topicPartitionKey(topic, partition), offset)
    this.#source().add(record, from === 0 ? commands : commands.slice(from))
    if (this.flight().full) this.push()
  }

  /** The flight to be filled now. */
  flight(): Flight {
    this.#open ??= new Flight(this.#buffers.pop() ?? Buffer.allocUnsafe(2 * flightBytes), this.#coalescer)
    return this.#open
  }

  /** The next record begins a source of its own: others put theirs between. */
  endSource(): void {
    this.#planned = null
  }

  #source(): PlannedSource {
    if (this.#planned === null) {
      this.#planned = new PlannedSource()
      this.flight().addSource(this.#planned)
    }
    return this.#planned
  }

  /** What was taken so far is on its way from now on. */
  push(): void {
    const flight = this.#open
    if (flight === null || flight.parts === 0) return
    this.#open = null
    this.#planned = null
    flight.closeRun()
    this.#queue.push(flight)
    this.#queueBytes += flight.size
    this.#pump()
  }

  // --- offsets ---

  /** Of the positions given, what may be committed: they themselves, or the first unsettled offset before them. */
  committable(offsets: Offsets): Offsets {
    const result = new Map<string, OffsetToCommit>()
    for (const [name, position] of offsets) {
      const first = this.#firstUnsettled(topicPartitionKey(position.topic, position.partition))
      result.set(name, first >= position.offset ? position : { ...position, offset: first })
    }
    return result
  }

  #firstUnsettled(partition: string): number {
    let first = this.#recovery?.firstUnsettled(partition) ?? Infinity
    for (const flight of this.#pending()) first = Math.min(first, flight.covered.get(partition) ?? Infinity)
    return first
  }

  /** Flights that are not sent yet. */
  #waiting(): readonly Flight[] {
    return this.#open === null ? this.#queue : [...this.#queue, this.#open]
  }

  /** All flights that are not settled, the oldest first. */
  #pending(): readonly Flight[] {
    return [...this.#answered, ...this.#air, ...this.#waiting()]
  }

  /** These partitions were given up: none of their commands is started any more, and what is under way is cut off. */
  forget(partitions: readonly TopicPartition[]): void {
    const gone = new Set(partitions.map(({ topic, partition }) => topicPartitionKey(topic, partition)))
    const isTouched = (flight: Flight): boolean => [...flight.covered.keys()].some(key => gone.has(key))
    this.#recovery?.forget(gone)
    // While mending, what is on its way belongs to the recovery already.
    const flights = this.#mending ? this.#waiting() : this.#pending()
    if (!flights.some(isTouched)) return
    if (!this.#mending && this.#air.length > 0) {
      this.#link?.destroy()
      this.#link = null
    }
    this.#takeApart(flights)
    this.#recovery?.forget(gone)
    this.#mend()
  }

  // --- sending and answers ---

  #pump(): void {
    const link = this.#link
    if (link === null || this.#mending) return
    while (this.#queue.length > 0 && this.#airBytes < airBytesMax) {
      const [next] = this.#queue
      if (next === undefined) return
      if (this.#air.length > 0 && (next.alone || this.#air.at(-1)?.alone === true)) return
      this.#queue.shift()
      this.#queueBytes -= next.size
      this.#send(link, next)
    }
  }

  #send(link: RedisLink, flight: Flight): void {
    const { metrics, clock } = this.#options
    flight.sentAt = clock.monotonic()
    if (this.#air.length === 0) this.#heardAt = flight.sentAt
    this.#air.push(flight)
    this.#airBytes += flight.size
    link.write(flight.wire())
    metrics.flights.add(1)
    metrics.commands.add(flight.parts)
    metrics.wires.add(flight.wires)
    metrics.bytes.add(flight.size)
    this.#watchSilence()
  }

  #onData(link: RedisLink, reader: ReplyReader, chunk: Uint8Array): void {
    if (link !== this.#link) return
    this.#heardAt = this.#options.clock.monotonic()
    try {
      reader.push(chunk, reply => {
        const [flight] = this.#air
        if (flight === undefined) throw new ReplyFormatError('Redis sent a reply that nothing was asked for')
        flight.take(reply)
        if (flight.answered) this.#onAnswered(flight)
      })
    } catch (error) {
      if (!(error instanceof ReplyFormatError)) throw error
      // What its answers say can't be trusted any more: all of its flight is unanswered.
      this.#onClosed(link, error.message)
      link.destroy()
      return
    }
    this.#pump()
    this.#wakeAll()
  }

  #onAnswered(flight: Flight): void {
    const { metrics, clock } = this.#options
    this.#air.shift()
    this.#airBytes -= flight.size
    metrics.latencyMs.set(clock.monotonic() - flight.sentAt)
    if (flight.multiRefused) this.#solo = true
    if (this.#mending) {
      this.#answered.push(flight)
      return
    }
    if (!flight.clean) {
      this.#answered.push(flight)
      this.#mend()
      return
    }
    this.#recycle(flight)
  }

  #recycle(flight: Flight): void {
    if (this.#buffers.length < buffersKept && flight.buffer.length <= bufferBytesKept) this.#buffers.push(flight.buffer)
  }

  #onClosed(link: RedisLink, reason: string): void {
    if (link !== this.#link) return
    this.#link = null
    if (!this.#abort.signal.aborted) {
      this.#options.metrics.reconnects.add(1)
      this.#lostReason = reason
      this.#mend()
    }
    this.#wakeAll()
  }

  /** A half-open connection gives no sign: silence while answers are due is one. */
  #watchSilence(): void {
    if (this.#silence !== null || this.#air.length === 0) return
    const { clock } = this.#options
    const left = this.#heardAt + silenceMsMax - clock.monotonic()
    this.#silence = clock.setTimer(left, () => {
      this.#silence = null
      const link = this.#link
      if (link === null || this.#air.length === 0) return
      if (clock.monotonic() - this.#heardAt >= silenceMsMax) {
        this.#onClosed(link, `it did not answer for ${silenceMsMax} ms`)
        link.destroy()
      } else this.#watchSilence()
    })
  }

  // --- mending ---

  #mend(): void {
    if (this.#mending || this.#abort.signal.aborted) return
    this.#mending = true
    void this.#runMending().catch((error: unknown) => {
      if (this.#abort.signal.aborted) return
      this.#failure = error instanceof Error ? error : new ConnectError(String(error))
      this.#options.onFailed(this.#failure)
      this.#wakeAll()
    })
  }

  async #runMending(): Promise<void> {
    const { signal } = this.#abort
    // Answers may still come for what is on its way: they tell what was executed.
    while (this.#link !== null && this.#air.length > 0 && !signal.aborted) await this.change()
    this.#takeApart(this.#pending())
    for (;;) {
      await this.#connected()
      if (signal.aborted) return
      const recovery = this.#recovery
      if (recovery === null) break
      await this.#round(recovery)
      if (recovery.done) {
        this.#recovery = null
        this.#options.retries.restore()
      }
      this.#wakeAll()
    }
    this.#mending = false
    this.#pump()
    this.#wakeAll()
  }

  /** Turns flights into slots: what went wrong in one of them may concern keys of those behind it. Those not sent yet are taken along. */
  #takeApart(flights: readonly Flight[]): void {
    if (!this.#mending || flights.some(flight => this.#answered.includes(flight) || this.#air.includes(flight))) {
      this.#answered = []
      this.#air = []
      this.#airBytes = 0
    }
    this.#queue = []
    this.#open = null
    this.#planned = null
    this.#queueBytes = 0
    for (const flight of flights) {
      if (flight.parts === 0) continue
      this.#recovery ??= new Recovery()
      this.#recovery.add(flight)
      this.#recycle(flight)
    }
  }

  async #connected(): Promise<void> {
    const { door, outage, log } = this.#options
    const lost = this.#lostReason
    this.#lostReason = null
    // An idle connection that a server closes is no outage yet: it is opened again without a word.
    if (lost !== null && this.#pendingWork) await this.#rest(lost)
    while (this.#link === null && !this.#abort.signal.aborted) {
      try {
        const { link, passwordIdle } = await door.open()
        if (this.#abort.signal.aborted) {
          link.destroy()
          return
        }
        if (passwordIdle && !this.#passwordWarned) {
          this.#passwordWarned = true
          log.warn(`Redis at ${door.address} asks for no password: that of ${keys.password} is not used`)
        }
        this.#attach(link)
        // PING was answered; whether commands are taken too shows when some are sent.
        if (this.#recovery === null) outage.over()
      } catch (error) {
        if (error instanceof RedisLoginError || error instanceof ConfigError) throw error
        await this.#rest(error instanceof Error ? error.message : String(error))
      }
    }
  }

  #attach(link: RedisLink): void {
    this.#link = link
    this.#heardAt = this.#options.clock.monotonic()
    const reader = new ReplyReader()
    link.listen({
      onData: chunk => this.#onData(link, reader, chunk),
      onDrain: () => this.#wakeAll(),
      onClose: reason => this.#onClosed(link, reason)
    })
  }

  get #pendingWork(): boolean {
    return this.#recovery !== null || this.#queue.length > 0 || this.#open !== null
  }

  /** Notes the outage and waits a little. */
  async #rest(reason: string): Promise<void> {
    const { outage } = this.#options
    outage.note(reason, this.#pendingWork)
    await this.#sleep(outage.delayMs())
  }

  async #sleep(delayMs: number): Promise<void> {
    this.#sleeping = true
    this.#wakeAll()
    await this.#options.clock.sleep(delayMs, this.#abort.signal)
    this.#sleeping = false
  }

  /** One round: what is known is judged, what is left is sent again and its answers awaited. */
  async #round(recovery: Recovery): Promise<void> {
    const { judge, retries, statementText, outage, metrics } = this.#options
    const { refusals, outageReply } = recovery.assess(statementText)
    if (outageReply !== null) {
      if (wantsReconnect(outageReply)) {
        this.#link?.destroy()
        this.#link = null
      }
      await this.#rest(outageReply.text)
      if (this.#link === null) return
    } else if (recovery.heard) {
      outage.over()
    }
    if (refusals.length > 0) {
      if (judge.judge(refusals) === 'again') await this.#sleep(retries.intervalMs)
      else recovery.drop(refusals)
    }
    const slots = recovery.again()
    metrics.resent.add(slots.length)
    await this.#resend(slots, recovery)
  }

  /** Sends slots as flights of single commands, in order, and reads back what became of each. */
  async #resend(slots: readonly Slot[], recovery: Recovery): Promise<void> {
    let next = 0
    const sent: { flight: Flight; from: number }[] = []
    while (next < slots.length && this.#link !== null && !this.#abort.signal.aborted) {
      const flight = new Flight(this.#buffers.pop() ?? Buffer.allocUnsafe(2 * flightBytes), null)
      const from = next
      for (let slot = slots[next]; slot !== undefined && !flight.full; slot = slots[next]) {
        if (!flight.append(slot.command, false, this.#solo)) break
        next++
      }
      const wait = (): boolean => this.#airBytes >= airBytesMax || flight.alone || this.#air.at(-1)?.alone === true
      while (this.#link !== null && this.#air.length > 0 && wait() && !this.#abort.signal.aborted) await this.change()
      const link = this.#link
      if (link === null) break
      sent.push({ flight, from })
      this.#send(link, flight)
    }
    while (this.#link !== null && this.#air.length > 0 && !this.#abort.signal.aborted) await this.change()
    for (const { flight, from } of sent) {
      recovery.learn(slots, from, flight.outcomes())
      this.#recycle(flight)
    }
    this.#answered = []
    this.#air = []
    this.#airBytes = 0
  }

  #wakeAll(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }
}
