// Java's named character sets: text from bytes and back, bad input replaced as Java replaces it.
import { SerializationError } from '../connect/errors.ts'
import { decodeUtf8, encodeUtf8 } from './java-utf8.ts'

export interface Charset {
  decode(bytes: Uint8Array): string
  encode(text: string): Uint8Array
}

/** The one nearly everybody has. */
export const utf8: Charset = { decode: decodeUtf8, encode: encodeUtf8 }

/** The character set of a Java name; throws SerializationError where there is none. */
export function charset(name: string): Charset {
  switch (name.toLowerCase()) {
    case 'utf-8':
    case 'utf8':
      return utf8
    case 'iso-8859-1':
    case 'iso8859_1':
    case 'latin1':
      return singleByte(code => code)
    case 'us-ascii':
    case 'ascii':
      return singleByte(code => (code < 0x80 ? code : 0xfffd))
    case 'utf-16':
    case 'utf16':
      return utf16('utf-16be', true)
    case 'utf-16be':
      return utf16('utf-16be', false)
    case 'utf-16le':
      return utf16('utf-16le', false)
    default:
      return otherCharset(name)
  }
}

function singleByte(codeOf: (byte: number) => number): Charset {
  const byCode = new Map<number, number>()
  for (let byte = 255; byte >= 0; byte--) byCode.set(codeOf(byte), byte)
  byCode.delete(0xfffd)
  return {
    decode: bytes => Array.from(bytes, byte => String.fromCharCode(codeOf(byte))).join(''),
    // One `?` for each character the set does not have, a surrogate pair being one.
    encode: text => Uint8Array.from(text, character => byCode.get(character.codePointAt(0) ?? -1) ?? 0x3f)
  }
}

/** `marked`: a byte order mark decides where there is one, and is written, as in Java's "UTF-16". */
function utf16(label: 'utf-16be' | 'utf-16le', marked: boolean): Charset {
  return {
    decode: bytes => {
      const mark = marked && bytes.length >= 2 ? ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0) : 0
      const actual = mark === 0xfffe ? 'utf-16le' : label
      const isMark = mark === 0xfffe || mark === 0xfeff
      return new TextDecoder(actual, { ignoreBOM: true }).decode(isMark ? bytes.subarray(2) : bytes)
    },
    encode: text => {
      const bytes = Buffer.from(marked ? `\ufeff${text.toWellFormed()}` : text.toWellFormed(), 'utf16le')
      return label === 'utf-16be' ? bytes.swap16() : bytes
    }
  }
}

/** What the platform knows beyond these; it can be read, and written where one byte is one character. */
function otherCharset(name: string): Charset {
  let decoder: { decode(bytes: Uint8Array): string }
  try {
    decoder = new TextDecoder(name, { ignoreBOM: true })
  } catch (cause) {
    throw new SerializationError(`Unsupported encoding ${name}`, { cause })
  }
  const table = Array.from({ length: 256 }, (_, byte) => decoder.decode(Uint8Array.of(byte)))
  if (table.every(text => text.length === 1)) return singleByte(byte => table[byte]?.charCodeAt(0) ?? 0xfffd)
  return {
    decode: bytes => decoder.decode(bytes),
    encode: () => {
      throw new SerializationError(`Text can be read as ${name}, but not written; write UTF-8 instead`)
    }
  }
}
