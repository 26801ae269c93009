// Commands as they travel: written from words, and read back to know their key when something went wrong.

/** What a command sent earlier was about. Keys are compared byte for byte, so they are kept as latin1 text here. */
export interface CommandHead {
  readonly name: string
  readonly key: string
}

/** The words of a command encoded by us, up to `count` of them, as bytes. */
export function readWords(command: Buffer, count = Infinity): Buffer[] {
  const words: Buffer[] = []
  let at = command.indexOf(0x0a) + 1
  while (at < command.length && words.length < count) {
    const start = command.indexOf(0x0a, at) + 1
    const length = Number(command.toString('latin1', at + 1, start - 2))
    words.push(command.subarray(start, start + length))
    at = start + length + 2
  }
  return words
}

/** Name and key. EVAL carries its key behind the script and the number of keys. */
export function readHead(command: Buffer): CommandHead {
  const [name = Buffer.alloc(0), first, , third] = readWords(command, 4)
  const text = name.toString('latin1')
  return { name: text, key: ((text === 'EVAL' ? third : first) ?? Buffer.alloc(0)).toString('latin1') }
}

/** A key as people may read it. */
export function printableKey(key: string): string {
  return JSON.stringify(Buffer.from(key, 'latin1').toString('utf8'))
}

/** `words` as a command in Redis's protocol, written at `at`; gives the end. The caller has made `roomFor(words)`. */
export function writeWords(bytes: Buffer, at: number, words: readonly string[]): number {
  let end = writeCount(bytes, at, 0x2a, words.length)
  for (const word of words) end = writeWord(bytes, end, word)
  return end
}

/** More bytes than `words` can need: three for each UTF-16 unit, and the marks around. */
export function roomFor(words: readonly string[]): number {
  let room = 16
  for (const word of words) room += word.length * 3 + 32
  return room
}

/** A whole command in a buffer of its own, for the few that are not gathered. */
export function encodeWords(words: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(roomFor(words))
  return bytes.subarray(0, writeWords(bytes, 0, words))
}

function writeCount(bytes: Buffer, at: number, type: number, count: number): number {
  bytes[at] = type
  let end = writeDigits(bytes, at + 1, count)
  bytes[end++] = 0x0d
  bytes[end++] = 0x0a
  return end
}

function writeDigits(bytes: Buffer, at: number, value: number): number {
  const end = at + digits(value)
  let rest = value
  for (let index = end - 1; index >= at; index--) {
    bytes[index] = 0x30 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  return end
}

function digits(value: number): number {
  let count = 1
  for (let bound = 10; value >= bound; bound *= 10) count++
  return count
}

function writeWord(bytes: Buffer, at: number, word: string): number {
  // Java's encoder writes `?` for a surrogate without its twin; Node's would write U+FFFD.
  const text = word.isWellFormed() ? word : word.replace(/\p{Surrogate}/gu, '?')
  // The length stands before the text but is known only after it: the text is written behind a prefix of the likely size, and moved in the rare other case.
  const start = at + digits(text.length) + 3
  const length = bytes.write(text, start, 'utf8')
  const textStart = at + digits(length) + 3
  if (textStart !== start) bytes.copyWithin(textStart, start, start + length)
  writeCount(bytes, at, 0x24, length)
  const end = textStart + length
  bytes[end] = 0x0d
  bytes[end + 1] = 0x0a
  return end + 2
}
