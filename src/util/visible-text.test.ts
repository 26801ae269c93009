// What others wrote shows as what it is: no character of it turns a line round, ends it, hides in it or steers a terminal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownName, visibleColoured, visibleJson, visibleText } from './visible-text.ts'

/** First and last of each range. */
const ranges: readonly (readonly [number, number, string])[] = [
  [0x00, 0x08, 'control'],
  [0x0b, 0x1f, 'control'],
  [0x7f, 0x9f, 'control, C1'],
  [0xad, 0xad, 'soft hyphen'],
  [0x34f, 0x34f, 'grapheme joiner'],
  [0x61c, 0x61c, 'Arabic letter mark'],
  [0x115f, 0x1160, 'Hangul fillers'],
  [0x180e, 0x180e, 'vowel separator'],
  [0x200b, 0x200f, 'zero width, direction marks'],
  [0x2028, 0x202e, 'line ends, embeddings, overrides'],
  [0x2060, 0x206f, 'joiners, isolates'],
  [0x3164, 0x3164, 'Hangul filler'],
  [0xd800, 0xdfff, 'halves of pairs'],
  [0xfe00, 0xfe0f, 'variation selectors'],
  [0xfeff, 0xfeff, 'byte order mark'],
  [0xffa0, 0xffa0, 'Hangul filler'],
  [0xfff9, 0xfffb, 'annotations'],
  [0x1d173, 0x1d17a, 'musical format'],
  [0xe0000, 0xe007f, 'tags']
]

for (const [from, to, what] of ranges) {
  test(`escaped: ${what}, U+${from.toString(16)} to U+${to.toString(16)}`, () => {
    for (let code = from; code <= to; code++) {
      const character = String.fromCodePoint(code)
      for (const shown of [visibleText(`a${character}b`), visibleJson(`a${character}b`)]) {
        assert.match(shown, /^a(?:\\r|(?:\\u[0-9a-f]{4})+)b$/, code.toString(16))
      }
    }
  })
}

test('letters of all scripts, line feeds and tabs stay', () => {
  const text = 'a\n\tb é ß 漢字 العربية עברית हिन्दी 😀 … “x” 　'
  assert.equal(visibleText(text), text)
})

test('JSON stays the same to who parses it', () => {
  const value = { a: '\u202e\u0085\u{e0041}\u2066x\n\ud800' }
  const shown = visibleJson(JSON.stringify(value))
  assert.match(shown, /^[\x20-\x7e]+$/)
  assert.deepEqual(JSON.parse(shown), value)
})

test('of what steers a terminal only colours pass where colours are meant', () => {
  assert.equal(visibleColoured('\u001b[31mred\u001b[0m\u001b[2J\u001b]0;x\u0007'), '\u001b[31mred\u001b[0m\\u001b[2J\\u001b]0;x\\u0007')
}) // prettier-ignore

test('a name of others stays within its line, and is no longer than names are', () => {
  assert.equal(shownName('com.example.Order'), 'com.example.Order')
  assert.equal(shownName('a\nERROR b\u202ec'), 'a\\nERROR b\\u202ec')
  assert.equal(shownName('x'.repeat(1_000_000)), `${'x'.repeat(100)}...`)
})
