// One Redis server: its connection, the flights on their way to it, and how they are mended when something goes wrong.
//
// The idea. Flights travel one behind the other without waiting for answers; Redis answers in order, so the oldest unanswered flight is always the one
// the next reply belongs to. As long as every answer is a plain yes there is nothing to remember but how many replies are missing.
//
// When an answer is no, or the connection is gone, the lane stops sending and mends: it waits for what is still answered, lets the sources of all
// flights plan their records once more, and knows then of every command (a slot) whether Redis has executed it. From there on it works slot by slot
// (recovery.ts): per key, everything from the first command that did not succeed on is sent again in record order; refusals go to the error policy,
// and where that may end the task, everything before the first refused record is settled first; outages are waited out. When no slot is left, flights
// travel again.
//
// Streams and channels. XADD and PUBLISH sent twice stand there twice, and sent late stand in the wrong place: a command behind a refused one must
// not be executed at all. So a flight that carries any goes out as MULTI ... EXEC and alone, with nothing else under way: a command refused while
// it is queued aborts all, and one refused while it is executed (WRONGTYPE) is followed by others on the same key that are refused alike. Where
// Redis takes no transactions (a proxy), such commands travel one by one; the login asks for that (rights.ts).
//
// Sorted sets with a TTL, where Redis takes no script, travel alone too: what they ask must still hold when they are written (expiry-steps.ts).
import { ConnectError } from '../../connect/errors.ts'
import { type Logger } from '../../connect/log.ts'
import { type Metric, type Ownership } from '../../connect/plugin.ts'
import { type Clock } from '../../util/clock.ts'
import { type RedisDoor } from '../client.ts'
import { Air, type AirMetrics, silenceMsMax } from './air.ts'
import { type ExpiryWay } from './expiry-steps.ts'
import { Fence, type Guard } from './fence.ts'
import { type Flight } from './flight.ts'
import { type FlightBuffers } from './flight-buffers.ts'
import { type Outage } from './outage.ts'
import { type RetryBudget } from './policy.ts'
import { Reconnect } from './reconnect.ts'
import { Recovery } from './recovery.ts'
import { type Refusal, type RefusalJudge } from './refusal-judge.ts'
import { Resender } from './resender.ts'
import { wantsReconnect } from './verdict.ts'
import { type Watermark } from './watermark.ts'

/** Bytes on their way and not answered; enough to keep Redis busy, little enough to be sent again. */
const airBytesMax = 1024 * 1024
/** Who stops or gives partitions up waits so long for proof that nothing of its own is still written; a task has 5 s to stop. */
const fenceMsMax = 3000
/** The group was asked and is not sure yet. */
const askAgainMs = 100

/** The lane's own numbers. */
export interface LaneMetrics extends AirMetrics {
  readonly resent: Metric
  readonly reconnects: Metric
}

export interface LaneOptions {
  readonly door: RedisDoor
  readonly outage: Outage
  readonly retries: RetryBudget
  readonly judge: RefusalJudge
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: LaneMetrics
  /** Whether what is to be sent is still ours; null where it can't be lost. */
  readonly ownership: Ownership | null
  /** The key by which connections are fenced off where Redis lets none be killed: of this task alone, and no data of anybody's. */
  readonly fenceKey: string
  /** Silence of so many milliseconds while answers are due is taken for a lost connection; absent: 10 s. */
  readonly silenceMs?: number
  /** The text of a statement, for messages. */
  readonly statementText: (index: number) => string
  readonly onFailed: (error: Error) => void
}

/** What a lane shares with whoever fills flights for it. */
export interface LaneNeighbours {
  readonly watermark: Watermark
  readonly buffers: FlightBuffers
  /** The flight that is being filled, if one is. */
  readonly open: () => Flight | null
  /** What is being mended takes it along: it is filled no more. */
  readonly takeOpen: () => void
}

export class Lane {
  readonly #options: LaneOptions
  readonly #near: LaneNeighbours
  readonly #abort = new AbortController()
  readonly #fence: Fence
  readonly #air: Air
  readonly #reconnect: Reconnect
  readonly #resender: Resender
  #queue: Flight[] = []
  #queueBytes = 0
  /** While mending: what was answered, for better or worse, and is still to be taken apart. */
  #answered: Flight[] = []
  #recovery: Recovery | null = null
  #mending = false
  /** Somebody has partitions to write for. */
  #wanted = false
  /** The group is being asked whether what waits here is still ours. */
  #asking = false
  #failure: Error | null = null
  #waiters: (() => void)[] = []

