// Requests as they come in: words in Redis's protocol, cut anywhere by the network.
//
// A word is text of one character per byte, whatever its bytes mean: such text is cheap, compares as Redis compares bytes, and loses nothing.

/** What is no request; Redis answers with these words and closes the connection. */
export class ProtocolError extends Error {}

const wordsMax = 1024 * 1024
const wordBytesMax = 512 * 1024 * 1024
const cr = 0x0d

export class RequestReader {
  /** The part of a word that has come. */
  #rest = ''
  #words: string[] = []
  #missing = 0

  /** Calls `take` once per request, until it says that no more is wanted. Throws ProtocolError. */
  push(piece: Uint8Array, take: (words: readonly string[]) => boolean): void {
    // Decoded once: words are then cut out of it for next to nothing.
    const text = this.#rest + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
    this.#rest = ''
    let at = 0
    while (at < text.length) {
      const next = this.#missing === 0 ? this.#head(text, at) : this.#word(text, at)
      if (next < 0) break
      at = next
      if (this.#missing > 0 || this.#words.length === 0) continue
      const words = this.#words
      this.#words = []
      if (!take(words)) return
    }
    this.#rest = text.slice(at)
  }

  #head(text: string, at: number): number {
    if (text.charCodeAt(at) !== 0x2a) throw new ProtocolError('ERR Protocol error: inline requests are not spoken here')
    const end = lineEnd(text, at)
    if (end < 0) return -1
    const count = numberIn(text, at + 1, end)
    if (Number.isNaN(count) || count > wordsMax) throw new ProtocolError('ERR Protocol error: invalid multibulk length')
    this.#missing = Math.max(0, count)
    return end + 2
  }

  #word(text: string, at: number): number {
    if (text.charCodeAt(at) !== 0x24)
      throw new ProtocolError(`ERR Protocol error: expected '$', got '${text.slice(at, at + 1)}'`)
    const end = lineEnd(text, at)
    if (end < 0) return -1
    const length = numberIn(text, at + 1, end)
    if (!(length >= 0 && length <= wordBytesMax)) throw new ProtocolError('ERR Protocol error: invalid bulk length')
    const start = end + 2
    if (text.length < start + length + 2) return -1
    this.#words.push(text.slice(start, start + length))
    this.#missing--
    return start + length + 2
  }
}

/** Where the CR of the line stands; negative while its LF is to come. */
function lineEnd(text: string, at: number): number {
  let end = at
  while (end < text.length && text.charCodeAt(end) !== cr) end++
  return end + 1 < text.length ? end : -1
}

function numberIn(text: string, start: number, end: number): number {
  const isNegative = text.charCodeAt(start) === 0x2d
  const first = isNegative ? start + 1 : start
  if (first >= end || end - first > 15) return NaN
  let value = 0
  for (let at = first; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}

/** A text's bytes in UTF-8 as a word. */
export function wordOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The text whose bytes in UTF-8 a word is. */
export function textOf(word: string): string {
  return Buffer.from(word, 'latin1').toString('utf8')
}
