// The compiled way's contract: a converter's reader that finds fields in raw bytes, so that a sink can print them without values.
import { type RawHeader } from './record.ts'

/**
 * The names of one object, in the order a freshly read value has them. A field is a leaf with a slot, or an object with its own fields.
 * `leaf` says what a slot may hold: `scalar` (null, boolean, number, text) or `other` (anything, to be printed by the general way).
 */
export interface ShapeField {
  readonly name: string
  /** Index of the leaf's slot; -1 where the field is an object. */
  readonly slot: number
  readonly fields: readonly ShapeField[] | null
}

/** What values have in common that a plan depends on: names at every level (and types, where there is a schema). One object per shape; `id` counts from 0 within its reader. */
export interface Shape {
  readonly id: number
  readonly fields: readonly ShapeField[]
  readonly slots: number
  /**
   * What the general way makes of it: a `map` without schema (whose order the old contract takes from Java's HashMap), the object of a `text` (a Map
   * in the order written), or a `struct` of a schema.
   */
  readonly form: 'map' | 'text' | 'struct'
}

/**
 * What a slot holds after `read`. Up to `text` it can be written as JSON and, but for null, as bare text. An `array` and a `time` (a logical date or
 * time, which `number` gives in milliseconds) can be written as JSON alone, `other` not at all.
 */
export const slotKinds = { null: 0, boolean: 1, number: 2, text: 3, array: 4, time: 5, other: 6 } as const
export type SlotKind = (typeof slotKinds)[keyof typeof slotKinds]

/** How numbers are printed: as Java prints them (old contract), or as they stood in the source (plain contract). */
export type NumberStyle = 'java' | 'source'

/** Where a record's headers are: some say how its value is to be read. */
export interface HeaderPlace {
  readonly hasHeaders: boolean
  headers(): readonly RawHeader[]
}

/** What reading a value anew takes beside its bytes, such as its schema: whoever may read it again holds it until then, as memory by its lease. */
export interface Needed {
  /** One more holder, until its `release`. */
  hold(): void
  release(): void
}

/**
 * Reads values of one topic out of raw bytes. It never decides about errors: whatever it is not sure of, the general way reads again.
 * It holds one value at a time; `write*` speak of the value read last.
 */
export interface CompiledReader {
  /** Finds the fields of the value at `bytes[start, end)`; null: take the general way for this record. */
  read(bytes: Uint8Array, start: number, end: number, place: HeaderPlace): Shape | null
  kind(slot: number): SlotKind
  /** What the value read last needs to be read anew by its converter; null: its bytes are enough. */
  readonly needs: Needed | null
  /** Whether any slot of the value read last is no boolean, number or text: where all are, a plan need not ask each of them. */
  readonly odd: boolean
  /** Writes the slot as JSON text, UTF-8; answers the position after it. The caller has left `room()` bytes. Not for `other`. */
  writeJson(slot: number, out: Buffer, at: number): number
  /** Writes the slot as bare text (a key part); as `writeJson` without quotes and escapes. For booleans, numbers and text alone. */
  writeText(slot: number, out: Buffer, at: number): number
  /** The slot as a number, also where a text plainly spells one; NaN where it is none, or that is not plain to see. */
  number(slot: number): number
  /** Writes the slot as Redis reads back the very same number; -1 where it is none. The caller has left 32 bytes. */
  writeNumber(slot: number, out: Buffer, at: number): number
  /** Upper bound of the bytes that all slots of the value read last may print, each once. */
  room(): number
}
