// The compiled way: records travel from fetched bytes to a flight's bytes, without values between.
//
// The idea. A topic's reader finds the fields of a raw value and names its shape; the shape's program (program.ts) says which literals and which
// slots make the commands; the encoder copies them into the flight. The general way defines what is right: programs are cut out of what it makes,
// and it takes every record that the reader, the program or the record's own values put in doubt. It also takes a flight's records a second time
// where something went wrong: the flight remembers only from which cursor and offsets it was filled.
import { type CompiledReader, type NumberStyle } from '../../connect/compiled.ts'
import { type RawAccess } from '../../connect/plugin.ts'
import { BusyError, PartlyPutError, RetriableError } from '../../connect/errors.ts'
import { type RecordCursor, type SinkRecord, type TopicPartition, topicPartitionKey } from '../../connect/record.ts'
import { type Plans } from '../plan.ts'
import { RefusedError } from '../refused-error.ts'
import { type Flight } from '../writer/flight.ts'
import { type Writer } from '../writer/writer.ts'
import { Encoder, fits } from './encoder.ts'
import { compileShape, type ShapeProgram } from './program.ts'
import { RawSource } from './raw-source.ts'

/** What the task does for the compiled way. */
export interface RawWayOptions {
  readonly access: RawAccess
  readonly plans: Plans
  readonly writer: Writer
  readonly style: NumberStyle
  /** Some statement writes sorted sets with a TTL. */
  readonly expiring: boolean
  /** Waits for the writer's next step; rejects with BusyError while Redis is away. */
  readonly wait: () => Promise<void>
  /** A record that no plan fits; rejects where the policy wants the task to fail, or with BusyError before it has decided. */
  readonly refuse: (record: SinkRecord, error: RefusedError) => Promise<void>
  readonly skip: (record: SinkRecord, text: string) => void
  readonly delivered: (topic: string, records: number) => void
}

interface TopicWay {
  readonly reader: CompiledReader | null
  /** By shape id; null: the general way. */
  readonly programs: (ShapeProgram | null | undefined)[]
}

/**
 * A record the general way could not finish because Redis is away, or not even read (`record` null) because a schema registry is: it is taken up
 * again before anything else of its cursor.
 */
interface Unfinished {
  readonly cursor: RecordCursor
  readonly record: SinkRecord | null
}

export class RawWay {
  readonly #options: RawWayOptions
  readonly #encoder = new Encoder()
  readonly #topics = new Map<string, TopicWay>()
  #flight: Flight | null = null
  #cursor: RecordCursor | null = null
  #source: RawSource | null = null
  #unfinished: Unfinished | null = null
  /** The cursor at hand, and whether no record of it is: where a put that fails stopped. */
  #reading: RecordCursor | null = null
  #between = false
  /** Records that the cursor at hand has passed and that are not delivered: dropped ones, and one that waits. */
  #undelivered = 0

  constructor(options: RawWayOptions) {
    this.#options = options
  }

  /** Moves the cursors to their ends. A BusyError leaves them where they are. */
  async put(cursors: readonly RecordCursor[]): Promise<void> {
    const { writer, delivered } = this.#options
    this.#between = false
    try {
      await this.#finish(cursors)
      for (const cursor of cursors) {
        this.#reading = cursor
        this.#undelivered = 0
        const before = cursor.recordCount
        try {
          await this.#readAll(cursor)
        } finally {
          delivered(cursor.topic, cursor.recordCount - before - this.#undelivered)
        }
      }
    } catch (error) {
      throw error instanceof RetriableError ? error : new PartlyPutError(error, this.#takenOf(cursors))
    }
    writer.push()
  }

  /** How far the cursors up to the one at hand were taken; the record at which a put failed was not. */
  #takenOf(cursors: readonly RecordCursor[]): PartlyPutError['taken'] {
    const taken = new Map<string, TopicPartition & { offset: number }>()
    for (const cursor of cursors) {
      const { topic, partition, nextOffset } = cursor
      const isLast = cursor === this.#reading
      // A later cursor may be of the same partition: it must not be taken for read.
      taken.set(topicPartitionKey(topic, partition), {
        topic,
        partition,
        offset: isLast && !this.#between ? cursor.offset : nextOffset
      })
      if (isLast) break
    }
    return taken
  }

  async #readAll(cursor: RecordCursor): Promise<void> {
    const { writer } = this.#options
    const way = this.#way(cursor.topic)
    for (;;) {
      // Asked once per flight, not per record: that is often enough to keep the bound.
      while (writer.full) {
        writer.push()
        this.#between = true
        await this.#options.wait()
        this.#between = false
      }
      const general = this.#fill(cursor, way)
      if (general === 'end') return
      if (general === 'record') await this.#general(cursor)
    }
  }

