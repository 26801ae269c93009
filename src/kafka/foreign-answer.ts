// A first answer in plain text is of no Kafka broker: an HTTP server, a Redis, a mail server was asked.

const printableMin = 0x20
const printableMax = 0x7e
/** Read as the length of an answer, four letters are more than half a gigabyte: no broker begins so. */
const lettersMin = 4
const shownMax = 60

/** What is wrong where an answer, the first on its connection, begins with `bytes`; null: it may be a broker's. */
export function foreignAnswer(bytes: Uint8Array): string | null {
  let text = ''
  for (const byte of bytes) {
    if (byte < printableMin || byte > printableMax || text.length === shownMax) break
    text += String.fromCharCode(byte)
  }
  return text.length < lettersMin ? null : `it answers in text, as no Kafka broker does: "${text}"`
}

/** Who answers so, where that is known. */
export function foreignServer(chain: string): string {
  if (chain.includes('does: "HTTP/')) return 'an HTTP server'
  // Replies of Redis: an error, or a word.
  return chain.includes('does: "-') || chain.includes('does: "+') ? 'Redis' : 'another server'
}
