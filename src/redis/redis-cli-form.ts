// Commands as a person types them at redis-cli's prompt: plain words where they can stand so, else quoted the way redis-cli reads quotes.
import { commandWords, type Command } from './encode.ts'
import { wellFormed } from './modes/binding.ts'

/** The command on one line; nothing in it can break the line or talk to the terminal. */
export function redisCliForm(command: Command): string {
  return commandWords(command).map(redisCliWord).join(' ')
}

/** What the sink sends besides where Redis answers that a member was added, or null. */
export function redisCliExpiry(command: Command): string | null {
  if (command.expireWhenAdded <= 0n) return null
  return `EXPIRE ${redisCliWord(command.key)} ${command.expireWhenAdded}`
}

// Letters of all scripts, and what neither redis-cli nor a reader could take for the end of a word.
const PLAIN = /^[\p{L}\p{N}\p{M}\p{S}!#%&()*,./:;?@[\]_{}|~+\-=<>^$]+$/u
// Control characters, unassigned and invisible ones, and line ends of Unicode must be shown by their bytes.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u

/** One word of such a line. */
export function redisCliWord(word: string): string {
  const text = wellFormed(word)
  if (PLAIN.test(text)) return text
  // Between single quotes only \' means something, so JSON can stand as it is.
  if (text !== '' && !UNPRINTABLE.test(text) && !text.includes("'")) return `'${text}'`
  return `"${text.replace(/["\\]|[\p{C}\p{Zl}\p{Zp}]/gu, escaped)}"`
}

const LETTERS: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escaped(character: string): string {
  const letter = LETTERS[character]
  if (letter !== undefined) return letter
  return [...Buffer.from(character)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
