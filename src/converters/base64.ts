// Base64 as Java's JSON library reads it inside strings: padding wanted, blanks between groups skipped, all else refused.
import { SerializationError } from '../connect/errors.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const pad = 0x3d

const values = new Int8Array(128).fill(-1)
for (let index = 0; index < alphabet.length; index++) values[alphabet.charCodeAt(index)] = index

/** The bytes of a base64 text. Throws SerializationError where the text is none. */
export function decodeBase64(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(Math.ceil(text.length / 4) * 3)
  let length = 0
  for (let at = 0; at < text.length;) {
    if (text.charCodeAt(at) <= 0x20) {
      at++
      continue
    }
    const padding = text.charCodeAt(at + 3) !== pad ? 0 : text.charCodeAt(at + 2) === pad ? 2 : 1
    const bits = (digit(text, at) << 18) | (digit(text, at + 1) << 12)
    const low = (padding < 2 ? digit(text, at + 2) << 6 : 0) | (padding < 1 ? digit(text, at + 3) : 0)
    bytes.writeUIntBE(bits | low, length, 3)
    length += 3 - padding
    at += 4
  }
  return bytes.subarray(0, length)
}

function digit(text: string, at: number): number {
  const value = values[text.charCodeAt(at)] ?? -1
  if (value >= 0) return value
  throw new SerializationError(
    `Broken base64 at character ${at}: expected groups of 4 characters, the last padded with "="`
  )
}
