// Writes commands to Redis so that nothing is lost and order holds per key, whatever happens to the connection.
//
// The idea. Commands are gathered into flights (see flight.ts), and flights go to the lane of the server that has their keys (lane.ts: connection,
// answers, mending). What was taken and is not settled holds the commits of its partitions back (watermark.ts): a flight that is being filled, one
// that waits or is under way, and what a lane mends.
//
// Backpressure. What is unanswered is bounded in bytes: `full` asks the task to wait. While Redis is away or a retry waits, `away` tells the task not
// to wait here, so that its consumer goes on polling.
import { type Offsets } from '../../connect/plugin.ts'
import { type SinkRecord, type TopicPartition, topicPartitionKey } from '../../connect/record.ts'
import { type Command } from '../encode.ts'
import { Coalescer } from './coalescer.ts'
import { type ExpiryWay } from './expiry-steps.ts'
import { Flight } from './flight.ts'
import { FlightBuffers } from './flight-buffers.ts'
import { Lane, type LaneMetrics, type LaneOptions } from './lane.ts'
import { PlannedSource } from './planned-source.ts'
import { Watermark } from './watermark.ts'

/** The weight of what is encoded and not answered, that on its way included. */
const pendingBytesMax = 2 * 1024 * 1024

export type WriterMetrics = LaneMetrics

export interface WriterOptions extends LaneOptions {
  readonly coalesce: boolean
}

export class Writer {
  readonly #coalesces: boolean
  /** Its table is large, and many a task writes nothing. */
  #coalescer: Coalescer | null = null
  readonly #buffers = new FlightBuffers()
  readonly #watermark = new Watermark()
  readonly #lane: Lane
  #open: Flight | null = null
  #planned: PlannedSource | null = null

  constructor(options: WriterOptions) {
    this.#coalesces = options.coalesce
    this.#lane = new Lane(options, {
      watermark: this.#watermark,
      buffers: this.#buffers,
      open: () => this.#open,
      takeOpen: () => {
        this.#open = null
        this.#planned = null
      }
    })
  }

  /** Connects in the background; Redis may be away. */
  start(): void {
    this.#lane.start()
  }

  /** Nothing comes for now: once all is settled the connection is closed, until `start` or the next record. */
  rest(): void {
    this.#lane.rest()
  }

  /** Ends everything at once; what is unanswered stays so, and whoever waits is told. */
  close(): void {
    this.#lane.close()
  }

  /** After `close` or `forget`: resolves when nothing of what was cut off can still be written, or when that was told to be unknown. */
  drawFence(): Promise<void> {
    return this.#lane.drawFence()
  }

  /** Why the writer can't go on, once it can't. */
  get failure(): Error | null {
    return this.#lane.failure
  }

  /** More is encoded and unanswered than should be. */
  get full(): boolean {
    return this.#lane.bytes >= pendingBytesMax
  }

  /** Nothing will be answered soon: Redis is away, or a retry waits for its time. */
  get away(): boolean {
    return this.#lane.away
  }

  /** A connection is on its way, and nothing says yet that Redis is away. */
  get opening(): boolean {
    return this.#lane.opening
  }

  get idle(): boolean {
    return this.#lane.idle
  }

  /** Redis takes no transactions: commands of streams travel one by one. */
  get solo(): boolean {
    return this.#lane.solo
  }

  /** How sorted sets get their TTL there. */
  get expiry(): ExpiryWay {
    return this.#lane.expiry
  }

  /** Resolves at the next change of state: an answer, an outage, its end, a failure. */
  change(): Promise<void> {
    return this.#lane.change()
  }

  // --- filling ---

  /** Takes over a record's commands. Never waits; ask `full` before. */
  take(record: SinkRecord, commands: readonly Command[]): void {
    const { topic, partition, offset } = record.original
    let from = 0
    for (let index = 0; index < commands.length; index++) {
      const command = commands[index]
      if (command === undefined) continue
      if (this.flight().append(command, true, this.#lane.solo, this.#lane.expiry)) continue
      // It does not fit behind the others: they go first.
      if (index > from) this.#source().add(record, commands.slice(from, index))
      from = index
      this.push()
      this.flight().append(command, true, this.#lane.solo, this.#lane.expiry)
    }
    if (commands.length === 0) return
    this.flight().cover(topicPartitionKey(topic, partition), offset)
    this.flight().hold(record.original.rawValue?.length ?? 0)
    this.#source().add(record, from === 0 ? commands : commands.slice(from))
    if (this.flight().full) this.push()
  }

  /** The flight to be filled now. */
  flight(): Flight {
    if (this.#open === null) {
      if (this.#coalesces) this.#coalescer ??= new Coalescer()
      this.#open = new Flight(this.#buffers.take(), this.#coalescer)
      this.#watermark.hold(this.#open)
    }
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
    this.#lane.send(flight)
  }

  // --- offsets ---

  /** The first offset that was taken and is not settled; Infinity where there is none. */
  firstUnsettled({ topic, partition }: TopicPartition): number {
    return this.#watermark.firstUnsettled(topicPartitionKey(topic, partition))
  }

  /** Of the positions given, what may be committed: they themselves, or the first unsettled offset before them. */
  committable(offsets: Offsets): Offsets {
    // Were a flight ever forgotten by what should hold commits back, its records would be lost: rather no commit at all.
    for (const flight of this.#lane.pending) {
      if (flight.parts > 0 && !this.#watermark.holds(flight))
        throw new Error('A flight under way does not hold commits back: nothing may be committed')
    }
    return this.#watermark.committable(offsets)
  }

  /** These partitions were given up: none of their commands is started any more, and what is under way is cut off. */
  forget(partitions: readonly TopicPartition[]): void {
    this.#lane.forget(new Set(partitions.map(({ topic, partition }) => topicPartitionKey(topic, partition))))
  }
}
