// UTF-8 as Java's String decodes and encodes it: how many U+FFFD stand for bad bytes, and `?` for half a surrogate pair.

/** `new String(bytes, UTF_8)`. */
export function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const text = buffer.toString()
  // Node and Java agree on well-formed text; only for bad bytes the count of replacements may differ.
  return text.includes('\ufffd') ? decodeSlowly(buffer) : text
}

/** `text.getBytes(UTF_8)`. */
export function encodeUtf8(text: string): Buffer {
  return Buffer.from(text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '?'))
}

function decodeSlowly(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const good = wellFormedLength(bytes, at)
    if (good > 0) text += bytes.toString('utf8', at, at + good)
    else text += '\ufffd'
    at += good > 0 ? good : malformedLength(bytes, at)
  }
  return text
}

/** Length of the well-formed sequence at `at`; 0 where there is none. */
function wellFormedLength(bytes: Buffer, at: number): number {
  const lead = byteAt(bytes, at)
  if (lead < 0x80) return 1
  const length = lead >= 0xc2 && lead < 0xe0 ? 2 : (lead & 0xf0) === 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0
  if (length === 0 || !isSecond(lead, byteAt(bytes, at + 1))) return 0
  if (lead === 0xed && byteAt(bytes, at + 1) >= 0xa0) return 0
  for (let index = at + 2; index < at + length; index++) if (!isContinuation(byteAt(bytes, index))) return 0
  return length
}

/** How many bytes one U+FFFD stands for; an encoded surrogate counts as one, unlike elsewhere. */
function malformedLength(bytes: Buffer, at: number): number {
  const lead = byteAt(bytes, at)
  const isThree = (lead & 0xf0) === 0xe0
  if ((!isThree && (lead < 0xf0 || lead > 0xf4)) || !isSecond(lead, byteAt(bytes, at + 1))) return 1
  if (!isContinuation(byteAt(bytes, at + 2))) return 2
  return 3
}

/** Whether `byte` may follow `lead`: a continuation that makes no overlong form and nothing above U+10FFFF. */
function isSecond(lead: number, byte: number): boolean {
  if (lead === 0xe0) return byte >= 0xa0 && byte <= 0xbf
  if (lead === 0xf0) return byte >= 0x90 && byte <= 0xbf
  if (lead === 0xf4) return byte >= 0x80 && byte <= 0x8f
  return isContinuation(byte)
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** The byte, or 0 (no continuation) beyond the end. */
function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0
}