  constructor(options: LaneOptions, neighbours: LaneNeighbours) {
    this.#options = options
    this.#near = neighbours
    const { clock, metrics, silenceMs = silenceMsMax } = options
    this.#fence = new Fence({ ...options, address: options.door.address, key: options.fenceKey })
    const events = {
      onAnswered: (flight: Flight) => this.#onAnswered(flight),
      onLost: (reason: string) => this.#onLost(reason),
      onGivenUp: (guard: Guard) => this.#fence.suspect(guard),
      onChange: () => {
        this.#pump()
        this.#wakeAll()
      }
    }
    this.#air = new Air(clock, metrics, events, silenceMs)
    this.#reconnect = new Reconnect({
      ...options,
      air: this.#air,
      fence: this.#fence,
      reconnects: options.metrics.reconnects,
      closing: this.#abort.signal,
      hasWork: () => this.#pendingWork,
      needed: () => this.#needed,
      onChange: () => this.#wakeAll()
    })
    this.#resender = new Resender({
      air: this.#air,
      buffers: neighbours.buffers,
      resent: options.metrics.resent,
      room: flight => this.#room(flight),
      answers: () => this.#answers(),
      sleep: delayMs => this.#reconnect.sleep(delayMs)
    })
  }

  /** Connects in the background; Redis may be away. */
  start(): void {
    const { outage } = this.#options
    if (!this.#wanted || outage.held) outage.countAnew()
    this.#want()
  }

  #want(): void {
    this.#wanted = true
    if (!this.#air.up) this.#mend()
  }

  /** Nothing comes for now: once all is settled the connection is closed, until `start` or the next flight. */
  rest(): void {
    this.#options.outage.hold()
    this.#wanted = false
    this.#restIfSettled()
  }

  /** Ends everything at once; what is unanswered stays so, and whoever waits is told. */
  close(): void {
    this.#abort.abort()
    this.#failure ??= new ConnectError('The task was stopped while it waited for Redis')
    this.#options.outage.close()
    this.#air.close()
    this.#wakeAll()
  }

  /**
   * After `close` or `forget`: resolves when nothing that was given up can still be written, so that the next owner may begin; where that can't be had in
   * time it is told.
   */
  drawFence(): Promise<void> {
    return this.#fence.draw(this.#options.door, fenceMsMax)
  }

  /** Why the lane can't go on, once it can't. */
  get failure(): Error | null {
    return this.#failure
  }

  /** The weight of what is queued, under way or being mended, in bytes. */
  get bytes(): number {
    return this.#queueBytes + this.#air.bytes + (this.#recovery?.bytes ?? 0)
  }

  /** Nothing will be answered soon: Redis is away, a retry waits for its time, or the group is asked whether we still own what waits. */
  get away(): boolean {
    return this.#asking || this.#reconnect.sleeping || (!this.#air.up && this.#mending)
  }

  /** A connection is on its way, and nothing says yet that Redis is away: the first one, or the next one after a rest. */
  get opening(): boolean {
    return this.#mending && !this.#air.up && !this.#asking && !this.#reconnect.sleeping && !this.#options.outage.lasts
  }

  get idle(): boolean {
    return !this.#pendingWork && this.#air.flights.length === 0 && !this.#mending
  }

  /** Redis takes no transactions: commands of streams travel one by one. */
  get solo(): boolean {
    return this.#air.solo
  }

  /** How sorted sets get their TTL there. */
  get expiry(): ExpiryWay {
    return this.#air.expiry
  }

  /** Resolves at the next change of state: an answer, an outage, its end, a failure. */
  change(): Promise<void> {
    return new Promise(resolve => this.#waiters.push(resolve))
  }

  /** Sends a flight as soon as it may go. */
  send(flight: Flight): void {
    this.#queue.push(flight)
    this.#queueBytes += flight.weight
    if (!this.#air.up && !this.#wanted) this.#want()
    this.#pump()
  }

  /** Flights that are not sent yet. */
  #waiting(): readonly Flight[] {
    const open = this.#near.open()
    return open === null ? this.#queue : [...this.#queue, open]
  }

  /** All flights that are not settled, the oldest first; what is resent stands in the recovery. */
  get pending(): readonly Flight[] {
    const sent = this.#resender.sending ? [] : [...this.#answered, ...this.#air.flights]
    return [...sent, ...this.#waiting()]
  }

  /** These partitions were given up: none of their commands is started any more, and what is under way is cut off. */
  forget(gone: ReadonlySet<string>): void {
    const isTouched = (flight: Flight): boolean => [...flight.covered.keys()].some(key => gone.has(key))
    const isMended = this.#recovery?.forget(gone) === true
    const isResending = this.#resender.sending
    if (isResending && isMended) this.#air.cut()
    const flights = this.pending
    if (flights.some(isTouched)) {
      if (!isResending && this.#air.flights.length > 0) this.#air.cut()
      this.#takeApart(flights)
      this.#recovery?.forget(gone)
      this.#mend()
    }
    this.#wakeAll()
  }

  // --- sending and answers ---

  /** Nothing is sent while somebody else may own it: a process that was frozen asks first. */
  #isOurs(): boolean {
    const { ownership } = this.#options
    if (ownership === null || ownership.sure) return true
    if (!this.#asking && !this.#abort.signal.aborted) {
      this.#asking = true
      this.#ask(ownership).catch((error: unknown) => this.#fail(error))
      // Whoever waits for answers must poll instead: a loss is told there.
      this.#wakeAll()
    }
    return false
  }

  async #ask(ownership: Ownership): Promise<void> {
    await ownership.confirm()
    // Lost, and what is left here is not given up yet, or the group is left: asking again at once would be a loop without end.
    if (!ownership.sure) await this.#options.clock.sleep(askAgainMs, this.#abort.signal)
    this.#asking = false
    this.#pump()
    this.#wakeAll()
  }

  #pump(): void {
    if (!this.#air.up || this.#mending) return
    while (this.#queue.length > 0 && this.#air.bytes < airBytesMax && this.#isOurs()) {
      const [next] = this.#queue
      if (next === undefined || this.#air.blocks(next)) return
      if (next.alone && this.#air.probe()) return
      // It counts on a transaction or a script, and there are none: taken apart, it is sent as this connection takes it.
      if (!this.#air.takes(next)) {
        this.#mend()
        return
      }
      this.#queue.shift()
      this.#queueBytes -= next.weight
      this.#air.send(next)
    }
  }

  #onAnswered(flight: Flight): void {
    if (flight.parts === 0) return
    if (this.#mending) {
      if (!this.#resender.sending) this.#answered.push(flight)
      return
    }
    if (flight.clean) {
      this.#near.watermark.release(flight)
      this.#recycle(flight)
      this.#options.outage.over()
      this.#options.retries.restore()
      this.#restIfSettled()
      return
    }
    this.#answered.push(flight)
    this.#mend()
  }

  #recycle(flight: Flight): void {
    for (const source of flight.sources) source.release()
    this.#near.buffers.giveBack(flight.buffer)
  }

  #onLost(reason: string): void {
    if (!this.#abort.signal.aborted) {
      this.#reconnect.lost(reason)
      this.#mend()
    }
    this.#wakeAll()
  }

  // --- mending ---

  #mend(): void {
    if (this.#mending || this.#abort.signal.aborted) return
    this.#mending = true
    this.#runMending().catch((error: unknown) => this.#fail(error))
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted) return
    this.#failure = error instanceof Error ? error : new ConnectError(String(error))
    this.#options.onFailed(this.#failure)
    this.#wakeAll()
  }

  async #runMending(): Promise<void> {
    const { signal } = this.#abort
    // Answers may still come for what is on its way: they tell what was executed.
    if (this.#air.flights.length > 0) await this.#answers()
    this.#takeApart(this.pending)
    for (;;) {
      await this.#reconnect.connected()
      if (signal.aborted) return
      const recovery = this.#recovery
      if (recovery === null) {
        if (this.#air.up || !this.#needed) break
        continue
      }
      await this.#round(recovery)
      if (recovery.done) {
        this.#near.watermark.release(recovery)
        this.#recovery = null
        this.#options.retries.restore()
      }
      this.#wakeAll()
    }
    this.#mending = false
    // Nothing waits and Redis answers: as far as anybody can tell, it is back.
    if (this.#queue.length === 0 && this.#air.up) this.#options.outage.over()
    else if (!this.#air.up) this.#options.outage.rest()
    this.#restIfSettled()
    this.#pump()
    this.#wakeAll()
  }

  /** Waits until nothing is under way, or nothing of it will be answered any more. */
  async #answers(): Promise<void> {
    while (this.#air.up && this.#air.flights.length > 0 && !this.#abort.signal.aborted) await this.change()
  }

  /**
   * Turns flights into slots: what went wrong in one of them may concern keys of those behind it. Those not sent yet are taken along. A flight leaves
   * the watermark when its slots are in it; where that fails, everything stays as it was.
   */
  #takeApart(flights: readonly Flight[]): void {
    const { watermark, takeOpen } = this.#near
    for (const flight of flights) {
      if (flight.parts === 0) continue
      if (this.#recovery === null) watermark.hold((this.#recovery = new Recovery()))
      this.#recovery.add(flight)
      watermark.release(flight)
    }
    if (!this.#resender.sending) {
      this.#answered = []
      this.#air.land()
    }
    this.#queue = []
    this.#queueBytes = 0
    takeOpen()
    for (const flight of flights) {
      if (flight.parts > 0) this.#recycle(flight)
      else watermark.release(flight)
    }
  }

  get #needed(): boolean {
    return this.#wanted || this.#pendingWork
  }

  #restIfSettled(): void {
    if (this.#needed || this.#air.flights.length > 0) return
    this.#air.cut()
    this.#near.buffers.clear()
  }

  /** Something is taken and not settled, apart from what is under way. */
  get #pendingWork(): boolean {
    return this.#recovery?.done === false || this.#queue.length > 0 || (this.#near.open()?.parts ?? 0) > 0
  }

  /** One round: what is known is judged, what is left is sent again and its answers awaited. */
  async #round(recovery: Recovery): Promise<void> {
    const { judge, statementText, outage } = this.#options
    const { refusals, serverFault, first, outageReply } = recovery.assess(statementText)
    if (outageReply !== null) {
      if (wantsReconnect(outageReply)) this.#air.cut()
      await this.#reconnect.rest(outageReply.text)
      if (!this.#air.up) return
    } else if (recovery.executed) outage.over()
    if (first === 'serverFault' && serverFault !== null) return this.#faulted(recovery, serverFault)
    const [refusal] = refusals
    if (refusal !== undefined) {
      // Where its refusal may end the task, everything before it is settled first.
      const before = judge.drops ? [] : recovery.before(refusal)
      if (before.length > 0) return this.#resender.send(before, recovery)
      if (judge.judge(refusals) === 'again') await this.#reconnect.sleep(this.#options.retries.intervalMs)
      else recovery.drop(refusals)
    }
    await this.#resender.send(recovery.again(), recovery)
  }

  /** The server refuses what no record can change: nothing is dropped for it. What stands before it is settled, then RETRY spends an attempt, and the others fail. */
  async #faulted(recovery: Recovery, fault: Refusal): Promise<void> {
    const { retries } = this.#options
    const before = recovery.before(fault)
    if (before.length > 0) return this.#resender.send(before, recovery)
    if (retries.kind !== 'RETRY' || !retries.spend(fault.error.message)) throw fault.error
    // Rights and addresses are looked at anew by a new login.
    this.#air.cut()
    recovery.again()
    await this.#reconnect.sleep(retries.intervalMs)
  }

  async #room(flight: Flight): Promise<boolean> {
    const isBlocked = (): boolean => !this.#isOurs() || this.#air.bytes >= airBytesMax || this.#air.blocks(flight)
    while (this.#canSend() && isBlocked()) await this.change()
    return this.#canSend()
  }

  #canSend(): boolean {
    return this.#air.up && !this.#abort.signal.aborted
  }

  #wakeAll(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }
}
