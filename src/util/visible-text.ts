// Text of others on a person's screen: nothing in it steers the terminal, turns its direction round or hides.

// Control characters (C0, C1), line ends of Unicode, format characters (direction, joiners, marks of byte order), halves of pairs, and what is never drawn.
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** Each of them as an escape; line feeds and tabs stay. */
export function visibleText(text: string): string {
  return text.replace(unseen, character => {
    if (character === '\n' || character === '\t') return character
    return character === '\r' ? '\\r' : escapes(character)
  })
}

const nameCharsMax = 100

/** A name that others chose, within a line of ours: line ends escaped, and no more of it than names are long. */
export function shownName(name: string): string {
  const short = name.length > nameCharsMax ? `${name.slice(0, nameCharsMax)}...` : name
  return short.replace(unseen, character => (character === '\n' ? '\\n' : escapes(character)))
}

/** A JSON text of one line, the same for who parses it: JSON itself only escapes what is below a blank. */
export function visibleJson(json: string): string {
  return json.replace(unseen, escapes)
}

/** What was coloured for a terminal, colours kept. */
export function visibleColoured(text: string): string {
  return text
    .split(/(\u001b\[\d*m)/)
    .map((part, index) => (index % 2 === 1 ? part : visibleText(part)))
    .join('')
}

function escapes(character: string): string {
  return [...Array(character.length).keys()]
    .map(index => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('')
}
