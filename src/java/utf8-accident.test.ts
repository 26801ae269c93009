// Files saved as UTF-8 are read as Java reads them, and that is said once, with the line and what to write.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8Warning } from './utf8-accident.ts'

const cases: readonly (readonly [what: string, bytes: Buffer, says: RegExp | null])[] = [
  ['ASCII', Buffer.from('a=b'), null],
  ['ISO 8859-1', Buffer.from('a=stra\u00dfe', 'latin1'), null],
  ['UTF-8 in comments', Buffer.from('# Stra\u00dfe\na=b\n ! \u00fc\n'), null],
  ['UTF-8', Buffer.from('a=b\nkey=stra\u00dfe\n'), /^f: line 2 holds '\u00df' in UTF-8, which is read as '\u00c3\u009f': .*Write \\u00df instead$/],
  ['a sign of two halves', Buffer.from('a=\u{1f600}'), /Write \\ud83d\\ude00 instead$/],
  ['several lines', Buffer.from('a=\u00df\nb=\u00fc\nc=\u00f6'), /line 1 .*, and in 2 more lines$/],
  ['a password', Buffer.from('connect.redis.password=ge\u00dfheim'), /line 1 holds a sign beyond ASCII in UTF-8, which is read as several others.*Write its \\uXXXX instead$/],
  ['a continued password', Buffer.from('sasl.jaas.config=x \\\n  password="\u00df";'), /line 2 holds a sign beyond ASCII/],
  ['a byte order mark', Buffer.from('\ufeffname=x'), /byte order mark/],
  ['UTF-16 with its mark', Buffer.from('\ufeffname=x', 'utf16le'), /^f: is UTF-16 text .*Save it as plain text: ANSI, ASCII or ISO 8859-1$/]
] // prettier-ignore

for (const [what, bytes, says] of cases) {
  test(`${what}: ${says === null ? 'nothing is said' : 'told'}`, () => {
    const warning = utf8Warning('f', bytes)
    if (says === null) assert.equal(warning, null)
    else assert.match(warning ?? '', says)
    assert.doesNotMatch(warning ?? '', /password.*\u00df/)
  })
}
