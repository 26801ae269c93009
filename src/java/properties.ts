// Reads properties files exactly as java.util.Properties.load does: comments, continued lines, escapes, the last of a repeated key.

/** A `\u` without four hexadecimal digits, or bytes that are not the encoding asked for. */
export class PropertiesError extends Error {
  override readonly name = 'PropertiesError'
}

/** What is read within a few tens of milliseconds: files are read on the thread that answers REST. */
const lengthMax = 524_288

/** Properties.load(InputStream): ISO 8859-1 bytes, as worker and connector files are read. */
export function loadProperties(bytes: Uint8Array): Map<string, string> {
  return parseProperties(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))
}

/** Properties.load(Reader) over UTF-8, as FileConfigProvider reads; bad UTF-8 is an error, a byte order mark part of the first key. */
export function loadPropertiesUtf8(bytes: Uint8Array): Map<string, string> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new PropertiesError('The file is not UTF-8 text. Save it as UTF-8, or write other characters as \\uXXXX.', {
      cause: error
    })
  }
  return parseProperties(text)
}

/** The keys in the order of their first occurrence, each with its last value. */
export function parseProperties(text: string): Map<string, string> {
  if (text.length > lengthMax) {
    throw new PropertiesError(
      `The file has ${text.length} characters, at most ${lengthMax} are read. Divide it, or check that it is the file that was meant.`
    )
  }
  const properties = new Map<string, string>()
  for (const line of logicalLines(text)) {
    const keyEnd = endOfKey(line.text)
    const key = unescaped(line.text.slice(0, keyEnd), line.number)
    properties.set(key, unescaped(line.text.slice(startOfValue(line.text, keyEnd)), line.number))
  }
  return properties
}

type LogicalLine = { text: string; number: number }

/** Lines without blanks at their start, comments and empty lines left out, a line that ends in a single backslash joined to the next. */
function* logicalLines(text: string): Generator<LogicalLine> {
  let parts: string[] = []
  let isEmpty = true
  let number = 1
  let isContinued = false
  const natural = text.split(/\r\n|\r|\n/)
  if (natural.at(-1) === '') natural.pop()
  const last = natural.length - 1
  for (const [index, raw] of natural.entries()) {
    const content = raw.replace(/^[ \t\f]+/, '')
    if (!isContinued) {
      parts = []
      isEmpty = true
      number = index + 1
    }
    isContinued = false
    // While nothing is collected yet, a comment sign counts even on a continued line.
    if (isEmpty && /^[#!]/.test(content)) continue
    const isOpen = endsInSingleBackslash(content)
    const part = isOpen ? content.slice(0, -1) : content
    // Joined once, at the end: a value may go on for a million lines.
    parts.push(part)
    isEmpty &&= part === ''
    if (isOpen) {
      isContinued = index < last
      // With nothing behind the backslash the line ends here, and counts even when it is empty.
      if (!isContinued) yield { text: parts.join(''), number }
      continue
    }
    if (!isEmpty) yield { text: parts.join(''), number }
  }
}

// Counted from the end: a regular expression would begin anew at each backslash of a run.
function endsInSingleBackslash(text: string): boolean {
  let backslashes = 0
  while (text.charAt(text.length - 1 - backslashes) === '\\') backslashes += 1
  return backslashes % 2 === 1
}

/** A key ends before the first `=`, `:` or blank that no backslash stands before. */
function endOfKey(line: string): number {
  let at = 0
  while (at < line.length && !'=: \t\f'.includes(line.charAt(at))) at += line.charAt(at) === '\\' ? 2 : 1
  return Math.min(at, line.length)
}

/** Behind the key: blanks, at most one `=` or `:`, blanks. */
function startOfValue(line: string, keyEnd: number): number {
  const separator = /[ \t\f]*(?:[=:][ \t\f]*)?/y
  separator.lastIndex = keyEnd
  separator.exec(line)
  return separator.lastIndex
}

function unescaped(text: string, lineNumber: number): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|[^])/g, (_escape: string, what: string) => {
    if (what.length > 1) return String.fromCharCode(parseInt(what.slice(1), 16))
    switch (what) {
      case 't':
        return '\t'
      case 'r':
        return '\r'
      case 'n':
        return '\n'
      case 'f':
        return '\f'
      case 'u':
        throw new PropertiesError(
          `Malformed \\uxxxx encoding. Line ${lineNumber} has a \\u that four hexadecimal digits do not follow; for a backslash write \\\\.`
        )
      default:
        return what
    }
  })
}
