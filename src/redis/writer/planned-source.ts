// Records that were planned the general way, kept with their commands until their flight is settled.
import { type SinkRecord } from '../../connect/record.ts'
import { type Command } from '../encode.ts'
import { type FlightSource } from './flight.ts'

export class PlannedSource implements FlightSource {
  readonly #records: SinkRecord[] = []
  readonly #commands: (readonly Command[])[] = []

  add(record: SinkRecord, commands: readonly Command[]): void {
    this.#records.push(record)
    this.#commands.push(commands)
  }

  release(): void {
    // Its records say themselves what they keep.
  }

  *expand(): Iterable<readonly [SinkRecord, readonly Command[]]> {
    for (const [index, record] of this.#records.entries()) yield [record, this.#commands[index] ?? []]
  }
}
