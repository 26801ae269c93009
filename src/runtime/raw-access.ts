// The compiled way's side of the runtime: whether a task may read raw values, and how single records still go the general way.
import { type CompiledReader, type NumberStyle } from '../connect/compiled.ts'
import { type RawAccess } from '../connect/plugin.ts'
import { type RecordCursor, type SinkRecord } from '../connect/record.ts'
import { LazyRecord, type TaskConverters } from './lazy-record.ts'
import { type RecordIntake } from './record-intake.ts'
import { type TransformationChain } from './transformation-chain.ts'

/** Why every record of a task must take the general way; null: raw values may be read. */
export function whyGeneral(converters: TaskConverters, chain: TransformationChain): string | null {
  if (!chain.empty) return 'transforms stand between'
  const { className, plugin } = converters.value
  return plugin.compile === undefined ? `value.converter=${className} has no compiled reader` : null
}

export class RuntimeRawAccess implements RawAccess {
  readonly #converters: TaskConverters
  readonly #intake: RecordIntake
  readonly #keysNeverFail: boolean
  readonly #headersNeverFail: boolean

  constructor(converters: TaskConverters, intake: RecordIntake) {
    this.#converters = converters
    this.#intake = intake
    this.#keysNeverFail = converters.key.plugin.neverFails === true
    this.#headersNeverFail = converters.header.plugin.neverFails === true
  }

  reader(topic: string, style: NumberStyle): CompiledReader | null {
    return this.#converters.value.plugin.compile?.(topic, style) ?? null
  }

  // A part that nobody reads can fail a record in Connect, so it must be decoded wherever it can.
  mustDecode(cursor: RecordCursor): boolean {
    return (!this.#keysNeverFail && cursor.keyStart >= 0) || (!this.#headersNeverFail && cursor.hasHeaders)
  }

  judged(cursor: RecordCursor): SinkRecord | null | Promise<SinkRecord | null> {
    return this.#intake.judged(cursor)
  }

  lazy(cursor: RecordCursor): SinkRecord {
    return new LazyRecord(cursor, this.#converters)
  }
}
