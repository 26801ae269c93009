// The three texts a value can become: JSON in a payload, a part of a key, a field of a stream entry.
import { type Item } from '../fields.ts'

/** One way of printing; there is one per output, and none of them ever fails. */
export interface Printer {
  json(item: Item): string
  /** A key part, channel or the text of a score. Not for null, which is refused before. */
  keyText(item: Item): string
  /** A value of a stream entry. Not for null, which is left out. */
  streamText(item: Item): string
}

/** Bytes, wherever they stand. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
