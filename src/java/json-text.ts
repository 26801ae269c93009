// A JSON string as Jackson and json4s write it: only what must be escaped is, control characters in upper-case hexadecimal.

const TO_ESCAPE = /[\0-\x1f"\\\ud800-\udfff]/
// With the u flag a surrogate pair is one character, so this meets only surrogates that stand alone.
const ESCAPED = /[\0-\x1f"\\\ud800-\udfff]/gu

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f'
}

/** Up to so many characters looking at each is cheaper than starting the regular expression. */
const SHORT = 24

/** The text in quotes. `/`, `<`, U+007F and all beyond ASCII stay as they are. */
export function jsonStringText(text: string): string {
  return hasToEscape(text) ? `"${text.replace(ESCAPED, escaped)}"` : `"${text}"`
}

function hasToEscape(text: string): boolean {
  if (text.length > SHORT) return TO_ESCAPE.test(text)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit >= 0xd800 && unit < 0xe000)) return true
  }
  return false
}

function escaped(character: string): string {
  const short = SHORT_ESCAPES[character]
  if (short !== undefined) return short
  const code = character.charCodeAt(0)
  // Java's UTF-8 encoder writes a question mark for half a surrogate pair.
  return code < 0x20 ? `\\u00${code.toString(16).toUpperCase().padStart(2, '0')}` : '?'
}
