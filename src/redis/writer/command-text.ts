// Commands as bytes: words in Redis's protocol, written into a buffer that has room for them.

/** More bytes than `words` can need: three for each UTF-16 unit, and the marks around. */
export function roomFor(words: readonly string[]): number {
  let room = 16
  for (const word of words) room += word.length * 3 + 32
  return room
}

/** `words` as a command, written at `at`; answers the end. The caller has made `roomFor(words)`. */
export function writeWords(bytes: Buffer, at: number, words: readonly string[]): number {
  let end = writeCount(bytes, at, 0x2a, words.length)
  for (const word of words) end = writeWord(bytes, end, word)
  return end
}

/** One word: its length, its bytes. */
export function writeWord(bytes: Buffer, at: number, word: string): number {
  // Java's encoder writes `?` for a surrogate without its twin; Node's would write U+FFFD.
  const text = word.isWellFormed() ? word : word.replace(/\p{Surrogate}/gu, '?')
  // The length stands before the text but is known only after it: the text is written behind a prefix of the likely size, and moved in the rare other case.
  const start = at + digits(text.length) + 3
  return finishWord(bytes, at, start, start + bytes.write(text, start, 'utf8'))
}

/** The word's bytes stand at `bytes[start, end)`: puts its length at `at` before them, moving them where it takes more or fewer digits than were left. */
export function finishWord(bytes: Buffer, at: number, start: number, end: number): number {
  const length = end - start
  const textStart = at + digits(length) + 3
  if (textStart !== start) bytes.copyWithin(textStart, start, end)
  writeCount(bytes, at, 0x24, length)
  const textEnd = textStart + length
  bytes[textEnd] = 0x0d
  bytes[textEnd + 1] = 0x0a
  return textEnd + 2
}

function writeCount(bytes: Buffer, at: number, type: number, count: number): number {
  bytes[at] = type
  const end = writeDigits(bytes, at + 1, count)
  bytes[end] = 0x0d
  bytes[end + 1] = 0x0a
  return end + 2
}

/** A whole number of at most 2^53 in decimal digits; answers the end. */
export function writeDigits(bytes: Buffer, at: number, value: number): number {
  const end = at + digits(value)
  let rest = value
  for (let index = end - 1; index >= at; index--) {
    const tens = Math.floor(rest / 10)
    bytes[index] = 0x30 + (rest - 10 * tens)
    rest = tens
  }
  return end
}

/** How many digits a whole number has. */
export function digits(value: number): number {
  let count = 1
  for (let bound = 10; value >= bound; bound *= 10) count++
  return count
}
