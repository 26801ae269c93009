// A properties file that was saved as UTF-8 or UTF-16: Java reads it as ISO 8859-1, and signs come out as others.

/** null where all is ASCII, where only comments are more, or where the bytes are no UTF-8 and Java's reading is what was meant. */
export function utf8Warning(path: string, bytes: Uint8Array): string | null {
  if (!bytes.some(byte => byte >= 0x80)) return null
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return `${path}: is UTF-16 text ("Unicode" in Windows), of which Java reads no key as it stands. Save it as plain text: ANSI, ASCII or ISO 8859-1`
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
  if (text.startsWith('\uFEFF'))
    return `${path}: begins with a byte order mark of UTF-8, which Java makes part of its first key. Save it without`
  const [first, ...others] = linesBeyondAscii(text)
  if (first === undefined) return null
  const more = others.length === 0 ? '' : `, and in ${others.length} more line${others.length === 1 ? '' : 's'}`
  const { number, sign, secret } = first
  const found = secret ? 'a sign beyond ASCII' : `'${sign}'`
  const read = secret ? 'several others' : `'${Buffer.from(sign).toString('latin1')}'`
  return (
    `${path}: line ${number} holds ${found} in UTF-8, which is read as ${read}: properties files are ISO 8859-1, as in Java. ` +
    `Write ${secret ? 'its \\uXXXX' : escaped(sign)} instead${more}`
  )
}

interface Line {
  /** From 1. */
  readonly number: number
  /** The first of its signs beyond ASCII. */
  readonly sign: string
  /** It may be part of a secret. */
  readonly secret: boolean
}

function linesBeyondAscii(text: string): readonly Line[] {
  const found: Line[] = []
  let secret = false
  let isContinued = false
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const isComment: boolean = !isContinued && /^[ \t\f]*[#!]/.test(line)
    if (!isContinued) secret = /password|secret|jaas|auth|token|credential|\.key\b/i.test(line.slice(0, 200))
    isContinued = !isComment && line.endsWith('\\')
    const sign = isComment ? undefined : /[^\x00-\x7f]/u.exec(line)?.[0]
    if (sign !== undefined) found.push({ number: index + 1, sign, secret })
  }
  return found
}

function escaped(sign: string): string {
  return [...Array(sign.length).keys()]
    .map(index => `\\u${sign.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('')
}
