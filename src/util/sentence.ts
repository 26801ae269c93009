// Sentences that follow what others said.

/** `text` with a full stop at its end: what others say has one, or has none. */
export function asSentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}
