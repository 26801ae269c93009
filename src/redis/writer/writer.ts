// Writes commands to Redis so that nothing is lost and order holds per key, whatever happens to the connection.
//
// The idea. Commands are gathered into flights (see flight.ts). Flights travel one behind the other without waiting for answers; Redis answers in
// order, so the oldest unanswered flight is always the one the next reply belongs to. As long as every answer is a plain yes there is nothing to
// remember but how many replies are missing, and the commits of a partition are held back by the first offset of the oldest flight that has it.
//
// When an answer is no, or the connection is gone, the writer stops sending and mends: it waits for what is still answered, lets the sources of
// all flights plan their records once more, and knows then of every command (a slot) whether Redis has executed it. From there on it works slot by
// slot (recovery.ts): per key, everything from the first command that did not succeed on is sent again in record order; refusals go to the error
// policy, and where that may end the task, everything before the first refused record is settled first; outages are waited out. When no slot is
// left, flights travel again.
//
// Streams and channels. XADD and PUBLISH sent twice stand there twice, and sent late stand in the wrong place: a command behind a refused one must
// not be executed at all. So a flight that carries any goes out as MULTI ... EXEC and alone, with nothing else under way: a command refused while
// it is queued aborts all, and one refused while it is executed (WRONGTYPE) is followed by others on the same key that are refused alike. Where
// Redis takes no transactions (a proxy), such commands travel one by one; an empty transaction asks for that before the first of them.
//
// Backpressure. What is unanswered is bounded in bytes: `full` asks the task to wait. While Redis is away or a retry waits, `away` tells the task not
// to wait here, so that its consumer goes on polling.
import { ConfigError, ConnectError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Metric, type Offsets, type OffsetToCommit } from '../../connect/plugin.ts'
import { type SinkRecord, type TopicPartition, topicPartitionKey } from '../../connect/record.ts'
import { type Clock } from '../../util/clock.ts'
import { RedisLoginError, type RedisDoor, type RedisLink } from '../client.ts'
import { keys } from '../config.ts'
import { type Command } from '../encode.ts'
import { Air, type AirMetrics } from './air.ts'
import { Coalescer } from './coalescer.ts'
import { bufferBytesKept, Flight, flightBytes } from './flight.ts'
import { backoffMs, type Outage, wantsReconnect } from './outage.ts'
import { PlannedSource } from './planned-source.ts'
import { type RetryBudget } from './policy.ts'
import { Recovery } from './recovery.ts'
import { type RefusalJudge } from './refusal-judge.ts'
import { isStreamCommand, type Slot } from './resend.ts'

/** Bytes on their way and not answered; enough to keep Redis busy, little enough to be sent again. */
const airBytesMax = 1024 * 1024
/** The weight of what is encoded and not answered, that on its way included. */
const pendingBytesMax = 2 * 1024 * 1024
/** A connection that breaks sooner than this, with nothing to do, is not opened again in a hot loop. */
const shortLifeMs = 1000
const buffersKept = 24

/** The sink's own numbers. */
export interface WriterMetrics extends AirMetrics {
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
  readonly #air: Air
  #open: Flight | null = null
  #planned: PlannedSource | null = null
  #queue: Flight[] = []
  #queueBytes = 0
  /** While mending: what was answered, for better or worse, and is still to be taken apart. */
  #answered: Flight[] = []
  #recovery: Recovery | null = null
  #mending = false
  /** What is under way are slots of the recovery. */
  #resending = false
  #sleeping = false
  /** This connection was asked whether it takes transactions, and whether it does not. */
  #probed = false
  #solo = false
  #passwordWarned = false
  #failure: Error | null = null
  #waiters: (() => void)[] = []
  /** Why the last connection went, until that is noted. */
  #lostReason: string | null = null
  #shortLives = 0

