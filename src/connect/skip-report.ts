// Tells of records that are passed over without a line for each: the first at once, the others counted once a minute and at the end.
import { type Clock, type Timer } from '../util/clock.ts'
import { type SkipCount, type Skips } from './skips.ts'

const remindMs = 60_000

/** Where a record stands in Kafka. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface SkipDoors {
  readonly clock: Clock
  readonly skips: Skips
}

/** What is said. Lines of the log come at most once a minute. */
export interface SkipVoice {
  /** As /health says it: `errors.tolerance=all`. */
  readonly why: string
  /** One record, which was told of by no other line. */
  one(place: string, reason: string): void
  /** All so far: `counted` is `53302 records since 2026-11-30T03:00:00.000Z (first t-0@0, last t-1@99)`. */
  more(counted: string, reason: string): void
}

export class SkipReport {
  readonly #clock: Clock
  readonly #skips: Skips
  readonly #voice: SkipVoice
  readonly #read = (): SkipCount => this.#sum()
  #count = 0
  #told = 0
  #since = 0
  #first = ''
  #last: RecordPlace | null = null
  /** null: whoever counted tells of each record in a line of its own. */
  #reason: (() => string) | null = null
  /** Monotonic; null: nothing was said yet. */
  #saidMs: number | null = null
  #timer: Timer | null = null
  #closed = false

  constructor({ clock, skips }: SkipDoors, voice: SkipVoice) {
    this.#clock = clock
    this.#skips = skips
    this.#voice = voice
  }

  /** A record was passed over that stands in the log already: it is counted, and no more is said of it there. */
  count(place: RecordPlace): void {
    if (this.#count === 0) {
      this.#since = this.#clock.now()
      this.#first = placeText(place)
    }
    this.#count += 1
    // A copy: the record itself may hold on to all that was fetched with it.
    this.#last = { topic: place.topic, partition: place.partition, offset: place.offset }
    this.#skips.changed(this.#voice.why, this.#read)
  }

  /** A record was passed over; `reason` is asked only where it is told, since it may cost more than the record did. */
  add(place: RecordPlace, reason: () => string): void {
    this.count(place)
    this.#reason = reason
    // A task that is cancelled may still pass over some: no timer is left behind, the last close tells of them.
    if (this.#closed) return
    const waitMs = this.#saidMs === null ? 0 : this.#saidMs + remindMs - this.#clock.monotonic()
    if (waitMs <= 0) this.#tell()
    else this.#timer ??= this.#clock.setTimer(waitMs, () => this.#tell())
  }

  /** What was not told yet is told now, and from here on only by another call. */
  close(): void {
    this.#closed = true
    this.#tell()
  }

  #tell(): void {
    this.#timer?.clear()
    this.#timer = null
    if (this.#reason === null || this.#told === this.#count) return
    this.#told = this.#count
    this.#saidMs = this.#clock.monotonic()
    const reason = this.#reason()
    // The record itself is let go.
    this.#reason = () => reason
    const { count, since, first, last } = this.#sum()
    if (count === 1) this.#voice.one(last, reason)
    else
      this.#voice.more(`${count} records since ${new Date(since).toISOString()} (first ${first}, last ${last})`, reason)
  }

  #sum(): SkipCount {
    const last = this.#last === null ? '' : placeText(this.#last)
    return { count: this.#count, since: this.#since, first: this.#first, last }
  }
}

/** `orders-2@77`, as every message names a record. */
export function placeText({ topic, partition, offset }: RecordPlace): string {
  return `${topic}-${partition}@${offset}`
}
