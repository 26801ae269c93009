// String.split for one plain character: empty parts at the end do not count.

/** `"a:b:".split(":")` of Java: [a, b]; a text without any part is one part. */
export function javaSplit(text: string, separator: string): readonly string[] {
  const parts = text.split(separator)
  while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  // Nothing but separators leaves nothing at all, an empty text itself.
  return parts.length === 1 && parts[0] === '' && text !== '' ? [] : parts
}