  /** Encodes records until the flight is sent, the cursor ends, or a record must go the general way. */
  #fill(cursor: RecordCursor, { reader, programs }: TopicWay): 'end' | 'sent' | 'record' {
    const { access, plans, writer } = this.#options
    // Nothing of this changes before the next wait.
    const compiled = this.#isClaimed ? null : reader
    while (this.#next(cursor)) {
      if (compiled === null || cursor.valueStart < 0 || access.mustDecode(cursor)) return 'record'
      const shape = compiled.read(cursor.bytes, cursor.valueStart, cursor.valueEnd, cursor)
      if (shape === null) return 'record'
      let program = programs[shape.id]
      if (program === undefined) {
        program = compileShape(plans, shape, cursor.topic)
        programs[shape.id] = program
      }
      if (program === null || !fits(program, compiled)) return 'record'
      // Other commands' keys are noted in such a flight, and these would not be.
      if (this.#source === null && asksForMembers(writer.flight())) writer.push()
      const room = program.fixedRoom + program.uses * compiled.room()
      if (!writer.flight().makeRoom(room)) {
        writer.push()
        writer.flight().makeRoom(room)
      }
      const flight = writer.flight()
      flight.hold(cursor.valueEnd - cursor.valueStart)
      this.#sourceIn(flight, cursor).cover(compiled.needs)
      this.#encoder.encode(program, compiled, cursor, flight)
      if (flight.full) {
        writer.push()
        return 'sent'
      }
    }
    return 'end'
  }

  /** What this connection takes asks for each command's key. */
  get #isClaimed(): boolean {
    const { writer, expiring } = this.#options
    return writer.solo || (expiring && writer.expiry !== 'script')
  }

  #next(cursor: RecordCursor): boolean {
    try {
      return cursor.next()
    } catch (error) {
      // Damage: everything before it was taken.
      this.#between = true
      throw error
    }
  }

  /** The flight's source for the record at the cursor, begun where the flight or the cursor is new. */
  #sourceIn(flight: Flight, cursor: RecordCursor): RawSource {
    if (this.#source !== null && this.#flight === flight && this.#cursor === cursor) return this.#source
    const { access, plans } = this.#options
    const source = new RawSource(cursor, access, plans)
    flight.addSource(source)
    flight.cover(topicPartitionKey(cursor.topic, cursor.partition), cursor.offset)
    this.#flight = flight
    this.#cursor = cursor
    this.#source = source
    return source
  }

  /** The record at the cursor, as `put` of a decoded batch would take it. */
  async #general(cursor: RecordCursor): Promise<void> {
    // Whatever becomes of it, it is no part of the compiled records around it: they begin a source anew, so that a source is planned again as it was sent.
    this.#source = null
    let record: SinkRecord | null
    try {
      const judged = this.#options.access.judged(cursor)
      record = judged instanceof Promise ? await judged : judged
    } catch (error) {
      this.#undelivered++
      // What was encoded before a record that waits must not wait with it.
      if (error instanceof BusyError) {
        this.#unfinished = { cursor, record: null }
        this.#options.writer.push()
      }
      throw error
    }
    if (record === null) this.#undelivered++
    else await this.#take(cursor, record)
  }

  async #take(cursor: RecordCursor, record: SinkRecord): Promise<void> {
    const { plans, writer, skip, refuse } = this.#options
    try {
      const { commands, skips } = plans.run(record)
      for (const text of skips) skip(record, text)
      writer.take(record, commands)
      writer.endSource()
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      this.#unfinished = { cursor, record }
      this.#undelivered++
      await refuse(record, error)
      this.#undelivered--
      this.#unfinished = null
    }
  }

  /** A refused record whose judgement Redis's absence cut short; one of a partition given up since is forgotten. */
  async #finish(cursors: readonly RecordCursor[]): Promise<void> {
    const unfinished = this.#unfinished
    this.#unfinished = null
    if (unfinished === null || !cursors.includes(unfinished.cursor)) return
    this.#reading = unfinished.cursor
    this.#undelivered = 0
    if (unfinished.record === null) await this.#general(unfinished.cursor)
    else await this.#take(unfinished.cursor, unfinished.record)
    this.#options.delivered(unfinished.cursor.topic, 1 - this.#undelivered)
  }

  #way(topic: string): TopicWay {
    let way = this.#topics.get(topic)
    if (way === undefined) {
      way = { reader: this.#options.access.reader(topic, this.#options.style), programs: [] }
      this.#topics.set(topic, way)
    }
    return way
  }
}

function asksForMembers({ expiryWay }: Flight): boolean {
  return expiryWay === 'watch' || expiryWay === 'apart'
}
