// Records that went the compiled way: planned again the general way from their bytes, should something go wrong.
import { type Needed } from '../../connect/compiled.ts'
import { type RawAccess } from '../../connect/plugin.ts'
import { type RecordCursor, type SinkRecord } from '../../connect/record.ts'
import { type Command } from '../encode.ts'
import { type Plans } from '../plan.ts'
import { type FlightSource } from '../writer/flight.ts'

/** Consecutive records of one cursor, all of them compiled. */
export class RawSource implements FlightSource {
  readonly #cursor: RecordCursor
  readonly #from: number
  readonly #access: RawAccess
  readonly #plans: Plans
  #to = -1
  #needed: Needed | null = null
  /** All that is held, where it is more than one: few cursors hold records of several schemas. */
  #allNeeded: Set<Needed> | null = null

  constructor(cursor: RecordCursor, access: RawAccess, plans: Plans) {
    this.#cursor = cursor
    this.#from = cursor.offset
    this.#access = access
    this.#plans = plans
    cursor.lease?.hold()
  }

  /** The record at the cursor belongs to it, and takes `needs` to be planned again. */
  cover(needs: Needed | null): void {
    this.#to = this.#cursor.offset
    if (needs !== this.#needed && needs !== null) this.#hold(needs)
  }

  #hold(needs: Needed): void {
    if (this.#needed !== null) this.#allNeeded ??= new Set([this.#needed])
    this.#needed = needs
    if (this.#allNeeded?.has(needs) === true) return
    this.#allNeeded?.add(needs)
    needs.hold()
  }

  release(): void {
    this.#cursor.lease?.release()
    for (const needed of this.#allNeeded ?? [this.#needed]) needed?.release()
  }

  *expand(): Iterable<readonly [SinkRecord, readonly Command[]]> {
    const cursor = this.#cursor.again(this.#from)
    while (cursor.next() && cursor.offset <= this.#to) {
      const record = this.#access.lazy(cursor)
      yield [record, this.#plans.run(record).commands]
    }
  }
}
