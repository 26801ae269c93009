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

/** The text in quotes. `/`, `<`, U+007F and all beyond ASCII stay as they are. */
export function jsonStringText(text: string): string {
  return TO_ESCAPE.test(text) ? `"${text.replace(ESCAPED, escaped)}"` : `"${text}"`
}

function escaped(character: string): string {
  const short = SHORT_ESCAPES[character]
  if (short !== undefined) return short
  const code = character.charCodeAt(0)
  // Java's UTF-8 encoder writes a question mark for half a surrogate pair.
  return code < 0x20 ? `\\u00${code.toString(16).toUpperCase().padStart(2, '0')}` : '?'
}
