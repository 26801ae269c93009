// Text out of JSON bytes: strings already scanned become JavaScript strings, names through a small table; other encodings become UTF-8.
import { SerializationError } from '../connect/errors.ts'
import { hexDigit, sequenceLength } from './json-scan.ts'

/** The text of a scanned string (between its quotes), as Java's parser decodes it. */
export function decodeString(bytes: Buffer, start: number, end: number): string {
  let text = ''
  let from = start
  for (let at = start; at < end;) {
    if (bytes[at] !== 0x5c) {
      at++
      continue
    }
    if (at > from) text += decodeRun(bytes, from, at)
    const escape = bytes[at + 1] as number
    text += escape === 0x75 ? String.fromCharCode(hexUnit(bytes, at + 2)) : (escapes.get(escape) ?? '')
    at += escape === 0x75 ? 6 : 2
    from = at
  }
  return end > from ? text + decodeRun(bytes, from, end) : text
}

const escapes: ReadonlyMap<number, string> = new Map([
  [0x22, '"'],
  [0x5c, '\\'],
  [0x2f, '/'],
  [0x62, '\b'],
  [0x66, '\f'],
  [0x6e, '\n'],
  [0x72, '\r'],
  [0x74, '\t']
])

function hexUnit(bytes: Buffer, at: number): number {
  let unit = 0
  for (let index = at; index < at + 4; index++) unit = unit * 16 + hexDigit(bytes[index] as number)
  return unit
}

function decodeRun(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end)
  // Node replaces overlong forms and what lies above U+10FFFF; Java's parser computes a character from their bits.
  return text.includes('\ufffd') ? decodeBits(bytes, start, end) : text
}

function decodeBits(bytes: Buffer, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end;) {
    const lead = bytes[at] as number
    const length = lead < 0x80 ? 1 : sequenceLength(bytes, at, end)
    let code = length === 1 ? lead : lead & (0x7f >> length)
    for (let index = at + 1; index < at + length; index++) code = (code << 6) | ((bytes[index] as number) & 0x3f)
    if (length === 4)
      text += String.fromCharCode(0xd800 | ((code - 0x10000) >> 10), 0xdc00 | ((code - 0x10000) & 0x3ff))
    else text += String.fromCharCode(code)
    at += length
  }
  return text
}

const nameSlots = 1024
const nameLengthMax = 32
const names: (string | undefined)[] = new Array<string | undefined>(nameSlots)

/** The text of a plain ASCII name. The same names come in every record: a table of fixed size saves making them anew. */
export function decodeName(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  if (length > nameLengthMax) return bytes.toString('latin1', start, end)
  let hash = length
  for (let at = start; at < end; at++) hash = (hash * 31 + (bytes[at] as number)) | 0
  const slot = (hash ^ (hash >>> 15)) & (nameSlots - 1)
  const known = names[slot]
  if (known?.length === length) {
    let index = 0
    while (index < length && known.charCodeAt(index) === bytes[start + index]) index++
    if (index === length) return known
  }
  const name = bytes.toString('latin1', start, end)
  names[slot] = name
  return name
}

/** The bytes as UTF-8, and where they begin: Java's parser skips a byte order mark and recognises UTF-16 and UTF-32 by their zero bytes. */
export function toUtf8(bytes: Uint8Array): { bytes: Buffer; start: number } {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  // Nearly every text: two ASCII characters first. A mark begins with 0xEF or above.
  const first = buffer[0] ?? 1
  if (buffer.length < 2 || (first !== 0 && first < 0xef && buffer[1] !== 0)) return { bytes: buffer, start: 0 }
  return recode(buffer)
}

function recode(buffer: Buffer): { bytes: Buffer; start: number } {
  const half = buffer.readUInt16BE(0)
  if (buffer.length >= 4) {
    const word = buffer.readUInt32BE(0)
    if (word === 0x0000feff) return fromUtf32(buffer, 4, true)
    if (word === 0xfffe0000) return fromUtf32(buffer, 4, false)
    if (word === 0x0000fffe || word === 0xfeff0000) throw unsupportedOrder()
    if (half === 0xfeff) return fromUtf16(buffer, 2, 'utf-16be')
    if (half === 0xfffe) return fromUtf16(buffer, 2, 'utf-16le')
    if (word >>> 8 === 0xefbbbf) return { bytes: buffer, start: 3 }
    if (word >>> 8 === 0) return fromUtf32(buffer, 0, true)
    if ((word & 0x00ffffff) === 0) return fromUtf32(buffer, 0, false)
    if ((word & 0xff00ffff) === 0 || (word & 0xffff00ff) === 0) throw unsupportedOrder()
  }
  if ((half & 0xff00) === 0) return fromUtf16(buffer, 0, 'utf-16be')
  if ((half & 0xff) === 0) return fromUtf16(buffer, 0, 'utf-16le')
  return { bytes: buffer, start: 0 }
}

function unsupportedOrder(): SerializationError {
  return new SerializationError(
    'Invalid JSON at byte 0: found UTF-32 in an unusual byte order, expected UTF-8, UTF-16 or UTF-32'
  )
}

function fromUtf16(buffer: Buffer, start: number, encoding: string): { bytes: Buffer; start: number } {
  return { bytes: Buffer.from(new TextDecoder(encoding, { ignoreBOM: true }).decode(buffer.subarray(start))), start: 0 }
}

function fromUtf32(buffer: Buffer, start: number, bigEndian: boolean): { bytes: Buffer; start: number } {
  const parts: string[] = []
  for (let at = start; at < buffer.length; at += 4) {
    const code = at + 4 > buffer.length ? -1 : bigEndian ? buffer.readUInt32BE(at) : buffer.readUInt32LE(at)
    if (code < 0 || code > 0x10ffff)
      throw new SerializationError(`Invalid JSON at byte ${at}: found no character, expected UTF-32`)
    parts.push(String.fromCodePoint(code))
  }
  return { bytes: Buffer.from(parts.join('')), start: 0 }
}
