// Reads DER, the tag-length-value encoding of certificates and PKCS#12 files, as far as key stores use it.
import { KeyStoreError } from './parts.ts'

/** One value: its tag byte, its content, and the bytes of the whole. */
export type Der = { tag: number; content: Buffer; raw: Buffer }

export const TAG = {
  integer: 2,
  octets: 4,
  oid: 6,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context0Octets: 0x80
} as const

/** The single value that these bytes are. */
export function readDer(bytes: Buffer): Der {
  return valueAt(bytes, 0)
}

/** The values in a SEQUENCE, a SET or an explicit tag. */
export function partsOf(value: Der | undefined, tag?: number): Der[] {
  if (value === undefined || (tag !== undefined && value.tag !== tag)) throw damaged()
  const parts: Der[] = []
  for (let at = 0; at < value.content.length;) {
    const part = valueAt(value.content, at)
    parts.push(part)
    at += part.raw.length
  }
  return parts
}

/** The bytes of an OCTET STRING; Java and others may split one into pieces (constructed, tag 0x24). */
export function octetsOf(value: Der | undefined): Buffer {
  if (value === undefined) throw damaged()
  return value.tag === 0x24 || value.tag === 0xa0 ? Buffer.concat(partsOf(value).map(octetsOf)) : value.content
}

/** A small non-negative INTEGER. */
export function integerOf(value: Der | undefined): number {
  if (value?.tag !== TAG.integer || value.content.length > 6) throw damaged()
  return value.content.length === 0 ? 0 : value.content.readUIntBE(0, value.content.length)
}

/** An OBJECT IDENTIFIER in dots. */
export function oidOf(value: Der | undefined): string {
  if (value?.tag !== TAG.oid) throw damaged()
  const numbers: number[] = []
  let number = 0
  for (const byte of value.content) {
    number = number * 128 + (byte & 0x7f)
    if (byte < 0x80) {
      numbers.push(number)
      number = 0
    }
  }
  const [first = 0, ...rest] = numbers
  const top = Math.min(Math.floor(first / 40), 2)
  return [top, first - top * 40, ...rest].join('.')
}

function valueAt(bytes: Buffer, at: number): Der {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) throw damaged()
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  // 0x80, a length told only by an end mark, is BER and not DER: Java and OpenSSL do not write it.
  if (first === 0x80 || lengthBytes > 4 || at + 2 + lengthBytes > bytes.length) throw damaged()
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
  const start = at + 2 + lengthBytes
  if (start + length > bytes.length) throw damaged()
  return { tag, content: bytes.subarray(start, start + length), raw: bytes.subarray(at, start + length) }
}

function damaged(): KeyStoreError {
  return new KeyStoreError('The key store is damaged: it ends early or is no DER. Copy it again in binary form.')
}
