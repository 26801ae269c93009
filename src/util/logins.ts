// What says who logs in: names of settings that sound like a secret's, and logins within addresses. The worker and connect-cli hide the same.

/**
 * Whether a setting that nobody defines may be a secret, by its name: older spellings, settings of a login. Where there is a definition, that decides.
 */
export function soundsSecret(name: string): boolean {
  return /password|passphrase|secret|jaas|credential|user\.info|token|\.key$|certificate\.chain/i.test(name)
}

/** `https://user:password@host` without its login, whoever wrote it. By hand: a regular expression would try every letter as the scheme's first. */
export function withoutLogins(text: string, instead = '[hidden]'): string {
  let shown = ''
  let from = 0
  let word = { end: 0, lastAt: -1 }
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const start = at + 3
    if (start < from) continue
    if (start >= word.end) word = wordFrom(text, start)
    const end = word.lastAt < start ? -1 : endOfUserInfo(text, start, word.lastAt)
    if (end < 0) continue
    shown += `${text.slice(from, start)}${instead}`
    from = end
  }
  return from === 0 ? text : shown + text.slice(from)
}

/** Addresses end where a text goes on: with a blank or a quotation mark. */
function wordFrom(text: string, start: number): { readonly end: number; readonly lastAt: number } {
  const pattern = /[\s"'<>]|$/g
  pattern.lastIndex = start
  const end = pattern.exec(text)?.index ?? text.length
  // Within the word alone: a search backward in the text would go on to its beginning, word by word.
  const inWord = text.slice(start, end).lastIndexOf('@')
  return { end, lastAt: inWord < 0 ? -1 : start + inWord }
}

/** Where the `@` stands; -1: there is no login. `lastAt` is the last one of the word. */
function endOfUserInfo(text: string, start: number, lastAt: number): number {
  const pattern = /[/?#,]/g
  pattern.lastIndex = start
  const end = pattern.exec(text)?.index ?? text.length
  const authority = text.slice(start, Math.max(start, Math.min(end, lastAt + 1)))
  const inAuthority = authority.lastIndexOf('@')
  if (inAuthority >= 0) return start + inAuthority
  // A password with a slash in it: what stands before that is no host with a port.
  const isHost = authority === '' || /^[^:]+(?::\d*)?$|^\[/.test(authority)
  return isHost ? -1 : lastAt
}