  constructor(options: WriterOptions) {
    this.#options = options
    this.#coalescer = options.coalesce ? new Coalescer() : null
    this.#air = new Air(options.clock, options.metrics, {
      onAnswered: flight => this.#onAnswered(flight),
      onLost: reason => this.#onLost(reason),
      onChange: () => {
        this.#pump()
        this.#wakeAll()
      }
    })
  }

  /** Connects in the background; Redis may be away. */
  start(): void {
    this.#mend()
  }

  /** Ends everything at once; what is unanswered stays so, and whoever waits is told. */
  close(): void {
    this.#abort.abort()
    this.#failure ??= new ConnectError('The task was stopped while it waited for Redis')
    this.#air.close()
    this.#wakeAll()
  }

  /** Why the writer can't go on, once it can't. */
  get failure(): Error | null {
    return this.#failure
  }

  /** More is encoded and unanswered than should be. */
  get full(): boolean {
    return this.#queueBytes + this.#air.bytes + (this.#recovery?.bytes ?? 0) >= pendingBytesMax
  }

  /** Nothing will be answered soon: Redis is away, or a retry waits for its time. */
  get away(): boolean {
    return this.#sleeping || (!this.#air.up && this.#mending)
  }

  get idle(): boolean {
    return !this.#pendingWork && this.#air.flights.length === 0 && !this.#mending
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
    this.flight().hold(record.original.rawValue?.length ?? 0)
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
    this.#queueBytes += flight.weight
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
    return [...this.#answered, ...this.#air.flights, ...this.#waiting()]
  }

  /** These partitions were given up: none of their commands is started any more, and what is under way is cut off. */
  forget(partitions: readonly TopicPartition[]): void {
    const gone = new Set(partitions.map(({ topic, partition }) => topicPartitionKey(topic, partition)))
    const isTouched = (flight: Flight): boolean => [...flight.covered.keys()].some(key => gone.has(key))
    const isMended = this.#recovery?.forget(gone) === true
    if (this.#resending && isMended) this.#air.cut()
    const flights = this.#resending ? this.#waiting() : this.#pending()
    if (flights.some(isTouched)) {
      if (!this.#resending && this.#air.flights.length > 0) this.#air.cut()
      this.#takeApart(flights)
      this.#recovery?.forget(gone)
      this.#mend()
    }
    this.#wakeAll()
  }

  // --- sending and answers ---

  #pump(): void {
    if (!this.#air.up || this.#mending) return
    while (this.#queue.length > 0 && this.#air.bytes < airBytesMax) {
      const [next] = this.#queue
      if (next === undefined || this.#air.blocks(next)) return
      if (next.alone && !this.#probed) {
        this.#sendProbe()
        return
      }
      // It counts on a transaction, and there are none: taken apart, it is sent command by command.
      if (next.inTransaction && this.#solo) {
        this.#mend()
        return
      }
      this.#queue.shift()
      this.#queueBytes -= next.weight
      this.#air.send(next)
    }
  }

  #sendProbe(): void {
    this.#probed = true
    this.#air.send(Flight.probe())
  }

  #onAnswered(flight: Flight): void {
    if (flight.multiRefused) this.#solo = true
    if (flight.parts === 0) return
    if (this.#mending) {
      if (!this.#resending) this.#answered.push(flight)
      return
    }
    if (flight.clean) {
      this.#recycle(flight)
      return
    }
    this.#answered.push(flight)
    this.#mend()
  }

  #recycle(flight: Flight): void {
    for (const source of flight.sources) source.release()
    if (this.#buffers.length < buffersKept && flight.buffer.length <= bufferBytesKept) this.#buffers.push(flight.buffer)
  }

  #onLost(reason: string): void {
    if (!this.#abort.signal.aborted) {
      this.#options.metrics.reconnects.add(1)
      this.#lostReason = reason
      this.#mend()
    }
    this.#wakeAll()
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
    if (this.#air.flights.length > 0) await this.#answers()
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

  /** Waits until nothing is under way, or nothing of it will be answered any more. */
  async #answers(): Promise<void> {
    while (this.#air.up && this.#air.flights.length > 0 && !this.#abort.signal.aborted) await this.change()
  }

  /** Turns flights into slots: what went wrong in one of them may concern keys of those behind it. Those not sent yet are taken along. */
  #takeApart(flights: readonly Flight[]): void {
    if (!this.#resending) {
      this.#answered = []
      this.#air.land()
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
    const { door, log } = this.#options
    const lost = this.#lostReason
    this.#lostReason = null
    if (lost !== null) await this.#afterLoss(lost)
    while (!this.#air.up && !this.#abort.signal.aborted) {
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
      } catch (error) {
        if (error instanceof RedisLoginError || error instanceof ConfigError) throw error
        await this.#rest(error instanceof Error ? error.message : String(error))
      }
    }
  }

  /** An idle connection that a server closes is no outage yet: it is opened again without a word. */
  async #afterLoss(reason: string): Promise<void> {
    const wasShort = this.#air.ageMs < shortLifeMs
    this.#shortLives = wasShort ? this.#shortLives + 1 : 0
    if (this.#pendingWork) await this.#rest(reason)
    else if (wasShort) await this.#sleep(backoffMs(this.#shortLives))
  }

  #attach(link: RedisLink): void {
    const { outage, retries } = this.#options
    this.#probed = false
    this.#solo = false
    this.#air.attach(link)
    // PING was answered; whether commands are taken too shows when some are sent.
    if (this.#recovery !== null) return
    outage.over()
    retries.restore()
  }

  /** Something is taken and not settled, apart from what is under way. */
  get #pendingWork(): boolean {
    return this.#recovery !== null || this.#queue.length > 0 || (this.#open !== null && this.#open.parts > 0)
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
    const { judge, retries, statementText, outage } = this.#options
    const { refusals, outageReply } = recovery.assess(statementText)
    if (outageReply !== null) {
      if (wantsReconnect(outageReply)) this.#air.cut()
      await this.#rest(outageReply.text)
      if (!this.#air.up) return
    } else if (recovery.heard) {
      outage.over()
    }
    const [first] = refusals
    if (first !== undefined) {
      // Where its refusal may end the task, everything before it is settled first.
      const before = judge.drops ? [] : recovery.before(first)
      if (before.length > 0) return this.#resend(before, recovery)
      if (judge.judge(refusals) === 'again') await this.#sleep(retries.intervalMs)
      else recovery.drop(refusals)
    }
    await this.#resend(recovery.again(), recovery)
  }

  /** Sends slots as flights of single commands, in order, and reads back what became of each. */
  async #resend(slots: readonly Slot[], recovery: Recovery): Promise<void> {
    const sent: { flight: Flight; carried: readonly Slot[] }[] = []
    this.#resending = true
    if (!this.#probed && slots.some(isStreamCommand) && this.#air.up) {
      this.#sendProbe()
      await this.#answers()
    }
    for (let next = 0; next < slots.length;) {
      const { flight, carried, end } = this.#load(slots, next)
      next = end
      if (carried.length === 0) break
      while (this.#canSend() && (this.#air.bytes >= airBytesMax || this.#air.blocks(flight))) await this.change()
      if (!this.#canSend()) break
      // A stream takes nothing behind an entry that was refused, and nothing else may change what it found.
      const isAlone = flight.alone || sent.at(-1)?.flight.alone === true
      if (isAlone && sent.some(each => !each.flight.clean)) break
      sent.push({ flight, carried })
      this.#options.metrics.resent.add(carried.length)
      this.#air.send(flight)
    }
    await this.#answers()
    for (const { flight, carried } of sent) {
      recovery.learn(carried, flight.outcomes())
      this.#recycle(flight)
    }
    recovery.settle()
    this.#air.land()
    this.#resending = false
  }

  #canSend(): boolean {
    return this.#air.up && !this.#abort.signal.aborted
  }

  /** A flight of the slots from `from` on that are not given up. */
  #load(slots: readonly Slot[], from: number): { flight: Flight; carried: readonly Slot[]; end: number } {
    const flight = new Flight(this.#buffers.pop() ?? Buffer.allocUnsafe(2 * flightBytes), null)
    const carried: Slot[] = []
    let end = from
    for (; end < slots.length && !flight.full; end++) {
      const slot = slots[end]
      if (slot === undefined || slot.receipt.dropped) continue
      if (!flight.append(slot.command, false, this.#solo)) break
      carried.push(slot)
    }
    return { flight, carried, end }
  }

  #wakeAll(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }
}
