// Sentences that follow what others said.

/** `text` with a full stop at its end, where it has no end of its own: what others say has one, or has none. */
export function asSentence(text: string): string {
  return text.endsWith('.') || text.endsWith('!') || text.endsWith('?') ? text : `${text}.`
}
